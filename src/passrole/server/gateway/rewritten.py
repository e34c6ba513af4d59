"""A decoded call written anew for the backend, by botocore's own serializer: nothing of what the client sent is copied.

What two parsers could read differently is read once, here; the backend sees what was decided on.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, Final, cast
from urllib.parse import quote, urlencode

from passrole.account.service_error import ServiceError
from passrole.activity.bind.model import ApiCall
from passrole.server.gateway.backend import Body, ForwardedCall

if TYPE_CHECKING:
    from botocore.model import OperationModel
    from botocore.serialize import Serializer

INVALID: Final = "ValidationException"


def rewritten(call: ApiCall, model: OperationModel, protocol: str) -> ForwardedCall:
    """Raises ServiceError (ValidationException) for parameters that the model does not take: a missing one, say."""
    from botocore.exceptions import ParamValidationError

    parameters, stream = _without_stream(call.parameters, model)
    try:
        request = _serializer(protocol).serialize_to_request(parameters, model)
    except ParamValidationError as error:
        raise ServiceError(INVALID, " ".join(str(error).split())) from error
    content = cast("Any", request["body"])
    body: Body = urlencode(content, doseq=True).encode() if isinstance(content, dict) else content
    return ForwardedCall(
        service=call.service,
        operation=call.operation,
        region=call.region,
        account_id=call.account,
        partition=call.partition,
        method=str(request["method"]),
        path=_path(str(request["url_path"]), cast("Mapping[str, object]", request["query_string"])),
        headers=tuple((name, _text(value)) for name, value in cast("Mapping[str, object]", request["headers"]).items()),
        body=body if stream is None else stream,
        host_prefix=str(request.get("host_prefix") or ""),
    )


def _without_stream(parameters: Mapping[str, object], model: OperationModel) -> tuple[dict[str, object], Body | None]:
    """The parameters, and the body when it is one that passes as it is; the serializer would want it whole."""
    shape = model.input_shape
    payload = None if shape is None else shape.serialization.get("payload")
    body = parameters.get(str(payload))
    if shape is None or payload is None or body is None or shape.members[str(payload)].type_name != "blob":
        return dict(parameters), None
    return {**parameters, str(payload): b""}, cast("Body", body)


def _path(path: str, query: Mapping[str, object]) -> str:
    if not query:
        return path
    # The template of the operation may have a query of its own (`?acl`).
    return f"{path}{'&' if '?' in path else '?'}{urlencode(dict(query), doseq=True, quote_via=quote)}"


def _text(value: object) -> str:
    text = value.decode() if isinstance(value, bytes) else str(value)
    if "\r" in text or "\n" in text:
        raise ServiceError(INVALID, "A header must not hold a line break")
    return text


@cache
def _serializer(protocol: str) -> Serializer:
    from botocore.serialize import create_serializer

    return cast("Serializer", create_serializer(protocol))  # or what validates before it, to the same effect
