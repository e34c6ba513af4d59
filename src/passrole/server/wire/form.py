"""Form text (`Action=…&Version=…&Tags.member.1.Key=…`) read into names and values, with limits and no guessing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote_to_bytes

from passrole.server.wire.faults import malformed_input, malformed_query_string

_BROKEN_ESCAPE: Final = re.compile(rb"%(?![0-9a-fA-F]{2})")
MAX_PARAMETERS: Final = 10_000
MAX_NAME_PARTS: Final = 32
"""Depth of a parameter name; the deepest input of IAM and STS uses 6 (`ContextEntries.member.1.ContextKeyValues…`)."""


def parse_form(text: bytes | str) -> tuple[tuple[str, str], ...]:
    """Read `name=value` pairs in their order; `+` and `%20` are spaces.

    Raises ServiceError (MalformedQueryString) for text that is not UTF-8 or has a `%` without two hexadecimal
    digits: replacing them would act on something that the caller did not write.
    """
    raw = text.encode("utf-8", "surrogateescape") if isinstance(text, str) else text
    if raw.count(b"&") >= MAX_PARAMETERS:
        raise malformed_query_string(f"A request must not have more than {MAX_PARAMETERS} parameters")
    pairs = []
    for part in raw.split(b"&"):
        if part:
            name, _, value = part.partition(b"=")
            pairs.append((_decode(name), _decode(value)))
    return tuple(pairs)


def _decode(text: bytes) -> str:
    if b"+" in text:
        text = text.replace(b"+", b" ")
    if b"%" in text:
        if _BROKEN_ESCAPE.search(text):
            raise malformed_query_string("A percent sign is not followed by two hexadecimal digits")
        text = unquote_to_bytes(text)
    try:
        return text.decode("utf-8")
    except UnicodeDecodeError as error:
        raise malformed_query_string("A parameter is not valid UTF-8") from error


@dataclass(slots=True)
class Node:
    """One name of the parameter tree: its own text, and what stands below it (`Tags` → `member` → `1` → …)."""

    text: str | None = None
    children: dict[str, Node] = field(default_factory=dict)


def build_tree(pairs: Iterable[tuple[str, str]]) -> Mapping[str, Node]:
    """Group pairs by the dots in their names.

    Raises ServiceError (MalformedInput) for a name that is given twice, whose parts are empty, or that is too deep.
    """
    root = Node()
    for name, value in pairs:
        parts = name.split(".")
        if len(parts) > MAX_NAME_PARTS or "" in parts:
            raise malformed_input("A parameter name is not well formed")
        node = root
        for part in parts:
            node = node.children.setdefault(part, Node())
        if node.text is not None:
            # Which of the two AWS would take is not documented; a caller that sends both is refused.
            raise malformed_input(f"Parameter {name[:128]} is given more than once")
        node.text = value
    return root.children
