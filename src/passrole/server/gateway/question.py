"""One question of a call put to the engine: the caller's policies, the resource's side, and the request context."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Final

from passrole.account.asking import owner_of
from passrole.account.authorization import common_context, organization_for
from passrole.account.callers import Caller, caller_context
from passrole.account.context import CallContext
from passrole.account.decided import Decided
from passrole.account.organization_tree import OrganizationTree
from passrole.account.stack_cache import StackCache
from passrole.activity.bind.model import ApiCall, Asked
from passrole.activity.bind.state import Known, NotKnown
from passrole.engine.decision import Outcome
from passrole.engine.evaluate import evaluate
from passrole.engine.request import ContextValue, Principal, PrincipalType, Request
from passrole.engine.stack import Known as KnownLayer
from passrole.engine.stack import Layer, PolicyStack, Unknown
from passrole.policy.arn import account_field, account_in
from passrole.server.gateway.backend_state import BackendState
from passrole.server.gateway.resource_policies.reading import resource_side
from passrole.server.gateway.resource_policies.resource_side import NOTHING, ResourceSide, joined

_OF_CONNECTION: Final = (
    "aws:Referer",
    "aws:SecureTransport",
    "aws:SourceIp",
    "aws:SourceVpc",
    "aws:SourceVpce",
    "aws:UserAgent",
    "aws:VpcSourceIp",
)
_NOT_FORWARDED: Final = (
    "what the request of a service for its caller holds of the caller's connection is not documented"
)

_OF_A_SERVICES_KMS: Final = ("kms:CallerAccount", "kms:ViaService")
_OF_SOURCE: Final = ("aws:SourceArn", "aws:SourceAccount", "aws:SourceOrgID", "aws:SourceOrgPaths")
_NOT_OF_SERVICES: Final = "what a request to KMS holds that comes of a call of a service itself is not documented"

_SHARED: Final = (":ec2:",)
"""Services whose resources other accounts use by permissions that are no policies: EC2's images and snapshots."""


@dataclass(frozen=True, slots=True)
class Questioner:
    """What the questions of one call have in common."""

    ctx: CallContext
    call: ApiCall
    state: BackendState
    stacks: StackCache
    connection_keys: Mapping[str, ContextValue]
    forwarded_keys: Mapping[str, ContextValue] | None = None
    """Of a caller that is a service: as in `authorize_call`."""

    def decide(self, asked: Asked) -> Decided:
        """Undecided, with the reason, where what the answer rests on is not known."""
        ctx = self.ctx
        tree = self.stacks.organization_of(ctx)
        owner, side = self._owner_and_side(asked)
        counted = owner or ctx.account_id
        rcps = () if tree is None else tree.rcps_over(counted, asked.action.partition(":")[0])
        principal = principal_of(ctx.caller)
        full = self._with_context(asked, owner, tree)
        request = replace(full, resource_account=self._counted_owner(asked, owner)).asked_by(
            principal, organization_for(tree, ctx.account_id, counted)
        )
        request = replace(request, absent_keys=self._absent(principal, counted, tree))
        first = self._answered(request, side, rcps, tree)
        if side.grants_more is None or first.decision.outcome is not Outcome.IMPLICIT_DENY:
            return first
        more = side.grants_more()
        if more == KnownLayer():
            return first
        # A bucket policy that is public and restricted has denied already: what lists grant, it does not restrict.
        return self._answered(request, ResourceSide(joined(side.layer, more)), rcps, tree)

    def _answered(
        self, request: Request, side: ResourceSide, rcps: tuple[Layer, ...], tree: OrganizationTree | None
    ) -> Decided:
        compiled = self.stacks.compiled(self.ctx, self.ctx.caller, side.layer, rcps)
        if side.is_layer_alone and not _is_member_root(request.principal, tree):
            return Decided(request, compiled.decide(request), compiled.stack)
        stack = _completed(compiled.stack, side, request.principal, tree)
        return Decided(request, evaluate(request, stack), stack)

    def _owner_and_side(self, asked: Asked) -> tuple[str | None, ResourceSide]:
        """Whose the resource is, and its own policies; an owner that is not known leaves both open."""
        owner = asked.resource_account or owner_of(asked.resource, self.ctx.account_id)
        if asked.resource != "*" and asked.resource_account is None and not account_field(asked.resource):
            answer = self.state.owner(asked.resource)
            if isinstance(answer, NotKnown):
                return None, ResourceSide(Unknown(f"whose `{asked.resource}` is, is not known: {answer.reason}"))
            owner = answer.value if isinstance(answer, Known) else None
        if owner is None:
            # It is not there, or AWS's own: the backend says the one, and the caller's policies decide the other.
            return None, NOTHING
        outsider = self.ctx.caller.principal.account != owner
        return owner, resource_side(self.state.place, self.call, asked, owner, outsider=outsider)

    def _counted_owner(self, asked: Asked, owner: str | None) -> str | None:
        if owner != self.ctx.account_id and account_in(asked.resource) is None and _is_shared(asked.resource):
            return None
        return owner

    def _absent(self, principal: Principal, owner: str, tree: OrganizationTree | None) -> frozenset[str]:
        """The keys of an organization, of which an account of this server that is no member has none."""
        keys: set[str] = set()
        for whose, account in (("Principal", principal.account), ("Resource", owner)):
            if tree is not None and account in self.state.place.accounts and account not in tree.targets:
                keys |= {f"aws:{whose}OrgID", f"aws:{whose}OrgPaths"}
        return frozenset(keys)

    def _with_context(self, asked: Asked, owner: str | None, tree: OrganizationTree | None) -> Asked:
        ctx = self.ctx
        keys: dict[str, ContextValue] = {**common_context(ctx), **caller_context(ctx.caller, ctx.now)}
        unknown: dict[str, str] = {}
        if asked.called_via:
            # The engine says that a service asks; what the service's own connection is like nobody knows.
            del keys["aws:ViaAWSService"]
            unknown = dict.fromkeys(_OF_CONNECTION, _NOT_FORWARDED)
            if ctx.caller.principal.type is PrincipalType.SERVICE:
                asked = _without(asked, _OF_A_SERVICES_KMS)
                unknown.update(dict.fromkeys(_OF_A_SERVICES_KMS, _NOT_OF_SERVICES))
                if self.forwarded_keys is None:
                    unknown.update(dict.fromkeys(_OF_SOURCE, _NOT_OF_SERVICES))
                keys.update(self.forwarded_keys or {})
        else:
            keys.update(ctx.request_context)
            keys.update(self.connection_keys)
        if owner is not None and self._counted_owner(asked, owner) is None:
            keys["aws:ResourceAccount"] = owner
            if tree is not None and owner in tree.targets:
                keys["aws:ResourceOrgID"] = tree.id
                keys["aws:ResourceOrgPaths"] = (tree.path_to(owner),)
        known = asked.knowing(keys)
        return replace(known, unknown={**known.unknown, **unknown})


def _without(asked: Asked, keys: Collection[str]) -> Asked:
    return replace(asked, context={key: value for key, value in asked.context.items() if key not in keys})


def principal_of(caller: Caller) -> Principal:
    """The caller; a session of a service-linked role as what it is, which the path tells and a session's ARN not."""
    principal = caller.principal
    linked = caller.entity is not None and caller.entity.path.startswith("/aws-service-role/")
    if linked and principal.type is PrincipalType.ROLE_SESSION:
        return replace(principal, type=PrincipalType.SERVICE_LINKED_ROLE_SESSION)
    return principal


def _completed(
    stack: PolicyStack, side: ResourceSide, principal: Principal, tree: OrganizationTree | None
) -> PolicyStack:
    scps: tuple[Layer, ...] = stack.scps
    if tree is not None and principal.account is not None and _is_member_root(principal, tree):
        scps = tree.scps_over(principal.account)
    return replace(
        stack,
        scps=scps,
        grants=side.grants,
        aws_managed_key=side.aws_managed_key,
        restrict_public_buckets=side.restrict_public_buckets,
    )


def _is_member_root(principal: Principal, tree: OrganizationTree | None) -> bool:
    """SCPs limit the root user of a member account too, of whom no entity tells the policies."""
    return tree is not None and principal.type is PrincipalType.ROOT_USER


def _is_shared(resource: str) -> bool:
    return any(part in resource for part in _SHARED)
