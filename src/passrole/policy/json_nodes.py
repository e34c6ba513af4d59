"""The values of a JSON text, each with its place, and how places become lines and columns."""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import NamedTuple, TypeAlias

from passrole.errors import Diagnostic, Span


class JsonString(NamedTuple):
    """Offsets count characters of the text; `end` is exclusive. For a string they include the quotes."""

    value: str
    start: int
    end: int


class JsonNumber(NamedTuple):
    text: str
    """As written: `1.50` and `1.5` differ."""
    start: int
    end: int


class JsonWord(NamedTuple):
    """`true`, `false` or `null`."""

    text: str
    start: int
    end: int


class JsonArray(NamedTuple):
    items: tuple[JsonValue, ...]
    start: int
    end: int


class JsonMember(NamedTuple):
    key: JsonString
    value: JsonValue


class JsonObject(NamedTuple):
    members: tuple[JsonMember, ...]
    """All of them in order, repeated keys too."""
    start: int
    end: int


# Tuples, not dataclasses: a policy store reads thousands of documents, and a tuple is built four times faster.
JsonValue: TypeAlias = "JsonString | JsonNumber | JsonWord | JsonArray | JsonObject"


class Positions:
    """Turns offsets in a text into lines and columns."""

    __slots__ = ("_line_starts", "source")

    def __init__(self, text: str, source: str) -> None:
        self.source = source
        self._line_starts = [0, *(match.end() for match in re.finditer(r"\r\n?|\n", text))]

    def span(self, start: int, end: int) -> Span:
        starts = self._line_starts
        line = bisect_right(starts, start)
        end_line = bisect_right(starts, end, line - 1)
        return Span(self.source, line, start - starts[line - 1] + 1, end_line, end - starts[end_line - 1] + 1)


class JsonText(NamedTuple):
    """What reading a text gave. `root` is None when the text broke off where nothing sensible could follow."""

    root: JsonValue | None
    diagnostics: tuple[Diagnostic, ...]
    positions: Positions | None
    """None for values that did not come from a text."""
