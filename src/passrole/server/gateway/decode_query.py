"""Form parameters (`Tags.member.1.Key=…`) of the query and ec2 protocols to parameters, by the model.

Sources: <https://smithy.io/2.0/aws/protocols/aws-query-protocol.html>,
<https://smithy.io/2.0/aws/protocols/aws-ec2-query-protocol.html>.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final, cast

from passrole.server.gateway.scalars import scalar
from passrole.server.gateway.undecodable import undecodable
from passrole.server.wire.form import Node, build_tree

if TYPE_CHECKING:
    from botocore.model import ListShape, MapShape, Shape, StructureShape

_POSITION: Final = re.compile(r"[1-9][0-9]{0,8}")
_NOT_INPUT: Final = frozenset({"Action", "Version"})


def parameters_from_form(
    pairs: Iterable[tuple[str, str]], shape: StructureShape | None, *, ec2: bool
) -> dict[str, object]:
    """Raises ServiceError, also for a name that the operation does not have."""
    tree = build_tree(pair for pair in pairs if pair[0] not in _NOT_INPUT and not pair[0].startswith("X-Amz-"))
    if shape is None:
        if tree:
            raise undecodable(f"The operation has no parameter {next(iter(tree))[:128]!r}")
        return {}
    return _Form(ec2).structure(tree, shape)


class _Form:
    def __init__(self, ec2: bool) -> None:
        self._ec2 = ec2

    def structure(self, children: Mapping[str, Node], shape: StructureShape) -> dict[str, object]:
        values: dict[str, object] = {}
        known = {self._wire_name(name, member): name for name, member in shape.members.items()}
        for wire_name, node in children.items():
            name = known.get(wire_name)
            if name is None:
                raise undecodable(f"{shape.name} has no parameter {wire_name[:128]!r}")
            values[name] = self._value(node, shape.members[name])
        return values

    def _value(self, node: Node, shape: Shape) -> object:
        match shape.type_name:
            case "structure":
                if node.text:
                    raise undecodable(f"{shape.name} is a structure, and is given as text")
                return self.structure(node.children, cast("StructureShape", shape))
            case "list":
                return self._list(node, cast("ListShape", shape))
            case "map":
                return self._map(node, cast("MapShape", shape))
            case _:
                if node.children:
                    raise undecodable(f"{shape.name} is a single value, and is given as a structure")
                return scalar(node.text or "", shape, "iso8601")

    def _wire_name(self, name: str, shape: Shape) -> str:
        if self._ec2:
            if "queryName" in shape.serialization:
                return str(shape.serialization["queryName"])
            given = str(shape.serialization.get("name", ""))
            return given[:1].upper() + given[1:] if given else name
        if shape.type_name == "list" and shape.serialization.get("flattened"):
            # A flattened list is named by its elements.
            element = cast("ListShape", shape).member.serialization.get("name")
            if element:
                return str(element)
        return str(shape.serialization.get("name", name))

    def _list(self, node: Node, shape: ListShape) -> list[object]:
        flat = self._ec2 or bool(shape.serialization.get("flattened"))
        element = None if flat else str(shape.member.serialization.get("name", "member"))
        return [self._value(each, shape.member) for each in _entries(node, shape, element)]

    def _map(self, node: Node, shape: MapShape) -> dict[str, object]:
        key_name = str(shape.key.serialization.get("name", "key"))
        value_name = str(shape.value.serialization.get("name", "value"))
        values: dict[str, object] = {}
        for entry in _entries(node, shape, None if shape.serialization.get("flattened") else "entry"):
            key = entry.children.get(key_name)
            if (
                key is None
                or key.text is None
                or key.text in values
                or not entry.children.keys() <= {key_name, value_name}
            ):
                raise undecodable(f"{shape.name} has an entry that is not one of {key_name} and {value_name}")
            values[key.text] = self._value(entry.children.get(value_name, Node("")), shape.value)
        return values


def _entries(node: Node, shape: Shape, element: str | None) -> list[Node]:
    """The numbered nodes of a list or map by their number; an empty text is an empty list (botocore sends `Tags=`)."""
    if node.text:
        raise undecodable(f"{shape.name} is a list, and is given as text")
    numbered = node.children
    if element is not None and numbered:
        if set(numbered) != {element} or numbered[element].text:
            raise undecodable(f"The elements of {shape.name} are named {element}")
        numbered = numbered[element].children
    if any(_POSITION.fullmatch(name) is None for name in numbered):
        raise undecodable(f"The elements of {shape.name} have numbers")
    return [numbered[name] for name in sorted(numbered, key=int)]
