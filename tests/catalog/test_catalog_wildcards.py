"""`*` and `?`, against a regular expression and against patterns that are hard for one."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from passrole.catalog.wildcards import matches


@settings(max_examples=200, deadline=None)
@given(st.text("ab*?", max_size=8), st.text("ab*?", max_size=10))
def test_matches_what_the_regular_expression_matches(pattern: str, text: str) -> None:
    expression = "".join({"*": ".*", "?": "."}.get(character, re.escape(character)) for character in pattern)
    assert matches(pattern, text) == (re.fullmatch(expression, text, re.DOTALL) is not None)


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("", "", True),
        ("*", "", True),
        ("?", "", False),
        ("", "a", False),
        ("get*", "getobject", True),
        ("*snapshot?", "copysnapshots", True),
        ("*snapshot?", "copysnapshot", False),
        ("[a]", "a", False),
        ("a*b*c", "abcbc", True),
    ],
)
def test_cases(pattern: str, text: str, expected: bool) -> None:
    assert matches(pattern, text) is expected


def test_many_stars_take_no_exponential_time() -> None:
    started = time.process_time()
    assert not matches("*a" * 60 + "b", "a" * 2000)
    assert time.process_time() - started < 5
