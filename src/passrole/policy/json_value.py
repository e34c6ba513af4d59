"""Values that something else has parsed already (botocore, a recipe), as nodes of the JSON reader without places."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping

from passrole.errors import Diagnostic
from passrole.policy.json_nodes import (
    JsonArray,
    JsonMember,
    JsonNumber,
    JsonObject,
    JsonString,
    JsonText,
    JsonValue,
    JsonWord,
)
from passrole.policy.json_words import MAX_DEPTH


def json_from_value(value: object) -> JsonText:
    """Take over strings, numbers, booleans, None, lists, tuples and mappings; anything else is a finding (P0112)."""
    diagnostics: list[Diagnostic] = []
    root = _node(value, 0, diagnostics)
    return JsonText(root, tuple(diagnostics), None)


def _node(value: object, depth: int, diagnostics: list[Diagnostic]) -> JsonValue:
    if isinstance(value, str):
        if not value.isascii() and any("\ud800" <= character <= "\udfff" for character in value):
            diagnostics.append(_not_json("a text holds half of a surrogate pair"))
        return JsonString(value, -1, -1)
    if value is None or isinstance(value, bool):
        return JsonWord(json.dumps(value), -1, -1)
    if isinstance(value, int) or (isinstance(value, float) and math.isfinite(value)):
        return JsonNumber(_number_text(value), -1, -1)
    if depth >= MAX_DEPTH:
        diagnostics.append(Diagnostic("P0109", f"the document is nested more than {MAX_DEPTH} levels deep"))
        return JsonWord("null", -1, -1)
    if isinstance(value, list | tuple):
        return JsonArray(tuple(_node(item, depth + 1, diagnostics) for item in value), -1, -1)
    if isinstance(value, Mapping):
        members = []
        for key, item in value.items():
            if not isinstance(key, str):
                diagnostics.append(_not_json(f"the key `{str(key)[:80]}` is not a text"))
            members.append(JsonMember(JsonString(str(key), -1, -1), _node(item, depth + 1, diagnostics)))
        return JsonObject(tuple(members), -1, -1)
    shown = str(value)[:80]
    diagnostics.append(_not_json(f"`{shown}` is not a JSON value"))
    # What was probably meant, so that one mistake does not give two findings.
    return JsonString(shown, -1, -1)


def _number_text(number: int | float) -> str:
    try:
        return json.dumps(number)
    except ValueError:
        # Past some 4,300 digits Python refuses to write an int in decimal.
        return hex(number) if isinstance(number, int) else repr(number)


def _not_json(message: str) -> Diagnostic:
    return Diagnostic(
        "P0112",
        message,
        cause="YAML reads an unquoted date as a date, not as a text",
        help='put the value in quotes, for example "2012-10-17"',
        aws_message="This policy contains invalid Json",
    )
