"""XML bodies to parameters, by the model. Source: <https://smithy.io/2.0/aws/protocols/aws-restxml-protocol.html>.

Namespaces are not told apart, as at S3. A document type, with which a text can grow or reach files, is refused.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NoReturn, cast
from xml.parsers import expat

from passrole.server.gateway.scalars import scalar
from passrole.server.gateway.undecodable import undecodable

if TYPE_CHECKING:
    from botocore.model import ListShape, MapShape, Shape, StructureShape

MAX_DEPTH: Final = 64


@dataclass(slots=True)
class Element:
    name: str
    attributes: dict[str, str]
    children: list[Element] = field(default_factory=list)
    text: str = ""


def parse_xml(body: bytes) -> Element:
    """The root element; names without their prefixes. Raises ServiceError."""
    root: list[Element] = []
    path: list[Element] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        if len(path) >= MAX_DEPTH:
            raise undecodable("The request's XML is too deep")
        found = Element(_local(name), {key: value for key, value in attributes.items() if not _is_namespace(key)})
        (path[-1].children if path else root).append(found)
        path.append(found)

    def end(_name: str) -> None:
        path.pop()

    def text(characters: str) -> None:
        path[-1].text += characters

    def refuse(*_: object) -> NoReturn:
        raise undecodable("A document type is not taken")

    parser = expat.ParserCreate("UTF-8")
    parser.buffer_text = True
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(body, True)
    except expat.ExpatError as error:
        raise undecodable("The request's body is not well-formed XML") from error
    return root[0]


def structure_from_xml(element: Element, shape: StructureShape) -> dict[str, object]:
    """Raises ServiceError for an element or attribute that the model does not have."""
    _no_text(element, shape)
    values: dict[str, object] = {}
    known = {_wire_name(name, member): name for name, member in shape.members.items()}
    attributes = dict(element.attributes)
    for name, member in shape.members.items():
        if member.serialization.get("xmlAttribute"):
            given = attributes.pop(str(member.serialization["name"]), None)
            if given is not None:
                values[name] = given
    if attributes:
        raise undecodable(f"{shape.name} has no attribute {next(iter(attributes))[:128]!r}")
    grouped: dict[str, list[Element]] = {}
    for child in element.children:
        grouped.setdefault(child.name, []).append(child)
    for wire_name, found in grouped.items():
        known_as = known.get(wire_name)
        if known_as is None or shape.members[known_as].serialization.get("xmlAttribute"):
            raise undecodable(f"{shape.name} has no element {wire_name[:128]!r}")
        values[known_as] = _member(found, shape.members[known_as])
    return values


def _member(found: list[Element], shape: Shape) -> object:
    """All elements of one name in a structure: several only for a flattened list or map."""
    if shape.serialization.get("flattened") and shape.type_name == "list":
        return [_value(each, cast("ListShape", shape).member) for each in found]
    if shape.serialization.get("flattened") and shape.type_name == "map":
        return _map(found, cast("MapShape", shape))
    if len(found) > 1:
        raise undecodable(f"The element {found[0].name[:128]!r} is given more than once")
    return _value(found[0], shape)


def _value(element: Element, shape: Shape) -> object:
    match shape.type_name:
        case "structure":
            return structure_from_xml(element, cast("StructureShape", shape))
        case "list":
            member = cast("ListShape", shape).member
            wire_name = str(member.serialization.get("name", "member"))
            _no_text(element, shape)
            if any(child.name != wire_name for child in element.children):
                raise undecodable(f"The elements of {shape.name} are named {wire_name}")
            return [_value(child, member) for child in element.children]
        case "map":
            _no_text(element, shape)
            return _map(element.children, cast("MapShape", shape))
        case _:
            if element.children:
                raise undecodable(f"The element {element.name[:128]!r} is a single value")
            return scalar(element.text, shape, "iso8601")


def _map(entries: list[Element], shape: MapShape) -> dict[str, object]:
    key_name = str(shape.key.serialization.get("name", "key"))
    value_name = str(shape.value.serialization.get("name", "value"))
    values: dict[str, object] = {}
    for entry in entries:
        parts = {child.name: child for child in entry.children}
        if parts.keys() != {key_name, value_name} or len(entry.children) != 2 or parts[key_name].text in values:
            raise undecodable(f"{shape.name} has an entry that is not one of {key_name} and {value_name}")
        values[parts[key_name].text] = _value(parts[value_name], shape.value)
    return values


def _wire_name(name: str, shape: Shape) -> str:
    given = shape.serialization.get("name")
    if given is None and shape.type_name == "list" and shape.serialization.get("flattened"):
        return name
    return str(given or name)


def _no_text(element: Element, shape: Shape) -> None:
    if element.text.strip():
        raise undecodable(f"{shape.name} is given as text")


def _local(name: str) -> str:
    return name.rpartition(":")[2]


def _is_namespace(name: str) -> bool:
    return name == "xmlns" or name.startswith("xmlns:") or name == "xsi:schemaLocation"
