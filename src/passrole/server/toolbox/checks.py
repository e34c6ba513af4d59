"""What each requirement of an authorization came to, in the shape of `Evaluation.checks`.

Source: IAM Toolbox API Reference, "Check" and "Evaluation"
<https://docs.aws.amazon.com/iam-toolbox/latest/APIReference/API_Evaluation.html>
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from passrole.account.decided import Decided
from passrole.engine.decision import Outcome, StatementRef
from passrole.engine.layers import Finding, Verdict
from passrole.engine.special_actions import asks_key_policy, asks_trust_policy, has_no_identity
from passrole.engine.stack import AttachedPolicy
from passrole.engine.statements import Asked
from passrole.engine.verdicts import Verdicts, verdicts_of
from passrole.policy.model import Effect, PolicyType

Json = dict[str, object]
UriOf = Callable[[AttachedPolicy], str]
POLICY_TYPES = {
    PolicyType.IDENTITY: "IDENTITY_BASED_POLICY",
    PolicyType.RESOURCE: "RESOURCE_BASED_POLICY",
    PolicyType.TRUST: "RESOURCE_BASED_POLICY",
    PolicyType.BOUNDARY: "PERMISSIONS_BOUNDARY",
    PolicyType.SESSION: "SESSION_POLICY",
    PolicyType.SCP: "SERVICE_CONTROL_POLICY",
    PolicyType.RCP: "RESOURCE_CONTROL_POLICY",
    PolicyType.ENDPOINT: "VPC_ENDPOINT_POLICY",
}
_ALLOW, _DENY, _MISSING, _NOTHING = "ALLOW", "EXPLICIT_DENY", "IMPLICIT_DENY", "NO_IMPACT"
_EFFECTS = {Outcome.EXPLICIT_DENY: _DENY, Outcome.IMPLICIT_DENY: _MISSING}


@dataclass(frozen=True, slots=True)
class _Check:
    type: str
    verdicts: tuple[Verdict, ...]
    grants: tuple[Finding, ...]
    needs_allow: bool = True
    target_arn: str | None = None

    @property
    def effect(self) -> str:
        if any(verdict.deny.truth is True for verdict in self.verdicts):
            return _DENY
        if any(grant.truth is True for grant in self.grants):
            return _ALLOW
        return _MISSING if self.needs_allow else _NOTHING


def checks_of(
    decided: Decided, targets: Callable[[Decided, PolicyType], tuple[str | None, ...]], uri: UriOf
) -> list[Json]:
    """In AWS's order. Empty where they would not tell why: the answer rests on what is no policy, or is not known.

    `targets` gives the ARNs of the organization's levels over the caller (for SCPs) or the resource (for RCPs).
    """
    asked = Asked.of(decided.request, has_boundary=decided.stack.boundary is not None)
    checks = list(_checks(asked, verdicts_of(decided.stack, asked), decided, targets))
    effects = {check.effect for check in checks}
    wanted = _EFFECTS.get(decided.decision.outcome)
    if wanted is None:
        told = decided.decision.allowed and not effects & {_DENY, _MISSING}
    else:
        told = wanted in effects and (wanted == _DENY or _DENY not in effects)
    return [_value(check, uri) for check in checks] if told else []


def matched_policies(refs: Iterable[StatementRef], uri: UriOf) -> list[Json]:
    """The statements by their policies. A statement without a Sid is named by its place, counted from 1."""
    found: dict[str, list[Json]] = {}
    for ref in dict.fromkeys(refs):
        effect = "ALLOW" if ref.statement.effect is Effect.ALLOW else "DENY"
        told: Json = {"sid": ref.statement.sid or f"statement{ref.index + 1}", "evaluatedEffect": effect}
        found.setdefault(uri(ref.attached), []).append(told)
    return [{"uri": each, "matchedStatements": statements} for each, statements in found.items()]


def matched_refs(decided: Decided) -> tuple[StatementRef, ...]:
    asked = Asked.of(decided.request, has_boundary=decided.stack.boundary is not None)
    return tuple(ref for verdict in verdicts_of(decided.stack, asked).in_order() for ref in _refs(verdict))


def _checks(
    asked: Asked,
    verdicts: Verdicts,
    decided: Decided,
    targets: Callable[[Decided, PolicyType], tuple[str | None, ...]],
) -> Iterator[_Check]:
    for name, kind, levels in (
        # What RCPs do not deny they allow: RCPFullAWSAccess cannot be detached.
        ("RESOURCE_CONTROL_POLICY", PolicyType.RCP, verdicts.rcps),
        ("SERVICE_CONTROL_POLICY", PolicyType.SCP, verdicts.scps),
    ):
        arns = targets(decided, kind)
        places = arns if len(arns) == len(levels) else (None,) * len(levels)
        for level, arn in zip(levels, places, strict=True):
            yield _Check(name, (level,), (level.allow,), kind is PolicyType.SCP, arn)
    if verdicts.endpoint is not None:
        yield _Check("VPC_ENDPOINT", (verdicts.endpoint,), (verdicts.endpoint.allow,))
    resource, grants = verdicts.resource, () if verdicts.grants is None else (verdicts.grants,)
    owner, account = decided.request.resource_account, decided.request.principal.account
    alone = (
        (owner is not None and owner != account)
        or asks_trust_policy(asked)
        or asks_key_policy(asked)
        or has_no_identity(asked)
    )
    anyhow = tuple(giver.anyhow() for giver in (resource, *grants))
    directly = tuple(giver.directly for giver in (resource, *grants))
    within = owner is None or owner == account
    if alone:
        yield _Check("RESOURCE", (resource, *grants), anyhow)
    # Within an account a policy that names the caller's own session is enough, past all that limits its role.
    past = decided.decision.allowed or (within and any(grant.truth is True for grant in directly))
    if verdicts.identity is not None:
        beside = () if alone else (resource,)
        given = () if alone else (resource.directly, resource.to_what_is_behind)
        yield _Check("PRINCIPAL", (verdicts.identity, *beside), (verdicts.identity.allow, *given), not past)
    if verdicts.boundary is not None:
        yield _Check("PERMISSIONS_BOUNDARY", (verdicts.boundary,), (verdicts.boundary.allow,), not past)
    if verdicts.session is not None:
        yield _Check("SESSION", (verdicts.session,), (verdicts.session.allow,), not past)


def _value(check: _Check, uri: UriOf) -> Json:
    value: Json = {"checkType": check.type, "evaluatedEffect": check.effect}
    if check.target_arn is not None:
        value["targetArn"] = check.target_arn
    refs = [ref for verdict in check.verdicts for ref in _refs(verdict)]
    types = dict.fromkeys([POLICY_TYPES[check.verdicts[0].type], *(POLICY_TYPES[ref.attached.type] for ref in refs)])
    return value | {"relevantPolicyTypes": list(types), "matchedPolicies": matched_policies(refs, uri)}


def _refs(verdict: Verdict) -> Iterator[StatementRef]:
    yield from verdict.deny.statements
    yield from verdict.allow.statements
    yield from verdict.anyhow().statements
