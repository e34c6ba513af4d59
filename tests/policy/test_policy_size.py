"""Sizes as AWS counts them."""

from __future__ import annotations

import json

import pytest

from passrole.policy.size import document_characters, document_characters_with_white_space


@pytest.mark.parametrize(
    ("text", "without", "with_white_space"),
    [
        ("", 0, 0),
        ("{}", 2, 2),
        (' { "a" :\t1,\r\n"b": 2 }\n', 13, 22),
        ('{"é": "😀"}', 9, 10),
    ],
)
def test_white_space_counts_for_organizations_only(text: str, without: int, with_white_space: int) -> None:
    assert document_characters(text) == without
    assert document_characters_with_white_space(text) == with_white_space


def test_indentation_costs_nothing() -> None:
    value = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["s3:*", "ec2:*"], "Resource": "*"}]}
    sizes = {document_characters(json.dumps(value, indent=indent)) for indent in (None, 0, 2, 8)}
    assert sizes == {len(json.dumps(value, separators=(",", ":")))}
