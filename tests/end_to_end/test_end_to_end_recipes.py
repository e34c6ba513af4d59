"""Every built-in recipe from plan to destroy, on every kind of account, by one code path.

What is written is looked at with plain botocore; moto's server is an implementation of IAM that is not ours.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.end_to_end.end_to_end_accounts import KINDS, Account, embedded_account
from tests.end_to_end.end_to_end_cases import CASES, Call, Case
from tests.end_to_end.end_to_end_contents import marks_of, with_what_is_wanted

from passrole.activity.rehearse import Rehearsal, Verdict
from passrole.provision.errors import ApplyRefusedError
from passrole.recipes.load import built_in_recipe_names

LACKED_BY_MOTO = {
    # moto takes AWS managed policies from AWS's list of today; AWS deleted this one, and its page says it is there.
    # <https://docs.getmoto.org/en/latest/docs/services/iam.html> and, for the page, the note E22 of the recipe.
    ("sms-template", "documented"): "arn:aws:iam::aws:policy/service-role/ServerMigrationServiceRole",
}
"""What moto does not have, though an account of AWS had it: the set-up fails there, with a message that says so."""


def test_every_built_in_recipe_is_run_end_to_end() -> None:
    assert {case.recipe for case in CASES} == set(built_in_recipe_names())


def runs() -> Iterator[Any]:
    """Each case and variant on every kind of account, save those that moto cannot run.

    What only varies names and bearers is not run everywhere: it goes the same way through all of passrole.
    """
    for case in CASES:
        for variant in ("corrected", "documented"):
            for kind in KINDS:
                main = case.name in ("demo", "fewest", "strictest")
                wanted = main or kind == "embedded" or (kind, variant) == ("moto", "corrected")
                if wanted and not (kind == "moto" and (case.id, variant) in LACKED_BY_MOTO):
                    yield pytest.param(kind, case, variant, id=f"{kind}-{case.id}-{variant}")


@pytest.mark.parametrize(("account", "case", "variant"), list(runs()), indirect=["account"])
def test_from_plan_to_destroy(account: Account, case: Case, variant: str) -> None:
    with made_by_others(account.iam, case.existing):
        before = account.contents()
        desired = account.desired(case.recipe, case.values, variant)

        plan = account.plan(desired)
        assert plan.has_work
        assert not plan.blocked
        assert account.contents() == before, "planning only reads"

        result = account.apply(plan, no_sleep)
        assert result.complete
        assert account.contents() == with_what_is_wanted(before, desired, marks_of(desired))
        assert not account.plan(desired).has_work

        rehearsal = account.verify(desired)
        promised = case.documented_denies if variant == "documented" else {}
        assert denied(rehearsal) == set(promised)
        assert rehearsal.verdict is (Verdict.DENIED if promised else Verdict.ALLOWED)
        assert set(promised.values()) <= {note.id for note in desired.notes}

        result = account.apply(account.destroy_plan(desired.label), no_sleep)
        assert result.complete
        assert account.contents() == before
        assert not account.open.journal.records
        assert not account.open.journal.set_ups
        assert not account.secrets.saved_keys()

        again = account.destroy_plan(desired.label)
        assert not again.has_work
        account.apply(again, no_sleep)
        assert account.contents() == before


@pytest.mark.parametrize("region", ["cn-north-1", "us-gov-west-1"])
def test_in_other_partitions(region: str, tmp_path: Path) -> None:
    with embedded_account(tmp_path, region=region) as account:
        assert account.open.identity.partition != "aws"
        for case in CASES:
            if case.name == "demo":
                desired = account.desired(case.recipe, case.values)
                assert account.apply(account.plan(desired), no_sleep).complete
                assert account.contents() == with_what_is_wanted({}, desired, marks_of(desired))
                assert not account.plan(desired).has_work
                assert account.verify(desired).verdict is Verdict.ALLOWED
                assert account.apply(account.destroy_plan(desired.label), no_sleep).complete
                assert account.contents() == {}


@pytest.mark.parametrize("account", ["moto"], indirect=True)
def test_a_managed_policy_that_is_not_there_is_named(account: Account) -> None:
    for (case_id, variant), arn in LACKED_BY_MOTO.items():
        (case,) = (case for case in CASES if case.id == case_id)
        desired = account.desired(case.recipe, case.values, variant)
        with pytest.raises(ApplyRefusedError) as refused:
            account.apply(account.plan(desired), lambda _seconds: None)
        assert f"role/sms/attached-policy/{arn}" in refused.value.message
        assert f"NoSuchEntity: Policy {arn} does not exist or is not attachable." in refused.value.causes
        assert refused.value.exit_code == 254

        account.apply(account.destroy_plan(desired.label), lambda _seconds: None)
        assert account.contents() == {}


def no_sleep(_seconds: float) -> None:
    raise AssertionError("none of these accounts needs to be waited for")


def denied(rehearsal: Rehearsal) -> set[Call]:
    """Everything that is neither allowed, nor tolerated, nor decided outside IAM."""
    return {
        (result.step.actor.partition("[")[0], result.step.action)
        for result in rehearsal.step_results()
        if result.verdict in (Verdict.DENIED, Verdict.UNDECIDED)
    }


@contextmanager
def made_by_others(iam: Any, entities: tuple[str, ...]) -> Iterator[None]:
    trust = {"Effect": "Allow", "Principal": {"Service": "codebuild.amazonaws.com"}, "Action": "sts:AssumeRole"}
    for entity in entities:
        kind, _, name = entity.partition("/")
        if kind == "group":
            iam.create_group(GroupName=name)
        else:
            document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
            iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)
    yield
    for entity in entities:
        kind, _, name = entity.partition("/")
        if kind == "group":
            iam.delete_group(GroupName=name)
        else:
            iam.delete_role(RoleName=name)
