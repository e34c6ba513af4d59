"""Reading without places first: the same policies, the same findings, and the same places when they are asked for."""

from __future__ import annotations

import copy
import json
import pickle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.strategies import policies

from passrole.catalog.managed_policies import list_managed_policies
from passrole.errors import Span
from passrole.policy import parse
from passrole.policy.json_nodes import JsonArray, JsonNumber, JsonObject, JsonString, JsonValue, JsonWord
from passrole.policy.json_quick import read_quickly
from passrole.policy.json_text import read_json
from passrole.policy.model import Policy
from passrole.policy.parse import PolicySyntaxError, parse_policy
from passrole.policy.printing import print_policy


def without_places(node: JsonValue) -> object:
    match node:
        case JsonString(value=value):
            return value
        case JsonNumber(text=text):
            return ("number", text)
        case JsonWord(text=text):
            return ("word", text)
        case JsonArray(items=items):
            return [without_places(item) for item in items]
        case JsonObject(members=members):
            return ("object", [(member.key.value, without_places(member.value)) for member in members])


def spans_of(policy: Policy) -> list[Span | None]:
    spans = [policy.span]
    for statement in policy.statements:
        spans += [statement.span, *(condition.span for condition in statement.conditions)]
        spans += [value.span for value in statement.actions.patterns]
        spans += [value.span for value in (statement.resources.patterns if statement.resources else ())]
        spans += [entry.value.span for entry in (statement.principals.entries if statement.principals else ())]
        spans += [value.span for condition in statement.conditions for value in condition.values]
    return spans


def read_slowly(text: str | bytes, monkeypatch: pytest.MonkeyPatch) -> Policy:
    with monkeypatch.context() as patched:
        patched.setattr(parse, "read_quickly", lambda _text: None)
        return parse_policy(text, "p.json")


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=12,
)


@settings(max_examples=200, deadline=None)
@given(VALUES, st.booleans(), st.sampled_from((None, 2)))
def test_json_is_read_alike(value: object, ascii_only: bool, indent: int | None) -> None:
    text = json.dumps(value, ensure_ascii=ascii_only, indent=indent)
    slow = read_json(text, "p.json")
    quick = read_quickly(text)
    if quick is None:
        # Escaped surrogates, whole pairs of them too, are left to the slow reader.
        assert "\\ud" in text
    else:
        assert not slow.diagnostics
        assert slow.root is not None
        assert without_places(quick) == without_places(slow.root)


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet='{}[]:,"\\u0dD8 \n\t-+.1e/#tfnrulas\x00\x1f\x7f\ufeff\u2028é“', max_size=14))
def test_what_has_a_fault_is_not_read_quickly(text: str) -> None:
    if read_json(text, "p.json").diagnostics:
        assert read_quickly(text) is None


FAULTY = (
    '{"a": 1, "a": 2}',
    '{"a": NaN}',
    '{"a": -Infinity}',
    '"\\ud800"',
    '"\ud800"',
    '"a\tb"',
    "\ufeff{}",
    '{"a": 1,}',
    "[1 2]",
    "",
    b"\xff\xfe{\x00}\x00",
    b'{"a": "\xe9"}',
    "[" * 200_000,
)


@pytest.mark.parametrize("text", FAULTY, ids=range(len(FAULTY)))
def test_faulty_text(text: str | bytes) -> None:
    assert read_quickly(text) is None


@settings(max_examples=60, deadline=None)
@given(policies())
def test_places_are_those_of_the_slow_reading(policy: Policy) -> None:
    text = print_policy(policy)
    with pytest.MonkeyPatch.context() as patch:
        slow = read_slowly(text, patch)
    quick = parse_policy(text, "p.json")
    assert quick == slow
    assert spans_of(quick) == spans_of(slow)
    assert all(span is not None for span in spans_of(quick))


def test_places_in_managed_policies(monkeypatch: pytest.MonkeyPatch) -> None:
    for managed in list_managed_policies()[::40]:
        document = managed.default_version.document
        assert spans_of(parse_policy(document, "p.json")) == spans_of(read_slowly(document, monkeypatch))


TEXT = '{"Version": "2012-10-17",\n "Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}'


def test_a_late_span_is_a_span() -> None:
    span = parse_policy(TEXT, "p.json").statements[0].span
    assert span is not None
    plain = Span("p.json", 2, 15, 2, 69)
    assert span == plain
    assert plain == span
    assert hash(span) == hash(plain)
    assert span != Span("p.json", 2, 15, 2, 70)
    assert (str(span), repr(span)) == (str(plain), repr(plain))
    assert copy.copy(span) == plain
    assert type(pickle.loads(pickle.dumps(span))) is Span


def test_bytes_are_text() -> None:
    policy = parse_policy(TEXT.encode(), "p.json")
    assert policy == parse_policy(TEXT, "p.json")
    assert policy.statements[0].span == Span("p.json", 2, 15, 2, 69)


def test_findings_come_from_the_slow_reading() -> None:
    with pytest.raises(PolicySyntaxError) as caught:
        parse_policy(TEXT.replace('"Allow"', '"allow"'), "p.json")
    assert [str(finding.span) for finding in caught.value.diagnostics] == ["p.json:2:26"]
