"""Faultless JSON text to nodes without places, by the reader of the standard library, which is many times faster.

What it gives for a text is what `json_text.read_json` gives, places apart; for a text with a fault it gives nothing,
and `read_json` says what is wrong with it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from json import JSONDecoder
from typing import NoReturn

from passrole.policy.json_nodes import JsonArray, JsonMember, JsonNumber, JsonObject, JsonString, JsonValue, JsonWord

# An escaped surrogate: half of a pair is a fault that the library lets pass, and whole pairs are rare.
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_TRUE, _FALSE, _NULL = (JsonWord(text, -1, -1) for text in ("true", "false", "null"))


def read_quickly(text: str | bytes) -> JsonValue | None:
    """None for what is not JSON, has a duplicate key, or is too deep to be sure."""
    try:
        if isinstance(text, bytes):
            text = text.decode("utf-8")
        elif not text.isascii():
            text.encode("utf-8")
        return None if _SURROGATE.search(text) else _node(_DECODER.decode(text))
    except (ValueError, RecursionError):
        return None


def _object(pairs: list[tuple[str, object]]) -> JsonObject:
    if len(pairs) > 1 and len(dict(pairs)) != len(pairs):
        raise ValueError("a duplicate key")
    members = [
        _member((_string((key, -1, -1)), _string((value, -1, -1)) if value.__class__ is str else _node(value)))
        for key, value in pairs
    ]
    return JsonObject(tuple(members), -1, -1)


def _node(value: object) -> JsonValue:
    if isinstance(value, list):
        items = [_string((item, -1, -1)) if item.__class__ is str else _node(item) for item in value]
        return JsonArray(tuple(items), -1, -1)
    if isinstance(value, str):
        return _string((value, -1, -1))
    if isinstance(value, JsonObject | JsonNumber):
        return value
    if value is None:
        return _NULL
    return _TRUE if value is True else _FALSE


# What the class of a NamedTuple does, without its call in between: most of the time goes into these two.
_string: Callable[[tuple[object, int, int]], JsonString] = partial(tuple.__new__, JsonString)
_member: Callable[[tuple[JsonString, JsonValue]], JsonMember] = partial(tuple.__new__, JsonMember)


def _number(text: str) -> JsonNumber:
    return JsonNumber(text, -1, -1)


def _no_json(text: str) -> NoReturn:
    raise ValueError(text)


_DECODER = JSONDecoder(object_pairs_hook=_object, parse_int=_number, parse_float=_number, parse_constant=_no_json)
