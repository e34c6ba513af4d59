"""Requests of the REST protocols to parameters: what the path, the query string, the headers and the body hold."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Final, cast

from passrole.server.gateway.backend import Body
from passrole.server.gateway.decode_rest_body import parameters_from_body
from passrole.server.gateway.header_values import header_value
from passrole.server.gateway.rest_routes import Route
from passrole.server.gateway.scalars import scalar
from passrole.server.gateway.service_models import operation_of
from passrole.server.gateway.undecodable import undecodable
from passrole.server.message import HttpRequest

if TYPE_CHECKING:
    from botocore.model import ListShape, OperationModel, Shape

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
        "x-amz-glacier-version",  # The only one that the API has; SDKs add it, and the model does not have it.
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
    return values | parameters_from_body(model, shape, body)


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
                values[name] = header_value(_plain(text, key), self._members[name])
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


def _plain(text: str, name: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise undecodable(f"The header {name} is not valid UTF-8") from error
    return text
