"""The body of a request of the REST protocols to parameters: a payload as it is, or a document in JSON or XML."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from passrole.server.gateway.backend import Body
from passrole.server.gateway.decode_json import parse_json, value_from_json
from passrole.server.gateway.decode_xml import parse_xml, structure_from_xml
from passrole.server.gateway.undecodable import undecodable

if TYPE_CHECKING:
    from botocore.model import OperationModel, Shape, StructureShape


def parameters_from_body(model: OperationModel, shape: StructureShape, body: Body) -> dict[str, object]:
    """`shape` is that of the operation's input. Raises ServiceError for what is not of it."""
    payload = shape.serialization.get("payload")
    if payload is not None:
        member = shape.members[str(payload)]
        if member.type_name == "blob":
            return {} if body == b"" else {str(payload): body}
        whole = _whole(body)
        if member.type_name == "string":
            try:
                return {str(payload): whole.decode()} if whole else {}
            except UnicodeDecodeError as error:
                raise undecodable("The body is not valid UTF-8") from error
        return {str(payload): _payload(model, member, whole)} if whole.strip() else {}
    whole = _whole(body)
    inside = {name: member for name, member in shape.members.items() if "location" not in member.serialization}
    if not inside:
        # botocore sends `{}` here too.
        if whole.strip() not in (b"", b"{}"):
            raise undecodable("The operation takes no body")
        return {}
    if not whole.strip():
        return {}
    values = cast("dict[str, object]", _payload(model, shape, whole))
    if not values.keys() <= inside.keys():
        raise undecodable(f"The body has {min(values.keys() - inside.keys())!r}, which stands elsewhere")
    return values


def _payload(model: OperationModel, shape: Shape, body: bytes) -> object:
    if model.service_model.resolved_protocol == "rest-json":
        return value_from_json(parse_json(body), shape)
    root = parse_xml(body)
    expected = str(shape.serialization.get("name", shape.name))
    if root.name not in (expected, shape.name):
        raise undecodable(f"The body's element is {root.name[:128]!r}, and must be {expected!r}")
    return structure_from_xml(root, cast("StructureShape", shape))


def _whole(body: Body) -> bytes:
    if not isinstance(body, bytes):
        raise undecodable("The body is too large for this operation")
    return body
