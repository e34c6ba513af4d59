"""The evaluation cases: their form, what they cover, and what the engine answers."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from passrole.engine.conformance import Case
from passrole.engine.conformance_check import TAKEN, check, skip_reason
from passrole.engine.conformance_evaluate import EvaluateCase, read_case_file
from passrole.engine.decision import Outcome
from passrole.policy.operators import OPERATORS

FOLDER = Path(__file__).parents[2] / "conformance"
FILES = sorted((FOLDER / "evaluate").glob("*.json"))
DATA: dict[str, Any] = {file.name: json.loads(file.read_text(encoding="utf-8")) for file in FILES}
RAW = [case for file in DATA.values() for case in file["cases"]]
VALIDATOR = Draft202012Validator(json.loads((FOLDER / "evaluate.schema.json").read_text(encoding="utf-8")))
CASES = [case for file in FILES for case in read_case_file(file.read_text(encoding="utf-8"), file.name)]
RULES = range(1, 73)


def _ids(cases: list[Case]) -> list[str]:
    return [case.id for case in cases]


@pytest.mark.parametrize("name", DATA)
def test_a_file_is_of_the_schema(name: str) -> None:
    problems = [f"{list(error.absolute_path)[:4]}: {error.message}" for error in VALIDATOR.iter_errors(DATA[name])]
    assert not problems
    assert DATA[name]["topic"] == name.removesuffix(".json")


def test_ids_are_unique_and_begin_with_the_topic() -> None:
    assert not [name for name, count in Counter(case["id"] for case in RAW).items() if count > 1]
    assert not [
        case["id"] for file in DATA.values() for case in file["cases"] if not case["id"].startswith(f"{file['topic']}-")
    ]


def test_no_two_cases_ask_the_same_of_the_same_rule() -> None:
    asked = defaultdict(list)
    for case in RAW:
        asked[json.dumps([case["input"], case["rule"]], sort_keys=True)].append(case["id"])
    assert not [ids for ids in asked.values() if len(ids) > 1]


def test_there_are_enough_cases() -> None:
    assert len(RAW) >= 1_390
    assert sum(not case["contested"] for case in RAW) >= 1_300


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_is_covered_from_both_sides(rule: int) -> None:
    sides = Counter(case["side"] for case in RAW if rule in case["engine_rules"])
    assert sides["match"] >= 3
    assert sides["near miss"] >= 3


def test_the_rules_are_listed() -> None:
    listed = re.findall(r"^([0-9]+)\. ", (FOLDER / "rules.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert [int(number) for number in listed] == list(RULES)


@pytest.mark.parametrize("operator", sorted(OPERATORS))
def test_an_operator_is_covered_in_every_form(operator: str) -> None:
    forms: Counter[str] = Counter()
    for case in RAW:
        context = {key.lower() for key in case["input"]["request"]["context"]}
        for document in case["input"]["policies"].get("identity", []):
            for statement in _statements(document):
                for form, keys in statement.get("Condition", {}).items():
                    absent = any(key.lower() not in context for key in keys)
                    several = any(isinstance(values, list) and len(values) > 1 for values in keys.values())
                    forms[form] += 1
                    forms[f"{form} missing"] += absent
                    forms[f"{form} several values"] += several
                    forms[f"{form} several keys"] += len(keys) > 1
    wanted = [operator, f"{operator} missing", f"{operator} several keys"]
    if operator != "Null":
        wanted += [f"{prefix}{operator}{suffix}" for prefix, suffix in _FORMS]
        wanted += [f"{prefix}{operator}{suffix} missing" for prefix, suffix in _FORMS]
    if operator not in ("Null", "Bool"):
        wanted += [f"{operator} several values"]
    assert not [form for form in wanted if not forms[form]]


_FORMS = (("", "IfExists"), ("ForAllValues:", ""), ("ForAnyValue:", ""))


def _statements(document: object) -> list[Any]:
    statement: Any = document.get("Statement", []) if isinstance(document, dict) else []
    return statement if isinstance(statement, list) else [statement]


def test_every_kind_of_principal_and_every_layer_is_covered() -> None:
    outcomes = defaultdict(set)
    for case in CASES:
        assert isinstance(case, EvaluateCase)
        outcomes[case.request.principal.type.value].add(case.expected.value)
    assert len(outcomes) == 9
    assert not [kind for kind, seen in outcomes.items() if not {"allowed", "implicit deny", "explicit deny"} <= seen]
    deciding = defaultdict(set)
    for case in RAW:
        if "decided_by" in case["expected"]:
            deciding[case["expected"]["decided_by"]].add(case["expected"]["outcome"])
    limits = {"implicit deny", "explicit deny"}
    assert deciding == {
        "identity": {"allowed", *limits},
        "resource": {"allowed", *limits},
        "boundary": limits,
        "session": limits,
        "scps": limits,
        "rcps": {"explicit deny"},
        "endpoint": limits,
    }


def test_nothing_is_skipped() -> None:
    assert {need for case in RAW for need in case.get("needs", [])} == TAKEN
    assert not [case.id for case in CASES if skip_reason(case)]


NO_ANSWER_FAILS = [case for case in CASES if case.contested and case.expected is Outcome.ALLOWED]
DECIDABLE = [case for case in CASES if not (case.contested and case.expected is Outcome.ALLOWED)]


@pytest.mark.parametrize("case", DECIDABLE, ids=_ids(DECIDABLE))
def test_case(case: Case) -> None:
    result = check(case)
    assert result.passed, f"{case.id}: {'; '.join(result.problems)}\n{case.rule} ({case.source})"


@pytest.mark.parametrize("case", NO_ANSWER_FAILS, ids=_ids(NO_ANSWER_FAILS))
def test_a_contested_allow_is_answered(case: Case) -> None:
    """Any answer will do; an exception will not."""
    assert isinstance(check(case).decision.outcome, Outcome)
