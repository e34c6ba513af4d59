"""JSON bodies to parameters, by the model. Source: <https://smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html>."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, NoReturn, cast

from passrole.server.gateway.scalars import blob, moment, number, timestamp
from passrole.server.gateway.undecodable import undecodable

if TYPE_CHECKING:
    from botocore.model import ListShape, MapShape, Shape, StructureShape

MAX_DEPTH: Final = 128
"""An item of DynamoDB, which has up to 32 levels of two JSON values each, is the deepest that AWS documents."""


def parse_json(body: bytes) -> object:
    """Strictly: a name given twice, NaN and other encodings than UTF-8 are refused. Raises ServiceError."""
    try:
        found: object = json.loads(body.decode("utf-8"), object_pairs_hook=_once, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise undecodable("The request's body is not valid JSON") from error
    if body.count(b"{") + body.count(b"[") > MAX_DEPTH:
        _check_depth(found)
    return found


def _check_depth(value: object) -> None:
    """Level by level: what reads the value later goes into it by calls of its own, of which Python has so many."""
    level = [value]
    for _ in range(MAX_DEPTH + 1):
        inside: list[object] = []
        for each in level:
            if isinstance(each, dict):
                inside += each.values()
            elif isinstance(each, list):
                inside += each
        if not inside:
            return
        level = inside
    raise undecodable("The request's JSON is too deep")


def structure_from_json(value: object, shape: StructureShape) -> dict[str, object]:
    """The members by botocore's names; null is none. Raises ServiceError for what the model does not have."""
    if not isinstance(value, Mapping):
        raise undecodable(f"A JSON object is needed for {shape.name}")
    found: dict[str, object] = {}
    by_wire_name = {str(member.serialization.get("name", name)): name for name, member in shape.members.items()}
    for wire_name, each in value.items():
        name = by_wire_name.get(wire_name)
        if name is None:
            if wire_name == "__type":
                continue
            raise undecodable(f"{shape.name} has no member {wire_name[:128]!r}")
        if each is not None:
            found[name] = value_from_json(each, shape.members[name])
    return found


def value_from_json(value: object, shape: Shape) -> object:
    """One value of the model's type. Raises ServiceError."""
    match shape.type_name, value:
        case "structure", _:
            structure = cast("StructureShape", shape)
            return value if structure.is_document_type else structure_from_json(value, structure)
        case "list", list():
            member = cast("ListShape", shape).member
            return [value_from_json(_given(each), member) for each in value]
        case "map", dict():
            values = cast("MapShape", shape).value
            return {key: value_from_json(_given(each), values) for key, each in value.items()}
        case (("string" | "character"), str()):
            return value
        case "boolean", bool():
            return value
        case (("integer" | "long"), int()) if not isinstance(value, bool):
            return value
        case (("integer" | "long"), float()) if value.is_integer():
            return int(value)
        case (("float" | "double"), (int() | float())) if not isinstance(value, bool):
            return value
        case (("float" | "double"), str()):
            return number(value)
        case "blob", str():
            return blob(value)
        case "timestamp", (int() | float()) if not isinstance(value, bool):
            return moment(value)
        case "timestamp", str():
            return timestamp(value, str(shape.serialization.get("timestampFormat", "unixTimestamp")))
        case type_name, _:
            raise undecodable(f"A {type_name} is needed for {shape.name}")


def _given(value: object) -> object:
    if value is None:
        raise undecodable("null is no element of a list or a map")
    return value


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name is given twice")
    return found


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")
