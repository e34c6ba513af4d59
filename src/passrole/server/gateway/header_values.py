"""What a header of a REST protocol holds: one value, or a list of them."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final, cast

from passrole.server.gateway.scalars import blob, scalar
from passrole.server.gateway.undecodable import undecodable

if TYPE_CHECKING:
    from botocore.model import ListShape, Shape

_ELEMENT: Final = re.compile(r'\s*("(?:[^"\\]|\\.)*"|[^",]*)\s*(?:,|$)')


def header_value(text: str, shape: Shape) -> object:
    """Raises ServiceError for a text that is no value of the shape."""
    if shape.type_name == "list":
        member = cast("ListShape", shape).member
        return [scalar(each, member, "rfc822") for each in _elements(text, dates=member.type_name == "timestamp")]
    if shape.serialization.get("jsonvalue"):
        return json.loads(blob(text))
    return scalar(text, shape, "rfc822")


def _elements(text: str, *, dates: bool) -> list[str]:
    """A header's list; an element in quotes may hold commas, and a date always does."""
    if dates:
        parts = text.split(",")
        return [",".join(parts[place : place + 2]).strip() for place in range(0, len(parts), 2)]
    found, place = [], 0
    while place < len(text):
        element = _ELEMENT.match(text, place)
        if element is None:
            raise undecodable("A header's list is not well formed")
        each = element[1].strip()
        found.append(each[1:-1].replace('\\"', '"') if each.startswith('"') else each)
        place = element.end()
    return found
