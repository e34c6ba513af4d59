"""A role under another path, or in another case of letters, is not taken for the one that the set-up wants."""

from __future__ import annotations

import json
from dataclasses import replace

from passrole.account.snapshot import AccountSnapshot, ManagedPolicyState, RoleState
from passrole.activity.rehearse import Rehearsal, Verdict, rehearse
from passrole.engine.stack import Known
from passrole.recipes.load import load_recipe
from passrole.recipes.render import render

ACCOUNT = "111122223333"
IAM = f"arn:aws:iam::{ACCOUNT}"


def verified(role_name: str, path: str) -> Rehearsal:
    """vm-import on an account that has all it wants, but for the role's name and path."""
    desired = render(
        load_recipe("vm-import"),
        {"import_bucket": "images"},
        account_id=ACCOUNT,
        partition="aws",
        region="us-east-1",
    )
    (wanted,) = desired.roles
    (policy,) = desired.managed_policies
    assert wanted.trust_policy is not None
    inline = {name: json.dumps(one.to_value()) for name, one in wanted.inline_policies.items()}
    trust = json.dumps(wanted.trust_policy.to_value())
    role = RoleState("vmimport", "/", f"{IAM}:role/vmimport", trust, "AROATEST", inline)
    arn = policy.arn("aws", ACCOUNT)
    snapshot = AccountSnapshot(
        ACCOUNT,
        "aws",
        # IAM answers a question about `vmimport` with the role of that name in any case of letters.
        roles={"vmimport": replace(role, name=role_name, path=path, arn=f"{IAM}:role{path}{role_name}")},
        managed_policies={arn: ManagedPolicyState(arn, policy.name, "/", json.dumps(policy.policy.to_value()), "v1")},
    )
    return rehearse(desired, snapshot, lambda _action, _resource: Known(()))


def test_the_role_as_wanted_is_enough() -> None:
    rehearsal = verified("vmimport", "/")
    assert rehearsal.verdict is Verdict.ALLOWED
    assert rehearsal.assumptions == ()


def test_a_role_in_another_case_of_letters_is_not_the_one_that_the_service_looks_for() -> None:
    rehearsal = verified("VMImport", "/")
    assumed = next(one for one in rehearsal.step_results() if one.step.action == "sts:AssumeRole")
    assert assumed.verdict is Verdict.DENIED
    assert assumed.missing is not None
    assert "`role/VMImport`" in assumed.missing


def test_pass_role_is_asked_on_the_arn_that_the_role_really_has() -> None:
    rehearsal = verified("vmimport", "/service-role/")
    passed = next(one for one in rehearsal.step_results() if one.step.action == "iam:PassRole")
    assert passed.verdict is Verdict.DENIED
    assert [one.request.resource for one in passed.questions] == [f"{IAM}:role/service-role/vmimport"]


def test_that_a_service_finds_a_role_under_a_path_is_supposed_and_said() -> None:
    (assumption,) = verified("vmimport", "/service-role/").assumptions
    assert "`/service-role/`" in assumption
