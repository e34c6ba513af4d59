"""The documents of AWS's own pages are taken for what they are, except the two that IAM refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from passrole.policy.grammar import check_grammar
from passrole.policy.model import PolicyType
from passrole.policy.parse import PolicySyntaxError, parse_policy, policy_from_value
from passrole.policy.printing import policy_to_value

BLOCKS = json.loads((Path(__file__).parents[1] / "data" / "seed_blocks.json").read_text(encoding="utf-8"))

TRUST = ("S#2", "V#2", "V#8", "R#5", "R#8", "R#11")
IDENTITY = ("S#1", "S#3", "V#1", "V#4", "D#1", "M#3")
STATEMENTS = ("V#5", "V#6", "D#2", "D#3", "D#4", "D#5", "D#6", "D#7", "D#8")
OF_A_COMMAND = ("R#4",)
NO_POLICIES = ("R#2",)
REFUSED = ("M#1",)
FRAGMENTS = ("M#2",)


def test_every_block_of_json_is_accounted_for() -> None:
    json_blocks = {name for name, block in BLOCKS.items() if block["kind"].startswith("json")}
    assert json_blocks == {*TRUST, *IDENTITY, *STATEMENTS, *OF_A_COMMAND, *NO_POLICIES, *REFUSED, *FRAGMENTS}


def document(name: str) -> object:
    value = BLOCKS[name]["value"]
    if name in STATEMENTS:
        return {"Version": "2012-10-17", "Statement": value}
    return value["PolicyVersion"]["Document"] if name in OF_A_COMMAND else value


@pytest.mark.parametrize("name", [*TRUST, *IDENTITY, *STATEMENTS, *OF_A_COMMAND])
def test_the_pages_documents_are_taken(name: str) -> None:
    policy = parse_policy(json.dumps(document(name), indent=4), name)
    type_ = PolicyType.TRUST if name in TRUST else PolicyType.IDENTITY
    assert check_grammar(policy, type_, managed=True, partition="aws") == ()
    assert policy_from_value(policy_to_value(policy)) == policy


def test_a_trust_policy_is_no_identity_policy_and_the_other_way_round() -> None:
    for name in TRUST:
        assert {f.code for f in check_grammar(policy_from_value(document(name)), PolicyType.IDENTITY)} == {
            "P0140",
            "P0142",
        }
    for name in IDENTITY:
        found = {f.code for f in check_grammar(policy_from_value(document(name)), PolicyType.TRUST)}
        assert {"P0141", "P0143", "P0150"} <= found


def test_the_key_name_of_the_session_manager_page_is_found_at_its_place() -> None:
    text = json.dumps(document("M#1"), indent=4)
    (finding,) = check_grammar(parse_policy(text, "session-manager.json"), PolicyType.IDENTITY)
    assert finding.code == "P0107"
    assert finding.aws_message == 'Resource key-name must be in ARN format or "*".'
    assert finding.help is not None
    assert "arn:aws:kms:" in finding.help
    (number, line), *others = [(n, line) for n, line in enumerate(text.splitlines(), 1) if "key-name" in line]
    assert others == []
    assert finding.span is not None
    assert (finding.span.line, finding.span.column) == (number, line.index('"key-name"') + 1)
    assert (finding.span.end_line, finding.span.end_column) == (
        number,
        line.index('"key-name"') + len('"key-name"') + 1,
    )


def test_the_pages_fragment_is_no_document() -> None:
    for value in (BLOCKS["M#2"]["value"], BLOCKS["R#2"]["value"]):
        with pytest.raises(PolicySyntaxError):
            policy_from_value(value)


def test_the_empty_sid_of_the_connector_page_stays() -> None:
    assert policy_from_value(document("S#2")).statements[0].sid == ""
