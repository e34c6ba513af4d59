"""Statements of two sides, taken apart once and told alike by their normal form; those that a comparison needs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from passrole.engine.compiled import CompiledStatement, compiled
from passrole.engine.glob import Glob, glob_of
from passrole.engine.identity import Identity
from passrole.policy.model import Effect
from passrole.policy.normal import StatementNormalForm, statement_normal_form
from passrole.prover.sides import Side, Stated
from passrole.prover.views import Bindings, StatementView, services_of, variables_of, view_of

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
        return Told(replace(view, actions=left), self.form)


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
    assert isinstance(form, tuple), "a normal form"
    assert isinstance(other, tuple), "a normal form"
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


Services = frozenset[str] | None
"""Those whose actions a comparison is about; None for all."""


def services_of_differences(one: Side, other: Side) -> Services:
    """The services whose actions the statements name that only one of two sides has.

    A statement that names none of them meets no such statement, and decides the same on both sides. Layers of
    policies act together: there no statement is set aside.
    """
    if any(each.regions for each in (one, other)):
        return _services_of_regions(one, other)
    if any(len(each.layers) != 1 for each in (one, other)):
        return None
    if len({kind for each in (one, other) for _, kind, _, _ in each.statements()}) > 1:
        return None
    forms = [
        {form_of(statement, variables): statement for _, _, statement, variables in each.statements()}
        for each in (one, other)
    ]
    found: set[str] = set()
    for form in forms[0].keys() ^ forms[1].keys():
        services = services_of(Identity(forms[0].get(form) or forms[1][form]))
        if services is None:
            return None
        found |= services
    return frozenset(found)


def _services_of_regions(one: Side, other: Side) -> Services:
    """Of the requests that are looked at only, where one side allows nothing; None for all."""
    some = [side for side in (one, other) if next(side.statements(), None) is not None]
    if len(some) != 1:
        return None
    for region in some[0].regions:
        found: set[str] = set()
        for statement in compiled(region.policy).statements:
            services = services_of(Identity(statement))
            if services is None:
                break
            found |= services
        else:
            return frozenset(found)
    return None


def statements_about(side: Side, services: Services) -> list[Stated]:
    """Those that name actions of these services."""
    if services is None:
        return list(side.statements())
    return [
        stated for stated in side.statements() if not services.isdisjoint(services_of(Identity(stated[2])) or services)
    ]


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
    return _form(Identity(statement)), variables


@lru_cache(maxsize=16384)
def _form(key: Identity[CompiledStatement]) -> StatementNormalForm:
    return statement_normal_form(key.value.statement)
