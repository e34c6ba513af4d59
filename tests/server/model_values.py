"""Random parameters of an operation, as botocore's model has them."""

from __future__ import annotations

import string
from datetime import UTC, datetime
from random import Random
from typing import Any

MAX_DEPTH = 5


def parameters(
    shape: Any, random: Random, *, text: str = string.ascii_letters + string.digits + "-_"
) -> dict[str, Any]:
    """All required members, and some others; what the wire cannot tell apart is not made (empty lists, empty texts)."""
    return {} if shape is None else _structure(shape, random, 0, text, top=True)


def _structure(shape: Any, random: Random, depth: int, text: str, *, top: bool = False) -> dict[str, Any]:
    if shape.is_tagged_union:
        name = random.choice(sorted(shape.members))
        return {name: _value(shape.members[name], random, depth + 1, text)}
    found = {}
    for name, member in shape.members.items():
        needed = name in shape.required_members
        if member.type_name == "structure" and not member.members and not member.is_document_type and not needed:
            continue
        if needed or (depth < MAX_DEPTH and random.random() < (0.6 if top else 0.4)):
            found[name] = _value(member, random, depth + 1, text)
    if not found and not top and shape.members:
        # A form has no word for an empty structure; one that holds itself ends in a single value.
        simple = [
            name for name, member in shape.members.items() if member.type_name not in ("structure", "list", "map")
        ]
        name = random.choice(simple or sorted(shape.members))
        found[name] = _value(shape.members[name], random, depth + 1, text)
    return found


def _value(shape: Any, random: Random, depth: int, text: str) -> Any:
    match shape.type_name:
        case "structure":
            return {} if shape.is_document_type else _structure(shape, random, depth, text)
        case "list":
            return [_value(shape.member, random, depth + 1, text) for _ in range(random.randint(1, 2))]
        case "map":
            return {_text(shape.key, random, text): _value(shape.value, random, depth + 1, text) for _ in range(2)}
        case "string" | "character":
            return _text(shape, random, text)
        case "boolean":
            return random.random() < 0.5
        case "integer" | "long":
            low = int(shape.metadata.get("min", 0))
            return random.randint(low, max(low, min(int(shape.metadata.get("max", 1000)), low + 1000)))
        case "float" | "double":
            return random.randint(0, 4000) / 4
        case "blob":
            return random.randbytes(random.randint(1, 20))
        case "timestamp":
            return datetime.fromtimestamp(random.randint(0, 2**31), UTC)
        case other:
            raise AssertionError(other)


def _text(shape: Any, random: Random, text: str) -> str:
    if shape.enum:
        return str(random.choice(shape.enum))
    low = max(1, int(shape.metadata.get("min", 1)))
    return "".join(random.choice(text) for _ in range(low + random.randint(0, 8)))
