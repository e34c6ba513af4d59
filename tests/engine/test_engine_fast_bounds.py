"""What a compiled stack does not take, what it shares, and how much it keeps."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.engine.engine_builders import ACCOUNT, ALLOW_ALL, APP, OTHER, ask, document, identity, scps
from tests.engine.engine_strategies import PRINCIPALS, requests, stacks

from passrole.engine.decision import Outcome
from passrole.engine.evaluate import evaluate
from passrole.engine.fast import circumstance, compiled_stack, decision_pool, policy
from passrole.engine.fast.compiled_stack import compile_stack
from passrole.engine.fast.plan_book import PlanBook
from passrole.engine.fast.taken import is_taken, says_more
from passrole.engine.principals import principal_from_arn
from passrole.engine.request import Request
from passrole.engine.stack import AttachedPolicy, KeyGrant, Known, PolicyStack
from passrole.policy.model import Policy, PolicyType

BOUNDED = settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
BOOK = PlanBook(most=40)


@BOUNDED
@given(stacks(), st.lists(requests(), min_size=1, max_size=4), st.permutations(PRINCIPALS))
def test_principals_that_share_a_stack_and_a_book(stack: PolicyStack, asked: list[Request], who: list) -> None:
    """One book for all examples: what is kept of one stack or caller must not answer another."""
    compiled, again = compile_stack(stack, BOOK), compile_stack(stack, BOOK)
    for principal in who[:6]:
        for request in asked:
            mine = replace(request, principal=principal)
            wanted = evaluate(mine, stack)
            assert compiled.decide(mine) == wanted
            assert again.decide(mine) == wanted


def test_like_principals_share_decisions(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundred roles with one managed policy: `evaluate` is asked once for each answer, not once for each role."""
    from passrole.engine.fast import answers

    asked: list[Request] = []
    monkeypatch.setattr(answers, "evaluate", lambda request, stack: asked.append(request) or evaluate(request, stack))
    managed = document({"Effect": "Allow", "Action": "s3:Get*", "Resource": "arn:aws:s3:::reports/*"})
    levels = scps([ALLOW_ALL])
    book = PlanBook()
    for number in range(100):
        who = principal_from_arn(f"arn:aws:iam::{ACCOUNT}:role/app-{number}")
        stack = PolicyStack(
            identity=Known((AttachedPolicy(PolicyType.IDENTITY, "arn:aws:iam::aws:policy/X", managed),)), scps=levels
        )
        compiled = compile_stack(stack, book)
        assert compiled.decide(ask(who=who)).allowed
        assert not compiled.decide(ask(who=who, resource="arn:aws:s3:::other/x")).allowed
    assert len(asked) == 2


def test_accounts_do_not_share_decisions() -> None:
    stack = PolicyStack(identity=identity(ALLOW_ALL))
    book = PlanBook()
    for account, outcome in ((ACCOUNT, Outcome.ALLOWED), (OTHER, Outcome.IMPLICIT_DENY)):
        who = principal_from_arn(f"arn:aws:iam::{account}:user/ana")
        assert compile_stack(stack, book).decide(ask(who=who)).outcome is outcome


def test_policy_of_another_name_is_another_policy() -> None:
    """The determining statement says where it stands, also where two names have one document."""
    book, shared = PlanBook(), document(ALLOW_ALL)
    for name in ("one", "two"):
        stack = PolicyStack(identity=Known((AttachedPolicy(PolicyType.IDENTITY, name, shared),)))
        (ref,) = compile_stack(stack, book).decide(ask()).determining
        assert ref.attached.name == name


def test_plans_are_bounded_and_those_in_use_stay() -> None:
    book = PlanBook(most=10)
    compiled = compile_stack(PolicyStack(identity=identity(ALLOW_ALL)), book)
    for number in range(100):
        assert compiled.decide(ask("s3:GetObject")).allowed
        assert compiled.decide(ask(f"s3:Action{number}")).allowed
        assert len(book) <= 10
    kept = compiled.page_for(ask("s3:GetObject"))
    assert compiled.page_for(ask("s3:GetObject")) is kept
    assert kept is not None
    assert kept.used


def test_a_book_without_room() -> None:
    with pytest.raises(ValueError, match="without room"):
        PlanBook(most=0)


def test_circumstances_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled_stack, "MOST_CIRCUMSTANCES", 3)
    monkeypatch.setattr(circumstance, "MOST_CIRCUMSTANCES", 5)
    stack, book = PolicyStack(identity=identity(ALLOW_ALL)), PlanBook()
    compiled = compile_stack(stack, book)
    for number in range(20):
        request = ask(owner=f"{number:012}")
        assert compiled.decide(request) == evaluate(request, stack)
        assert compiled.decide(request) == evaluate(request, stack)
        assert len(compiled._askers[request.principal].pages_in) <= 3
        assert len(book.circumstances._met) <= 5


def test_principals_of_one_stack_are_bounded() -> None:
    compiled = compile_stack(PolicyStack(identity=identity(ALLOW_ALL)), PlanBook())
    for number in range(3 * compiled_stack.KEPT_PRINCIPALS):
        assert compiled.decide(ask(who=f"arn:aws:sts::{ACCOUNT}:assumed-role/app/session-{number}")).allowed
        assert len(compiled._askers) <= compiled_stack.KEPT_PRINCIPALS


def test_a_pool_starts_anew_when_it_is_full() -> None:
    pool = decision_pool.DecisionPool(most=2)
    decision = evaluate(ask(), PolicyStack())
    for key in range(5):
        pool.put(key, decision)
        assert pool.get(key) is decision
    assert pool.get(0) is None


# Types that say more than the compiler knows of, as a later version might have them.


@dataclass(frozen=True, slots=True)
class MorePolicyStack(PolicyStack):
    more: str = ""


def test_a_stack_of_another_type_is_not_taken() -> None:
    stack = MorePolicyStack(identity=identity(ALLOW_ALL), more="a new meaning")
    assert not is_taken(stack)
    compiled = compile_stack(stack)
    assert compiled.page_for(ask()) is None
    assert compiled.decide(ask()) == evaluate(ask(), stack)


def test_fields_that_are_not_known_are_not_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if `grants` were a field that the compiler has never heard of."""
    from passrole.engine.fast import taken

    field = next(field for field in dataclasses.fields(PolicyStack) if field.name == "grants")
    monkeypatch.setitem(taken._FURTHER, PolicyStack, (field,))
    assert not says_more(PolicyStack())
    assert is_taken(PolicyStack())
    assert not is_taken(PolicyStack(grants=(KeyGrant("ec2.amazonaws.com", frozenset()),)))


def test_a_request_that_says_more_is_evaluated(monkeypatch: pytest.MonkeyPatch) -> None:
    from passrole.engine.fast import taken

    field = next(field for field in dataclasses.fields(Request) if field.name == "called_via")
    monkeypatch.setitem(taken._FURTHER, Request, (field,))
    monkeypatch.setattr(compiled_stack, "REQUESTS_MAY_SAY_MORE", True)
    evaluated: list[Request] = []
    monkeypatch.setattr(compiled_stack, "evaluate", lambda one, stack: evaluated.append(one) or evaluate(one, stack))
    compiled = compile_stack(PolicyStack(identity=identity(ALLOW_ALL)), PlanBook())
    for via in ((), ("athena.amazonaws.com",)):
        assert compiled.decide(replace(ask(), called_via=via)).allowed
    assert [one.called_via for one in evaluated] == [("athena.amazonaws.com",)]


def test_the_known_fields_are_fields() -> None:
    from passrole.engine.fast import taken

    for kind, known in taken._KNOWN.items():
        assert known <= {field.name for field in dataclasses.fields(kind)}


def test_a_policy_of_very_many_statements_is_evaluated() -> None:
    statement = document({"Effect": "Deny", "Action": "s3:PutObject", "Resource": "*"}).statements[0]
    wide = Policy((statement,) * (policy.MAX_STATEMENTS + 1), "2012-10-17")
    stack = PolicyStack(identity=Known((AttachedPolicy(PolicyType.IDENTITY, "wide", wide),)))
    for action in ("s3:PutObject", "s3:GetObject"):
        request = ask(action, who=APP)
        assert compile_stack(stack).decide(request) == evaluate(request, stack)
