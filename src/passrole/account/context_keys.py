"""Which context keys policy documents refer to: in conditions, and as policy variables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from passrole.engine.truth import Doubt
from passrole.engine.variables import Variable, read_template
from passrole.policy.model import Policy, Statement


def context_keys_of(policies: Iterable[Policy]) -> tuple[str, ...]:
    """Each key once, as it is first spelled, in the order of the documents; case does not distinguish keys."""
    found: dict[str, str] = {}
    for policy in policies:
        for statement in policy.statements:
            for key in _keys_of_statement(statement, policy.has_policy_variables):
                found.setdefault(key.lower(), key)
    return tuple(found.values())


def _keys_of_statement(statement: Statement, variables: bool) -> Iterator[str]:
    if variables and statement.resources is not None:
        for pattern in statement.resources.patterns:
            yield from _keys_of_text(pattern.text)
    for condition in statement.conditions:
        yield condition.key
        if variables:
            for value in condition.values:
                yield from _keys_of_text(value.text)


def _keys_of_text(text: str) -> Iterator[str]:
    template = read_template(text, wildcards=True, variables=True)
    if isinstance(template, Doubt):
        return
    for part in template.parts:
        if isinstance(part, Variable):
            yield part.text[2:-1].partition(",")[0]
