"""Every conformance vector through the compiled stack, and the requests of all vectors against each other's stacks."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest

from passrole.engine.conformance import Case
from passrole.engine.conformance_evaluate import read_case_file
from passrole.engine.evaluate import evaluate
from passrole.engine.fast.compiled_stack import compile_stack

FOLDER = Path(__file__).parents[2] / "conformance"
FILES = [FOLDER / "probes.jsonl", *sorted((FOLDER / "evaluate").glob("*.json"))]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_vectors_of_a_file(path: Path) -> None:
    cases = read_case_file(path.read_text(encoding="utf-8"), path.name)
    assert cases
    for case in cases:
        compiled = compile_stack(case.stack)
        # Thrice: when the plan is made, when the decision is kept, and as kept.
        for _ in range(3):
            assert compiled.decide(case.request) == evaluate(case.request, case.stack), case.id


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    return [case for path in FILES for case in read_case_file(path.read_text(encoding="utf-8"), path.name)]


def test_vectors_mixed(cases: list[Case]) -> None:
    """What is kept for one request of a stack must not answer another."""
    dice = random.Random(5)
    for case in dice.sample(cases, 250):
        compiled = compile_stack(case.stack)
        compiled.decide(case.request)
        for other in dice.sample(cases, 8):
            asked = (
                other.request,
                replace(case.request, context=other.request.context),
                replace(case.request, resource=other.request.resource, resource_account=other.request.resource_account),
                replace(case.request, principal=other.request.principal),
            )
            for request in asked:
                assert compiled.decide(request) == evaluate(request, case.stack), (case.id, other.id)
