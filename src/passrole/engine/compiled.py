"""Policies made ready for many requests: what does not depend on the request is read once.

A compiled policy is kept for as long as it is in use among the last thousands, by the identity of the `Policy`
object: comparing whole documents would cost more than reading them. Whoever keeps policies in memory (the server)
keeps their compiled form by doing so.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from passrole.engine.conditions import PreparedCondition, prepare_condition
from passrole.engine.glob import Glob, glob_of
from passrole.engine.identity import Identity
from passrole.engine.principal_element import PreparedPrincipals, prepare_principals
from passrole.engine.resource_pattern import PreparedResource, prepare_resource
from passrole.policy.model import Effect, Policy, Statement

CACHED_POLICIES = 4096


@dataclass(frozen=True, slots=True)
class CompiledStatement:
    statement: Statement
    index: int
    effect: Effect
    actions: tuple[Glob, ...]
    """Of patterns in lower case, in the order of the document: names of actions are not case-sensitive."""
    resources: tuple[PreparedResource, ...] | None
    principals: PreparedPrincipals | None
    conditions: tuple[PreparedCondition, ...]


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
        tuple(_compile_statement(statement, index, variables) for index, statement in enumerate(policy.statements)),
    )


def _compile_statement(statement: Statement, index: int, variables: bool) -> CompiledStatement:
    return CompiledStatement(
        statement,
        index,
        statement.effect,
        tuple(glob_of(pattern.text.lower()) for pattern in statement.actions.patterns),
        None
        if statement.resources is None
        else tuple(prepare_resource(value, variables=variables) for value in statement.resources.patterns),
        None if statement.principals is None else prepare_principals(statement.principals),
        tuple(prepare_condition(condition, variables=variables) for condition in statement.conditions),
    )
