"""All versions of a document in one table: what goes in comes out."""

from __future__ import annotations

import json
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from passrole.catalog.document_history import (
    DICTIONARY_BYTES,
    DocumentHistory,
    common_lines,
    decode,
    document_text,
    encode,
    history_of,
)

LINES = st.text(st.characters(codec="utf-8", exclude_characters="\n\r"), min_size=1, max_size=12)
DOCUMENTS = st.lists(LINES | st.sampled_from(['"Action": [', "}", "{"]), min_size=1, max_size=30).map("\n".join)


@settings(max_examples=150, deadline=None)
@given(st.lists(DOCUMENTS, min_size=1, max_size=6), st.binary(max_size=40))
def test_encode_then_decode_gives_each_version_back(documents: list[str], dictionary: bytes) -> None:
    history = decode(encode(history_of(documents), dictionary), dictionary)
    assert [history.document(index) for index in range(len(documents))] == documents


def test_lines_that_versions_share_are_kept_once() -> None:
    history = history_of(["a\nb\nc", "a\nx\nc", "a\nb\nc"])
    assert history == DocumentHistory(("a", "b", "c", "x"), ((0, 3), (0, 1, 2, 1, -2, 1), (0, 3)))


def test_a_document_keeps_the_order_of_its_keys_and_is_not_escaped() -> None:
    text = document_text({"Version": "2012-10-17", "Statement": [{"Sid": "é", "Effect": "Allow"}]})
    assert list(json.loads(text)) == ["Version", "Statement"]
    assert '"é"' in text


def test_the_dictionary_holds_lines_that_many_policies_have_and_no_more_than_deflate_sees() -> None:
    often = [DocumentHistory((f'"s3:GetObject{n}",', f"only in {n}" * 20), ((0, 2),)) for n in range(3)] * 6
    dictionary = common_lines(often)
    assert b"s3:GetObject1" in dictionary
    many = [DocumentHistory(tuple(f"line {n} " * 10 for n in range(3000)), ())] * 6
    assert len(common_lines(many)) <= DICTIONARY_BYTES
    assert common_lines(often[:3]) == b""


@pytest.mark.parametrize("content", [b"", b"\x00\x01\x02", zlib.compress(b"no table")[2:-4]])
def test_damaged_content_is_refused(content: bytes) -> None:
    with pytest.raises((zlib.error, ValueError)):
        decode(content, b"")
