"""A short piece of the long differential run; that it finds a fault and prints it as a case that shows it again."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from tests.long import fuzz_engine
from tests.long.random_questions import Question, Questions
from tests.spec import naive

from passrole.engine.conformance_evaluate import evaluate_case


def test_a_short_run_agrees() -> None:
    assert fuzz_engine.run(count=400, seed=1, first=0)


def test_the_same_number_gives_the_same_questions() -> None:
    one, same, other = (Questions(3, number).requests_to_one_stack(4) for number in (5, 5, 6))
    assert one == same
    assert one != other


def test_a_fault_is_found_and_printed_as_a_small_case(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # As if the specification knew no boundary.
    rightly = naive.decide
    monkeypatch.setattr(naive, "decide", lambda request, stack: rightly(request, replace(stack, boundary=None)))
    assert not fuzz_engine.run(count=4000, seed=1, first=0)
    printed = capsys.readouterr().out
    text = printed[printed.index("\n{\n") :]
    value, _ = json.JSONDecoder().raw_decode(text.strip())
    case = evaluate_case(value)
    assert fuzz_engine.differences(Question(case.request, case.stack))
    assert case.stack.boundary is not None
    assert not case.stack.scps
    assert not case.stack.rcps
