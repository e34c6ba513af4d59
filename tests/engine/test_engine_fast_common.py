"""What principals have in common is kept once, and each is answered as `evaluate` answers it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.engine.engine_builders import ACCOUNT, ALLOW_ALL, ask, document
from tests.engine.engine_strategies import PRINCIPALS, requests, stacks

from passrole.engine.evaluate import evaluate
from passrole.engine.fast import common_plan, plan_book
from passrole.engine.fast.compiled_stack import CompiledStack, compile_stack
from passrole.engine.fast.plan_book import PlanBook
from passrole.engine.principals import principal_from_arn
from passrole.engine.request import Principal, Request
from passrole.engine.stack import AttachedPolicy, Known, PolicyStack
from passrole.policy.model import PolicyType

BOUNDED = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture(autouse=True)
def _soon_in_common(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(common_plan, "FIRST_PRINCIPALS", 2)
    monkeypatch.setattr(common_plan, "WORTH_SHARING", 1)


@st.composite
def relatives(draw: st.DrawFn) -> list[tuple[Principal, PolicyStack]]:
    """Principals with some of the same policies, each in an order of its own."""
    stack = replace(
        draw(stacks()),
        resource=Known(),
        rcps=(),
        endpoint=None,
        grants=(),
        aws_managed_key=False,
        restrict_public_buckets=False,
    )
    more = [draw(stacks()).identity for _ in range(3)]
    layers = (stack.identity, *more)
    attached = [one for layer in layers if isinstance(layer, Known) for one in layer.policies]
    own = st.lists(st.sampled_from(attached), max_size=5) if attached else st.just([])
    people = st.sampled_from(PRINCIPALS[:2]) | st.sampled_from(PRINCIPALS)
    return [(draw(people), replace(stack, identity=Known(tuple(draw(own))))) for _ in range(draw(st.integers(4, 10)))]


def compiled(many: list[tuple[Principal, PolicyStack]]) -> list[tuple[Principal, CompiledStack]]:
    book = PlanBook()
    return [(who, compile_stack(stack, book)) for who, stack in many]


@BOUNDED
@given(relatives(), st.lists(requests(), min_size=2, max_size=5))
def test_everybody_is_answered_as_by_evaluate(many: list[tuple[Principal, PolicyStack]], asked: list[Request]) -> None:
    ready = compiled(many)
    alike = [replace(asked[0], context=one.context, resource=one.resource) for one in asked]
    for request in (*alike, *asked, *alike):
        for who, stack in ready:
            mine = replace(request, principal=who)
            assert stack.decide(mine) == evaluate(mine, stack.stack)


@BOUNDED
@given(relatives(), st.lists(requests(), min_size=1, max_size=4), st.randoms(use_true_random=False))
def test_columns_of_everybody(
    many: list[tuple[Principal, PolicyStack]], some: list[Request], dice: st.DataObject
) -> None:
    pytest.importorskip("numpy", reason="decide_columns needs the extra `bulk`")
    from passrole.engine.fast.bulk import decide_columns
    from passrole.engine.fast.columns import Asker, Requests

    asked = [(dice.randrange(len(many)), dice.choice(some)) for _ in range(80)]
    names = {name for _, request in asked for name in request.context}
    columns = Requests(
        [request.action for _, request in asked],
        [request.resource for _, request in asked],
        [place for place, _ in asked],
        [request.resource_account for _, request in asked],
        {name: [request.context.get(name) for _, request in asked] for name in names},
    )
    askers = [Asker(who, stack) for who, stack in compiled(many)]
    for _ in range(2):
        found = decide_columns(askers, columns)
        for row, (place, request) in enumerate(asked):
            who, stack = many[place]
            mine = Request(who, request.action, request.resource, request.resource_account, request.context)
            assert found[row] == evaluate(mine, stack)


def project(number: int) -> AttachedPolicy:
    tag = {"StringEquals": {"aws:PrincipalTag/team": f"t{number}"}}
    policy = document(
        {"Effect": "Allow", "Action": "s3:*", "Resource": f"arn:aws:s3:::p{number}/*", "Condition": tag},
        {"Effect": "Deny", "Action": "s3:*", "Resource": "arn:aws:s3:::p*/frozen", "Condition": tag},
    )
    return AttachedPolicy(PolicyType.IDENTITY, f"p{number}", policy)


def test_a_plan_for_many_and_the_order_of_each() -> None:
    """A denial lists the statements in the order in which the principal has their policies."""
    projects = [project(number % 3) for number in range(6)]
    book, seen = PlanBook(), set()
    for turn in range(6):
        mine = tuple(projects[turn:] + projects[:turn])
        who = principal_from_arn(f"arn:aws:iam::{ACCOUNT}:user/u{turn}")
        stack = PolicyStack(identity=Known(mine))
        ready = compile_stack(stack, book)
        for resource in ("arn:aws:s3:::p1/x", "arn:aws:s3:::p2/frozen", "arn:aws:s3:::other/x"):
            for team in ("t0", "t1", "t2", "t3"):
                request = ask(who=who, resource=resource, context={"aws:PrincipalTag/team": team})
                decision = ready.decide(request)
                assert decision == evaluate(request, stack)
                seen.add((decision.outcome, decision.determining))
        page = ready.page_for(ask(who=who))
        assert page is not None
        assert page.placed is not None
        assert page.placed.is_common is (turn >= 2)
    assert len({refs for _, refs in seen if len(refs) > 1}) > 2


def test_a_policy_that_is_attached_twice() -> None:
    """`evaluate` lists its denial twice, or once; so does every compiled stack, after whomever it is asked."""
    one, book = project(1), PlanBook()
    for turn, mine in enumerate([(one,), (one, project(2)), (one,), (one, one), (one,), (one, one)]):
        stack = PolicyStack(identity=Known(mine))
        request = ask(
            who=f"arn:aws:iam::{ACCOUNT}:user/u{turn}",
            resource="arn:aws:s3:::p1/frozen",
            context={"aws:PrincipalTag/team": "t1"},
        )
        assert compile_stack(stack, book).decide(request) == evaluate(request, stack)


def test_who_cannot_be_told_apart_has_one_page() -> None:
    book, shared = PlanBook(), document(ALLOW_ALL)
    pages = set()
    for number in range(5):
        stack = PolicyStack(identity=Known((AttachedPolicy(PolicyType.IDENTITY, "x", shared),)))
        pages.add(id(compile_stack(stack, book).page_for(ask(who=f"arn:aws:iam::{ACCOUNT}:user/u{number}"))))
        kept = book  # keeps the pages, so that their ids stay taken
    assert len(kept) == 5
    assert len(pages) == 1


def test_statements_in_common_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(common_plan, "MOST_STATEMENTS", 6)
    monkeypatch.setattr(plan_book, "MOST_COMMON", 3)
    book = PlanBook(most_statements=20)
    for number in range(40):
        stack = PolicyStack(identity=Known((project(number), project(number + 1))))
        for action in ("s3:GetObject", "s3:PutObject", f"s3:Action{number % 4}"):
            request = ask(action, who=f"arn:aws:iam::{ACCOUNT}:user/u{number}", resource=f"arn:aws:s3:::p{number}/x")
            assert compile_stack(stack, book).decide(request) == evaluate(request, stack)
            assert len(book._common) <= 3
            assert all(len(common._numbers) <= 6 for common in book._common.values())
            assert sum(len(common._numbers) for common in book._common.values()) <= 24


def test_decisions_in_common_are_bounded_also_where_no_page_is_left_of_them() -> None:
    book, projects = PlanBook(1, most_kept=8), [project(number % 3) for number in range(6)]
    most = 0
    for number in range(60):
        turn, action = number % 6, f"s3:Action{number // 6 % 4}"
        stack = PolicyStack(identity=Known(tuple(projects[turn:] + projects[:turn])))
        for resource in ("arn:aws:s3:::p1/x", "arn:aws:s3:::p2/frozen"):
            context = {"aws:PrincipalTag/team": f"t{number % 4}"}
            who = f"arn:aws:iam::{ACCOUNT}:user/u{number}"
            request = ask(action, who=who, resource=resource, context=context)
            assert compile_stack(stack, book).decide(request) == evaluate(request, stack)
        placed = [one for common in book._common.values() for one in common._placed.values()]
        kept = sum(len(one.decisions) for one in placed)
        most = max(most, kept)
        assert kept <= 9
    assert most > 4
