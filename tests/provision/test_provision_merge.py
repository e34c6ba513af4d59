"""Merging documents, for any mixture of wanted, owned and foreign statements."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.provision.provision_worlds import allow, document, trusts

from passrole.policy.grammar import check_grammar
from passrole.policy.model import PolicyType
from passrole.policy.parse import policy_from_value
from passrole.provision.changes import Mark
from passrole.provision.documents import Meanings
from passrole.provision.merge import Merged, MergeRules, merge
from passrole.provision.record import OwnedStatement
from passrole.provision.wanted import WantedStatement

RULES = MergeRules(frozenset({"demo"}), "aws")
ACTIONS = ["s3:GetObject", "s3:PutObject", "ec2:Describe*", "dms:*"]

bodies = st.builds(
    lambda action, resource, sid: allow(action, resource, **({"Sid": sid} if sid else {})),
    st.sampled_from(ACTIONS),
    st.sampled_from(["*", "arn:aws:s3:::b/*", "arn:aws:s3:::b/${aws:username}"]),
    st.sampled_from(["", "A", "B"]),
)
several = st.lists(bodies, max_size=4)
exclusive_or_not = st.booleans()


def wants(statements: Sequence[Any], label: str = "demo") -> list[WantedStatement]:
    return [WantedStatement(body, "because", label) for body in statements]


def owns(statements: Sequence[Any], *labels: str) -> list[OwnedStatement]:
    return [OwnedStatement(body, labels or ("demo",)) for body in statements]


def meanings(statements: Sequence[Any]) -> set[object]:
    return {Meanings(True, "aws").of(body) for body in statements}


def statements(merged: Merged) -> list[Any]:
    after: Any = merged.after
    return [] if after is None else after["Statement"]


@settings(max_examples=200)
@given(there=several, wanted=several, owned=several, exclusive=exclusive_or_not)
def test_what_is_wanted_is_there_and_what_others_made_stays(
    there: list[Any], wanted: list[Any], owned: list[Any], exclusive: bool
) -> None:
    text = document(*there) if there else None
    rules = MergeRules(frozenset({"demo"}), "aws", exclusive=exclusive)
    merged = merge(text, wants(wanted), owns(owned), rules)
    after = meanings(statements(merged))
    foreign = meanings(there) - meanings(owned)
    assert meanings(wanted) <= after
    assert after == meanings(wanted) | (set() if exclusive else foreign)
    assert merged.changed == (after != meanings(there))


@settings(max_examples=200)
@given(there=several, wanted=several, owned=several)
def test_merging_again_changes_nothing(there: list[Any], wanted: list[Any], owned: list[Any]) -> None:
    first = merge(document(*there), wants(wanted), owns(owned), RULES)
    if first.after is None:
        return
    second = merge(json.dumps(first.after), wants(wanted), first.owned, RULES)
    assert not second.changed
    assert second.owned == first.owned


@settings(max_examples=200)
@given(there=several, wanted=several)
def test_what_was_added_can_be_taken_back(there: list[Any], wanted: list[Any]) -> None:
    added = merge(document(*there), wants(wanted), (), RULES)
    taken = merge(json.dumps(added.after), (), added.owned, RULES)
    assert meanings(statements(taken)) == meanings(there)


@settings(max_examples=200)
@given(there=several, wanted=several)
def test_iam_takes_what_comes_out(there: list[Any], wanted: list[Any]) -> None:
    """Above all, no Sid comes twice: IAM refuses it, and passrole does not choose the Sids of others."""
    sids = [body.get("Sid") for body in there if body.get("Sid")]
    if len(sids) != len(set(sids)):
        return
    merged = merge(document(*there) if there else None, wants(wanted), (), RULES)
    if merged.after is not None and statements(merged):
        assert check_grammar(policy_from_value(merged.after), PolicyType.IDENTITY) == ()


@given(there=several, wanted=several, owned=several)
def test_the_lines_are_the_document(there: list[Any], wanted: list[Any], owned: list[Any]) -> None:
    merged = merge(document(*there), wants(wanted), owns(owned), RULES)
    kept = [line.body for line in merged.lines if line.mark is not Mark.REMOVED]
    assert kept == (statements(merged) if merged.changed else there)


def test_a_statement_of_two_set_ups_stays_for_the_other_one() -> None:
    body = allow("s3:GetObject")
    merged = merge(document(body), (), owns([body], "demo", "other"), RULES)
    assert not merged.changed
    assert merged.owned == (OwnedStatement(body, ("other",)),)


def test_an_already_present_statement_is_owned_only_on_an_entity_that_passrole_made() -> None:
    body = allow("s3:GetObject")
    assert merge(document(body), wants([body]), (), RULES).owned == ()
    claiming = MergeRules(frozenset({"demo"}), "aws", claim_present=True)
    assert merge(document(body), wants([body]), (), claiming).owned == (OwnedStatement(body, ("demo",)),)


def test_a_statement_that_passrole_does_not_understand_stays() -> None:
    strange = {"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": {"StringSounds": {"a": "b"}}}
    merged = merge(document(strange), wants([allow("dms:*")]), (), RULES)
    assert statements(merged) == [strange, allow("dms:*")]


@pytest.mark.parametrize("text", ["not JSON", "[]", '{"Statement": ["x"]}'])
def test_a_document_that_cannot_be_read_is_not_written_over(text: str) -> None:
    merged = merge(text, wants([allow("s3:*")]), (), RULES)
    assert merged.conflict
    assert not merged.changed


def test_the_account_id_and_the_root_arn_are_one_principal() -> None:
    """IAM itself turns the one into the other when a document is written."""
    short = {"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "sts:AssumeRole"}
    root = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "sts:AssumeRole"}
    assert not merge(document(root), wants([short]), owns([short]), RULES).changed


def test_ids_and_members_of_the_document_stay() -> None:
    text = json.dumps({"Version": "2012-10-17", "Id": "theirs", "Statement": trusts("ec2.amazonaws.com")})
    after: Any = merge(text, wants([trusts("dms.amazonaws.com")]), (), RULES).after
    assert after["Id"] == "theirs"
    assert after["Statement"] == [trusts("ec2.amazonaws.com"), trusts("dms.amazonaws.com")]
