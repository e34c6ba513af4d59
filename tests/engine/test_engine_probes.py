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


# What the engine answers where AWS's pages are silent or disagree, and an allow is one of the readings.
CHOSEN = {
    "P036": Outcome.IMPLICIT_DENY,  # An empty string as an empty set: may take away, never add.
    "P053": Outcome.ALLOWED,  # "True" is true: no page makes booleans case-sensitive.
    "P080": Outcome.ALLOWED,  # "any combination of characters" includes a newline.
    "P083": Outcome.ALLOWED,  # Both values are base64 of the same bytes.
}


@pytest.mark.parametrize("case", CONTESTED_ALLOWS, ids=_ids(CONTESTED_ALLOWS))
def test_contested_allow_is_answered_as_chosen(case: Case) -> None:
    assert run_case(case).decision.outcome is CHOSEN[case.id]
