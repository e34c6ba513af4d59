"""The plain requests that clients send by the thousand, read at one go.

Whatever is not plain, or not whole, is left to `http_reader`, which is strict: what is read here it reads as the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from passrole.server.http_reader import MAX_FIELDS, field_of, request_line_of
from passrole.server.message import HttpRequest

MAX_BYTES: Final = 256 * 1024
_KEPT_LINES: Final = 1024
_MAX_KEPT_LINE: Final = 160
_HEAD_END: Final = b"\r\n\r\n"
_TELLING_LENGTHS: Final = frozenset(
    map(len, ("content-length", "connection", "transfer-encoding", "expect", "upgrade"))
)
_lines: dict[bytes, tuple[str, str]] = {}
"""Fields that came before: a client sends most of its own with every request."""


class Unfinished(NamedTuple):
    """The body is still coming; `bytes` is how long the whole request will be."""

    bytes: int


class Taken(NamedTuple):
    """`bytes` is how long it was: what follows is the next one's."""

    request: HttpRequest
    bytes: int


def simple_request(received: bytes, source_ip: str) -> Taken | Unfinished | None:
    """A GET or POST of `/` that keeps its connection and has nothing unusual in its header; None for any other."""
    end = received.find(_HEAD_END)
    if end < 0:
        return None
    first, *lines = received[:end].split(b"\r\n")
    line = request_line_of(first)
    if line is None or line.is_http_1_0 or line.method not in ("GET", "POST") or len(lines) > MAX_FIELDS:
        return None
    if line.target != "/" and not line.target.startswith("/?"):
        return None
    fields = []
    for each in lines:
        field = _lines.get(each)
        if field is None:
            field = field_of(each)
            if field is None:
                return None
            _keep(each, field)
        fields.append(field)
    start = end + len(_HEAD_END)
    length = _length(fields)
    if length is None or start + length > MAX_BYTES:
        return None
    if len(received) < start + length:
        return Unfinished(start + length)
    body = received[start : start + length]
    return Taken(HttpRequest(line.method, line.target, tuple(fields), body, source_ip), start + length)


def _keep(line: bytes, field: tuple[str, str]) -> None:
    if len(line) <= _MAX_KEPT_LINE:
        if len(_lines) >= _KEPT_LINES:
            _lines.clear()
        _lines[line] = field


def _length(fields: Sequence[tuple[str, str]]) -> int | None:
    """Of the body; None where anything says more about body or connection than one plain length."""
    length: int | None = None
    for name, value in fields:
        # The name's length tells most of them apart, and the others' case does not matter yet.
        if len(name) not in _TELLING_LENGTHS:
            continue
        match name.lower():
            case "content-length":
                # No more digits than MAX_BYTES can have.
                if length is not None or not (value.isascii() and value.isdigit() and len(value) < 8):
                    return None
                length = int(value)
            case "connection":
                if value.lower() != "keep-alive":
                    return None
            case "transfer-encoding" | "expect" | "upgrade":
                return None
    return length or 0
