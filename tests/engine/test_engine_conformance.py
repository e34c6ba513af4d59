"""Reading cases: what is malformed is refused with its line; and what `passed` means."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from passrole.engine.conformance import CaseResult, case_from_value, read_cases, run_case
from passrole.engine.conformance_json import ConformanceError
from passrole.engine.decision import Decision, Outcome
from passrole.engine.stack import Known
from passrole.policy.model import PolicyType
from passrole.policy.parse import PolicySyntaxError

VECTORS = Path(__file__).parents[2] / "conformance" / "probes.jsonl"
LINE = VECTORS.read_text(encoding="utf-8").splitlines()[0]


def _changed(**changes: object) -> dict[str, object]:
    value: dict[str, object] = json.loads(LINE)
    return {key: item for key, item in {**value, **changes}.items() if item is not ...}


def test_a_case() -> None:
    case = case_from_value(json.loads(LINE))
    assert (case.id, case.contested, case.expected) == ("P001", False, Outcome.IMPLICIT_DENY)
    assert case.request.context == {"aws:PrincipalTag/t": "A"}
    assert isinstance(case.stack.identity, Known)
    assert [attached.type for attached in case.stack.identity.policies] == [PolicyType.IDENTITY]
    assert (case.stack.boundary, case.stack.scps) == (None, ())


def test_context_values_are_texts() -> None:
    request = {**json.loads(LINE)["request"], "context": {"a:b": True, "a:n": 1.5, "a:l": [1, "x"]}}
    assert case_from_value(_changed(request=request)).request.context == {
        "a:b": "true",
        "a:n": "1.5",
        "a:l": ("1", "x"),
    }


def test_an_empty_boundary_is_not_a_missing_one() -> None:
    policies = {
        "identity": [],
        "resource": None,
        "boundary": [],
        "session": None,
        "scps": [],
        "rcps": [],
        "endpoint": None,
    }
    assert case_from_value(_changed(policies=policies)).stack.boundary == Known()


@pytest.mark.parametrize("name", ["id", "rule", "source", "contested", "request", "policies", "expected"])
def test_a_missing_part_is_named(name: str) -> None:
    with pytest.raises(ConformanceError, match=f"line 1 has no, or an unknown, '{name}'"):
        list(read_cases([json.dumps(_changed(**{name: ...}))]))


@pytest.mark.parametrize("line", ["{", "[]", '"x"', json.dumps({"id": 1})])
def test_a_malformed_line_is_refused(line: str) -> None:
    with pytest.raises(ConformanceError, match="line 2"):
        list(read_cases([LINE, line]))


def test_an_unknown_expectation_is_refused() -> None:
    with pytest.raises(ConformanceError, match="Maybe"):
        case_from_value(_changed(expected="Maybe"))


@pytest.mark.parametrize(
    "changes",
    [
        {"contested": "no"},
        {"policies": {**json.loads(LINE)["policies"], "identity": {}}},
        {"request": {**json.loads(LINE)["request"], "resource-account": "111111111111"}},
        {"request": {**json.loads(LINE)["request"], "context": {"aws:SourceIp": None}}},
        {"request": {**json.loads(LINE)["request"], "action": "s3:Get*"}},
        {"policies": {**json.loads(LINE)["policies"], "scp": []}},
        {"policies": {**json.loads(LINE)["policies"], "scps": {"level": "root", "policies": []}}},
        {"policies": {**json.loads(LINE)["policies"], "scps": [{"level": "root", "policies": [], "policy": []}]}},
    ],
)
def test_what_would_be_left_out_is_refused(changes: dict[str, object]) -> None:
    """A layer under a misspelt name would be a Deny that vanishes."""
    with pytest.raises((ConformanceError, PolicySyntaxError)):
        case_from_value(_changed(**changes))


def test_a_key_that_stands_twice_is_refused() -> None:
    with pytest.raises(ConformanceError, match="line 1"):
        list(read_cases([LINE.replace('"Effect":', '"Effect":"Deny","Effect":', 1)]))


def test_a_malformed_document_is_refused() -> None:
    with pytest.raises(PolicySyntaxError):
        case_from_value(_changed(policies={"identity": [{"Statement": [{"Effect": "Perhaps"}]}]}))


def test_passed() -> None:
    sure = case_from_value(json.loads(LINE))
    contested = replace(sure, contested=True)
    allowed, undecided = Decision(Outcome.ALLOWED, None), Decision(Outcome.UNDECIDED, None)
    assert run_case(sure).passed
    assert not CaseResult(sure, undecided).passed
    assert CaseResult(contested, undecided).passed
    assert not CaseResult(contested, allowed).passed
    assert CaseResult(replace(contested, expected=Outcome.ALLOWED), undecided).passed
