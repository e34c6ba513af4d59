"""Which differences between two documents matter."""

from __future__ import annotations

import dataclasses
import random
from typing import TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.strategies import policies

from passrole.policy.model import Condition, Policy, PrincipalKind, Statement, Value
from passrole.policy.normal import policies_equal_in_meaning_of_text, statement_normal_form
from passrole.policy.parse import policy_from_value

T = TypeVar("T")
Document = dict[str, object]

ALLOW: Document = {"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": ["arn:aws:s3:::a", "*"]}


def policy(*statements: Document, version: str | None = "2012-10-17") -> Policy:
    value: Document = {"Statement": list(statements)}
    return policy_from_value(value if version is None else {"Version": version, **value})


def where(condition: object) -> Document:
    return {**ALLOW, "Condition": condition}


def who(principal: object, element: str = "Principal") -> Document:
    return {"Effect": "Allow", "Action": "sts:AssumeRole", element: principal}


ROOT = "arn:aws:iam::111122223333:root"

SAME: dict[str, tuple[Policy, Policy]] = {
    "order of statements": (
        policy(ALLOW, where({"Null": {"a:b": "true"}})),
        policy(where({"Null": {"a:b": "true"}}), ALLOW),
    ),
    "a repeated statement": (policy(ALLOW), policy(ALLOW, ALLOW)),
    "order of values": (
        policy(ALLOW),
        policy({**ALLOW, "Action": ["s3:PutObject", "s3:GetObject"], "Resource": ["*", "arn:aws:s3:::a"]}),
    ),
    "a repeated value": (policy(ALLOW), policy({**ALLOW, "Action": ["s3:PutObject", "s3:GetObject", "s3:PutObject"]})),
    "a list of one": (policy({**ALLOW, "Action": "s3:*"}), policy({**ALLOW, "Action": ["s3:*"]})),
    "the Sid": (policy(ALLOW), policy({**ALLOW, "Sid": "Read"})),
    "case of actions": (policy({**ALLOW, "Action": "s3:getobject"}), policy({**ALLOW, "Action": "S3:GetObject"})),
    "case of condition keys": (
        policy(where({"StringEquals": {"aws:SourceArn": "a"}})),
        policy(where({"StringEquals": {"AWS:sourcearn": "a"}})),
    ),
    "order of condition values": (
        policy(where({"StringEquals": {"a:b": ["x", "y", "x"]}})),
        policy(where({"StringEquals": {"a:b": ["y", "x"]}})),
    ),
    "order of operators": (
        policy(where({"StringEquals": {"a:b": "x"}, "Bool": {"a:c": "true"}})),
        policy(where({"Bool": {"a:c": "true"}, "StringEquals": {"a:b": "x"}})),
    ),
    "a boolean and its text": (policy(where({"Bool": {"a:b": True}})), policy(where({"Bool": {"a:b": "true"}}))),
    "an empty condition": (policy(where({})), policy(ALLOW)),
    "the same key twice with the same values": (
        policy(where({"StringEquals": {"a:b": "x", "A:B": "x"}})),
        policy(where({"StringEquals": {"a:b": "x"}})),
    ),
    "an account ID and its root ARN": (policy(who({"AWS": "111122223333"})), policy(who({"AWS": ROOT}))),
    "order of kinds of principals": (
        policy(who({"AWS": "*", "Service": "ec2.amazonaws.com"})),
        policy(who({"Service": ["ec2.amazonaws.com"], "AWS": ["*"]})),
    ),
    "no version and the first one": (policy(ALLOW, version=None), policy(ALLOW, version="2008-10-17")),
    "versions, where no variable occurs": (policy(ALLOW, version="2008-10-17"), policy(ALLOW)),
}

DIFFERENT: dict[str, tuple[Policy, Policy]] = {
    "the effect": (policy(ALLOW), policy({**ALLOW, "Effect": "Deny"})),
    "a statement more": (policy(ALLOW), policy(ALLOW, {**ALLOW, "Action": "*"})),
    "Action and NotAction": (
        policy({"Effect": "Allow", "Action": "s3:*", "Resource": "*"}),
        policy({"Effect": "Allow", "NotAction": "s3:*", "Resource": "*"}),
    ),
    "Resource and NotResource": (
        policy({"Effect": "Allow", "Action": "s3:*", "Resource": "*"}),
        policy({"Effect": "Allow", "Action": "s3:*", "NotResource": "*"}),
    ),
    "case of resources": (
        policy({**ALLOW, "Resource": "arn:aws:s3:::a"}),
        policy({**ALLOW, "Resource": "arn:aws:s3:::A"}),
    ),
    "case of condition values": (
        policy(where({"StringEquals": {"a:b": "x"}})),
        policy(where({"StringEquals": {"a:b": "X"}})),
    ),
    "two operators": (
        policy(where({"StringEquals": {"a:b": "x"}})),
        policy(where({"StringLike": {"a:b": "x"}})),
    ),
    "IfExists": (
        policy(where({"StringEquals": {"a:b": "x"}})),
        policy(where({"StringEqualsIfExists": {"a:b": "x"}})),
    ),
    "a set operator": (
        policy(where({"ForAnyValue:StringEquals": {"a:b": "x"}})),
        policy(where({"ForAllValues:StringEquals": {"a:b": "x"}})),
    ),
    "both of two spellings of a key, and either of two values": (
        policy(where({"StringEquals": {"a:b": "x", "A:B": "y"}})),
        policy(where({"StringEquals": {"a:b": ["x", "y"]}})),
    ),
    "one condition of two": (
        policy(where({"StringEquals": {"a:b": "x", "a:c": "y"}})),
        policy(where({"StringEquals": {"a:b": "x"}})),
    ),
    "values exchanged between keys": (
        policy(where({"StringEquals": {"a:b": "x", "a:c": "y"}})),
        policy(where({"StringEquals": {"a:b": "y", "a:c": "x"}})),
    ),
    "conditions moved between statements": (
        policy({**where({"Null": {"a:b": "true"}}), "Action": "s3:Get*"}, {**ALLOW, "Action": "s3:Put*"}),
        policy({**ALLOW, "Action": "s3:Get*"}, {**where({"Null": {"a:b": "true"}}), "Action": "s3:Put*"}),
    ),
    "everyone with and without a kind": (policy(who("*")), policy(who({"AWS": "*"}))),
    "a user and the root": (policy(who({"AWS": "arn:aws:iam::111122223333:user/a"})), policy(who({"AWS": ROOT}))),
    "an account ID and a root ARN of another partition": (
        policy(who({"AWS": "111122223333"})),
        policy(who({"AWS": ROOT.replace("arn:aws:", "arn:aws-cn:")})),
    ),
    "an account ID and its root ARN, where all others are meant": (
        policy({**who({"AWS": "111122223333"}, "NotPrincipal"), "Effect": "Deny"}),
        policy({**who({"AWS": ROOT}, "NotPrincipal"), "Effect": "Deny"}),
    ),
    "an account ID of another kind": (policy(who({"AWS": "111122223333"})), policy(who({"Federated": "111122223333"}))),
    "Principal and NotPrincipal": (policy(who({"AWS": ROOT})), policy(who({"AWS": ROOT}, "NotPrincipal"))),
    "no resource and every resource": (policy(who("*")), policy({**who("*"), "Resource": "*"})),
    "versions, where a variable occurs in a resource": (
        policy({**ALLOW, "Resource": "arn:aws:s3:::${aws:username}"}, version="2008-10-17"),
        policy({**ALLOW, "Resource": "arn:aws:s3:::${aws:username}"}),
    ),
    "versions, where a variable occurs in a condition": (
        policy(where({"StringLike": {"s3:prefix": "${aws:username}/*"}}), version=None),
        policy(where({"StringLike": {"s3:prefix": "${aws:username}/*"}})),
    ),
    # Equal in meaning, but not in the meaning of their text: the form does not look into patterns.
    "a pattern that covers another": (
        policy({**ALLOW, "Action": ["s3:*", "s3:GetObject"]}),
        policy({**ALLOW, "Action": "s3:*"}),
    ),
    "one statement or two": (
        policy({**ALLOW, "Action": ["s3:Get*", "s3:Put*"]}),
        policy({**ALLOW, "Action": "s3:Get*"}, {**ALLOW, "Action": "s3:Put*"}),
    ),
}


@pytest.mark.parametrize("name", SAME)
def test_differences_that_do_not_matter(name: str) -> None:
    a, b = SAME[name]
    assert policies_equal_in_meaning_of_text(a, b)
    assert policies_equal_in_meaning_of_text(b, a)


@pytest.mark.parametrize("name", DIFFERENT)
def test_differences_that_matter(name: str) -> None:
    a, b = DIFFERENT[name]
    assert not policies_equal_in_meaning_of_text(a, b)
    assert not policies_equal_in_meaning_of_text(b, a)


def test_an_account_id_means_the_root_of_the_partition_where_the_policy_lives() -> None:
    short, in_china = policy(who({"AWS": "111122223333"})), policy(who({"AWS": "arn:aws-cn:iam::111122223333:root"}))
    assert policies_equal_in_meaning_of_text(short, in_china, partition="aws-cn")
    assert not policies_equal_in_meaning_of_text(short, policy(who({"AWS": ROOT})), partition="aws-cn")


def shuffled(items: tuple[T, ...], chance: random.Random) -> tuple[T, ...]:
    """The items in another order, some of them twice."""
    again = [item for item in items if chance.random() < 0.3]
    mixed = [*items, *again]
    chance.shuffle(mixed)
    return tuple(mixed)


def swapped_case(text: str, chance: random.Random) -> str:
    return text.swapcase() if chance.random() < 0.5 else text


def reworded(statement: Statement, chance: random.Random) -> Statement:
    """The same statement in other words."""
    actions = dataclasses.replace(
        statement.actions,
        patterns=tuple(Value(swapped_case(v.text, chance)) for v in shuffled(statement.actions.patterns, chance)),
    )
    resources, principals = statement.resources, statement.principals
    if resources is not None:
        resources = dataclasses.replace(resources, patterns=shuffled(resources.patterns, chance))
    if principals is not None and principals.entries[0].kind is not PrincipalKind.EVERYONE:
        principals = dataclasses.replace(principals, entries=shuffled(principals.entries, chance))
    conditions = tuple(
        Condition(c.operator, swapped_case(c.key, chance), shuffled(c.values, chance))
        for c in shuffled(statement.conditions, chance)
    )
    return dataclasses.replace(
        statement, actions=actions, resources=resources, principals=principals, conditions=conditions, sid=None
    )


@given(policies(with_resources=None), st.randoms(use_true_random=False))
@settings(max_examples=150, deadline=None)
def test_rewording_never_changes_the_form(original: Policy, chance: random.Random) -> None:
    other = dataclasses.replace(
        original, id=None, statements=shuffled(tuple(reworded(s, chance) for s in original.statements), chance)
    )
    assert policies_equal_in_meaning_of_text(original, other)
    assert policies_equal_in_meaning_of_text(other, original)


@given(policies(max_statements=1), policies(max_statements=1))
@settings(max_examples=150, deadline=None)
def test_equal_forms_agree_in_everything_that_evaluation_looks_at(a: Policy, b: Policy) -> None:
    """Soundness, stated another way: what an evaluator reads from either statement is the same."""
    (first,), (second,) = a.statements, b.statements
    if statement_normal_form(first) != statement_normal_form(second):
        return
    assert first.effect == second.effect
    assert first.actions.negated == second.actions.negated
    assert {v.text.lower() for v in first.actions.patterns} == {v.text.lower() for v in second.actions.patterns}
    assert first.resources is not None
    assert second.resources is not None
    assert first.resources.negated == second.resources.negated
    assert set(first.resources.patterns) == set(second.resources.patterns)
    assert (first.principals is None) == (second.principals is None)
    assert {(c.operator, c.key.lower()) for c in first.conditions} == {
        (c.operator, c.key.lower()) for c in second.conditions
    }


@given(policies(max_statements=1))
@settings(max_examples=100, deadline=None)
def test_negating_any_element_changes_the_form(original: Policy) -> None:
    (statement,) = original.statements
    assert statement.resources is not None
    changed = [
        dataclasses.replace(
            statement, actions=dataclasses.replace(statement.actions, negated=not statement.actions.negated)
        ),
        dataclasses.replace(
            statement, resources=dataclasses.replace(statement.resources, negated=not statement.resources.negated)
        ),
    ]
    if statement.principals is not None:
        flipped = dataclasses.replace(statement.principals, negated=not statement.principals.negated)
        changed.append(dataclasses.replace(statement, principals=flipped))
    for index, condition in enumerate(statement.conditions):
        more = dataclasses.replace(condition, values=(*condition.values, Value("something else")))
        conditions = (*statement.conditions[:index], more, *statement.conditions[index + 1 :])
        changed.append(dataclasses.replace(statement, conditions=conditions))
    for other in changed:
        assert statement_normal_form(other) != statement_normal_form(statement)
