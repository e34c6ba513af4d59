"""Requests of the REST protocols to parameters: what the path, the query string, the headers and the body hold."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Final, cast

from passrole.server.gateway.backend import Body
from passrole.server.gateway.decode_json import parse_json, value_from_json
from passrole.server.gateway.decode_xml import parse_xml, structure_from_xml
from passrole.server.gateway.rest_routes import Route
from passrole.server.gateway.scalars import blob, scalar
from passrole.server.gateway.service_models import operation_of
from passrole.server.gateway.undecodable import undecodable
from passrole.server.message import HttpRequest

if TYPE_CHECKING:
    from botocore.model import ListShape, OperationModel, Shape, StructureShape

_TRANSPORT: Final = frozenset(
    {
        "x-amz-algorithm",
        "x-amz-api-version",
        "x-amz-content-sha256",
        "x-amz-date",
        "x-amz-decoded-content-length",
        "x-amz-invocation-id",
        "x-amz-region-set",
        "x-amz-sdk-checksum-algorithm",
        "x-amz-security-token",
        "x-amz-target",
        "x-amz-te",
        "x-amz-trailer",
        "x-amz-user-agent",
        "x-amzn-query-mode",
        "x-amzn-trace-id",
    }
)
"""Headers that say how a request is sent, not what is asked; no operation has to know them."""
_SIGNING: Final = frozenset(
    f"X-Amz-{name}"
    for name in (
        "Algorithm",
        "Content-Sha256",
        "Credential",
        "Date",
        "Expires",
        "Security-Token",
        "Signature",
        "SignedHeaders",
        "User-Agent",
    )
)
_ELEMENT: Final = re.compile(r'\s*("(?:[^"\\]|\\.)*"|[^",]*)\s*(?:,|$)')


def parameters_from_rest(
    model: OperationModel, route: Route, query: tuple[tuple[str, str], ...], request: HttpRequest, body: Body
) -> dict[str, object]:
    """Raises ServiceError, also for a query key or an `x-amz-` header that the operation does not have."""
    shape = model.input_shape
    members, places = _places(model.service_model.service_name, model.name)
    reader = _Reader(members, places, request, bool(model.http_checksum))
    values = reader.labels(route) | reader.query(query, route) | reader.headers(query)
    if shape is None:
        if isinstance(body, bytes) and body.strip():
            raise undecodable("The operation takes no body")
        return values
    return values | _from_body(model, shape, body)


@cache
def _places(service: str, operation: str) -> tuple[Mapping[str, Shape], Mapping[str, Mapping[str, str]]]:
    """The members of an operation's input, and the names of those that are in no body by their place and name there."""
    model = operation_of(service, operation)
    assert model is not None, operation
    members: Mapping[str, Shape] = {} if model.input_shape is None else model.input_shape.members
    places: dict[str, dict[str, str]] = {"uri": {}, "querystring": {}, "header": {}, "headers": {}}
    for name, member in members.items():
        location = member.serialization.get("location")
        if location in places:
            key = str(member.serialization.get("name", name))
            places[str(location)][key.lower() if location in {"header", "headers"} else key] = name
    return members, places


class _Reader:
    def __init__(
        self,
        members: Mapping[str, Shape],
        places: Mapping[str, Mapping[str, str]],
        request: HttpRequest,
        checksums: bool,
    ) -> None:
        self._members = members
        self._places = places
        self._request = request
        self._checksums = checksums
        """Whether a checksum may come with the payload that no member holds; it was compared with it before."""

    def labels(self, route: Route) -> dict[str, object]:
        names = self._places["uri"]
        return {names[key]: scalar(text, self._members[names[key]], "iso8601") for key, text in route.labels.items()}

    def query(self, pairs: tuple[tuple[str, str], ...], route: Route) -> dict[str, object]:
        known = self._places["querystring"]
        rest = next((name for name in known.values() if self._members[name].type_name == "map"), None)
        values: dict[str, object] = {}
        extra: dict[str, object] = {}
        for key, text in pairs:
            if (key, text) in route.literals or key == "x-id" or key in _SIGNING or key.startswith("x-amz-"):
                continue
            name = known.get(key)
            if name is None or name == rest:
                if rest is None or key in extra:
                    raise undecodable(f"The operation has no query parameter {key[:128]!r}")
                extra[key] = text
                continue
            shape = self._members[name]
            if shape.type_name == "list":
                each = scalar(text, cast("ListShape", shape).member, "iso8601")
                cast("list[object]", values.setdefault(name, [])).append(each)
            elif name in values:
                raise undecodable(f"The query parameter {key[:128]!r} is given more than once")
            else:
                values[name] = scalar(text, shape, "iso8601")
        if extra and rest is not None:
            values[rest] = extra
        return values

    def headers(self, query: tuple[tuple[str, str], ...]) -> dict[str, object]:
        """Also from the query string, into which some SDKs put the `x-amz-` headers of a presigned request."""
        known, prefixes = self._places["header"], self._places["headers"]
        values: dict[str, object] = {}
        for sent, text in (*self._request.headers, *(each for each in query if each[0].startswith("x-amz-"))):
            key = sent.lower()
            name = known.get(key)
            if name is not None:
                if name in values:
                    raise undecodable(f"The header {key} is given more than once")
                values[name] = _header_value(_plain(text, key), self._members[name])
                continue
            prefix = next((each for each in prefixes if key.startswith(each)), None)
            if prefix is not None:
                found = cast("dict[str, str]", values.setdefault(prefixes[prefix], {}))
                end = key[len(prefix) :]
                found[end] = f"{found[end]},{_plain(text, key)}" if end in found else _plain(text, key)
            elif self._checksums and key.startswith("x-amz-checksum-"):
                continue
            elif key.startswith(("x-amz-", "x-amzn-")) and key not in _TRANSPORT:
                raise undecodable(f"The operation has no header {key[:128]}")
        return values


def _header_value(text: str, shape: Shape) -> object:
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


def _plain(text: str, name: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise undecodable(f"The header {name} is not valid UTF-8") from error
    return text


def _from_body(model: OperationModel, shape: StructureShape, body: Body) -> dict[str, object]:
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
