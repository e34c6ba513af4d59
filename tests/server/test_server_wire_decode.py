"""Requests that no SDK sends: what the wire answers to unknown actions and malformed parameters."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from passrole.account.service_error import ServiceError
from passrole.server.wire.decode import decode_parameters, find_target
from passrole.server.wire.form import MAX_PARAMETERS, parse_form

IAM = "2010-05-08"


def decode(text: str | bytes, signed_for: str | None = "iam") -> dict[str, object]:
    pairs = parse_form(text)
    return decode_parameters(pairs, find_target(pairs, signed_for))


@pytest.mark.parametrize(
    ("text", "signed_for", "code", "message"),
    [
        ("", "iam", "MissingAction", "Missing Action"),
        ("Version=2010-05-08", "iam", "MissingAction", "Missing Action"),
        (
            "Action=Foo&Version=2010-05-08",
            "iam",
            "InvalidAction",
            "Could not find operation Foo for version 2010-05-08",
        ),
        ("Action=GetRole", "iam", "InvalidAction", "Could not find operation GetRole for version NO_VERSION_SPECIFIED"),
        ("Action=GetRole&Version=1", None, "InvalidAction", "Could not find operation GetRole for version 1"),
        # Signed for one service, an operation of the other.
        (
            "Action=GetCallerIdentity&Version=2011-06-15",
            "iam",
            "InvalidAction",
            "Could not find operation GetCallerIdentity for version 2011-06-15",
        ),
        (
            "Action=getrole&Version=2010-05-08",
            "iam",
            "InvalidAction",
            "Could not find operation getrole for version 2010-05-08",
        ),
    ],
)
def test_a_request_without_a_known_operation_is_refused_in_aws_words(
    text: str, signed_for: str | None, code: str, message: str
) -> None:
    with pytest.raises(ServiceError) as refused:
        find_target(parse_form(text), signed_for)
    assert (refused.value.code, refused.value.message) == (code, message)
    assert refused.value.http_status == 400


@pytest.mark.parametrize(
    "parameters",
    [
        "1=x",
        "RoleName.member.1=x",
        "RoleName.Key=x",
        "Tags=x",
        "Tags.1.Key=x",
        "Tags.member.x.Key=v",
        "Tags.member.1=x",
        "Tags.member.1.Key=a&Tags.member.01.Key=b",
        "Tags.member.1.Key=a&Tags.item.1.Key=b",
        "RoleName=a&RoleName=b",
        "Action=GetRole",
        "MaxSessionDuration=x",
        "MaxSessionDuration=1.5",
        "MaxSessionDuration=٣",
        "MaxSessionDuration=",
        "Tags..Key=x",
        "=x",
        ".".join("x" * 40) + "=1",
    ],
)
def test_parameters_that_do_not_fit_the_model_are_malformed_input(parameters: str) -> None:
    with pytest.raises(ServiceError) as refused:
        decode(f"Action=CreateRole&Version={IAM}&{parameters}")
    assert (refused.value.code, refused.value.http_status) == ("MalformedInput", 400)


@pytest.mark.parametrize("body", [b"a=%", b"a=%4", b"a=%zz", b"a=%ff", b"\xff=1", b"a=%C3%28", b"&" * MAX_PARAMETERS])
def test_form_text_that_cannot_be_decoded_is_a_malformed_query_string(body: bytes) -> None:
    with pytest.raises(ServiceError) as refused:
        parse_form(body)
    assert refused.value.code == "MalformedQueryString"


def test_lists_are_ordered_by_number_and_may_have_gaps() -> None:
    names = decode(
        f"Action=SimulateCustomPolicy&Version={IAM}&ActionNames.member.10=c&ActionNames.member.2=b&ActionNames.member.1=a"
    )
    assert names == {"ActionNames": ["a", "b", "c"]}


def test_booleans_and_empty_lists_are_read() -> None:
    assert decode(f"Action=CreateRole&Version={IAM}&Tags=") == {"Tags": []}
    parameters = decode(f"Action=CreatePolicyVersion&Version={IAM}&SetAsDefault=TRUE&PolicyArn=a")
    assert parameters == {"SetAsDefault": True, "PolicyArn": "a"}


def test_names_that_the_operation_has_not_are_ignored_as_aws_does() -> None:
    assert decode(f"Action=GetRole&Version={IAM}&RoleName=r&Colour=red&X-Amz-Date=20260101T000000Z") == {
        "RoleName": "r"
    }


@settings(max_examples=200, deadline=None)
@given(
    st.one_of(
        st.binary(max_size=200),
        st.lists(
            st.tuples(
                st.sampled_from(["Tags", "Tags.member", "Tags.member.1.Key", "RoleName", "Path.entry.1"]),
                st.text(max_size=5),
            ),
            max_size=5,
        ).map(lambda pairs: "&".join(f"{name}={value}" for name, value in pairs).encode("utf-8", "surrogatepass")),
    )
)
def test_whatever_is_sent_is_decoded_or_refused_and_never_fails_otherwise(body: bytes) -> None:
    status = 200
    try:
        decode(f"Action=CreateRole&Version={IAM}&".encode() + body)
    except ServiceError as refused:
        status = refused.http_status
    assert status in {200, 400}
