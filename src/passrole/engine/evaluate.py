"""How the policy types combine to one answer.

The order and the rules are those of IAM User Guide, "How AWS enforcement code logic evaluates requests to allow or
deny access"
<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html>
and "Cross-account policy evaluation logic"
<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html>:
an explicit deny anywhere; then the ceilings (every level of SCPs, the VPC endpoint); then one of the routes that
end in an allow. `_routes` is the table.

Three-valued throughout: an explicit deny in a known layer stays one whatever is unknown, and so does an implicit
deny that no answer of an unknown layer could turn; an allow needs every layer to be known.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from passrole.engine.decision import Decision, Outcome
from passrole.engine.layers import EVERYTHING, NOTHING, Finding, Verdict, supposed_away
from passrole.engine.protected import why_protected
from passrole.engine.public_access import RULE as PUBLIC_ACCESS
from passrole.engine.request import PrincipalType, Request
from passrole.engine.special_actions import (
    ASSUME_ROLE,
    asks_key_policy,
    asks_trust_policy,
    has_no_identity,
    is_always_allowed,
)
from passrole.engine.stack import PolicyStack
from passrole.engine.statements import Asked
from passrole.engine.truth import Doubt, Truth, all_of, any_of, reasons_of
from passrole.engine.verdicts import Verdicts, verdicts_of
from passrole.policy.model import PolicyType


@dataclass(frozen=True, slots=True)
class Step:
    """One layer's part in a route; `grants` is false for those that only limit what others grant."""

    type: PolicyType
    finding: Finding
    grants: bool = False


Route = tuple[Step, ...]
"""A way to an allow: all its steps must be true."""


def evaluate(request: Request, stack: PolicyStack) -> Decision:
    """Decide one request. Never raises; what is not known or not understood is never taken for an allow."""
    if set("*?") & set(request.action):
        return Decision(Outcome.UNDECIDED, None, undecided_because=(f"`{request.action}` is not one action",))
    return decide(Asked.of(request, has_boundary=stack.boundary is not None), stack)


def evaluate_each(request: Request, stacks: Iterable[PolicyStack]) -> Iterator[Decision]:
    """The same as `evaluate` for each of these stacks; the request is taken apart once."""
    taken_apart: dict[bool, Asked] = {}
    for stack in stacks:
        has_boundary = stack.boundary is not None
        if set("*?") & set(request.action):
            yield evaluate(request, stack)
            continue
        asked = taken_apart.get(has_boundary)
        if asked is None:
            asked = taken_apart[has_boundary] = Asked.of(request, has_boundary=has_boundary)
        yield decide(asked, stack)


def decide(asked: Asked, stack: PolicyStack) -> Decision:
    """Decide a request that was taken apart already; its action is one action."""
    if is_always_allowed(asked):
        return Decision(Outcome.ALLOWED, None, rule="this action needs no permission")
    verdicts = verdicts_of(stack, asked)
    decision = combine(asked, verdicts)
    supposed = [verdict for verdict in verdicts.in_order() if verdict.assumption]
    return replace(decision, assumptions=_that_mattered(asked, verdicts, decision, supposed)) if supposed else decision


def combine(asked: Asked, verdicts: Verdicts) -> Decision:
    """The answer that these verdicts come to, without a word on assumptions."""
    # Step 1, deny evaluation: "If the enforcement code finds even one explicit deny that applies, the enforcement
    # code returns a final decision of Deny."
    for verdict in verdicts.in_order():
        if verdict.deny.truth is True:
            same_type = [other for other in verdicts.in_order() if other.type is verdict.type]
            refs = tuple(ref for other in same_type for ref in other.deny.statements)
            return Decision(Outcome.EXPLICIT_DENY, verdict.type, refs)
    if verdicts.blocked is True:
        return Decision(Outcome.EXPLICIT_DENY, None, rule=PUBLIC_ACCESS)
    protected = why_protected(asked)
    if protected is not None:
        return Decision(Outcome.IMPLICIT_DENY, None, rule=protected)
    not_denied = any_of((verdicts.blocked, *(verdict.deny.truth for verdict in verdicts.in_order())))
    if asked.caller.type is PrincipalType.ROOT_USER and asked.action == ASSUME_ROLE:
        return Decision(Outcome.IMPLICIT_DENY, PolicyType.TRUST)
    ceilings, routes = _ceilings(verdicts), _routes(asked, verdicts)
    granted = all_of((*(step.finding.truth for step in ceilings), any_of(_truth(route) for route in routes)))
    if granted is False:
        return Decision(Outcome.IMPLICIT_DENY, _missing(ceilings, routes))
    if granted is True and not_denied is False:
        route = next(route for route in routes if _truth(route) is True)
        granting = [step for step in route if step.grants]
        refs = tuple(dict.fromkeys(ref for step in granting for ref in step.finding.statements))
        rule = next((step.finding.rule for step in granting if step.finding.rule), None)
        return Decision(Outcome.ALLOWED, None if rule else granting[0].type, refs, rule=rule)
    return Decision(Outcome.UNDECIDED, None, undecided_because=reasons_of(not_denied, granted))


def _ceilings(verdicts: Verdicts) -> Route:
    # Step 2, RCPs: nothing here. An RCP written by a customer only denies, and RCPFullAWSAccess, which allows
    # everything, "can't be detached", so an RCP never leaves a request implicitly denied.
    # Step 3, SCPs: an Allow at every level from the root to the account; a level without one denies.
    steps = [Step(PolicyType.SCP, verdict.allow) for verdict in verdicts.scps]
    # A VPC endpoint policy limits what passes the endpoint.
    # <https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html>
    if verdicts.endpoint is not None:
        steps.append(Step(PolicyType.ENDPOINT, verdicts.endpoint.allow))
    return tuple(steps)


def _routes(asked: Asked, verdicts: Verdicts) -> tuple[Route, ...]:
    """Steps 4 to 7 as the ways through them. Any one suffices."""
    policy = verdicts.resource
    givers = (policy,) if verdicts.grants is None else (policy, verdicts.grants)
    if has_no_identity(asked) or verdicts.identity is None:
        # A service principal, an anonymous caller, someone with a token of another identity provider.
        return tuple((Step(giver.type, giver.anyhow(), grants=True),) for giver in givers)
    identity = Step(PolicyType.IDENTITY, verdicts.identity.allow, grants=True)
    limits = (_limit(PolicyType.BOUNDARY, verdicts.boundary), _session_limit(asked, verdicts.session))
    within_account = _is_same_account(asked)
    across: tuple[Route, ...] = ()
    if within_account is not True:
        across = tuple((identity, *limits, Step(giver.type, giver.anyhow(), grants=True)) for giver in givers)
    if within_account is False:
        # "AWS performs two evaluations", in the account of the caller and in that of the resource; both must allow.
        return across
    routes: list[Route] = []
    for giver in givers:
        routes.append((Step(giver.type, giver.directly, grants=True),))
        routes.append((Step(giver.type, giver.to_what_is_behind, grants=True), *limits))
        if asks_trust_policy(asked) or asks_key_policy(asked):
            # "IAM role trust policies and KMS key policies are exceptions to this logic, because they must explicitly
            # allow access for principals."
            routes.append((Step(giver.type, giver.to_account, grants=True), identity, *limits))
        else:
            routes.append((identity, *limits))
    if isinstance(within_account, Doubt):
        # Whatever is enough across accounts is enough within one; for the rest it depends.
        return (*across, *((*route, Step(policy.type, Finding(within_account))) for route in routes))
    return tuple(routes)


def _limit(type: PolicyType, verdict: Verdict | None) -> Step:  # noqa: A002
    return Step(type, EVERYTHING if verdict is None else verdict.allow)


def _session_limit(asked: Asked, verdict: Verdict | None) -> Step:
    if verdict is None and asked.caller.type is PrincipalType.FEDERATED_SESSION:
        # "If there is no session policy, the enforcement code checks whether the principal is a role session. …
        # Otherwise, the request is implicitly denied".
        return Step(PolicyType.SESSION, NOTHING)
    return _limit(PolicyType.SESSION, verdict)


def _is_same_account(asked: Asked) -> Truth:
    owner, account = asked.request.resource_account, asked.caller.account
    if owner is None or owner == account:
        return True
    return False if account is not None else Doubt((f"the account of `{asked.caller.arn}` is not known",))


def _truth(route: Route) -> Truth:
    return all_of(step.finding.truth for step in route)


def _missing(ceilings: Route, routes: tuple[Route, ...]) -> PolicyType:
    """The policy type to name for an implicit deny: a ceiling, or where the route that came furthest ends."""
    for step in ceilings:
        if step.finding.truth is False:
            return step.type
    furthest, missing = -1, routes[-1][0].type
    for route in routes:
        stop = next(place for place, step in enumerate(route) if step.finding.truth is False)
        if stop >= furthest:
            furthest, missing = stop, route[stop].type
    return missing


def _that_mattered(asked: Asked, verdicts: Verdicts, decision: Decision, supposed: list[Verdict]) -> tuple[str, ...]:
    """The assumptions without which the outcome would be another: each alone, or else all together."""

    def outcome_without(dropped: list[Verdict]) -> Outcome:
        unsure = {id(verdict) for verdict in dropped}
        return combine(asked, verdicts.replaced(lambda v: supposed_away(v) if id(v) in unsure else v)).outcome

    if outcome_without(supposed) is decision.outcome:
        return ()
    alone = [verdict for verdict in supposed if outcome_without([verdict]) is not decision.outcome]
    return tuple(dict.fromkeys(verdict.assumption or "" for verdict in alone or supposed))
