"""The top-level attributes that a request to DynamoDB names, for the key dynamodb:Attributes, and those it fixes.

Names come from keys and items, from projections and conditions, and from the older parameters of the same meaning.
Source: <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html>
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

_EXPRESSIONS: Final = (
    "ProjectionExpression",
    "ConditionExpression",
    "FilterExpression",
    "KeyConditionExpression",
    "UpdateExpression",
)
_BY_NAME: Final = ("Key", "Item", "Expected", "AttributeUpdates", "KeyConditions", "QueryFilter", "ScanFilter")
_WORD: Final = re.compile(r"(?<![\w:.#])#?[A-Za-z_]\w*(?!\w*\s*\()")
_RESERVED: Final = frozenset({"AND", "OR", "NOT", "BETWEEN", "IN", "SET", "REMOVE", "ADD", "DELETE"})
_EQUALS: Final = re.compile(r"(#?[A-Za-z_]\w*)\s*=\s*(:\w+)")


def attributes_of(request: Mapping[str, object]) -> tuple[str, ...]:
    """In the order met, each once; `request` is a call, or one request of a batch or transaction."""
    return tuple(dict.fromkeys(_named(request)))


def _named(request: Mapping[str, object]) -> Iterator[str]:
    for member in _BY_NAME:
        value = request.get(member)
        if isinstance(value, Mapping):
            yield from (str(name) for name in value)
    listed = request.get("AttributesToGet")
    yield from (str(name) for name in listed) if isinstance(listed, (list, tuple)) else ()
    names = request.get("ExpressionAttributeNames")
    aliases = names if isinstance(names, Mapping) else {}
    for member in _EXPRESSIONS:
        for word in _WORD.findall(str(request.get(member) or "")):
            if word.upper() not in _RESERVED:
                yield str(aliases.get(word, word))


def fixed_by_condition(request: Mapping[str, object]) -> dict[str, object]:
    """Of a Query, the typed value of each attribute that its key condition sets equal to one."""
    found: dict[str, object] = {}
    names = request.get("ExpressionAttributeNames")
    values = request.get("ExpressionAttributeValues")
    aliases = names if isinstance(names, Mapping) else {}
    typed = values if isinstance(values, Mapping) else {}
    for name, value in _EQUALS.findall(str(request.get("KeyConditionExpression") or "")):
        found[str(aliases.get(name, name))] = typed.get(value)
    older = request.get("KeyConditions")
    for name, condition in older.items() if isinstance(older, Mapping) else ():
        if isinstance(condition, Mapping) and condition.get("ComparisonOperator") == "EQ":
            listed = condition.get("AttributeValueList")
            found[str(name)] = listed[0] if isinstance(listed, (list, tuple)) and listed else None
    return found
