"""Statements of two sides, taken apart once and told alike by their normal form; those that a comparison needs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from passrole.engine.compiled import Actions, CompiledStatement
from passrole.engine.glob import Glob, glob_of
from passrole.policy.model import Effect
from passrole.policy.normal import ConditionForm, StatementNormalForm
from passrole.policy.operators import OPERATORS, OperatorFamily
from passrole.prover.sides import Side, Stated
from passrole.prover.views import Bindings, StatementView, variables_of, view_of

Form = tuple[StatementNormalForm, bool]
"""What a statement says, whatever its words; the flag tells documents with policy variables from others."""


@dataclass(frozen=True, slots=True)
class Told:
    """A statement and what it says."""

    view: StatementView
    form: Form

    def narrowed_by(self, others: Iterable[Told]) -> Told | None:
        """Without the actions for which one of the others plainly says as much; None when none is left.

        Plainly: by the words alone. It saves most of the work, as versions of a policy share most of their words.
        """
        view = self.view
        left = view.actions
        for other in others:
            if other.view.type is not view.type or not _says_as_much(self, other):
                continue
            if view.actions_negated or other.view.actions_negated:
                if other.form[0].actions == self.form[0].actions:
                    return None
                continue
            named, wild = _action_words(other.view)
            left = tuple(
                action
                for action in left
                if action not in named
                and not any(glob.matches(action) for glob in wild.get(action.partition(":")[0], ()))
                and not any(glob.matches(action) for glob in wild.get(_ANY_SERVICE, ()))
            )
            if not left:
                return None
        if len(left) == len(view.actions):
            return self
        return Told(replace(view, actions=left, named=Actions.of(left)), self.form)


_ANY_SERVICE = "*"


@lru_cache(maxsize=8192)
def _action_words(view: StatementView) -> tuple[frozenset[str], dict[str, list[Glob]]]:
    """The patterns of actions, and besides those with stars by their service."""
    wild: dict[str, list[Glob]] = {}
    for action in view.actions:
        # A star takes a pattern that stands in its place whole; a question mark would take the star of one.
        if "*" in action and "?" not in action:
            service = action.partition(":")[0]
            wild.setdefault(_ANY_SERVICE if "*" in service else service, []).append(glob_of(action))
    return frozenset(view.actions), wild


def _says_as_much(one: Told, other: Told) -> bool:
    """Whether the other plainly names every resource that one names, to all to whom it does, on no more conditions."""
    mine, others = one.form[0], other.form[0]
    return (
        one.form[1] == other.form[1]
        and mine.principals == others.principals
        and _names_as_many(mine.resources, others.resources)
        and (
            others.conditions <= mine.conditions
            or all(any(_implies(each, wanted) for each in mine.conditions) for wanted in others.conditions)
        )
    )


Resources = tuple[bool, frozenset[str]] | None


def _names_as_many(one: Resources, other: Resources) -> bool:
    """Whether the other Resource element plainly names all that one names."""
    if one == other:
        return True
    if one is None or other is None:
        return other is not None and not other[0] and "*" in other[1]
    if one[0] and other[0]:
        return other[1] <= one[1]
    return not other[0] and ("*" in other[1] or (not one[0] and one[1] <= other[1]))


def _implies(one: ConditionForm, other: ConditionForm) -> bool:
    """Whether the other condition plainly holds wherever one does: it lists more values, or excludes fewer."""
    if one == other:
        return True
    row = OPERATORS.get(one[0].base)
    if one[:2] != other[:2] or row is None or row.family is OperatorFamily.NULL or not other[2]:
        return False
    return other[2] <= one[2] if row.negated else one[2] <= other[2]


@dataclass(frozen=True, slots=True)
class Prepared:
    """A side with values for its policy variables; of its statements those that a comparison needs."""

    allows: tuple[tuple[Told, ...], ...]
    """Layer by layer."""
    denies: tuple[Told, ...]

    def views(self) -> Iterator[StatementView]:
        for layer in (*self.allows, self.denies):
            for told in layer:
                yield told.view


def prepare(side: Side, statements: Iterable[Stated], bindings: Bindings) -> Prepared:
    """These statements of a side."""
    allows: list[list[Told]] = [[] for _ in (*side.layers, *side.regions)]
    denies: list[Told] = []
    for layer, type, statement, variables in statements:  # noqa: A001
        of_region = layer >= len(side.layers)
        view = view_of(statement, type, bindings, variables=variables, of_region=of_region)
        if view is None:
            continue
        told = Told(view, form_of(statement, variables))
        if statement.effect is Effect.DENY:
            denies.append(told)
        else:
            allows[layer].append(told)
    return Prepared(tuple(tuple(layer) for layer in allows), tuple(denies))


def variables_in(statements: Iterable[Stated], *, only_with_default: bool = False) -> frozenset[str]:
    """The condition keys that policy variables stand for."""
    found: frozenset[str] = frozenset()
    for _, _, statement, variables in statements:
        found |= variables_of(statement, variables=variables, only_with_default=only_with_default)
    return found


def form_of(statement: CompiledStatement, variables: bool) -> Form:
    return statement.form, variables
