"""What `corrected` changes of AWS's page, statement by statement, with the note that says what was wrong."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

import click

from passrole.cli.comparison_json import comparison_value
from passrole.cli.text.comparison import witness_lines
from passrole.cli.text.statements import marked_statement_lines
from passrole.cli.text.tables import heading, prose
from passrole.recipes.desired import Json, Note
from passrole.recipes.difference import Difference
from passrole.recipes.meaning import PolicyMeaning, policy_meanings


def difference_text(found: Difference, parting: Sequence[tuple[str, Json]] = ()) -> str:
    """Both variants side by side where they differ; else a line, and the values with which they would (`parting`)."""
    recipe = found.corrected.recipe
    if found.is_empty:
        lines = [f"{recipe}: with these parameters, `corrected` and `documented` are the same"]
        if not parting:
            return lines[0]
        lines.append("each of these makes a difference:")
        lines += [f"  --set {name}={_setting(value)}" for name, value in parting]
        return "\n".join(lines)
    lines = [heading(f"{recipe}: from AWS's page (-) to the corrected set-up (+)")]
    for statement in found.statements:
        lines.append(f"  {click.style(f'{statement.policy_id}/{statement.statement_id}', bold=True)}")
        for sign, color, side in (("-", "red", statement.documented), ("+", "green", statement.corrected)):
            if side is not None:
                lines += marked_statement_lines(click.style(sign, fg=color), side, on_each_line=True)
        lines += _note_lines(statement.notes)
    for entity in found.entities:
        lines.append(f"  {click.style(entity.address, bold=True)}")
        for sign, color, side in (("-", "red", entity.documented), ("+", "green", entity.corrected)):
            if side is not None:
                lines += prose(f"{click.style(sign, fg=color)} {_facts(side)}", 4, 4)
        lines += _note_lines(entity.notes)
    for meaning in policy_meanings(found):
        lines += _meaning_lines(meaning)
    return "\n".join(lines)


def _setting(value: Json) -> str:
    return str(value).lower() if isinstance(value, bool) else shlex.quote(str(value))


def _meaning_lines(meaning: PolicyMeaning) -> list[str]:
    """What the corrected policy allows and the page's does not, and the other way round, with requests."""
    comparison = meaning.comparison
    lines = prose(
        f"{click.style(meaning.policy_id, bold=True)} by meaning: corrected is {comparison.relation.value}", 2, 4
    )
    for word, witnesses in (("also allows", comparison.gained), ("no longer allows", comparison.lost)):
        for one in witnesses:
            first, *rest = witness_lines(one.request, ())
            lines += [f"    {word} {first.strip()}", *(f"  {line}" for line in rest)]
    return lines


def difference_value(found: Difference) -> dict[str, object]:
    return {
        "recipe": found.corrected.recipe,
        "statements": [
            {
                "policy": each.policy_id,
                "statement": each.statement_id,
                "documented": dict(each.documented) if each.documented is not None else None,
                "corrected": dict(each.corrected) if each.corrected is not None else None,
                "notes": _note_values(each.notes),
            }
            for each in found.statements
        ],
        "entities": [
            {
                "address": each.address,
                "documented": dict(each.documented) if each.documented is not None else None,
                "corrected": dict(each.corrected) if each.corrected is not None else None,
                "notes": _note_values(each.notes),
            }
            for each in found.entities
        ],
        "meaning": [{"policy": each.policy_id, **comparison_value(each.comparison)} for each in policy_meanings(found)],
    }


def _note_lines(notes: tuple[Note, ...]) -> list[str]:
    return [line for note in notes for line in prose(f"{note.id}: {note.text}", 6, 4)]


def _note_values(notes: tuple[Note, ...]) -> list[dict[str, str]]:
    return [{"id": note.id, "kind": note.kind, "text": note.text} for note in notes]


def _facts(side: object) -> str:
    if not isinstance(side, dict):
        return str(side)
    shown: list[str] = []
    for key, value in side.items():
        if value not in (None, "", [], {}):
            shown.append(f"{key.replace('_', ' ')}: {_value(value)}")
    return "; ".join(shown)


def _value(value: Json) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} ({_value(item)})" for key, item in value.items())
    if isinstance(value, list):
        return ", ".join(_value(item) for item in value)
    return str(value)
