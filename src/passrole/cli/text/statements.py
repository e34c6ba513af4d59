"""A JSON statement in the words a person reads: effect, actions, on what, to whom, if what."""

from __future__ import annotations

from collections.abc import Mapping

import click

from passrole.cli.say import colourless
from passrole.cli.text.tables import prose
from passrole.recipes.desired import Json, RenderedPolicy, RenderedStatement


def statement_lines(body: Mapping[str, Json], indent: int = 4) -> list[str]:
    """One statement over a few lines; nothing of it is left out."""
    effect = _shown(body.get("Effect"))
    color = "green" if effect == "Allow" else "red"
    lines = []
    for name, words in (("Action", ""), ("NotAction", "every action except ")):
        if name in body:
            lines += prose(f"{click.style(effect, fg=color)} {words}{_list(body[name])}", indent, 6)
    for name, words in (("Resource", "on"), ("NotResource", "on everything except")):
        if name in body:
            lines += prose(f"{words} {_list(body[name])}", indent + 6, 2)
    for name, words in (("Principal", "to"), ("NotPrincipal", "to everyone except")):
        if name in body:
            lines += prose(f"{words} {_principal(body[name])}", indent + 6, 2)
    conditions = body.get("Condition")
    if isinstance(conditions, dict):
        for operator, keys in conditions.items():
            if isinstance(keys, dict):
                for key, values in keys.items():
                    lines += prose(f"if {_shown(operator)} {_shown(key)} = {_list(values, ' or ')}", indent + 6, 2)
    return lines


def marked_statement_lines(mark: str, body: Mapping[str, Json], *, on_each_line: bool = False) -> list[str]:
    """One statement with a sign before its first line, or before each."""
    return [
        f"    {mark if number == 0 or on_each_line else ' '} {line[6:]}"
        for number, line in enumerate(statement_lines(body, 6))
    ]


def policy_lines(policy: RenderedPolicy, indent: int = 4, *, repaired: bool = True) -> list[str]:
    """Each statement of a rendered policy with its reason, its source and the repairs it carries.

    Without `repaired` it is a page's own statement, and the repairs are those that it lacks.
    """
    lines = []
    for number, statement in enumerate(policy.statements, 1):
        lines.append(
            f"{' ' * indent}{number}. {click.style(statement.id, bold=True)}{_repairs(statement, repaired=repaired)}"
        )
        lines += statement_lines(statement.body, indent + 3)
        lines += prose(f"why: {statement.reason}", indent + 6, 5)
        lines.append(f"{' ' * (indent + 6)}source: {statement.source.url}")
    return lines


def _repairs(statement: RenderedStatement, *, repaired: bool) -> str:
    words = "repairs" if repaired else "not repaired:"
    return f"  ({words} {', '.join(statement.repairs)})" if statement.repairs else ""


def _list(value: Json, joint: str = ", ") -> str:
    return joint.join(map(_shown, value)) if isinstance(value, list) else _shown(value)


def _shown(value: Json) -> str:
    return colourless(str(value)).replace("\n", "\\n")


def _principal(value: Json) -> str:
    if isinstance(value, dict):
        return "; ".join(f"{_shown(kind)} {_list(names)}" for kind, names in value.items())
    return "everyone (`*`)" if value == "*" else _shown(value)
