"""What `passrole verify` says of a call that is denied leads to the cause, whatever someone did to the account."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.cli.command_line import Run

from passrole.server.embedded import embedded_session

Change = Callable[[Any], object]
F01 = "The service role vmimport provided does not exist or does not have sufficient permissions"


def by_hand(account_file: Path, change: Change) -> None:
    with embedded_session(account_file) as account:
        change(account.client("iam"))


def trust(condition: Any, service: str = "vmie.amazonaws.com") -> Change:
    document = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole", "Condition": condition}
        ],
    }
    return lambda iam: iam.update_assume_role_policy(RoleName="vmimport", PolicyDocument=json.dumps(document))


def wrong_bucket(iam: Any) -> None:
    document = iam.get_role_policy(RoleName="vmimport", PolicyName="vmimport")["PolicyDocument"]
    text = json.dumps(document).replace("disk-images", "disk-image")
    iam.put_role_policy(RoleName="vmimport", PolicyName="vmimport", PolicyDocument=text)


def boundary(iam: Any) -> None:
    iam.put_role_permissions_boundary(
        RoleName="vmimport", PermissionsBoundary="arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
    )


def deny(iam: Any) -> None:
    document = {"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "s3:GetObject", "Resource": "*"}}
    iam.put_role_policy(RoleName="vmimport", PolicyName="no", PolicyDocument=json.dumps(document))


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        (trust({"StringEquals": {"sts:ExternalId": "VMImport"}}),
         "nearest: role/vmimport trust policy statement 1: "
         "its Condition StringEquals sts:ExternalId wants VMImport, and the call has vmimport"),
        (trust({"StringEquals": {"sts:ExternalId": "vmimport", "aws:SourceAccount": "999988887777"}}),
         "its Condition StringEquals aws:SourceAccount wants 999988887777, and the call has 111122223333"),
        (trust({"StringEquals": {"sts:ExternalId": "vmimport"}}, "ec2.amazonaws.com"),
         "its Principal wants ec2.amazonaws.com, and the call has vmie.amazonaws.com"),
        (wrong_bucket,
         "its Resource wants arn:aws:s3:::disk-image or arn:aws:s3:::disk-image/*, "
         "and the call has arn:aws:s3:::disk-images"),
        (boundary, "the permissions boundary is: AWS policy/AmazonS3ReadOnlyAccess"),
        (deny, "denied by: role/vmimport inline policy no statement 1"),
    ],
    ids=["external id", "source account", "principal", "bucket", "boundary", "explicit deny"],
)  # fmt: skip
def test_a_denial_names_its_cause(change: Change, cause: str, run: Run, vm_import: Path) -> None:
    by_hand(vm_import, change)
    verified = run("verify", "vm-import", "--brief")
    assert verified.code == 2
    assert cause in verified.out


def test_a_failure_that_shows_alike_is_told_once_with_what_to_do(run: Run, vm_import: Path) -> None:
    by_hand(vm_import, trust({"StringEquals": {"sts:ExternalId": "VMImport"}}))
    told = run("verify", "vm-import", "--brief").out
    assert told.count(F01) == 1
    assert f"what you would see (F01, F07, F08, F09): InvalidParameter: {F01}" in told
    assert told.count("what to do: run `passrole apply vm-import`") == 1
    assert told.count("what you would see: as above (F01, F07, F08, F09)") == 2


@pytest.mark.parametrize(
    ("change", "advice"), [(boundary, "widen the permissions boundary"), (deny, "change the statement that denies")]
)
def test_where_no_allow_helps_the_advice_is_not_to_apply_again(
    change: Change, advice: str, run: Run, vm_import: Path
) -> None:
    by_hand(vm_import, change)
    told = run("verify", "vm-import", "--brief").out
    assert advice in told
    assert "what to do: run `passrole apply" not in told


def test_a_role_that_is_gone_is_explained_once(run: Run, vm_import: Path) -> None:
    def remove(iam: Any) -> None:
        iam.delete_role_policy(RoleName="vmimport", PolicyName="vmimport")
        iam.delete_role(RoleName="vmimport")

    by_hand(vm_import, remove)
    told = run("verify", "vm-import", "--brief").out
    assert told.count("what you would see") == 1
    assert told.count("`role/vmimport` does not exist in the account") > 10


def test_a_denial_that_does_no_harm_says_why(run: Run) -> None:
    session_manager = ("session-manager", "--set", "logging=s3", "--set", "log_bucket=session-logs")
    run("apply", *session_manager, "--yes")
    told = run("verify", "session-manager", "--brief").out
    assert "this does no harm: No policy of the page allows it; the agent falls back" in told


def test_what_is_needed_is_told_with_the_step_that_breaks(run: Run, vm_import: Path) -> None:
    told = [line.split() for line in run("verify", "vm-import").out.splitlines()]
    assert ["s3:PutObject", "import-image", "step", "2"] in told
    assert ["s3:GetBucketAcl", "export-image", "step", "5"] in told
    assert "the step that breaks first" not in run("verify", "vm-import", "--brief").out


def test_the_documented_variant_claims_no_repair(run: Run) -> None:
    documented = run("show", "session-manager", "--variant", "documented").out
    assert "log-objects  (not repaired: E3)" in documented
    assert "(repairs" not in documented
    assert "log-objects  (repairs E3)" in run("show", "session-manager").out


@pytest.mark.parametrize("recipe", ["vm-import", "dms-user", "dms-roles", "session-manager", "sms"])
@pytest.mark.parametrize(("region", "partition"), [("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov")])
def test_a_recipe_is_shown_for_every_partition_with_its_examples(
    recipe: str, region: str, partition: str, run: Run
) -> None:
    for more in ((), ("--difference",), ("--operator-policy",)):
        shown = run("show", recipe, "--region", region, *more)
        assert shown.code == 0
        if more == ("--operator-policy",):
            assert "arn:aws:" not in shown.out
            assert f"arn:{partition}:iam::111122223333:" in shown.out
