"""ARNs as values."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from passrole.catalog.partitions import partitions
from passrole.policy.arn import ACCOUNT_ID, PARTITIONS, Arn, ArnError


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("arn:aws:s3:::bucket/key", ("aws", "s3", "", "", "bucket/key")),
        ("arn:aws:iam::111122223333:role/a/b", ("aws", "iam", "", "111122223333", "role/a/b")),
        ("arn:aws-cn:logs:cn-north-1:1:log-group:x:*", ("aws-cn", "logs", "cn-north-1", "1", "log-group:x:*")),
        ("arn:*:*:*:*:*", ("*", "*", "*", "*", "*")),
        ("arn:aws:s3:::${aws:username}/*", ("aws", "s3", "", "", "${aws:username}/*")),
    ],
)
def test_parts(text: str, parts: tuple[str, ...]) -> None:
    arn = Arn.parse(text)
    assert (arn.partition, arn.service, arn.region, arn.account, arn.resource) == parts
    assert str(arn) == text


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("", "1 of the six"),
        ("*", "1 of the six"),
        ("key-name", "1 of the six"),
        ("arn:aws:s3::bucket", "5 of the six"),
        ("urn:aws:s3:::bucket", "begin with `arn:`"),
        ("ARN:aws:s3:::bucket", "begin with `arn:`"),
        ("arn::s3:::bucket", "partition is empty"),
        ("arn:aws::::bucket", "service is empty"),
        ("arn:aws:s3:::", "resource is empty"),
    ],
)
def test_what_is_not_an_arn_is_refused_with_its_reason(text: str, cause: str) -> None:
    with pytest.raises(ArnError) as caught:
        Arn.parse(text)
    assert cause in caught.value.causes[0]
    assert f"`{text}`" in caught.value.message


part = st.text("ab-1*", max_size=4)
full = st.text("ab-1*", min_size=1, max_size=4)


@given(st.builds(Arn, full, full, part, part, st.text("ab:/*", min_size=1, max_size=8)))
@settings(max_examples=100, deadline=None)
def test_parsing_what_was_printed_gives_the_arn(arn: Arn) -> None:
    assert Arn.parse(str(arn)) == arn


def test_the_partitions_are_those_that_botocore_has() -> None:
    assert set(PARTITIONS) == set(partitions())


def test_an_account_id_is_twelve_ascii_digits() -> None:
    assert ACCOUNT_ID.fullmatch("012345678901")
    assert not ACCOUNT_ID.fullmatch("11112222333")
    assert not ACCOUNT_ID.fullmatch("1111222233334")
    assert not ACCOUNT_ID.fullmatch("١١١١٢٢٢٢٣٣٣٣")
