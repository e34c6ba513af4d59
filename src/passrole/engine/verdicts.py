"""Which layers of a stack are asked for a request, and what each says.

The caller of the engine gives a stack as it stands; the exemptions that depend on who asks are made here, once:
 - SCPs "don't affect any service-linked role"; they limit the users and roles of the account (its root user too),
   so neither service principals nor anonymous callers. They "don't affect users or roles in the management account".
   <https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html>
 - RCPs "can't restrict" service-linked roles, nor who assumes them: "the service-linked role's trust policy is also not
   impacted"; they do limit service principals and callers from outside. They do not affect resources of the
   management account, nor AWS managed keys.
   <https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html>
   <https://docs.aws.amazon.com/kms/latest/developerguide/resource-control-policies.html>
 - Service principals and anonymous callers have no identity-based policies, boundary or session policy.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from passrole.engine.grants import grants_verdict
from passrole.engine.layers import EVERYTHING, Verdict, resource_verdict_of, verdict_of
from passrole.engine.public_access import blocked
from passrole.engine.request import PrincipalType
from passrole.engine.special_actions import (
    KMS_RETIRE_GRANT,
    asks_no_resource_policy,
    asks_trust_policy,
    assumes_linked_role,
    has_no_identity,
)
from passrole.engine.stack import Layer, PolicyStack
from passrole.engine.statements import Asked
from passrole.engine.truth import Truth
from passrole.policy.model import PolicyType

_NO_SCP = frozenset({PrincipalType.SERVICE, PrincipalType.ANONYMOUS, PrincipalType.SERVICE_LINKED_ROLE_SESSION})


@dataclass(frozen=True, slots=True)
class Verdicts:
    """None, or an empty tuple, where a layer is not asked.

    `grants` are those of the KMS key, and `blocked` whether S3 Block Public Access rejects the request.
    """

    rcps: tuple[Verdict, ...]
    scps: tuple[Verdict, ...]
    endpoint: Verdict | None
    resource: Verdict
    identity: Verdict | None
    boundary: Verdict | None
    session: Verdict | None
    grants: Verdict | None = None
    blocked: Truth = False

    def in_order(self) -> tuple[Verdict, ...]:
        """All that were asked, in the order of AWS's evaluation logic."""
        rest = (self.endpoint, self.resource, self.identity, self.boundary, self.session)
        return (*self.rcps, *self.scps, *(verdict for verdict in rest if verdict is not None))

    def replaced(self, change: Callable[[Verdict], Verdict]) -> Verdicts:
        def changed(verdict: Verdict | None) -> Verdict | None:
            return None if verdict is None else change(verdict)

        return Verdicts(
            tuple(change(verdict) for verdict in self.rcps),
            tuple(change(verdict) for verdict in self.scps),
            changed(self.endpoint),
            change(self.resource),
            changed(self.identity),
            changed(self.boundary),
            changed(self.session),
            self.grants,
            self.blocked,
        )


def verdicts_of(stack: PolicyStack, asked: Asked) -> Verdicts:
    no_identity = has_no_identity(asked)

    def verdict(layer: Layer | None, type: PolicyType) -> Verdict | None:  # noqa: A002
        return None if layer is None or no_identity else verdict_of(layer, type, asked)

    identity = verdict(stack.identity, PolicyType.IDENTITY)
    if identity is not None and _is_root(asked):
        # "all requests are implicitly denied with the exception of the AWS account root user, which has full access".
        identity = Verdict(PolicyType.IDENTITY, identity.deny, EVERYTHING)
    resource_type = PolicyType.TRUST if asks_trust_policy(asked) else PolicyType.RESOURCE
    return Verdicts(
        rcps=tuple(verdict_of(rcp, PolicyType.RCP, asked) for rcp in stack.rcps) if rcps_apply(stack, asked) else (),
        scps=tuple(verdict_of(scp, PolicyType.SCP, asked) for scp in stack.scps) if scps_apply(asked) else (),
        endpoint=None if stack.endpoint is None else verdict_of(stack.endpoint, PolicyType.ENDPOINT, asked),
        resource=Verdict(resource_type)
        if asks_no_resource_policy(asked)
        else resource_verdict_of(stack.resource, resource_type, asked),
        identity=identity,
        boundary=verdict(stack.boundary, PolicyType.BOUNDARY),
        session=verdict(stack.session, PolicyType.SESSION),
        grants=grants_verdict(stack.grants, asked),
        blocked=blocked(stack.restrict_public_buckets, stack.resource, asked),
    )


def scps_apply(asked: Asked) -> bool:
    organization = asked.request.organization
    if organization is not None and organization.management_account == asked.caller.account is not None:
        return False
    return asked.caller.type not in _NO_SCP


def rcps_apply(stack: PolicyStack, asked: Asked) -> bool:
    if stack.aws_managed_key and asked.action.startswith("kms:"):
        return False
    if assumes_linked_role(asked):
        return False
    organization, owner = asked.request.organization, asked.request.resource_account or asked.caller.account
    if organization is not None and organization.management_account == owner is not None:
        return False
    return asked.caller.type is not PrincipalType.SERVICE_LINKED_ROLE_SESSION and asked.action != KMS_RETIRE_GRANT


def _is_root(asked: Asked) -> bool:
    """The root user, or a session that it made with GetFederationToken."""
    federating = asked.request.principal.federating_user_arn or ""
    return asked.caller.type is PrincipalType.ROOT_USER or federating.endswith(":root")
