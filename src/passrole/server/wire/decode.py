"""A query request becomes an operation and its parameters, as botocore's model describes the input.

Protocol: <https://smithy.io/2.0/aws/protocols/aws-query-protocol.html>.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Final, cast

from passrole.server.wire.faults import invalid_action, malformed_input, missing_action
from passrole.server.wire.form import Node, build_tree
from passrole.server.wire.models import operation_model, service_model, service_of_operation, service_of_version

if TYPE_CHECKING:
    from botocore.model import ListShape, MapShape, OperationModel, Shape, StructureShape

Read = Callable[[Node], object]
ReadMembers = Callable[[Mapping[str, Node]], dict[str, object]]

_INTEGER: Final = re.compile(r"[+-]?[0-9]{1,18}")
_POSITION: Final = re.compile(r"[0-9]{1,9}")
_NOT_INPUT: Final = frozenset({"Action", "Version"})

# What AWS answers for a structure that does not fit (seen in real replies of CloudWatch, ELB and MWS, which share
# its query front end).
_TOP_LEVEL_LIST: Final = "Top level element may not be treated as a list"
_UNEXPECTED_STRUCTURE: Final = "Start of structure or map found where not expected"
_UNEXPECTED_LIST: Final = "Start of list found where not expected"
_UNEXPECTED_TEXT: Final = "Unexpected complex element termination"
_UNEXPECTED_LIST_TEXT: Final = "Unexpected list element termination"


@dataclass(frozen=True, slots=True)
class Target:
    """The operation a request asks for; known before its caller is authenticated and its parameters are read."""

    service: str
    model: OperationModel

    @property
    def operation(self) -> str:
        return self.model.name


def find_target(pairs: tuple[tuple[str, str], ...], signed_for: str | None) -> Target:
    """Find the operation from Action and Version, and from the service in the credential scope when signed.

    Raises ServiceError: MissingAction; InvalidAction for an operation that the service does not have in that version.
    """
    actions = [value for name, value in pairs if name == "Action"]
    versions = [value for name, value in pairs if name == "Version"]
    if not actions or not actions[0]:
        raise missing_action()
    action, version = actions[0], (versions[0] if versions else None)
    service = signed_for or (service_of_version(version) if version else None) or service_of_operation(action)
    if service is None:
        raise invalid_action(action, version)
    model = operation_model(service, action)
    # A missing Version finds no operation at AWS either ("… for version NO_VERSION_SPECIFIED").
    if model is None or version != service_model(service).api_version:
        raise invalid_action(action, version)
    return Target(service, model)


def decode_parameters(pairs: tuple[tuple[str, str], ...], target: Target) -> dict[str, object]:
    """Read the operation's parameters, shaped as boto3 takes them; names that the operation has not are ignored.

    Raises ServiceError (MalformedInput) when the structure is not the operation's.
    """
    tree = build_tree(pair for pair in pairs if not pair[0].startswith("X-Amz-"))
    members = {name: node for name, node in tree.items() if name not in _NOT_INPUT}
    shape = target.model.input_shape
    if shape is None:
        return {}
    if any(_POSITION.fullmatch(name) for name in members):
        raise malformed_input(_TOP_LEVEL_LIST)
    return _members(shape)(members)


@lru_cache(maxsize=8192)
def _reader(shape: Shape) -> Read:
    """What reads a value of a shape. Made once: models are asked slowly."""
    match shape.type_name:
        case "structure":
            return _structure(_members(cast("StructureShape", shape)))
        case "list":
            return _list(cast("ListShape", shape))
        case "map":
            return _map(cast("MapShape", shape))
        case type_name:
            return partial(_scalar, type_name=type_name)


def _structure(read_members: ReadMembers) -> Read:
    def read(node: Node) -> object:
        if node.text:
            raise malformed_input(_UNEXPECTED_TEXT)
        return read_members(node.children)

    return read


@lru_cache(maxsize=8192)
def _members(shape: StructureShape) -> ReadMembers:
    members = [(name, _wire_name(name, member), member) for name, member in shape.members.items()]

    def read(children: Mapping[str, Node]) -> dict[str, object]:
        values: dict[str, object] = {}
        for name, wire_name, member in members:
            node = children.get(wire_name)
            if node is not None:
                # What reads a member is made when it is first needed: a shape may hold itself.
                values[name] = _reader(member)(node)
        return values

    return read


def _wire_name(name: str, shape: Shape) -> str:
    if shape.type_name == "list" and shape.serialization.get("flattened"):
        # A flattened list is named by its elements.
        element = cast("ListShape", shape).member.serialization.get("name")
        if element:
            return str(element)
    return str(shape.serialization.get("name", name))


def _list(shape: ListShape) -> Read:
    element_name = str(shape.member.serialization.get("name", "member"))

    def read(node: Node) -> object:
        read_element = _reader(shape.member)
        return [read_element(entry) for entry in _entries(node, shape, element_name)]

    return read


def _map(shape: MapShape) -> Read:
    key_name = str(shape.key.serialization.get("name", "key"))
    value_name = str(shape.value.serialization.get("name", "value"))

    def read(node: Node) -> object:
        read_value = _reader(shape.value)
        values: dict[str, object] = {}
        for entry in _entries(node, shape, "entry"):
            key = entry.children.get(key_name)
            if key is None or key.text is None or key.text in values:
                raise malformed_input(_UNEXPECTED_STRUCTURE)
            values[key.text] = read_value(entry.children.get(value_name, Node("")))
        return values

    return read


def _entries(node: Node, shape: Shape, element_name: str) -> list[Node]:
    """The numbered nodes of a list or map by their number; an empty text is an empty list (botocore sends `Tags=`)."""
    if node.text:
        raise malformed_input(_UNEXPECTED_LIST_TEXT)
    numbered = node.children
    if not shape.serialization.get("flattened"):
        if not numbered:
            return []
        if set(numbered) != {element_name} or numbered[element_name].text:
            raise malformed_input(_UNEXPECTED_STRUCTURE)
        numbered = numbered[element_name].children
    by_position: dict[int, Node] = {}
    for name, entry in numbered.items():
        if not _POSITION.fullmatch(name) or int(name) in by_position:
            raise malformed_input(_UNEXPECTED_STRUCTURE)
        by_position[int(name)] = entry
    return [by_position[position] for position in sorted(by_position)]


def _scalar(node: Node, type_name: str) -> object:
    if node.children:
        inner = node.children.get("member")
        raise malformed_input(_UNEXPECTED_LIST if inner and inner.children else _UNEXPECTED_STRUCTURE)
    text = node.text or ""
    match type_name:
        case "string" | "character":
            return text
        case "boolean":
            return _boolean(text)
        case "integer" | "long":
            if not _INTEGER.fullmatch(text):
                raise malformed_input(f"{text[:64]!r} is not a valid integer")
            return int(text)
        case "blob":
            return _blob(text)
        case "timestamp":
            return _timestamp(text)
        case _:
            raise AssertionError(f"no decoding for the type {type_name!r}")


def _boolean(text: str) -> bool:
    match text.lower():
        case "true":
            return True
        case "false":
            return False
        case _:
            raise malformed_input(f"{text[:64]!r} is not a valid boolean")


def _blob(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise malformed_input("A value is not valid Base64") from error


def _timestamp(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise malformed_input(f"{text[:64]!r} is not a valid timestamp") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
