"""Policies made ready for many requests: what does not depend on the request is read once.

A compiled policy is kept for as long as it is in use among the last thousands, by the identity of the `Policy`
object: comparing whole documents would cost more than reading them. Whoever keeps policies in memory (the server)
keeps their compiled form by doing so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from passrole.engine.conditions import PreparedCondition, prepare_condition
from passrole.engine.glob import Glob, glob_of
from passrole.engine.identity import Identity
from passrole.engine.principal_element import PreparedPrincipals, prepare_principals
from passrole.engine.resource_pattern import PreparedResource, prepare_resource
from passrole.policy.model import Effect, Policy, Statement
from passrole.policy.normal import StatementNormalForm, statement_normal_form

CACHED_POLICIES = 4096


@dataclass(frozen=True, slots=True)
class Actions:
    """The patterns of an Action element, in lower case: names of actions are not case-sensitive."""

    texts: frozenset[str]
    wild: tuple[Glob, ...]
    """Of those that have wildcards."""

    @classmethod
    def of(cls, texts: Iterable[str]) -> Actions:
        texts = frozenset(texts)
        return cls(texts, tuple([glob_of(text) for text in texts if "*" in text or "?" in text]))

    def take(self, action: str) -> bool:
        """Whether one of them matches an action in lower case."""
        return action in self.texts or (bool(self.wild) and any(glob.matches(action) for glob in self.wild))


class CompiledStatement:
    """A statement, each element of which is made ready when it is first looked at: most requests are about others."""

    __slots__ = (
        "_variables",
        "actions",
        "conditions",
        "effect",
        "form",
        "index",
        "principals",
        "resources",
        "statement",
    )

    statement: Statement
    index: int
    effect: Effect
    actions: Actions
    resources: tuple[PreparedResource, ...] | None
    principals: PreparedPrincipals | None
    conditions: tuple[PreparedCondition, ...]
    form: StatementNormalForm
    """What it says, whatever its words."""

    def __init__(self, statement: Statement, index: int, *, variables: bool) -> None:
        """`variables` says whether the document's version has policy variables."""
        self.statement, self.index, self.effect = statement, index, statement.effect
        self._variables = variables

    def __getattr__(self, name: str) -> object:
        """An element that was not looked at yet; Python asks here for nothing else."""
        make = _ELEMENTS.get(name)
        if make is None:
            raise AttributeError(name)
        found = make(self.statement, self._variables)
        setattr(self, name, found)
        return found


def _actions(statement: Statement, variables: bool) -> Actions:
    return Actions.of([pattern.text.lower() for pattern in statement.actions.patterns])


def _resources(statement: Statement, variables: bool) -> tuple[PreparedResource, ...] | None:
    element = statement.resources
    return None if element is None else tuple(prepare_resource(each, variables=variables) for each in element.patterns)


def _principals(statement: Statement, variables: bool) -> PreparedPrincipals | None:
    return None if statement.principals is None else prepare_principals(statement.principals)


def _conditions(statement: Statement, variables: bool) -> tuple[PreparedCondition, ...]:
    return tuple(prepare_condition(condition, variables=variables) for condition in statement.conditions)


def _form(statement: Statement, variables: bool) -> StatementNormalForm:
    return statement_normal_form(statement)


_ELEMENTS: Mapping[str, Callable[[Statement, bool], object]] = {
    "actions": _actions,
    "resources": _resources,
    "principals": _principals,
    "conditions": _conditions,
    "form": _form,
}


@dataclass(frozen=True, slots=True)
class CompiledPolicy:
    policy: Policy
    statements: tuple[CompiledStatement, ...]


def compiled(policy: Policy) -> CompiledPolicy:
    return _compiled(Identity(policy))


@lru_cache(maxsize=CACHED_POLICIES)
def _compiled(key: Identity[Policy]) -> CompiledPolicy:
    policy = key.value
    variables = policy.has_policy_variables
    return CompiledPolicy(
        policy,
        tuple(
            CompiledStatement(statement, index, variables=variables)
            for index, statement in enumerate(policy.statements)
        ),
    )
