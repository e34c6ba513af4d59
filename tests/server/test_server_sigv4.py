"""SigV4: AWS's published signatures, botocore's signer in both forms, and everything that must not be accepted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from unittest.mock import patch
from urllib.parse import urlsplit

import pytest
from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.utils import percent_encode_sequence
from hypothesis import given, settings
from hypothesis import strategies as st

from passrole.account.service_error import ServiceError
from passrole.server.message import HttpRequest
from passrole.server.signature import read_claim
from passrole.server.sigv4 import canonical_request, check_scope, check_signature, check_time, signature_of
from passrole.server.wire.form import parse_form

KEY_ID = "AKIDEXAMPLE"
SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
NOW = datetime(2026, 11, 23, 10, 15, 0, tzinfo=UTC)
URL = "https://iam.amazonaws.com/"
FORM = "application/x-www-form-urlencoded; charset=utf-8"

# AWS's Signature Version 4 test suite (aws-sig-v4-test-suite) and the worked example of the AWS General Reference
# ("iam-ListUsers"): what each request is, and the signature that AWS printed.
PUBLISHED = [
    ("get-vanilla", "GET", "/", (), b"", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
    ("get-slashes", "GET", "//", (), b"", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
    ("get-slash-dot-slash", "GET", "/./", (), b"", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
    ("get-relative", "GET", "/example/..", (), b"", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
    (
        "get-vanilla-query-order-key-case",
        "GET",
        "/?Param2=value2&Param1=value1",
        (),
        b"",
        "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
    ),
    (
        "get-header-value-trim",
        "GET",
        "/",
        (("My-Header1", " value1"), ("My-Header2", ' "a   b   c"')),
        b"",
        "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736",
    ),
    (
        "get-header-key-duplicate",
        "GET",
        "/",
        (("My-Header1", "value2"), ("My-Header1", "value2"), ("My-Header1", "value1")),
        b"",
        "c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea",
    ),
    (
        "post-x-www-form-urlencoded",
        "POST",
        "/",
        (("Content-Type", "application/x-www-form-urlencoded"),),
        b"Param1=value1",
        "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
    ),
]


def verify(request: HttpRequest, secret: str = SECRET, *, service: str = "iam", now: datetime = NOW) -> None:
    query = parse_form(request.query)
    claim = read_claim(request, query)
    assert claim is not None
    check_scope(claim, service, valid_region=claim.region == "us-east-1")
    check_time(claim, now)
    check_signature(claim, request, query, secret)


def signed(
    body: str | bytes = "Action=ListUsers&Version=2010-05-08",
    *,
    query: str = "",
    token: str | None = None,
    when: datetime = NOW,
    service: str = "iam",
    region: str = "us-east-1",
    presigned_seconds: int | None = None,
    headers: dict[str, str] | None = None,
) -> HttpRequest:
    """A request as botocore signs it."""
    credentials = Credentials(KEY_ID, SECRET, token)
    with patch("botocore.auth.get_current_datetime", return_value=when.replace(tzinfo=None)):
        if presigned_seconds is None:
            request = AWSRequest(
                "POST", f"{URL}?{query}" if query else URL, {"Content-Type": FORM, **(headers or {})}, body
            )
            SigV4Auth(credentials, service, region).add_auth(request)
        else:
            request = AWSRequest("GET", f"{URL}?{body!s}", headers or {})
            SigV4QueryAuth(credentials, service, region, expires=presigned_seconds).add_auth(request)
    prepared = request.prepare()
    parts = urlsplit(prepared.url)
    sent = tuple(
        (name, value.decode() if isinstance(value, bytes) else value) for name, value in prepared.headers.items()
    )
    payload = prepared.body or b""
    return HttpRequest(
        prepared.method,
        f"{parts.path}?{parts.query}" if parts.query else parts.path,
        (("Host", parts.netloc), *sent),
        payload.encode() if isinstance(payload, str) else payload,
    )


def changed(
    request: HttpRequest, *, target: str | None = None, body: bytes | None = None, **headers: str | None
) -> HttpRequest:
    """The same request with something altered on the way; a header set to None is taken away."""
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    kept = [(name, value) for name, value in request.headers if name.lower() not in names]
    added = [(name, value) for name, value in names.items() if value is not None]
    return HttpRequest(
        request.method,
        request.target if target is None else target,
        tuple(kept + added),
        request.body if body is None else body,
    )


def refusal(request: HttpRequest, **how: object) -> tuple[str, str]:
    with pytest.raises(ServiceError) as refused:
        verify(request, **how)
    return refused.value.code, refused.value.message


@pytest.mark.parametrize(
    ("method", "target", "headers", "body", "signature"),
    [case[1:] for case in PUBLISHED],
    ids=[case[0] for case in PUBLISHED],
)
def test_the_signatures_that_aws_published_are_reproduced(
    method: str, target: str, headers: tuple[tuple[str, str], ...], body: bytes, signature: str
) -> None:
    sent = (("Host", "example.amazonaws.com"), ("X-Amz-Date", "20150830T123600Z"), *headers)
    names = ";".join(sorted({name.lower() for name, _ in sent}))
    authorization = (
        f"AWS4-HMAC-SHA256 Credential={KEY_ID}/20150830/us-east-1/service/aws4_request, "
        f"SignedHeaders={names}, Signature={signature}"
    )
    request = HttpRequest(method, target, (*sent, ("Authorization", authorization)), body)
    query = parse_form(request.query)
    claim = read_claim(request, query)
    assert claim is not None
    assert signature_of(claim, canonical_request(claim, request, query), SECRET) == signature
    check_signature(claim, request, query, SECRET)


def test_the_worked_example_of_the_aws_documentation_is_accepted() -> None:
    headers = (
        ("Host", "iam.amazonaws.com"),
        ("Content-Type", FORM),
        ("X-Amz-Date", "20150830T123600Z"),
        (
            "Authorization",
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, "
            "SignedHeaders=content-type;host;x-amz-date, "
            "Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7",
        ),
    )
    request = HttpRequest("GET", "/?Action=ListUsers&Version=2010-05-08", headers)
    verify(request, now=datetime(2015, 8, 30, 12, 36, tzinfo=UTC))


@pytest.mark.parametrize("token", [None, "FwoGZXIvYXdzE+/=="])
@pytest.mark.parametrize("presigned_seconds", [None, 60])
def test_what_botocore_signs_is_accepted_in_both_forms(token: str | None, presigned_seconds: int | None) -> None:
    verify(signed(token=token, presigned_seconds=presigned_seconds))


@settings(max_examples=150, deadline=None)
@given(
    pairs=st.lists(st.tuples(st.text(max_size=6), st.text(max_size=10)), max_size=4),
    body=st.binary(max_size=40),
    spaced=st.text(alphabet=" ab\t", max_size=8),
)
def test_every_query_body_and_header_that_botocore_signs_is_accepted(
    pairs: list[tuple[str, str]], body: bytes, spaced: str
) -> None:
    query = percent_encode_sequence([(f"k{name}", value) for name, value in pairs])
    verify(signed(body, query=query, headers={"X-Amz-Note": f"a{spaced}b"}))


@pytest.mark.parametrize(
    "altered",
    [
        lambda r: changed(r, body=r.body + b"&MaxItems=1"),
        lambda r: changed(r, body=b""),
        lambda r: changed(r, target="/?Action=DeleteRole"),
        lambda r: changed(r, target="/other"),
        lambda r: changed(r, host="evil.example"),
        lambda r: changed(r, x_amz_date="20261123T101501Z"),
        lambda r: changed(r, content_type=None),
        lambda r: changed(
            r,
            authorization=r.header("authorization")[:-1]
            + "0" * (r.header("authorization")[-1] != "0")
            + "1" * (r.header("authorization")[-1] == "0"),
        ),
        lambda r: changed(r, authorization=r.header("authorization")[:-8]),
        lambda r: changed(r, authorization=r.header("authorization").rpartition("=")[0] + "=é"),
        lambda r: changed(r, authorization=r.header("authorization").replace("content-type;", "")),
        lambda r: changed(r, authorization=r.header("authorization").replace("content-type;host", "content-type")),
        lambda r: changed(r, authorization=r.header("authorization").replace(";x-amz-date", "")),
    ],
)
def test_nothing_that_was_altered_after_signing_is_accepted(altered: object) -> None:
    code, _ = refusal(altered(signed()))
    assert code == "SignatureDoesNotMatch"


def test_another_secret_gives_awss_text() -> None:
    assert refusal(signed(), secret=SECRET[:-1]) == (
        "SignatureDoesNotMatch",
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key "
        "and signing method. Consult the service documentation for details.",
    )


def test_the_body_counts_even_when_a_header_claims_that_it_was_not_signed() -> None:
    request = signed(headers={"X-Amz-Content-SHA256": "UNSIGNED-PAYLOAD"})
    assert refusal(changed(request, body=b"Action=DeleteUser"))[0] == "SignatureDoesNotMatch"
    assert refusal(request)[0] == "SignatureDoesNotMatch"


def test_a_presigned_request_cannot_be_given_a_body() -> None:
    request = signed(presigned_seconds=60)
    assert refusal(changed(request, body=b"Action=DeleteUser&Version=2010-05-08"))[0] == "SignatureDoesNotMatch"


@pytest.mark.parametrize(
    ("age", "code", "message"),
    [
        (timedelta(minutes=15), None, None),
        (timedelta(minutes=-15), None, None),
        (
            timedelta(minutes=15, seconds=1),
            "SignatureDoesNotMatch",
            "Signature expired: 20261123T095959Z is now earlier than 20261123T100000Z (20261123T101500Z - 15 min.)",
        ),
        (
            timedelta(minutes=-15, seconds=-1),
            "SignatureDoesNotMatch",
            "Signature not yet current: 20261123T103001Z is still later than 20261123T103000Z (20261123T101500Z + 15 min.)",
        ),
    ],
)
def test_a_request_is_good_for_fifteen_minutes_either_way(
    age: timedelta, code: str | None, message: str | None
) -> None:
    request = signed(when=NOW - age)
    if code is None:
        verify(request)
    else:
        assert refusal(request) == (code, message)


def test_a_presigned_request_ends_when_it_says_and_after_fifteen_minutes_at_the_latest() -> None:
    short, long = signed(presigned_seconds=60), signed(presigned_seconds=3600)
    verify(short, now=NOW + timedelta(seconds=60))
    assert refusal(short, now=NOW + timedelta(seconds=61)) == ("RequestExpired", "Request has expired.")
    verify(long, now=NOW + timedelta(seconds=900))
    assert refusal(long, now=NOW + timedelta(seconds=901))[0] == "SignatureDoesNotMatch"


def test_the_scope_must_name_our_service_region_day_and_terminator() -> None:
    assert refusal(signed(service="s3")) == (
        "SignatureDoesNotMatch",
        "Credential should be scoped to correct service: 'iam'.",
    )
    assert refusal(signed(region="mars-1"))[1] == "Credential should be scoped to a valid region, not 'mars-1'."
    request = signed()
    authorization = request.header("authorization") or ""
    assert refusal(changed(request, authorization=authorization.replace("/20261123/", "/20261122/")))[1] == (
        "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: "
        "'20261122' != '20261123', from '20261123T101500Z'."
    )
    assert refusal(changed(request, authorization=authorization.replace("aws4_request", "aws4"))) == (
        "SignatureDoesNotMatch",
        "Credential should be scoped with a valid terminator: 'aws4_request', not 'aws4'.",
    )


def test_a_date_header_serves_when_x_amz_date_is_missing() -> None:
    verify(signed(headers={"Date": "now"}))


@pytest.mark.parametrize(
    "authorization",
    [
        "AWS4-HMAC-SHA256",
        "AWS4-HMAC-SHA256 Credential=a",
        "AWS4-HMAC-SHA256 Credential=AKID/20261123/us-east-1/iam/aws4_request, SignedHeaders=host;x-amz-date",
        "AWS4-HMAC-SHA256 Credential=AKID/20261123/iam/aws4_request, SignedHeaders=host;x-amz-date, Signature=00",
        "AWS4-HMAC-SHA256 Credential=/20261123/us-east-1/iam/aws4_request, SignedHeaders=host, Signature=00",
        "AWS4-HMAC-SHA256 Credential=AKID/20261123/us-east-1/iam/aws4_request, SignedHeaders=Host, Signature=00",
        "AWS4-HMAC-SHA256 Credential=AKID/20261123/us-east-1/iam/aws4_request, SignedHeaders, Signature=00",
        "AWS4-HMAC-SHA256 Credential=a, Credential=b, SignedHeaders=host, Signature=00",
        "AWS4-ECDSA-P256-SHA256 Credential=AKID/20261123/iam/aws4_request, SignedHeaders=host, Signature=00",
        "AWS AKID:signature",
        "Bearer token-that-must-not-be-repeated",
        "Basic dXNlcjpwYXNz",
        "",
    ],
)
def test_a_cut_or_foreign_authorization_header_is_an_incomplete_signature(authorization: str) -> None:
    code, message = refusal(changed(signed(), authorization=authorization))
    assert code == "IncompleteSignature"
    assert "must-not-be-repeated" not in message


@pytest.mark.parametrize("date", ["yesterday", "2026-11-23T10:15:00Z", "20261399T101500Z", "20261123T101500", "\x00"])
def test_an_unreadable_date_is_an_incomplete_signature(date: str) -> None:
    assert refusal(changed(signed(), x_amz_date=date))[0] == "IncompleteSignature"


@pytest.mark.parametrize(
    "query",
    [
        "X-Amz-Signature=00",
        "X-Amz-Algorithm=AWS4-HMAC-SHA256",
        "X-Amz-Algorithm=AWS4-HMAC-SHA1&X-Amz-Credential=a&X-Amz-Date=20261123T101500Z&X-Amz-SignedHeaders=host&X-Amz-Signature=0",
    ],
)
def test_a_cut_presigned_query_is_an_incomplete_signature(query: str) -> None:
    assert refusal(HttpRequest("GET", f"/?{query}", (("Host", "iam.amazonaws.com"),)))[0] == "IncompleteSignature"


@pytest.mark.parametrize("seconds", ["0", "-1", "604801", "x", ""])
def test_a_presigned_expiry_outside_a_second_to_a_week_is_refused(seconds: str) -> None:
    request = signed(presigned_seconds=60)
    assert refusal(changed(request, target=request.target.replace("X-Amz-Expires=60", f"X-Amz-Expires={seconds}")))[
        0
    ] == ("IncompleteSignature")


def test_a_request_has_one_signature_only() -> None:
    request = signed(presigned_seconds=60)
    assert refusal(changed(request, authorization=signed().header("authorization")))[0] == "IncompleteSignature"


def test_no_secret_shows_when_a_request_or_claim_is_printed() -> None:
    request = signed("Action=CreateLoginProfile&Password=hunter2", token="the-token")
    claim = read_claim(request, ())
    assert claim is not None
    assert "hunter2" not in repr(request)
    assert "the-token" not in repr(claim)
    assert claim.signature not in repr(claim)
