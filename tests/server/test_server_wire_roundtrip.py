"""Every operation of botocore's IAM and STS models crosses the wire both ways and arrives as it was sent."""

from __future__ import annotations

import random
from datetime import UTC, datetime

import pytest
from botocore.awsrequest import AWSRequest
from botocore.model import OperationModel, Shape
from botocore.parsers import create_parser
from botocore.serialize import create_serializer

from passrole.account.service_error import ServiceError
from passrole.server.wire.decode import decode_parameters, find_target
from passrole.server.wire.encode import encode_error, encode_output
from passrole.server.wire.form import parse_form
from passrole.server.wire.models import SERVICES, operation_model, service_model

OPERATIONS = [(service, name) for service in SERVICES for name in service_model(service).operation_names]
SAMPLES = 4
# What forms, XML, percent-encoding and the dots of parameter names might trip over.
TEXTS = (
    "plain",
    "",
    "a b+c",
    "x=y&z",
    "100%",
    "%41",
    "dotted.member.1",
    "<tag>&amp;",
    "Grüße 你好 🔑",
    "a\nb\tc",
    " x ",
)


def sample(shape: Shape, source: random.Random, depth: int = 0) -> object:
    match shape.type_name:
        case "structure":
            names = [name for name in shape.members if source.random() < 0.7] or list(shape.members)[:1]
            return {name: sample(shape.members[name], source, depth + 1) for name in names}
        case "list":
            # 11 and more would sort wrongly as text: member.10 before member.2.
            size = source.choice((0, 1, 2, 11 if depth < 3 else 1))
            return [sample(shape.member, source, depth + 1) for _ in range(size)]
        case "map":
            return {
                f"k{i}{source.choice(TEXTS)}": sample(shape.value, source, depth + 1)
                for i in range(source.randint(1, 3))
            }
        case "string":
            return source.choice(TEXTS)
        case "boolean":
            return source.random() < 0.5
        case "integer" | "long":
            return source.randint(-5, 10**9)
        case "blob":
            return source.randbytes(source.randint(0, 40))
        case "timestamp":
            return datetime.fromtimestamp(source.randint(0, 4 * 10**9), UTC)
        case other:
            raise AssertionError(f"the models have a type that the wire has not: {other}")


def model(service: str, operation: str) -> OperationModel:
    found = operation_model(service, operation)
    assert found is not None
    return found


@pytest.mark.parametrize(("service", "operation"), OPERATIONS)
def test_what_botocore_serializes_is_decoded_to_the_same_parameters(service: str, operation: str) -> None:
    source = random.Random(f"{service}{operation}")
    operation_shape = model(service, operation)
    for _ in range(SAMPLES):
        shape = operation_shape.input_shape
        parameters = sample(shape, source) if shape and shape.members else {}
        serialized = create_serializer("query", include_validation=False).serialize_to_request(
            parameters, operation_shape
        )
        body = AWSRequest("POST", "https://example.com/", data=serialized["body"]).prepare().body
        pairs = parse_form(body)
        target = find_target(pairs, signed_for=None)
        assert (target.service, target.operation) == (service, operation)
        assert decode_parameters(pairs, target) == parameters


@pytest.mark.parametrize(("service", "operation"), OPERATIONS)
def test_what_is_encoded_is_parsed_by_botocore_to_the_same_output(service: str, operation: str) -> None:
    source = random.Random(f"{operation}{service}")
    operation_shape = model(service, operation)
    shape = operation_shape.output_shape
    for _ in range(SAMPLES):
        output = sample(shape, source) if shape and shape.members else {}
        assert isinstance(output, dict)
        body = encode_output(operation_shape, output, "the-request-id")
        parsed = create_parser("query").parse({"body": body, "headers": {}, "status_code": 200}, shape)
        assert parsed.pop("ResponseMetadata")["RequestId"] == "the-request-id"
        assert parsed == output


@pytest.mark.parametrize("text", ["bell\x07", "nul\x00", "lone\ud800", "\ufffe", "esc\x1b[0m", "del\x7f\x85"])
def test_no_text_makes_xml_that_cannot_be_parsed(text: str) -> None:
    error = ServiceError("ValidationError", f"<{text}>\r\n")
    parsed = create_parser("query").parse(
        {"body": encode_error(error, "iam", "id"), "headers": {}, "status_code": 400}, None
    )
    assert parsed["Error"]["Code"] == "ValidationError"
    assert parsed["Error"]["Type"] == "Sender"
    assert parsed["Error"]["Message"].endswith(">\r\n")
    assert parsed["Error"]["Message"][1:-3] == text.translate(
        dict.fromkeys(map(ord, "\x07\x00\ud800\ufffe\x1b"), "\ufffd")
    )


@pytest.mark.parametrize(
    ("operation", "output", "wrong"),
    [
        ("GetRole", {"Rol": {}}, KeyError),
        ("GetRole", {"Role": {"RoleName": 1}}, TypeError),
        ("GetRole", {"Role": {"CreateDate": datetime(2026, 1, 1)}}, TypeError),  # noqa: DTZ001
        ("GetRole", {"Role": {"Tags": "x"}}, TypeError),
        ("ListRoles", {"Roles": [], "IsTruncated": 1}, TypeError),
        ("DeleteRole", {"RoleName": "x"}, KeyError),
    ],
)
def test_an_output_that_is_not_the_models_is_a_bug_and_not_sent(
    operation: str, output: dict[str, object], wrong: type[Exception]
) -> None:
    with pytest.raises(wrong):
        encode_output(model("iam", operation), output, "id")
