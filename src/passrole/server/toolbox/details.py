"""A denied call of the log as GetRequestAuthorizationDetails and GetRequestAuthorizationPolicy tell it.

Source: IAM Toolbox API Reference
<https://docs.aws.amazon.com/iam-toolbox/latest/APIReference/API_GetRequestAuthorizationDetails.html> and, of who may
ask, <https://docs.aws.amazon.com/iam-toolbox/latest/APIReference/API_GetRequestAuthorizationPolicy.html>.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from passrole.account.context import CallContext
from passrole.account.decided import Decided
from passrole.account.decision_log.authorization_message import asks_policies_of_strangers, context_of
from passrole.account.decision_log.decision_log import DecisionLog
from passrole.account.decision_log.logged_call import LoggedCall
from passrole.account.organization_tree import OrganizationTree, Target
from passrole.account.service_error import ServiceError
from passrole.activity.tighten.asked import owner_of_policies
from passrole.engine.decision import Outcome
from passrole.engine.global_keys import SPELLING
from passrole.engine.stack import AttachedPolicy, Known, Layer
from passrole.policy.model import PolicyType
from passrole.policy.printing import print_policy
from passrole.server.toolbox.checks import POLICY_TYPES, Json, checks_of, matched_policies, matched_refs

_EFFECTS = {
    Outcome.ALLOWED: "ALLOW",
    Outcome.EXPLICIT_DENY: "EXPLICIT_DENY",
    Outcome.IMPLICIT_DENY: "IMPLICIT_DENY",
}


def denied_call(log: DecisionLog, authorization_id: str, ctx: CallContext, tree: OrganizationTree | None) -> LoggedCall:
    """The call whose request id is `authorization_id`, which has no dashes.

    Raises ResourceNotFoundException for one that is not there, was not denied, was made in another Region, whose
    caller is neither of the asking account nor of its organization, or that rests on policies of strangers.
    """
    try:
        call = log.find(str(uuid.UUID(hex=authorization_id)))
    except ValueError:
        call = None
    denied = () if call is None else tuple(each for each in call.decided if not each.decision.allowed)
    if call is None or not denied or call.event["awsRegion"] != ctx.region or not _may_know(denied[0], ctx, tree):
        raise not_found()
    if any(map(asks_policies_of_strangers, call.decided)):
        raise not_found()
    return call


def not_found() -> ServiceError:
    message = "The requested policy or authorization details do not exist in this region or have expired."
    return ServiceError("ResourceNotFoundException", message, 404)


def _may_know(denied: Decided, ctx: CallContext, tree: OrganizationTree | None) -> bool:
    account, organization = denied.request.principal.account, denied.request.organization
    if organization is not None and account in organization.members:
        return tree is not None and tree.id == organization.id and ctx.account_id in tree.targets
    return account == ctx.account_id


@dataclass(frozen=True, slots=True)
class Details:
    """`tree` is the organization of today, which names the levels that stood over the call, if they are still there."""

    call: LoggedCall
    tree: OrganizationTree | None

    def value(self) -> Json:
        contexts = [_document(context_of(each.request)) for each in self.call.decided]
        shared = {key: value for key, value in contexts[0].items() if all(one.get(key) == value for one in contexts)}
        evaluations = [
            self._evaluation(decided, {key: value for key, value in context.items() if key not in shared})
            for decided, context in zip(self.call.decided, contexts, strict=True)
        ]
        return {"requestContext": shared, "evaluations": evaluations, "policies": self._policies()}

    def document(self, policy_uri: str) -> Json:
        """The policy as it was. Raises ResourceNotFoundException for one that was not evaluated."""
        for decided in self.call.decided:
            for attached in _attached(decided):
                if uri_of(attached) == policy_uri:
                    return {"policyDocument": json.loads(print_policy(attached.policy))}
        raise not_found()

    def _evaluation(self, decided: Decided, context: Json) -> Json:
        request, outcome = decided.request, decided.decision.outcome
        value: Json = {"action": request.action, "resource": "" if request.resource == "*" else request.resource}
        if context:
            value["context"] = context
        if outcome in _EFFECTS:
            value["evaluatedEffect"] = _EFFECTS[outcome]
        value["matchedPolicies"] = matched_policies(matched_refs(decided), uri_of)
        checks = checks_of(decided, self._targets, uri_of)
        return value | {"checks": checks} if checks else value

    def _policies(self) -> list[Json]:
        found: dict[tuple[str, str], Json] = {}
        attached_to: dict[tuple[str, str], dict[str, None]] = {}
        for decided in self.call.decided:
            for attached, arn in self._attached_to(decided):
                key = (POLICY_TYPES[attached.type], uri_of(attached))
                found[key] = {"type": key[0], "inline": _is_inline(attached), "uri": key[1]}
                attached_to.setdefault(key, {}).update({} if arn is None else {arn: None})
        return [
            {**value, "attachedTo": [{"arn": arn} for arn in attached_to[key]]} if attached_to[key] else value
            for key, value in found.items()
        ]

    def _attached_to(self, decided: Decided) -> Iterator[tuple[AttachedPolicy, str | None]]:
        stack, request = decided.stack, decided.request
        principal = owner_of_policies(request.principal) or request.principal.arn
        for layer, arn in (
            *_levels(stack.rcps, self._targets(decided, PolicyType.RCP)),
            *_levels(stack.scps, self._targets(decided, PolicyType.SCP)),
            (stack.resource, request.resource if request.resource.startswith("arn:") else None),
            (stack.identity, principal),
            (stack.boundary, principal),
            (stack.session, principal),
        ):
            if isinstance(layer, Known):
                yield from ((attached, arn) for attached in layer.policies)

    def _targets(self, decided: Decided, kind: PolicyType) -> tuple[str | None, ...]:
        """The ARNs of the levels; empty where the organization is not known to be as it was."""
        request, organization = decided.request, decided.request.organization
        account = request.principal.account
        if kind is PolicyType.RCP:
            account = request.resource_account or account
        if self.tree is None or organization is None or organization.id != self.tree.id or account is None:
            return ()
        if organization.members.get(account) != self.tree.path_to(account):
            return ()
        return tuple(self._arn(target, request.principal.arn.split(":", 2)[1]) for target in self.tree.way_to(account))

    def _arn(self, target: Target, partition: str) -> str:
        assert self.tree is not None
        kind = "root" if target.parent_id is None else "ou" if target.id.startswith("ou-") else "account"
        place = f"{self.tree.management_account_id}:{kind}/{self.tree.id}/{target.id}"
        return f"arn:{partition}:organizations::{place}"


def uri_of(attached: AttachedPolicy) -> str:
    """A managed policy's ARN; of others an id that tells nothing, the same for the same policy in the same place."""
    if attached.name.startswith("arn:"):
        return attached.name
    named = f"{attached.type.name} {attached.name} {print_policy(attached.policy)}"
    return uuid.uuid5(uuid.NAMESPACE_OID, named).hex


def _is_inline(attached: AttachedPolicy) -> bool:
    is_of_organization = attached.type in (PolicyType.SCP, PolicyType.RCP)
    return not is_of_organization and not attached.name.startswith("arn:")


def _attached(decided: Decided) -> Iterator[AttachedPolicy]:
    stack = decided.stack
    for layer in (*stack.rcps, *stack.scps, stack.resource, stack.identity, stack.boundary, stack.session):
        if isinstance(layer, Known):
            yield from layer.policies


def _levels(layers: tuple[Layer, ...], arns: tuple[str | None, ...]) -> list[tuple[Layer, str | None]]:
    return list(zip(layers, arns if len(arns) == len(layers) else (None,) * len(layers), strict=True))


def _document(context: Mapping[str, tuple[str, ...]]) -> Json:
    told = {SPELLING.get(key, key): values for key, values in context.items()}
    return {key: values[0] if len(values) == 1 else list(values) for key, values in sorted(told.items())}
