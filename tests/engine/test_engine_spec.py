"""The engine says what the naive specification says, of random requests and of every conformance vector."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.engine.engine_strategies import bucket_questions, conditions, key_questions, questions, requests
from tests.spec import naive

from passrole.engine.conditions import condition_truth, prepare_condition
from passrole.engine.conformance import Case, read_cases
from passrole.engine.context import Context
from passrole.engine.evaluate import evaluate, evaluate_each
from passrole.engine.request import Request
from passrole.engine.stack import PolicyStack
from passrole.engine.truth import Doubt, Truth, settle
from passrole.policy.model import Condition, Effect, Policy

VECTORS = Path(__file__).parents[2] / "conformance" / "probes.jsonl"
CASES = tuple(read_cases(VECTORS.read_text(encoding="utf-8").splitlines()))
BOUNDED = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_vector(case: Case) -> None:
    assert naive.decide(case.request, case.stack) is evaluate(case.request, case.stack).outcome


@BOUNDED
@given(questions())
def test_decisions(question: tuple[Request, PolicyStack]) -> None:
    request, stack = question
    assert evaluate(request, stack).outcome is naive.decide(request, stack)


@BOUNDED
@given(questions(), questions())
def test_one_request_under_several_stacks(
    question: tuple[Request, PolicyStack], other: tuple[Request, PolicyStack]
) -> None:
    request, stacks = question[0], (question[1], other[1], question[1])
    assert list(evaluate_each(request, stacks)) == [evaluate(request, stack) for stack in stacks]


@BOUNDED
@given(questions(unknown=False))
def test_decisions_with_every_layer_known(question: tuple[Request, PolicyStack]) -> None:
    request, stack = question
    assert evaluate(request, stack).outcome is naive.decide(request, stack)


@BOUNDED
@given(key_questions())
def test_decisions_about_keys_with_grants(question: tuple[Request, PolicyStack]) -> None:
    request, stack = question
    assert evaluate(request, stack).outcome is naive.decide(request, stack)


@BOUNDED
@given(bucket_questions())
def test_decisions_about_buckets_that_block_public_access(question: tuple[Request, PolicyStack]) -> None:
    request, stack = question
    assert evaluate(request, stack).outcome is naive.decide(request, stack)


@BOUNDED
@given(conditions(), requests(), st.sampled_from(Effect), st.sampled_from(("2012-10-17", None)))
def test_conditions(condition: Condition, request: Request, effect: Effect, version: str | None) -> None:
    policy = Policy((), version)
    prepared = prepare_condition(condition, variables=policy.has_policy_variables)
    truth: Truth = settle(condition_truth(prepared, Context(request)), effect)
    deny = effect is Effect.DENY
    must, may = (naive.condition_holds(condition, policy, request, mode, deny) for mode in (False, True))
    assert (must, may) == ((False, True) if isinstance(truth, Doubt) else (truth, truth))
