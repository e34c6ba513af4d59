"""Requests with values that no type allows, keys that are not known, and everything beside policies: still as `evaluate`."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.engine.engine_builders import ACCOUNT, ALLOW_ALL, ask, document, identity
from tests.engine.engine_strategies import (
    KEYS,
    RARE_KEYS,
    bucket_questions,
    grants,
    key_questions,
    requests,
    stacks,
)

from passrole.engine.decision import Outcome
from passrole.engine.evaluate import evaluate
from passrole.engine.fast.compiled_stack import compile_stack
from passrole.engine.fast.plan_book import PlanBook
from passrole.engine.request import Principal, PrincipalType, Request
from passrole.engine.stack import AttachedPolicy, Known, PolicyStack
from passrole.policy.model import PolicyType

BOUNDED = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))


class Text(str):
    """As NumPy's and others' strings are: equal to a plain one, and not of its type."""

    __slots__ = ()


ODD = (None, True, 7, 1.5, ["ana"], ["ana", 1], ("ana", 2), {"a": 1}, Text("ana"), b"ana", ())


@BOUNDED
@given(stacks(), requests(), st.dictionaries(st.sampled_from((*KEYS, *RARE_KEYS)), st.sampled_from(ODD), max_size=3))
def test_values_of_types_that_aws_does_not_have(stack: PolicyStack, request: Request, odd: dict) -> None:
    compiled = compile_stack(stack)
    for one in (request, replace(request, context={**request.context, **odd}), request):
        assert compiled.decide(one) == evaluate(one, stack)


@pytest.mark.parametrize(
    "condition",
    [
        {"StringEquals": {"s3:prefix": "a"}},
        {"StringEquals": {"s3:prefix": ["a", "${aws:username}"]}},
        {"StringLike": {"s3:prefix": "a*"}},
        {"ForAnyValue:StringEquals": {"aws:TagKeys": "a"}},
        {"Null": {"s3:prefix": "false"}},
        {"Bool": {"s3:prefix": "true"}},
    ],
)
def test_a_deny_does_not_vanish_where_a_value_is_none(condition: dict) -> None:
    """`None` is not an absent key: what it means nobody knows, so the Deny may apply."""
    (keys,) = condition.values()
    stack = PolicyStack(
        identity=identity(ALLOW_ALL, {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": condition})
    )
    request = ask(context=dict.fromkeys(keys))
    compiled = compile_stack(stack)
    for _ in range(2):
        decision = compiled.decide(request)
        assert decision == evaluate(request, stack)
        assert decision.outcome is Outcome.UNDECIDED


def test_a_variable_whose_value_is_none() -> None:
    deny = {"Effect": "Deny", "Action": "*", "Resource": "arn:aws:s3:::reports/${aws:PrincipalTag/x}"}
    stack = PolicyStack(identity=identity(ALLOW_ALL, deny))
    request = ask(resource="arn:aws:s3:::reports/a", context={"aws:PrincipalTag/x": None})
    assert compile_stack(stack).decide(request) == evaluate(request, stack)
    assert not compile_stack(stack).decide(request).allowed


@BOUNDED
@given(key_questions(), st.lists(st.tuples(requests(), grants()), max_size=3))
def test_keys_with_grants(question: tuple[Request, PolicyStack], more: list) -> None:
    request, stack = question
    compiled = compile_stack(stack)
    asked = [request, *(replace(request, context=other.context, principal=other.principal) for other, _ in more)]
    for one in asked + asked[::-1]:
        assert compiled.decide(one) == evaluate(one, stack)


@BOUNDED
@given(bucket_questions(), st.lists(requests(), max_size=3))
def test_public_buckets(question: tuple[Request, PolicyStack], more: list[Request]) -> None:
    request, stack = question
    compiled = compile_stack(stack)
    asked = [request, *(replace(request, context=one.context, resource_account=one.resource_account) for one in more)]
    for one in asked + asked[::-1]:
        assert compiled.decide(one) == evaluate(one, stack)


def test_who_federated_is_not_shared() -> None:
    """Of the root user's sessions more is allowed, whatever the type of the principal says."""
    book, stack = PlanBook(), PolicyStack(identity=Known())
    arn = f"arn:aws:iam::{ACCOUNT}:user/ana"
    for root in (None, f"arn:aws:iam::{ACCOUNT}:root"):
        who = Principal(PrincipalType.USER, arn, ACCOUNT, federating_user_arn=root)
        request = ask(who=who)
        assert compile_stack(stack, book).decide(request) == evaluate(request, stack)


def test_plans_are_bounded_by_their_statements() -> None:
    wide = document(*({"Effect": "Allow", "Action": "s3:*", "Resource": f"arn:aws:s3:::b{n}/*"} for n in range(30)))
    stack = PolicyStack(identity=Known((AttachedPolicy(PolicyType.IDENTITY, "wide", wide),)))
    book = PlanBook(most_statements=100)
    compiled = compile_stack(stack, book)
    for number in range(20):
        request = ask(f"s3:Action{number}", resource="arn:aws:s3:::b7/x")
        assert compiled.decide(request).allowed
        assert book.statements <= 100
    assert len(book) == 3


def test_one_plan_may_be_larger_than_the_bound() -> None:
    wide = document(*({"Effect": "Allow", "Action": "s3:*", "Resource": f"arn:aws:s3:::b{n}/*"} for n in range(30)))
    stack = PolicyStack(identity=Known((AttachedPolicy(PolicyType.IDENTITY, "wide", wide),)))
    compiled = compile_stack(stack, PlanBook(most_statements=5))
    for action in ("s3:GetObject", "s3:PutObject", "s3:GetObject"):
        assert compiled.decide(ask(action, resource="arn:aws:s3:::b7/x")).allowed


def test_decisions_that_plans_keep_are_bounded() -> None:
    """Somebody who tries many owners makes a plan keep many decisions; all plans together have a bound."""
    book = PlanBook(most_kept=10)
    stack = PolicyStack(identity=identity(ALLOW_ALL))
    compiled = compile_stack(stack, book)
    for number in range(60):
        request = ask(f"s3:Action{number % 3}", owner=f"{number:012}")
        assert compiled.decide(request) == evaluate(request, stack)
        kept = [decision for _, _, page in book._queue for decision in page.decisions if decision is not None]
        assert len(kept) <= 11
