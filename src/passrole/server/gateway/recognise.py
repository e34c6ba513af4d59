"""Which service, operation and protocol a request is for. Nothing of it is verified yet.

The service is the one that its signature was made for; an unsigned request is one to Amazon S3.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from passrole.account.service_error import ServiceError
from passrole.server.gateway.bucket_host import bucket_of_host
from passrole.server.gateway.rest_routes import Route, find_route
from passrole.server.gateway.service_models import model_of, operation_of, services_signed_as
from passrole.server.message import HttpRequest
from passrole.server.wire.faults import invalid_action
from passrole.server.wire.form import parse_form

if TYPE_CHECKING:
    from botocore.model import OperationModel

JSON: Final = "json"
_FORM: Final = "application/x-www-form-urlencoded"
_NO_ROUTE: Final = Route("", {}, frozenset())


@dataclass(frozen=True, slots=True)
class Recognised:
    """`protocol` is one of botocore's names; `form` holds the parameters of the query and ec2 protocols.

    `request` has the path in the style that the model has: a bucket that was in the host stands in it.
    """

    service: str
    model: OperationModel
    protocol: str
    request: HttpRequest
    query: tuple[tuple[str, str], ...]
    form: tuple[tuple[str, str], ...] = ()
    route: Route = _NO_ROUTE


def recognise(request: HttpRequest, query: tuple[tuple[str, str], ...], signing_name: str | None) -> Recognised:
    """Raises ServiceError (UnknownOperationException) for what no service of that name does."""
    services = ("s3",) if signing_name is None else services_signed_as(signing_name)
    if not services:
        raise unknown(f"There is no service whose requests are signed for {str(signing_name)[:64]}")
    target = request.header("x-amz-target")
    if target is not None:
        return _by_target(request, query, services, target)
    if request.header("smithy-protocol") is not None:
        raise unknown("passrole does not take the protocol rpc-v2-cbor; set the SDK to another of the service's")
    form = _form(request, query, services)
    if form is not None:
        return form
    _refuse_form_of_a_page(request, services)
    for service in services:
        found = _by_route(request, query, service)
        if found is not None:
            return found
    raise unknown(f"{' and '.join(services)} has no operation at {request.method} {request.path[:128]}")


def refuse_version_2(request: HttpRequest, query: tuple[tuple[str, str], ...]) -> None:
    """Raises ServiceError, in S3's words, for a signature of version 2.

    The AWS CLI v1 and boto3 presign with it in us-east-1 unless they are told `signature_version = s3v4`.
    """
    names = {name for name, _ in query}
    if {"AWSAccessKeyId", "Signature"} <= names or (request.header("authorization") or "").startswith("AWS "):
        raise ServiceError(
            "InvalidRequest",
            "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.",
        )


def _refuse_form_of_a_page(request: HttpRequest, services: tuple[str, ...]) -> None:
    """Uploads by a form, which S3 decides by a policy that is signed in the form.

    <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html>
    """
    content_type = (request.header("content-type") or "").lower()
    if "s3" in services and request.method == "POST" and content_type.startswith("multipart/form-data"):
        raise ServiceError(
            "NotImplemented",
            "passrole does not take uploads by a form (presigned POST), whose policy it does not read. Presign a PUT "
            "instead.",
            501,
        )


def unknown(message: str) -> ServiceError:
    return ServiceError("UnknownOperationException", message)


def _by_target(
    request: HttpRequest, query: tuple[tuple[str, str], ...], services: tuple[str, ...], target: str
) -> Recognised:
    prefix, _, name = target.rpartition(".")
    for service in services:
        model = model_of(service)
        if JSON in _protocols(service) and model.metadata.get("targetPrefix") == prefix:
            operation = operation_of(service, name)
            if operation is not None and request.path in {"", "/"} and request.method == "POST":
                return Recognised(service, operation, JSON, request, query)
    raise unknown(f"{' and '.join(services)} has no operation {target[:128]}")


def _form(request: HttpRequest, query: tuple[tuple[str, str], ...], services: tuple[str, ...]) -> Recognised | None:
    speaking = [each for each in services if {"query", "ec2"} & set(_protocols(each))]
    if not speaking:
        return None
    is_form = (request.header("content-type") or "").partition(";")[0].strip().lower() == _FORM
    pairs = (*query, *(parse_form(request.body) if is_form else ()))
    actions = [value for name, value in pairs if name == "Action"]
    if not actions:
        return None
    versions = {value for name, value in pairs if name == "Version"}
    for service in speaking:
        operation = operation_of(service, actions[0])
        if operation is not None and len(actions) == 1 and versions == {model_of(service).api_version}:
            protocol = "ec2" if "ec2" in _protocols(service) else "query"
            return Recognised(service, operation, protocol, request, query, pairs)
    raise invalid_action(actions[0][:128], ", ".join(sorted(versions))[:64] or None)


def _by_route(request: HttpRequest, query: tuple[tuple[str, str], ...], service: str) -> Recognised | None:
    protocol = next((each for each in _protocols(service) if each.startswith("rest-")), None)
    if protocol is None:
        return None
    if service == "s3":
        request = _path_style(request)
    route = find_route(service, request.method, request.path, query, {name.lower() for name, _ in request.headers})
    operation = None if route is None else operation_of(service, route.operation)
    if route is None or operation is None:
        return None
    return Recognised(service, operation, protocol, request, query, (), route)


def _path_style(request: HttpRequest) -> HttpRequest:
    bucket = bucket_of_host(request.header("host") or "")
    if bucket is None:
        return request
    return replace(request, target=f"/{bucket}{request.target if request.target.startswith('/') else '/'}")


def _protocols(service: str) -> tuple[str, ...]:
    metadata = model_of(service).metadata
    listed = tuple(metadata.get("protocols") or (metadata["protocol"],))
    # A service that has left the query protocol still takes it from older clients.
    return (*listed, "query") if "awsQueryCompatible" in metadata and "query" not in listed else listed
