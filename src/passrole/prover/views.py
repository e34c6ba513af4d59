"""A statement as the prover sees it: its actions, the resources it names as regions of texts, conditions by key.

What the engine answers with a doubt makes two regions: where the statement surely applies, and where it may.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from passrole.engine.compiled import Actions, CompiledStatement
from passrole.engine.conditions import PreparedCondition
from passrole.engine.context import Context, Seen
from passrole.engine.glob import Pattern
from passrole.engine.identity import Identity
from passrole.engine.request import ContextValue
from passrole.engine.resource_pattern import is_clear
from passrole.engine.statements import NAMING_PRINCIPALS
from passrole.engine.truth import Doubt
from passrole.engine.variables import Template, Variable, fill_in, read_template
from passrole.policy.model import Effect, PolicyType
from passrole.policy.operators import OPERATORS
from passrole.prover.actions import names_service
from passrole.prover.items import EVERYTHING, Items, items_of, within_segments
from passrole.prover.texts import EVERY_TEXT, NO_TEXT, Region

Bindings = Mapping[str, ContextValue | None]
"""Values of condition keys, in lower case; None for an absent one."""

WHO = ""
"""Stands among the condition keys for the caller."""

OF_CALLER = frozenset(
    {
        "aws:federatedprovider",
        "aws:principalaccount",
        "aws:principalarn",
        "aws:principalisawsservice",
        "aws:principalservicename",
        "aws:principaltype",
        "aws:userid",
        "aws:username",
    }
)
"""The condition keys that follow from the caller, in lower case."""

_WITHOUT_RESOURCE = frozenset({PolicyType.TRUST, PolicyType.RESOURCE})


class Held(Context):
    """A context of these keys, and of nothing else."""

    __slots__ = ("_held",)

    def __init__(self, held: Mapping[str, Seen]) -> None:
        self._held = held

    def get(self, key: str) -> Seen:
        return self._held.get(key)


@dataclass(frozen=True, slots=True, eq=False)
class StatementView:
    """One statement, with values for the policy variables in its resources."""

    compiled: CompiledStatement
    type: PolicyType
    actions: tuple[str, ...]
    """Patterns in lower case."""
    named: Actions
    """The same."""
    actions_negated: bool
    resources: tuple[Region, Region]
    """Of those that it surely names, and of those that it may name: in this order wherever there are two."""
    keys: dict[str, tuple[PreparedCondition, ...]]
    variables: bool
    """Whether the document's version has policy variables."""
    services: frozenset[str] | None
    """Those whose actions alone it can name; None when it can name others."""

    @property
    def effect(self) -> Effect:
        return self.compiled.effect

    def names(self, action: str) -> bool:
        """Whether it is about an action in lower case."""
        return self.named.take(action) is not self.actions_negated

    @property
    def names_principals(self) -> bool:
        return self.type in NAMING_PRINCIPALS


def view_of(
    compiled: CompiledStatement,
    type: PolicyType,  # noqa: A002
    bindings: Bindings,
    *,
    variables: bool,
    of_region: bool = False,
) -> StatementView | None:
    """None for a statement that never applies. `of_region`: it says which requests are looked at, and its patterns
    take all that they could mean."""
    if bindings and any(isinstance(each.matcher, Template) for each in compiled.resources or ()):
        return _view(compiled, type, bindings, variables, of_region)
    return _plain_view(Identity(compiled), type, variables, of_region)


@lru_cache(maxsize=16384)
def _plain_view(
    key: Identity[CompiledStatement],
    type: PolicyType,  # noqa: A002
    variables: bool,
    of_region: bool,
) -> StatementView | None:
    return _view(key.value, type, {}, variables, of_region)


def _view(
    compiled: CompiledStatement,
    type: PolicyType,  # noqa: A002
    bindings: Bindings,
    variables: bool,
    of_region: bool,
) -> StatementView | None:
    allows = compiled.effect is Effect.ALLOW
    if not compiled.statement.actions.patterns and allows:
        return None
    resources = _resources(compiled, type, bindings, variables)
    if allows:
        resources = (resources[of_region], resources[of_region])
    if resources[1].is_nothing:
        return None
    keys: dict[str, tuple[PreparedCondition, ...]] = {}
    if type in NAMING_PRINCIPALS:
        keys[WHO] = ()
    for condition in compiled.conditions:
        key = WHO if WHO in keys and condition.key in OF_CALLER else condition.key
        keys[key] = (*keys.get(key, ()), condition)
    element = compiled.statement.actions
    patterns = tuple(value.text.lower() for value in element.patterns)
    return StatementView(
        compiled,
        type,
        patterns,
        compiled.actions,
        element.negated,
        resources,
        keys,
        variables,
        services_of(Identity(compiled)),
    )


@lru_cache(maxsize=16384)
def services_of(key: Identity[CompiledStatement]) -> frozenset[str] | None:
    """The services whose actions alone a statement can name; None when it can name others."""
    found = frozenset(map(names_service, key.value.actions.texts))
    if key.value.statement.actions.negated or None in found:
        return None
    return frozenset(service for service in found if service is not None)


def _resources(
    compiled: CompiledStatement,
    type: PolicyType,  # noqa: A002
    bindings: Bindings,
    variables: bool,
) -> tuple[Region, Region]:
    element = compiled.statement.resources
    if element is None or compiled.resources is None:
        return (EVERY_TEXT if type in _WITHOUT_RESOURCE else NO_TEXT), EVERY_TEXT
    if not compiled.resources:
        return NO_TEXT, EVERY_TEXT
    sure: list[Items] = []
    possible: list[Items] = []
    doubtful = False
    context = Held(bindings)
    for prepared in compiled.resources:
        items = _items_of(prepared.value.text, variables)
        if isinstance(items, Template):
            pattern = fill_in(items, context)
            if pattern is None:
                continue
            items = pattern if isinstance(pattern, Doubt) else _whole_and_sure(pattern)
        if isinstance(prepared.matcher, Doubt) or isinstance(items, Doubt):
            doubtful = True
            continue
        possible.append(items[0])
        sure.append(items[1])
    if element.negated:
        return (NO_TEXT if doubtful else _region(possible, negated=True)), _region(sure, negated=True)
    return _region(sure), EVERY_TEXT if doubtful else _region(possible)


@lru_cache(maxsize=16384)
def _items_of(text: str, variables: bool) -> tuple[Items, Items] | Template | Doubt:
    """A template where it depends on the values of variables."""
    template = read_template(text, wildcards=True, variables=variables)
    if isinstance(template, Doubt) or template.pattern is None:
        return template
    return _whole_and_sure(template.pattern)


def _whole_and_sure(pattern: Pattern) -> tuple[Items, Items]:
    whole = items_of(pattern)
    return whole, whole if is_clear(pattern) else within_segments(pattern)


def _region(patterns: list[Items], *, negated: bool = False) -> Region:
    if EVERYTHING in patterns:
        return NO_TEXT if negated else EVERY_TEXT
    return Region(tuple(dict.fromkeys(patterns)), negated)


def variables_of(compiled: CompiledStatement, *, variables: bool, only_with_default: bool = False) -> frozenset[str]:
    """The condition keys, in lower case, that the statement's policy variables stand for."""
    if not variables:
        return frozenset()
    return frozenset(
        part.key for part in _variables_of(Identity(compiled)) if part.default is not None or not only_with_default
    )


@lru_cache(maxsize=16384)
def _variables_of(key: Identity[CompiledStatement]) -> frozenset[Variable]:
    statement = key.value.statement
    found: set[Variable] = set()
    for value in statement.resources.patterns if statement.resources is not None else ():
        if "${" in value.text:
            found |= _named_in(value.text, wildcards=True)
    for condition in statement.conditions:
        for value in condition.values:
            row = OPERATORS.get(condition.operator.base) if "${" in value.text else None
            if row is not None and row.variables:
                found |= _named_in(value.text, wildcards=row.wildcards)
    return frozenset(found)


def _named_in(text: str, *, wildcards: bool) -> set[Variable]:
    template = read_template(text, wildcards=wildcards, variables=True)
    if isinstance(template, Doubt):
        return set()
    return {part for part in template.parts if isinstance(part, Variable)}
