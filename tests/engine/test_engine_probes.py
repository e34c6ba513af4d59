"""The conformance vectors: every uncontested case, and of the contested ones that a denial is never an allow."""

from __future__ import annotations

from pathlib import Path

import pytest

from passrole.engine.conformance import Case, read_cases, run_case
from passrole.engine.decision import Outcome

VECTORS = Path(__file__).parents[2] / "conformance" / "probes.jsonl"
CASES = tuple(read_cases(VECTORS.read_text(encoding="utf-8").splitlines()))


def _ids(cases: list[Case]) -> list[str]:
    return [f"{case.id} {case.rule}" for case in cases]


SURE = [case for case in CASES if not case.contested]
CONTESTED_DENIALS = [case for case in CASES if case.contested and case.expected is not Outcome.ALLOWED]
CONTESTED_ALLOWS = [case for case in CASES if case.contested and case.expected is Outcome.ALLOWED]


def test_all_vectors_are_read() -> None:
    assert len(CASES) == 171
    assert len({case.id for case in CASES}) == len(CASES)
    assert len(SURE) == 166


@pytest.mark.parametrize("case", SURE, ids=_ids(SURE))
def test_uncontested_case(case: Case) -> None:
    result = run_case(case)
    assert result.decision.outcome is case.expected, f"{case.id} ({case.source}): {result.decision}"
    assert result.passed


@pytest.mark.parametrize("case", CONTESTED_DENIALS, ids=_ids(CONTESTED_DENIALS))
def test_contested_denial_is_no_allow(case: Case) -> None:
    assert not run_case(case).decision.allowed


@pytest.mark.parametrize("case", CONTESTED_ALLOWS, ids=_ids(CONTESTED_ALLOWS))
def test_contested_allow_is_an_answer(case: Case) -> None:
    """Either the allow of the vector or a refusal; what matters is that nothing raises and `passed` says so."""
    assert run_case(case).passed
