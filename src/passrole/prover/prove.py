"""Rules that policies can be held to: no new access, nothing public, never an action, only an organization's callers.

Each is the question whether a policy allows a request that it should not; the answer is no for every request, or a
request.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from passrole.catalog.actions import expand_action_pattern
from passrole.engine.global_keys import MULTIVALUED
from passrole.engine.public_access import FIXING_KEYS, is_fixed_value
from passrole.engine.stack import AttachedPolicy
from passrole.engine.statements import NAMING_PRINCIPALS
from passrole.policy.model import (
    ActionElement,
    Condition,
    ConditionOperator,
    Effect,
    Policy,
    PolicyType,
    PrincipalElement,
    PrincipalEntry,
    PrincipalKind,
    Quantifier,
    ResourceElement,
    Statement,
    Value,
)
from passrole.policy.operators import OPERATORS, OperatorFamily
from passrole.prover.actions import names_service
from passrole.prover.compare import Actions, Certainty
from passrole.prover.contest import Match
from passrole.prover.direction import Found, more_than
from passrole.prover.sides import Side
from passrole.prover.texts import DEFAULT_STEPS, Effort, SecondsLeft
from passrole.prover.witness import Witness

SERVICES_ARE_INSIDE = "calls that an AWS service makes by itself count as the organization's own"


class Verdict(Enum):
    PROVEN = "proven"
    REFUTED = "refuted"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class Proof:
    """What came of one rule; `witnesses` are requests that are allowed and should not be."""

    rule: str
    verdict: Verdict
    certainty: Certainty
    witnesses: tuple[Witness, ...]
    assumptions: tuple[str, ...]
    undecided_because: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Limits:
    """How a proof is searched for."""

    actions: Actions = Actions.KNOWN
    witnesses: int = 3
    steps: int = DEFAULT_STEPS
    seconds_left: SecondsLeft | None = None


_PLAIN = Limits()


def no_new_access(policy: Side, baseline: Side, limits: Limits = _PLAIN) -> Proof:
    """That the policy allows nothing that the baseline does not."""
    return _proof("no new access", _search(policy, baseline, limits))


def cannot(policy: Side, actions: Sequence[str], resources: Sequence[str], limits: Limits = _PLAIN) -> Proof:
    """That the policy never allows one of these actions on one of these resources (patterns as in a policy)."""
    region = _region(policy, actions, resources, ())
    rule = f"cannot {', '.join(actions)} on {', '.join(resources)}"
    found = _search(policy.only(region), _nothing(policy), limits)
    # All published actions are gone through for it, and only a proof rests on it.
    is_proof = not found.witnesses and not found.undecided
    return _proof(rule, found, tuple(_not_listed(actions)) if is_proof else ())


def _not_listed(actions: Sequence[str]) -> Iterator[str]:
    """It may be a slip of the pen, and then the proof is about nothing."""
    for action in actions:
        if names_service(action.lower()) is not None and not expand_action_pattern(action):
            yield f"`{action}` is the action that is meant: AWS lists none such"


def only_from_organization(policy: Side, organization: str, limits: Limits = _PLAIN) -> Proof:
    """That nobody from outside of an organization is allowed anything."""
    outside = (
        _condition("StringNotEquals", "aws:PrincipalOrgID", (organization,)),
        _condition("Bool", "aws:PrincipalIsAWSService", ("false",)),
    )
    found = _search(policy.only(_region(policy, ("*",), ("*",), outside)), _nothing(policy), limits)
    return _proof(f"only from {organization}", found, (SERVICES_ARE_INSIDE,))


def no_public_access(policy: Side, limits: Limits = _PLAIN) -> Proof:
    """That nobody is allowed anything of whom the policy knows nothing: neither account nor a fixed value of his.

    The keys whose values fix a caller are those of S3 Block Public Access: see `engine.public_access`. Unlike there, a
    Deny beside an Allow counts.
    """
    region = _region(policy, ("*",), ("*",), tuple(_unfixed(policy)))
    found = _search(policy.only(region, outsiders=True), _nothing(policy), limits)
    return _proof("no public access", found)


def _search(new: Side, old: Side, limits: Limits) -> Found:
    match = Match(old, new, Effort(limits.steps, limits.seconds_left), known_actions=limits.actions is Actions.KNOWN)
    return more_than(match, new, old, limits.witnesses)


def _proof(rule: str, found: Found, assumptions: tuple[str, ...] = ()) -> Proof:
    if found.witnesses:
        return Proof(rule, Verdict.REFUTED, Certainty.EXACT, found.witnesses, (), ())
    if found.undecided:
        return Proof(rule, Verdict.UNDECIDED, Certainty.UNDECIDED, (), (), found.undecided_because)
    supposed = (*found.assumptions, *assumptions)
    certainty = Certainty.ASSUMING if supposed else Certainty.EXACT
    return Proof(rule, Verdict.PROVEN, certainty, (), supposed, ())


def _nothing(policy: Side) -> Side:
    """A side of the same type that allows nothing."""
    return Side(((AttachedPolicy(policy.type, "nothing", Policy((), "2012-10-17")),),))


def _region(
    policy: Side, actions: Sequence[str], resources: Sequence[str], conditions: tuple[Condition, ...]
) -> AttachedPolicy:
    """The requests that a rule is about, as a statement of the policy's own type."""
    everyone = PrincipalElement(False, (PrincipalEntry(PrincipalKind.EVERYONE, Value("*")),))
    statement = Statement(
        Effect.ALLOW,
        ActionElement(False, tuple(map(Value, actions))),
        None if policy.type is PolicyType.TRUST else ResourceElement(False, tuple(map(Value, resources))),
        everyone if policy.type in NAMING_PRINCIPALS else None,
        conditions,
    )
    return AttachedPolicy(policy.type, "the rule", Policy((statement,), "2008-10-17"))


def _condition(operator: str, key: str, values: Sequence[str]) -> Condition:
    several = Quantifier.FOR_ALL_VALUES if key.lower() in MULTIVALUED else None
    return Condition(ConditionOperator(operator, operator != "Bool", several), key, tuple(map(Value, values)))


_NEGATIONS = {
    OperatorFamily.STRING: "StringNotLike",
    OperatorFamily.ARN: "ArnNotLike",
    OperatorFamily.IP: "NotIpAddress",
}


def _unfixed(policy: Side) -> Iterator[Condition]:
    """Conditions that hold for whoever has none of the fixed values that the policy names."""
    fixed: dict[tuple[str, OperatorFamily], list[str]] = {}
    for _, _, statement, _ in policy.statements():
        # A Deny of everyone without a value fixes as an Allow of those who have it.
        denies = statement.effect is Effect.DENY
        for condition in statement.statement.conditions:
            row = OPERATORS.get(condition.operator.base)
            if (
                row is None
                or row.negated is not denies
                or row.family not in _NEGATIONS
                or condition.key.lower() not in FIXING_KEYS
            ):
                continue
            for value in condition.values:
                if is_fixed_value(condition.key.lower(), value.text, row.family):
                    fixed.setdefault((condition.key.lower(), row.family), []).append(value.text)
    for (key, family), values in sorted(fixed.items(), key=lambda item: item[0][0]):
        yield _condition(_NEGATIONS[family], key, values)
