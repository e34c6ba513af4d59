"""Many principals asked at once: for each what `evaluate` answers, whoever was asked before and beside it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.engine.engine_builders import ACCOUNT, ALLOW_ALL, ask, document, identity, scps
from tests.engine.engine_strategies import PRINCIPALS, requests, stacks

from passrole.engine.decision import Decision
from passrole.engine.evaluate import evaluate
from passrole.engine.fast import compiled_stack, roll
from passrole.engine.fast.compiled_stack import compile_stack
from passrole.engine.fast.fellows import Member
from passrole.engine.fast.plan_book import PlanBook
from passrole.engine.fast.roll import Roll
from passrole.engine.principals import principal_from_arn
from passrole.engine.request import Principal, Request
from passrole.engine.stack import AttachedPolicy, Known, Layer, PolicyStack, Unknown
from passrole.policy.model import PolicyType

BOUNDED = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
ABSENT = (frozenset[str](), frozenset({"aws:PrincipalTag/*"}))

Held = tuple[Principal, PolicyStack, int]
"""A principal, its stack, and which of a few contexts its requests have."""


@st.composite
def holders(draw: st.DrawFn) -> list[Held]:
    """Principals who have policies in common: layers are mixed from those of a few stacks."""
    several = draw(st.lists(stacks(), min_size=1, max_size=3))
    attached = [
        one for stack in several for one in (stack.identity.policies if isinstance(stack.identity, Known) else ())
    ]
    some = st.lists(st.sampled_from(attached), max_size=3, unique_by=id) if attached else st.just([])
    own_account = st.sampled_from(PRINCIPALS[:2]) | st.sampled_from(PRINCIPALS)
    found = []
    for _ in range(draw(st.integers(2, 8))):
        like = draw(st.sampled_from(several))
        layer: Layer = like.identity if draw(st.integers(0, 3)) == 0 else Known(tuple(draw(some)))
        stack = replace(
            like,
            identity=layer,
            resource=like.resource if draw(st.integers(0, 5)) == 0 else Known(),
            rcps=(),
            endpoint=None,
            grants=(),
            aws_managed_key=False,
            restrict_public_buckets=False,
        )
        found.append((draw(own_account), stack, draw(st.integers(0, 1))))
    return found


def roll_of(held: list[Held], book: PlanBook | None = None) -> Roll:
    book = book or PlanBook()
    return Roll([Member(who, compile_stack(stack, book), like) for who, stack, like in held])


def check(held: list[Held], asked: Roll, request: Request, contexts: list[Request]) -> None:
    """As `evaluate`, for every principal; of a member's request the context and absent keys are those of its likes."""

    def request_of(place: int) -> Request:
        who, _, like = held[place]
        return replace(request, principal=who, context=contexts[like].context, absent_keys=contexts[like].absent_keys)

    wanted = [evaluate(request_of(place), stack) for place, (_, stack, _) in enumerate(held)]
    assert asked.decide(request_of) == wanted


@BOUNDED
@given(holders(), st.lists(requests(), min_size=1, max_size=3), st.lists(requests(), min_size=2, max_size=2))
def test_everybody_is_answered_as_by_evaluate(held: list[Held], some: list[Request], contexts: list[Request]) -> None:
    asked = roll_of(held)
    for request in some + some[::-1]:
        check(held, asked, request, contexts)
        check(held, asked, replace(request, unknown_keys=frozenset({"*"})), contexts)
        check(held, asked, replace(request, resource=some[0].resource, action=request.action.upper()), contexts)


TAGGED = {
    "Effect": "Allow",
    "Action": "s3:GetObject",
    "Resource": "arn:aws:s3:::home/*",
    "Condition": {"StringEquals": {"aws:PrincipalTag/team": "red"}},
}
HOME = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::home/${aws:username}/*"}


def hundred(*statements: dict, levels: tuple[Layer, ...] = ()) -> list[Held]:
    """Users who have these in one managed policy, two kinds of tags among them."""
    shared = Known((AttachedPolicy(PolicyType.IDENTITY, "arn:aws:iam::aws:policy/X", document(*statements)),))
    return [
        (
            principal_from_arn(f"arn:aws:iam::{ACCOUNT}:user/u{number}"),
            PolicyStack(identity=shared, scps=levels),
            number % 2,
        )
        for number in range(100)
    ]


def counted(monkeypatch: pytest.MonkeyPatch) -> list[Request]:
    from passrole.engine.fast import answers

    asked: list[Request] = []
    monkeypatch.setattr(answers, "evaluate", lambda one, stack: asked.append(one) or evaluate(one, stack))
    return asked


def decided(held: list[Held], asked: Roll, resource: str) -> list[Decision]:
    tags = ({"aws:PrincipalTag/team": "red"}, {"aws:PrincipalTag/team": "blue"})
    return asked.decide(lambda place: ask(who=held[place][0], resource=resource, context=tags[held[place][2]]))


def test_one_question_for_all_who_are_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    evaluated = counted(monkeypatch)
    held = hundred(TAGGED, levels=scps([ALLOW_ALL]))
    asked = roll_of(held)
    for _ in range(3):
        found = decided(held, asked, "arn:aws:s3:::home/x")
        assert [decision.allowed for decision in found] == [like == 0 for _, _, like in held]
    assert len(evaluated) == 2


def test_what_rests_on_who_it_is() -> None:
    held = hundred(HOME)
    found = decided(held, roll_of(held), "arn:aws:s3:::home/u7/x")
    assert [place for place, decision in enumerate(found) if decision.allowed] == [7]


def test_reasons_that_name_somebody_are_his_own() -> None:
    """A role's session whose unique ID is not known: the reason tells whose."""
    condition = {"StringEquals": {"aws:userid": "AROAEXAMPLE:x"}}
    stack = PolicyStack(identity=identity({**ALLOW_ALL, "Condition": condition}))
    held: list[Held] = [
        (principal_from_arn(f"arn:aws:sts::{ACCOUNT}:assumed-role/app/{name}"), stack, 0) for name in ("a", "b")
    ]
    first, second = decided(held, roll_of(held), "arn:aws:s3:::home/x")
    assert "assumed-role/app/a" in " ".join(first.undecided_because)
    assert "assumed-role/app/b" in " ".join(second.undecided_because)


def test_an_account_whose_policies_cannot_be_read_tells_why_of_each() -> None:
    held: list[Held] = [
        (who, PolicyStack(identity=Unknown(f"{who.arn} is not readable")), 0)
        for who in (principal_from_arn(f"arn:aws:iam::{ACCOUNT}:user/{name}") for name in ("a", "b"))
    ]
    first, second = decided(held, roll_of(held), "arn:aws:s3:::home/x")
    assert "user/a" in " ".join(first.undecided_because)
    assert "user/b" in " ".join(second.undecided_because)


def test_what_is_kept_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(roll, "KEPT_ACTIONS", 2)
    monkeypatch.setattr(roll, "KEPT_DECISIONS", 5)
    held = hundred(ALLOW_ALL)
    asked = roll_of(held)
    for number in range(12):
        found = asked.decide(
            lambda place, number=number: ask(f"s3:Action{number % 3}", who=held[place][0], owner=f"{number:012}")
        )
        assert found == [
            evaluate(ask(f"s3:Action{number % 3}", who=who, owner=f"{number:012}"), stack) for who, stack, _ in held
        ]
        assert len(asked._named) <= 2
        kept = sum(len(some) for named in asked._named.values() for some in named.kept.values())
        assert kept <= 6


def test_a_request_that_says_more_is_evaluated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(roll, "REQUESTS_MAY_SAY_MORE", True)
    evaluated: list[Request] = []
    monkeypatch.setattr(
        compiled_stack.CompiledStack, "decide", lambda self, one: evaluated.append(one) or evaluate(one, self.stack)
    )
    held = hundred(ALLOW_ALL)
    decided(held, roll_of(held), "arn:aws:s3:::home/x")
    assert len(evaluated) == 100


def test_nobody() -> None:
    assert roll_of([]).decide(lambda _: ask()) == []
