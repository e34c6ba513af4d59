"""Policies to JSON in one canonical form: reading what was printed gives the same policy again."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TypeAlias

from passrole.policy.model import Condition, Policy, PrincipalElement, PrincipalKind, Statement, Value

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"


def print_policy(policy: Policy) -> str:
    """JSON text, four spaces deep, characters as they are, no line end at the end."""
    return json.dumps(policy_to_value(policy), indent=4, ensure_ascii=False)


def policy_to_value(policy: Policy) -> dict[str, Json]:
    """The document as JSON values, elements in the order in which AWS's pages write them.

    A single value stands without its list. Condition values are strings, also those that were numbers or booleans.
    """
    document: dict[str, Json] = {}
    if policy.version is not None:
        document["Version"] = policy.version
    if policy.id is not None:
        document["Id"] = policy.id
    document["Statement"] = [statement_to_value(statement) for statement in policy.statements]
    return document


def statement_to_value(statement: Statement) -> dict[str, Json]:
    """One statement, in the same form."""
    value: dict[str, Json] = {}
    if statement.sid is not None:
        value["Sid"] = statement.sid
    value["Effect"] = statement.effect.value
    if statement.principals is not None:
        value[_name("Principal", statement.principals.negated)] = _principals(statement.principals)
    value[_name("Action", statement.actions.negated)] = _texts(statement.actions.patterns)
    if statement.resources is not None:
        value[_name("Resource", statement.resources.negated)] = _texts(statement.resources.patterns)
    if statement.conditions:
        value["Condition"] = _conditions(statement.conditions)
    return value


def _name(element: str, negated: bool) -> str:
    return f"Not{element}" if negated else element


def _texts(values: Sequence[Value]) -> Json:
    return values[0].text if len(values) == 1 else [value.text for value in values]


def _principals(element: PrincipalElement) -> Json:
    by_kind: dict[PrincipalKind, list[Value]] = {}
    for entry in element.entries:
        by_kind.setdefault(entry.kind, []).append(entry.value)
    if PrincipalKind.EVERYONE in by_kind:
        assert len(element.entries) == 1, "a principal without a kind stands alone"
        return "*"
    return {kind.value: _texts(values) for kind, values in by_kind.items()}


def _conditions(conditions: Sequence[Condition]) -> Json:
    blocks: dict[str, dict[str, Json]] = {}
    for condition in conditions:
        block = blocks.setdefault(str(condition.operator), {})
        # Two conditions that both must hold are not one condition with the values of both.
        assert condition.key not in block, "an operator has each key once"
        block[condition.key] = _texts(condition.values)
    return {operator: dict(block) for operator, block in blocks.items()}
