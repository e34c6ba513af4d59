"""When two documents say the same: a normal form that forgets what cannot matter, and nothing else.

Equal forms mean equal permissions for every request. The converse does not hold: documents that grant the same in
different words (`s3:Get*` beside `s3:GetObject`, one statement or two) have different forms.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import NamedTuple

from passrole.policy.arn import ACCOUNT_ID
from passrole.policy.model import (
    Condition,
    ConditionOperator,
    Effect,
    Policy,
    PrincipalElement,
    PrincipalKind,
    Statement,
    Value,
)

# Only ASCII letters are folded. Names of AWS are ASCII; what IAM does with other letters is not documented.
_LOWER = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz")


ConditionForm = tuple[ConditionOperator, str, frozenset[str]]
"""Operator, key in lower case, values."""


class StatementNormalForm(NamedTuple):
    """What a statement says; forms are compared, and their parts as well."""

    effect: Effect
    actions: tuple[bool, frozenset[str]]
    """Whether they are negated, and the patterns in lower case."""
    resources: tuple[bool, frozenset[str]] | None
    principals: Hashable
    conditions: frozenset[ConditionForm]


def statement_normal_form(statement: Statement, *, partition: str = "aws") -> StatementNormalForm:
    """The statement without its Sid, its spelling of names and its order of values.

    Compare forms only of statements whose documents agree on `has_policy_variables`: `${…}` is kept as it stands.
    `partition` is where the document lives: there `111122223333` and that account's root ARN are one principal.
    """
    actions, resources = statement.actions, statement.resources
    names = [value.text for value in actions.patterns]
    return StatementNormalForm(
        statement.effect,
        (actions.negated, frozenset(map(str.lower if "".join(names).isascii() else _lower, names))),
        # Resource patterns are compared with regard to case.
        None if resources is None else (resources.negated, _texts(resources.patterns)),
        None if statement.principals is None else _principals(statement.principals, partition),
        # Every condition must hold, so repeating one changes nothing; two of one operator and key with different
        # values, as two spellings of the key allow, stay two.
        frozenset([_condition(condition) for condition in statement.conditions]),
    )


def policies_equal_in_meaning_of_text(a: Policy, b: Policy, *, partition: str = "aws") -> bool:
    """Whether the documents differ at most in order, repetition, Sid, Id, and the case of names that have none.

    True only if they mean the same for every request; False also for documents that mean the same in other words.
    """
    if a.has_policy_variables != b.has_policy_variables and (
        mentions_variable(a.statements) or mentions_variable(b.statements)
    ):
        return False
    forms_a, forms_b = (
        {statement_normal_form(statement, partition=partition) for statement in policy.statements} for policy in (a, b)
    )
    return forms_a == forms_b


def _lower(text: str) -> str:
    return text.lower() if text.isascii() else text.translate(_LOWER)


def _texts(values: Iterable[Value]) -> frozenset[str]:
    return frozenset([value.text for value in values])


def _condition(condition: Condition) -> ConditionForm:
    return (condition.operator, _lower(condition.key), _texts(condition.values))


def _principals(element: PrincipalElement, partition: str) -> Hashable:
    entries = set()
    for entry in element.entries:
        text = entry.value.text
        # "The account ARN and the shortened account ID behave the same way": the page says so of Principal. `"*"` and
        # {"AWS": "*"} stay apart: it calls them equivalent for anonymous users only, and a trust policy must not
        # have the first.
        if entry.kind is PrincipalKind.AWS and not element.negated and ACCOUNT_ID.fullmatch(text):
            text = f"arn:{partition}:iam::{text}:root"
        entries.add((entry.kind, text))
    return (element.negated, frozenset(entries))


def mentions_variable(statements: Iterable[Statement]) -> bool:
    """Whether it may matter to them that `${…}` is a variable."""
    return any("${" in value.text for statement in statements for value in _variable_places(statement))


def _variable_places(statement: Statement) -> Iterable[Value]:
    """Every value that could hold a variable, and more: where it cannot, asking does no harm."""
    if statement.resources is not None:
        yield from statement.resources.patterns
    yield from statement.actions.patterns
    for condition in statement.conditions:
        yield from condition.values
