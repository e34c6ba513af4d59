"""Strict reading of the JSON of case files: what is missing, unknown or of another type is named, never guessed."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping

from passrole.engine.request import is_action
from passrole.errors import UsageError
from passrole.policy.json_members import unique_members


class ConformanceError(UsageError):
    """A file, or a part of one, is not of the format."""


def load_json(text: str, name: str) -> object:
    """Raises ConformanceError for what is no JSON, and for an object with a key twice."""
    if text.startswith("\ufeff"):
        raise ConformanceError(f"`{name}` is not JSON", causes=("it begins with a byte order mark",))
    try:
        return json.loads(text, object_pairs_hook=unique_members)
    except ValueError as error:
        raise ConformanceError(f"`{name}` is not JSON", causes=(str(error),)) from error
    except RecursionError as error:
        raise ConformanceError(f"`{name}` is not JSON that can be read", causes=("it is nested too deeply",)) from error


def first_line_is_object(text: str) -> Mapping[str, object] | None:
    """The object on the first line, if that line alone is one."""
    try:
        value = json.loads(text.lstrip().partition("\n")[0])
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def object_at(value: object, where: str, fields: Collection[str] | None = None) -> Mapping[str, object]:
    """A JSON object; with `fields`, one that has no others."""
    if not isinstance(value, dict):
        raise ConformanceError(f"{where} is not a JSON object")
    unknown = sorted(set(value) - set(value if fields is None else fields))
    if unknown:
        raise ConformanceError(f"{where} has the unknown field `{unknown[0]}`")
    return value


def list_at(value: object, where: str) -> list[object]:
    if not isinstance(value, list):
        raise ConformanceError(f"{where} is not a JSON list")
    return value


def texts_at(value: object, where: str) -> tuple[str, ...]:
    listed = list_at(value, where)
    texts = tuple(text for text in listed if isinstance(text, str))
    if len(texts) != len(listed):
        raise ConformanceError(f"{where} holds something that is not a string")
    return texts


def text_at(value: Mapping[str, object], field: str, where: str) -> str:
    text = value.get(field)
    if not isinstance(text, str):
        raise ConformanceError(f"{where} has no `{field}`, or one that is not a string")
    return text


def flag_at(value: Mapping[str, object], field: str, where: str) -> bool:
    flag = value.get(field)
    if not isinstance(flag, bool):
        raise ConformanceError(f"{where} has no `{field}`, or one that is neither true nor false")
    return flag


def action_at(value: Mapping[str, object], where: str) -> str:
    """The one action of a request."""
    action = text_at(value, "action", where)
    if not is_action(action):
        raise ConformanceError(f"`{action}`, the action of {where}, is no action", help="write it as s3:GetObject")
    return action
