"""`passrole drift` on an account: its policies and the managed ones they came from, those in use, and its set-ups."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.cli.command_line import Run
from tests.cli.test_cli_schemas import check

from passrole.catalog.managed_policies import get_managed_policy
from passrole.server.embedded import embedded_session

DMS = "AmazonDMSVPCManagementRole"
DMS_ARN = f"arn:aws:iam::aws:policy/service-role/{DMS}"


def document_of(version_id: str | None = None) -> str:
    policy = get_managed_policy(DMS)
    assert policy is not None
    version = policy.default_version if version_id is None else policy.version(version_id)
    assert version is not None
    return version.document


def by_hand(account_file: Path, change: Callable[[Any], object]) -> None:
    with embedded_session(account_file) as account:
        change(account.client("iam"))


def looked_through(run: Run, *options: str, code: int) -> Any:
    result = run("drift", *options, "--output", "json")
    assert result.code == code, result.err
    value = result.json()
    check(value, "account-drift")
    return value


def test_an_account_as_its_recipes_make_it_has_not_drifted(run: Run, vm_import: Path) -> None:
    assert looked_through(run, code=0)["set_ups"] == [
        {"label": "vm-import", "recipe": "vm-import", "reason": None, "changes": []}
    ]
    text = run("drift")
    assert text.code == 0
    assert "set-up vm-import (recipe vm-import): as it should be" in text.out


def test_a_set_up_that_was_changed_by_hand_is_named_with_the_role_that_it_touches(run: Run, vm_import: Path) -> None:
    by_hand(vm_import, lambda iam: iam.delete_role_policy(RoleName="vmimport", PolicyName="vmimport"))
    value = looked_through(run, code=2)
    assert [each["address"] for each in value["set_ups"][0]["changes"]] == ["role/vmimport/inline-policy/vmimport"]
    assert "role/vmimport/inline-policy/vmimport: create" in run("drift").out
    log = run("drift", "--output", "sarif")
    assert log.code == 2
    (finding,) = log.json()["runs"][0]["results"]
    assert finding["ruleId"] == "set-up-drifted"
    assert "role/vmimport/inline-policy/vmimport: create" in finding["message"]["text"]
    (place,) = finding["locations"]
    assert place["logicalLocations"] == [{"fullyQualifiedName": "set-up vm-import"}]


@pytest.mark.parametrize(("name", "found_by"), [(f"{DMS}-own", "its name"), ("subnets", "the actions that it names")])
def test_a_copy_of_an_older_version_is_told_with_who_has_it_and_what_it_lacks(
    name: str, found_by: str, run: Run, vm_import: Path, machine: Path
) -> None:
    by_hand(
        vm_import,
        lambda iam: iam.put_role_policy(RoleName="vmimport", PolicyName=name, PolicyDocument=document_of("v3")),
    )
    value = looked_through(run, "--write", "closed", code=2)
    (own,) = value["policies"]
    assert own["policy"] == f"role/vmimport/inline-policy/{name}"
    assert own["holders"] == ["role/vmimport"]
    assert (own["managed_policy"], own["found_by"]) == (DMS_ARN, found_by)
    assert (own["equals_version"], own["comparison"]["relation"]) == ("v3", "narrower")
    (written,) = (machine / "closed").iterdir()
    assert json.loads(written.read_text()) == own["closed"]
    (machine / "current.json").write_text(document_of())
    assert run("prove", "current.json", "--no-new-access", str(written)).code == 0
    text = run("drift").out
    assert "it equals v3; AWS has moved on since" in text
    assert "in use by role/vmimport" in text


def test_a_copy_of_the_current_version_has_not_drifted(run: Run, vm_import: Path) -> None:
    by_hand(vm_import, lambda iam: iam.create_policy(PolicyName=f"my-{DMS}", PolicyDocument=document_of()))
    (own,) = looked_through(run, code=0)["policies"]
    assert (own["policy"], own["holders"], own["closed"]) == (f"policy/my-{DMS}", [], None)


def test_a_managed_policy_that_aws_changed_is_told_with_the_recipes_and_roles_that_have_it(run: Run) -> None:
    assert run("apply", "dms-roles", "--yes").code == 0
    # Version 4 came in 2024, and says more than version 3.
    value = looked_through(run, "--since", "2023-01-01", code=2)
    moved = next(each for each in value["managed_policies"] if each["managed_policy"] == DMS_ARN)
    assert (moved["before"], moved["after"]) == ("v3", "v4")
    assert moved["comparison"]["relation"] == "broader"
    assert moved["holders"] == ["role/dms-vpc-role"]
    assert moved["set_ups"] == ["dms-roles"]
    assert looked_through(run, code=0)["managed_policies"] == []
    text = run("drift", "--since", "2023-01-01").out
    assert "attached by the set-up dms-roles" in text


def test_authorization_details_do_for_an_account(run: Run, machine: Path) -> None:
    role = {
        "RoleName": "dms-vpc-role",
        "Path": "/",
        "Arn": "arn:aws:iam::111122223333:role/dms-vpc-role",
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": []},
        "RolePolicyList": [{"PolicyName": DMS, "PolicyDocument": json.loads(document_of("v3"))}],
        "AttachedManagedPolicies": [{"PolicyName": DMS, "PolicyArn": DMS_ARN}],
    }
    managed = {
        "PolicyName": DMS,
        "Path": "/service-role/",
        "Arn": DMS_ARN,
        "DefaultVersionId": "v3",
        "PolicyVersionList": [
            {"VersionId": "v3", "IsDefaultVersion": True, "Document": json.loads(document_of("v3"))},
        ],
    }
    (machine / "details.json").write_text(json.dumps({"RoleDetailList": [role], "Policies": [managed]}))
    value = looked_through(run, "--authorization-details", "details.json", code=2)
    assert value["account"] is None
    assert [each["equals_version"] for each in value["policies"]] == ["v3"]
    # The account has an older version than passrole's catalogue.
    assert [(each["before"], each["after"]) for each in value["managed_policies"]] == [("v4", "v3")]


@pytest.mark.parametrize("words", [("own.json",), ("--from", DMS)])
def test_a_file_and_its_origin_are_given_together(words: tuple[str, ...], run: Run) -> None:
    result = run("drift", *words)
    assert result.code == 252
    assert "are given together" in result.err


def details_with(machine: Path, policies: dict[str, Any]) -> None:
    user = {
        "UserName": "someone",
        "Path": "/",
        "Arn": "arn:aws:iam::111122223333:user/someone",
        "UserPolicyList": [{"PolicyName": name, "PolicyDocument": document} for name, document in policies.items()],
    }
    (machine / "details.json").write_text(json.dumps({"UserDetailList": [user]}))


def drifted(run: Run, code: int, *options: str) -> Any:
    return looked_through(run, "--authorization-details", "details.json", *options, code=code)


LAKE = "AWSLakeFormationDataAdmin"
"""It allows `lakeformation:*` and denies `lakeformation:PutDataLakeSettings`."""


def small(**members: Any) -> Any:
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Resource": "*", **members}]}


def test_a_policy_that_is_written_allows_nothing_that_neither_policy_allowed(run: Run, machine: Path) -> None:
    details_with(machine, {f"{LAKE}-own": small(Action="lakeformation:GetDataAccess")})
    drifted(run, 2, "--write", "closed")
    (written,) = (machine / "closed").iterdir()
    rule = run("prove", str(written), "--cannot", "lakeformation:PutDataLakeSettings", "*")
    assert rule.code == 0, rule.out + rule.err
    (machine / "own.json").write_text(json.dumps(small(Action="lakeformation:GetDataAccess")))
    alone = run("drift", "own.json", "--from", LAKE, "--output", "json").json()
    assert [each["Effect"] for each in alone["gap"]["Statement"]].count("Deny") == 1


def test_a_policy_that_is_written_has_no_sid_twice(run: Run, machine: Path) -> None:
    sqs = "AmazonSQSReadOnlyAccess"
    details_with(machine, {sqs: small(Sid=sqs, Action="sqs:GetQueueUrl")})
    (own,) = drifted(run, 2)["policies"]
    sids = [each["Sid"] for each in own["closed"]["Statement"] if "Sid" in each]
    assert len(own["closed"]["Statement"]) == 2
    assert sids == [sqs]


def test_a_file_that_says_something_else_is_left_alone_and_nothing_is_written(run: Run, machine: Path) -> None:
    details_with(
        machine, {"AmazonSQSReadOnlyAccess": small(Action="sqs:GetQueueUrl"), f"{LAKE}-own": small(Action="a:B")}
    )
    drifted(run, 2, "--write", "closed")
    drifted(run, 2, "--write", "closed")
    first, second = sorted((machine / "closed").iterdir())
    second.write_text("mine")
    first.unlink()
    result = run("drift", "--authorization-details", "details.json", "--write", "closed")
    assert result.code == 252
    assert f"`closed/{second.name}` is there and says something else" in result.err
    assert second.read_text() == "mine"
    assert not first.exists()


def test_a_policy_that_is_not_understood_leaves_it_undecided(run: Run, machine: Path) -> None:
    odd = small(Action="sqs:GetQueueUrl")
    odd["Statement"][0]["Effect"] = "Maybe"
    details_with(machine, {"AmazonSQSReadOnlyAccess-own": odd})
    value = drifted(run, 3)
    assert value["policies"] == []
    assert value["gaps"] == [
        "user/someone/inline-policy/AmazonSQSReadOnlyAccess-own is not a policy that passrole understands"
    ]
