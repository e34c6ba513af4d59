"""The canonical form of a printed policy."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.strategies import policies

from passrole.policy.model import (
    ActionElement,
    Condition,
    ConditionOperator,
    Effect,
    Policy,
    ResourceElement,
    Statement,
    Value,
)
from passrole.policy.parse import parse_policy, policy_from_value
from passrole.policy.printing import policy_to_value, print_policy

SIDS = st.none() | st.text(max_size=5)


@given(policies(with_resources=None, sids=SIDS))
@settings(max_examples=150, deadline=None)
def test_reading_what_was_printed_gives_the_same_policy(policy: Policy) -> None:
    assert parse_policy(print_policy(policy)) == policy
    assert policy_from_value(policy_to_value(policy)) == policy


@given(policies(with_resources=None))
@settings(max_examples=50, deadline=None)
def test_printing_again_changes_nothing(policy: Policy) -> None:
    printed = print_policy(policy)
    assert print_policy(parse_policy(printed)) == printed
    assert json.loads(printed) == policy_to_value(policy)


def test_the_form() -> None:
    text = """{"Statement": {"Condition": {"Bool": {"aws:SecureTransport": true}, "StringLike": {"s3:prefix": ["é", "b"]}},
        "Resource": ["*"], "Action": ["s3:ListBucket"], "Effect": "Allow", "Sid": "A",
        "Principal": {"AWS": ["111122223333"], "Service": ["a.amazonaws.com", "b.amazonaws.com"]}},
        "Id": "x", "Version": "2012-10-17"}"""
    assert (
        print_policy(parse_policy(text))
        == """{
    "Version": "2012-10-17",
    "Id": "x",
    "Statement": [
        {
            "Sid": "A",
            "Effect": "Allow",
            "Principal": {
                "AWS": "111122223333",
                "Service": [
                    "a.amazonaws.com",
                    "b.amazonaws.com"
                ]
            },
            "Action": "s3:ListBucket",
            "Resource": "*",
            "Condition": {
                "Bool": {
                    "aws:SecureTransport": "true"
                },
                "StringLike": {
                    "s3:prefix": [
                        "é",
                        "b"
                    ]
                }
            }
        }
    ]
}"""
    )


def test_what_json_cannot_say_is_not_printed_as_something_else() -> None:
    twice = tuple(Condition(ConditionOperator("StringLike"), "aws:username", (Value(text),)) for text in ("a*", "*b"))
    statement = Statement(
        Effect.ALLOW, ActionElement(False, (Value("*"),)), ResourceElement(False, (Value("*"),)), conditions=twice
    )
    with pytest.raises(AssertionError):
        print_policy(Policy((statement,)))
