"""A compiled stack answers what `evaluate` answers: the whole decision, with its statements, reasons and assumptions."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.engine.engine_strategies import questions, requests, stacks

from passrole.engine.evaluate import evaluate
from passrole.engine.fast.compiled_stack import compile_stack
from passrole.engine.request import Request
from passrole.engine.stack import PolicyStack

BOUNDED = settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))


@BOUNDED
@given(questions())
def test_one_request(question: tuple[Request, PolicyStack]) -> None:
    request, stack = question
    assert compile_stack(stack).decide(request) == evaluate(request, stack)


@BOUNDED
@given(stacks(), st.lists(requests(), min_size=2, max_size=12))
def test_many_requests_to_one_stack(stack: PolicyStack, asked: list[Request]) -> None:
    compiled = compile_stack(stack)
    for request in asked + asked[::-1]:
        assert compiled.decide(request) == evaluate(request, stack)
