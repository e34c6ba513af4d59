"""What is compared, layer by layer: statements taken apart once, and told alike by their normal form."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from passrole.engine.compiled import CompiledStatement, compiled
from passrole.engine.identity import Identity
from passrole.engine.stack import AttachedPolicy, Known, PolicyStack
from passrole.policy.model import (
    ActionElement,
    Effect,
    Policy,
    PolicyType,
    ResourceElement,
    Statement,
    Value,
)
from passrole.policy.normal import StatementNormalForm, statement_normal_form
from passrole.prover.views import Bindings, StatementView, variables_of, view_of

EVERYTHING = Policy(
    (Statement(Effect.ALLOW, ActionElement(False, (Value("*"),)), ResourceElement(False, (Value("*"),))),)
)


@dataclass(frozen=True, slots=True)
class Side:
    """Layers of policies that must all allow; the policies of one layer are of one type."""

    layers: tuple[tuple[AttachedPolicy, ...], ...]

    @property
    def type(self) -> PolicyType:
        """Of the first layer; that of a policy by itself."""
        return next((one.type for layer in self.layers for one in layer), PolicyType.IDENTITY)

    @property
    def stack(self) -> PolicyStack:
        """For the engine."""
        by_type: dict[PolicyType, list[Known]] = {}
        for layer in self.layers:
            by_type.setdefault(layer[0].type if layer else PolicyType.IDENTITY, []).append(Known(layer))
        everything = Known((AttachedPolicy(PolicyType.IDENTITY, "everything", EVERYTHING),))
        one = {type: layers[0] for type, layers in by_type.items()}
        return PolicyStack(
            identity=one.get(PolicyType.IDENTITY, everything),
            resource=one.get(PolicyType.RESOURCE, one.get(PolicyType.TRUST, Known())),
            boundary=one.get(PolicyType.BOUNDARY),
            session=one.get(PolicyType.SESSION),
            scps=tuple(by_type.get(PolicyType.SCP, ())),
            endpoint=one.get(PolicyType.ENDPOINT),
        )

    def statements(self) -> Iterator[tuple[int, PolicyType, CompiledStatement, bool]]:
        """Each with its layer, its policy's type, and whether its document has policy variables."""
        for number, layer in enumerate(self.layers):
            for attached in layer:
                for statement in compiled(attached.policy).statements:
                    yield number, attached.type, statement, attached.policy.has_policy_variables


Form = tuple[StatementNormalForm, bool]
"""What a statement says, whatever its words; the flag tells documents with policy variables from others."""


@dataclass(frozen=True, slots=True)
class Told:
    """A statement and what it says."""

    view: StatementView
    form: Form


@dataclass(frozen=True, slots=True)
class Prepared:
    """A side with values for its policy variables."""

    allows: tuple[tuple[Told, ...], ...]
    """Layer by layer."""
    denies: tuple[Told, ...]

    def views(self) -> Iterator[StatementView]:
        for layer in (*self.allows, self.denies):
            for told in layer:
                yield told.view


def prepare(side: Side, bindings: Bindings) -> Prepared:
    allows: list[list[Told]] = [[] for _ in side.layers]
    denies: list[Told] = []
    for layer, type, statement, variables in side.statements():  # noqa: A001
        view = view_of(statement, type, bindings, variables=variables)
        if view is None:
            continue
        told = Told(view, form_of(statement, variables))
        if statement.effect is Effect.DENY:
            denies.append(told)
        else:
            allows[layer].append(told)
    return Prepared(tuple(tuple(layer) for layer in allows), tuple(denies))


def variables_in(*sides: Side) -> frozenset[str]:
    """The condition keys that policy variables stand for, in statements that not all sides have."""
    forms = [{form_of(statement, variables) for _, _, statement, variables in side.statements()} for side in sides]
    shared = set.intersection(*forms)
    found: set[str] = set()
    for side in sides:
        for _, _, statement, variables in side.statements():
            if variables and form_of(statement, variables) not in shared:
                found |= variables_of(statement, variables=True)
    if found:
        for side in sides:
            for _, _, statement, variables in side.statements():
                found |= variables_of(statement, variables=variables)
    return frozenset(found)


def form_of(statement: CompiledStatement, variables: bool) -> Form:
    return _form(Identity(statement)), variables


@lru_cache(maxsize=16384)
def _form(key: Identity[CompiledStatement]) -> StatementNormalForm:
    return statement_normal_form(key.value.statement)
