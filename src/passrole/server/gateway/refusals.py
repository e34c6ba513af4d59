"""A refusal in the shape and with the code that clients of the service expect.

Sources: <https://smithy.io/2.0/aws/protocols/>, one page a protocol; "Error responses" of the Amazon S3 API Reference
<https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html> and "Error codes for the Amazon EC2 API"
<https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html>.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final, assert_never

from passrole.account.service_error import ServiceError
from passrole.server.gateway.service_models import model_of, services_signed_as
from passrole.server.gateway.undecodable import CODE as UNDECODABLE
from passrole.server.message import HttpRequest, HttpResponse
from passrole.server.wire.encode import escape


class Shape(Enum):
    """The shapes that errors have."""

    JSON = "json"
    REST_JSON = "rest-json"
    QUERY = "query"
    EC2 = "ec2"
    S3 = "s3"
    REST_XML = "rest-xml"


@dataclass(frozen=True, slots=True)
class Spoken:
    """How a client is answered: the shape, and the service for what is its own."""

    shape: Shape
    service: str | None = None


def spoken_in(service: str, protocol: str) -> Spoken:
    """For a recognised call; `protocol` as botocore names it."""
    return Spoken(Shape.S3 if service == "s3" else Shape(protocol), service)


def guessed(request: HttpRequest, signing_name: str | None) -> Spoken:
    """For a request that is not recognised: from what it looks like, and what it was signed for."""
    services = ("s3",) if signing_name is None else services_signed_as(signing_name)
    service = services[0] if services else None
    if service == "s3":
        return Spoken(Shape.S3, service)
    content_type = (request.header("content-type") or "").lower()
    if request.header("x-amz-target") is not None or content_type.startswith("application/x-amz-json"):
        return Spoken(Shape.JSON, service)
    if service is None:
        return Spoken(Shape.QUERY)
    metadata = model_of(service).metadata
    protocols = metadata.get("protocols") or (metadata["protocol"],)
    form = content_type.startswith("application/x-www-form-urlencoded") and "query" in protocols
    known = next((each for each in protocols if each in {shape.value for shape in Shape}), "json")
    return Spoken(Shape.QUERY if form else Shape(known), service)


def refused(error: ServiceError, spoken: Spoken, request_id: str) -> HttpResponse:
    """The answer; its details (DecisionId, EncodedAuthorizationMessage) stand beside the message."""
    code, status = _coded(error, spoken)
    told_as = _MESSAGES.get(code)
    if told_as is not None:
        error = ServiceError(error.code, told_as)
    match spoken.shape:
        case Shape.JSON:
            body: dict[str, str] = {"__type": code, "message": error.message, **error.details}
            headers = [("Content-Type", "application/x-amz-json-1.1"), ("x-amzn-RequestId", request_id)]
            if spoken.service is not None and "awsQueryCompatible" in model_of(spoken.service).metadata:
                # Its clients know the code of the query protocol.
                headers.append(("x-amzn-query-error", f"{error.code};{'Sender' if status < 500 else 'Receiver'}"))
            return HttpResponse(status, tuple(headers), json.dumps(body).encode())
        case Shape.REST_JSON:
            told = {"Message": error.message, "message": error.message, **error.details}
            fields = (
                ("Content-Type", "application/json"),
                ("x-amzn-ErrorType", code),
                ("x-amzn-RequestId", request_id),
            )
            return HttpResponse(status, fields, json.dumps(told).encode())
        case Shape.QUERY | Shape.REST_XML:
            fault = "Receiver" if status >= 500 else "Sender"
            return _xml(
                status,
                f"<ErrorResponse><Error><Type>{fault}</Type>{_told(code, error)}</Error>"
                f"<RequestId>{request_id}</RequestId></ErrorResponse>",
                request_id,
            )
        case Shape.EC2:
            return _xml(
                status,
                f"<Response><Errors><Error>{_told(code, error)}</Error></Errors>"
                f"<RequestID>{request_id}</RequestID></Response>",
                request_id,
            )
        case Shape.S3:
            return _xml(
                status,
                f"<Error>{_told(code, error)}<RequestId>{request_id}</RequestId><HostId>passrole</HostId></Error>",
                request_id,
                "x-amz-request-id",
            )
        case _:
            assert_never(spoken.shape)


def _told(code: str, error: ServiceError) -> str:
    details = "".join(f"<{name}>{escape(text)}</{name}>" for name, text in error.details.items())
    return f"<Code>{escape(code)}</Code><Message>{escape(error.message)}</Message>{details}"


def _xml(status: int, text: str, request_id: str, id_header: str = "x-amzn-RequestId") -> HttpResponse:
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n{text}'.encode()
    return HttpResponse(status, (("Content-Type", "application/xml"), (id_header, request_id)), body)


# By the code that the query protocol has, which is what our own faults are called.
_JSON_CODES: Final[Mapping[str, tuple[str, int]]] = {
    "AccessDenied": ("AccessDeniedException", 400),
    "ExpiredToken": ("ExpiredTokenException", 400),
    "IncompleteSignature": ("IncompleteSignatureException", 400),
    "InvalidClientTokenId": ("UnrecognizedClientException", 400),
    "MalformedInput": (UNDECODABLE, 400),
    "MalformedQueryString": (UNDECODABLE, 400),
    "MissingAuthenticationToken": ("MissingAuthenticationTokenException", 400),
    "RequestExpired": ("InvalidSignatureException", 400),
    "RequestTimeTooSkewed": ("InvalidSignatureException", 400),
    "ServiceFailure": ("InternalFailure", 500),
    "SignatureDoesNotMatch": ("InvalidSignatureException", 400),
}
_QUERY_CODES: Final[Mapping[str, tuple[str, int]]] = {
    UNDECODABLE: ("MalformedInput", 400),
    "RequestTimeTooSkewed": ("SignatureDoesNotMatch", 403),
    "ValidationException": ("ValidationError", 400),
}
_EC2_CODES: Final[Mapping[str, tuple[str, int]]] = {
    **_QUERY_CODES,
    "AccessDenied": ("UnauthorizedOperation", 403),
    "InvalidClientTokenId": ("AuthFailure", 401),
    "MissingAuthenticationToken": ("MissingAuthenticationToken", 403),
    "RequestTimeTooSkewed": ("RequestExpired", 400),
    "SignatureDoesNotMatch": ("AuthFailure", 401),
    "ValidationException": ("MissingParameter", 400),
}
_S3_CODES: Final[Mapping[str, tuple[str, int]]] = {
    UNDECODABLE: ("InvalidRequest", 400),
    "IncompleteSignature": ("AuthorizationHeaderMalformed", 400),
    "InvalidClientTokenId": ("InvalidAccessKeyId", 403),
    "ExpiredToken": ("ExpiredToken", 400),
    "MalformedInput": ("InvalidRequest", 400),
    "MalformedQueryString": ("InvalidURI", 400),
    "MissingAuthenticationToken": ("AccessDenied", 403),
    "RequestEntityTooLargeException": ("EntityTooLarge", 400),
    "RequestExpired": ("AccessDenied", 403),
    "RequestTimeTooSkewed": ("RequestTimeTooSkewed", 403),
    "ServiceFailure": ("InternalError", 500),
    "UnknownOperationException": ("MethodNotAllowed", 405),
    "ValidationException": ("InvalidArgument", 400),
}
_MESSAGES: Final[Mapping[str, str]] = {
    "AuthFailure": "AWS was not able to validate the provided access credentials",
    "InvalidAccessKeyId": "The AWS Access Key Id you provided does not exist in our records.",
}
_OF_SERVICE: Final[Mapping[str, Mapping[str, tuple[str, int]]]] = {
    # AuthorizationErrorException on the wire <https://docs.aws.amazon.com/sns/latest/api/API_Publish.html>.
    "sns": {"AccessDenied": ("AuthorizationError", 403)},
    "sqs": {"AccessDenied": ("AccessDeniedException", 403)},
}


def _coded(error: ServiceError, spoken: Spoken) -> tuple[str, int]:
    own = _OF_SERVICE.get(spoken.service or "", {}).get(error.code)
    if own is not None:
        return own if spoken.shape is not Shape.QUERY or spoken.service != "sqs" else (error.code, own[1])
    kept = error.code, error.http_status
    match spoken.shape:
        case Shape.JSON:
            return _JSON_CODES.get(error.code, kept)
        case Shape.REST_JSON:
            code, status = _JSON_CODES.get(error.code, kept)
            return code, error.http_status if error.http_status in {401, 403} else status
        case Shape.EC2:
            return _EC2_CODES.get(error.code, kept)
        case Shape.S3:
            return _S3_CODES.get(error.code, kept)
        case Shape.QUERY | Shape.REST_XML:
            return _QUERY_CODES.get(error.code, kept)
        case _:
            assert_never(spoken.shape)
