"""The least policy held against the policies that are there: what they allow that nobody used, and what is not kept."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from passrole.account.decided import Decided
from passrole.activity.tighten.least_policy import LeastPolicy
from passrole.engine.compiled import compiled
from passrole.engine.decision import StatementRef
from passrole.engine.glob import glob_match
from passrole.engine.stack import AttachedPolicy
from passrole.engine.statements import Asked, statement_truth
from passrole.policy.model import Effect
from passrole.prover.compare import Comparison, compare, layers_side, policy_side
from passrole.prover.texts import DEFAULT_STEPS


@dataclass(frozen=True, slots=True)
class Unused:
    """A statement that allows, with those of its actions that no decision rests on; `whole`: none rests on it."""

    ref: StatementRef
    actions: tuple[str, ...]
    whole: bool


@dataclass(frozen=True, slots=True)
class AgainstExisting:
    """`comparison` is of the least policy (new) with the existing ones together (old)."""

    comparison: Comparison
    unused: tuple[Unused, ...]
    conditions_left_out: tuple[StatementRef, ...]
    """Statements that allowed a decision under conditions which the least policy does not have."""
    denies: tuple[StatementRef, ...]
    """Statements that deny. The least policy has none of them."""


def against_existing(
    existing: Sequence[AttachedPolicy],
    least: LeastPolicy,
    decisions: Iterable[Decided],
    *,
    kept_keys: Iterable[str] = (),
    steps: int = DEFAULT_STEPS,
) -> AgainstExisting:
    """`existing` are the principal's identity-based policies; `kept_keys` the condition keys of the least policy."""
    kept = {key.lower() for key in kept_keys}
    allows = [ref for ref in _statements(existing) if ref.statement.effect is Effect.ALLOW]
    used: dict[StatementRef, set[str]] = {}
    conditional: dict[StatementRef, None] = {}
    for each in decisions:
        matching = [ref for ref in allows if _applies(ref, each)]
        for ref in matching:
            used.setdefault(ref, set()).add(each.request.action)
        if all(_keys_of(ref) - kept for ref in matching):
            conditional.update(dict.fromkeys(matching))
    return AgainstExisting(
        compare(layers_side((tuple(existing),)), policy_side(least.policy), steps=steps),
        tuple(one for ref in allows if (one := _unused(ref, used.get(ref, set()))) is not None),
        tuple(conditional),
        tuple(ref for ref in _statements(existing) if ref.statement.effect is Effect.DENY),
    )


def _unused(ref: StatementRef, actions: set[str]) -> Unused | None:
    element = ref.statement.actions
    if not actions:
        return Unused(ref, tuple(value.text for value in element.patterns), whole=True)
    patterns = tuple(
        value.text
        for value in element.patterns
        if not any(glob_match(value.text, action, ignore_case=True) for action in actions)
    )
    return Unused(ref, patterns, whole=False) if patterns and not element.negated else None


def _applies(ref: StatementRef, decided: Decided) -> bool:
    """Whether the statement allows the request for sure, whatever else does."""
    asked = Asked.of(decided.request, has_boundary=decided.stack.boundary is not None)
    statement = compiled(ref.attached.policy).statements[ref.index]
    return statement_truth(statement, asked, ref.attached.type) is True


def _keys_of(ref: StatementRef) -> set[str]:
    return {condition.key.lower() for condition in ref.statement.conditions}


def _statements(policies: Iterable[AttachedPolicy]) -> Iterable[StatementRef]:
    for attached in policies:
        for index in range(len(attached.policy.statements)):
            yield StatementRef(attached, index)
