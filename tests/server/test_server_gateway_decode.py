"""What botocore writes on the wire is read back by the gateway as it was, for every operation of the services enforced.

The parameters come from AWS's models, the bytes from botocore's serializers, which are another implementation.
"""

from __future__ import annotations

from random import Random
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from botocore.serialize import create_serializer
from tests.server.model_values import parameters

from passrole.account.service_error import ServiceError
from passrole.server.gateway.decode import decode
from passrole.server.gateway.recognise import recognise
from passrole.server.gateway.service_models import model_of
from passrole.server.message import HttpRequest
from passrole.server.wire.form import parse_form

SERVICES = (
    "s3 ec2 kms ssm logs cloudwatch lambda sqs sns dynamodb secretsmanager dms redshift license-manager organizations"
)
SIGNED_AS = {"cloudwatch": "monitoring"}
OTHER_PROTOCOLS = {"cloudwatch": ["query"], "sqs": ["query"]}

NOT_RECOGNISED = {
    # Told from another operation by the host of S3 Express alone.
    ("s3", "ListDirectoryBuckets"),
    # Older names of the operation with the same request; botocore calls them deprecated.
    ("s3", "GetBucketLifecycle"),
    ("s3", "GetBucketNotification"),
    ("s3", "PutBucketLifecycle"),
    ("s3", "PutBucketNotification"),
}


def all_operations() -> list[Any]:
    found = []
    for service in SERVICES.split():
        for protocol in (None, *OTHER_PROTOCOLS.get(service, ())):
            for name in model_of(service).operation_names:
                if (service, name) not in NOT_RECOGNISED:
                    found.append((service, name, protocol))
    return found


def on_the_wire(service: str, name: str, protocol: str | None, given: dict[str, Any]) -> HttpRequest:
    model = model_of(service)
    operation = model.operation_model(name)
    serialized = create_serializer(protocol or model.resolved_protocol).serialize_to_request(given, operation)
    path = serialized["url_path"]
    if serialized["query_string"]:
        path += ("&" if "?" in path else "?") + urlencode(serialized["query_string"], doseq=True, quote_via=quote)
    body = serialized["body"]
    if isinstance(body, dict):
        body = urlencode(body, doseq=True).encode()
    headers = tuple((key, str(value)) for key, value in serialized["headers"].items())
    return HttpRequest(serialized["method"], path, (("Host", "localhost"), *headers), body or b"")


def round_trip(service: str, name: str, protocol: str | None, given: dict[str, Any]) -> dict[str, Any]:
    request = on_the_wire(service, name, protocol, given)
    found = recognise(request, parse_form(request.query), SIGNED_AS.get(service, service))
    assert (found.service, found.model.name) == (service, name)
    return decode(found, request.body)


def as_read(service: str, protocol: str | None, given: dict[str, Any]) -> dict[str, Any]:
    """S3 keeps the names of metadata in lower case: they are names of headers. A form cannot say `{}`."""
    if (protocol or model_of(service).resolved_protocol) in {"query", "ec2"}:
        return without_empty_structures(given)
    metadata = given.get("Metadata")
    if service != "s3" or not isinstance(metadata, dict):
        return given
    return {**given, "Metadata": {key.lower(): value for key, value in metadata.items()}}


def without_empty_structures(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    members = {name: without_empty_structures(member) for name, member in value.items()}
    return {name: member for name, member in members.items() if member != {}}


@pytest.mark.parametrize("service", SERVICES.split())
def test_every_operation_is_read_back_as_it_was_written(service: str) -> None:
    wrong = []
    for number, (of_service, name, protocol) in enumerate(all_operations()):
        if of_service != service or model_of(service).operation_model(name).has_event_stream_input:
            continue
        for turn in range(3):
            random = Random(f"{number} {turn}")
            given = parameters(model_of(service).operation_model(name).input_shape, random)
            try:
                read = round_trip(service, name, protocol, given)
            except (ServiceError, AssertionError) as error:
                wrong.append((name, protocol, repr(error)[:300], given))
                break
            if read != as_read(service, protocol, given):
                wrong.append((name, protocol, "differs", given, read))
                break
    assert not wrong, f"{len(wrong)} operations: " + "\n".join(map(str, wrong[:8]))
