"""Statements of two sides, taken apart once and told alike by their normal form; those that a comparison needs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from passrole.engine.compiled import Actions, CompiledStatement
from passrole.engine.glob import Glob, glob_of
from passrole.policy.model import Effect
from passrole.policy.normal import StatementNormalForm
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
        if view.actions_negated:
            return self
        left = view.actions
        for other in others:
            if other.view.actions_negated or not _says_as_much(
                other.form[0], self.form[0], self.form[1] == other.form[1]
            ):
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


def _says_as_much(form: StatementNormalForm, other: StatementNormalForm, same_language: bool) -> bool:
    """Whether an Allow plainly names every resource of another, to everyone to whom it does, on no more conditions."""
    if not same_language:
        return False
    _, _, resources, principals, conditions = form
    _, _, other_resources, other_principals, other_conditions = other
    if principals != other_principals or not conditions <= other_conditions:
        return False
    if resources == other_resources:
        return True
    if resources is None or other_resources is None or resources[0] or other_resources[0]:
        return resources is not None and not resources[0] and "*" in resources[1]
    return "*" in resources[1] or other_resources[1] <= resources[1]


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
        view = view_of(statement, type, bindings, variables=variables)
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
