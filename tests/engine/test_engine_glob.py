"""Wildcards: what they match, the same as a regular expression says, and how long it takes."""

from __future__ import annotations

import re
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from passrole.engine.glob import Glob, Wild, glob_match, read_pattern


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("", "", True),
        ("", "a", False),
        ("*", "", True),
        ("*", "a/b:c\nd", True),
        ("?", "", False),
        ("?", "\n", True),
        ("?", "ab", False),
        ("a*c", "ac", True),
        ("a*c", "abcbc", True),
        ("a*c", "abcb", False),
        ("a*a", "a", False),
        ("ab*bc", "abc", False),
        ("*a", "ba", True),
        ("a**b", "axb", True),
        ("a*?b", "ab", False),
        ("a?*b", "axb", True),
        ("*b?d*", "aabxdz", True),
        ("*b?d*", "aabdz", False),
        ("*?a?*", "xay", True),
        ("*?a?*", "ay", False),
        ("a.c+*", "abc+x", False),
        ("[ab]", "a", False),
        ("a\\*", "a\\b", True),
        ("π?", "πé", True),
        ("A*", "ab", False),
    ],
)
def test_match(pattern: str, text: str, expected: bool) -> None:
    assert glob_match(pattern, text) is expected


def test_case_can_be_ignored() -> None:
    assert glob_match("S3:gEt*", "s3:GetObject", ignore_case=True)
    assert not glob_match("S3:gEt*", "s3:GetObject")


def test_a_literal_star_is_no_wildcard() -> None:
    pattern = ("a", "*", Wild.ONE)
    assert Glob(pattern).matches("a*x")
    assert not Glob(pattern).matches("abx")


@settings(max_examples=200, deadline=None)
@given(st.text("ab*?:", max_size=8), st.text("ab:", max_size=10))
def test_as_a_regular_expression_says(pattern: str, text: str) -> None:
    expression = "".join({"*": ".*", "?": "."}.get(character, re.escape(character)) for character in pattern)
    assert glob_match(pattern, text) is (re.fullmatch(expression, text, re.DOTALL) is not None)


@settings(max_examples=100, deadline=None)
@given(st.text("ab*?", max_size=12))
def test_reading_keeps_every_character(pattern: str) -> None:
    assert "".join(piece if isinstance(piece, str) else piece.value for piece in read_pattern(pattern)) == pattern


@pytest.mark.parametrize(
    "pattern",
    ["a*a*a*a*a*a*a*a*b", "*a" * 50 + "b", "*" + "a?" * 1000 + "b", "*" + "?a" * 500 + "c*", "?*" * 200 + "b"],
    ids=["stars", "many stars", "holes at the end", "holes in the middle", "alternating"],
)
def test_a_hostile_pattern_takes_linear_time(pattern: str) -> None:
    start = process_time()
    assert not glob_match(pattern, "a" * 100_000)
    # A backtracking matcher needs years, a quadratic one minutes.
    assert process_time() - start < 3
