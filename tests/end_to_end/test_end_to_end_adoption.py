"""A reader of AWS's VM Import/Export page has made the role by hand: passrole adopts it, and gives it back as it was."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.end_to_end.end_to_end_accounts import Account
from tests.end_to_end.end_to_end_shell import run_shell

from passrole.activity.rehearse import Verdict
from passrole.provision.changes import Action, Mark

BLOCKS = json.loads((Path(__file__).parents[1] / "data" / "seed_blocks.json").read_text())
# The page says where on a Windows drive its two documents are; here these are names of files.
DOCUMENTS = {"C:\\import\\trust-policy.json": "V#2", "C:\\import\\role-policy.json": "V#4"}
READERS_OWN = {"Sid": "Mine", "Effect": "Allow", "Action": "sns:Publish", "Resource": "arn:aws:sns:*:*:imports"}
BUCKETS = {"import_bucket": "disk-image-file-bucket", "export_bucket": "export-bucket"}


def no_sleep(_seconds: float) -> None:
    raise AssertionError("neither of these accounts needs to be waited for")


@pytest.mark.parametrize("account", ["served", "moto"], indirect=True)
def test_the_page_by_hand_then_passrole(account: Account, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, block in DOCUMENTS.items():
        (tmp_path / name).write_text(json.dumps(BLOCKS[block]["value"], indent=4))
    for command in ("V#3", "V#7"):
        run_shell(BLOCKS[command]["value"], account, tmp_path)
    page = BLOCKS["V#4"]["value"]
    with_own = {**page, "Statement": [*page["Statement"], READERS_OWN]}
    account.iam.put_role_policy(RoleName="vmimport", PolicyName="vmimport", PolicyDocument=json.dumps(with_own))
    before = account.contents()
    assert set(before) == {"role/vmimport"}

    desired = account.desired("vm-import", {**BUCKETS, "license_manager": True})
    plan = account.plan(desired)
    changes = {str(change.address): change for change in plan.changes}
    assert changes["role/vmimport"].action is Action.ADOPT
    calls = [(str(change.address), call.operation) for change in plan.changes for call in change.calls]
    assert calls == [
        ("managed-policy/vm-import-user", "CreatePolicy"),
        ("role/vmimport/inline-policy/vmimport", "PutRolePolicy"),
    ]
    lines = changes["role/vmimport/inline-policy/vmimport"].statements
    (added,) = [line for line in lines if line.mark is Mark.ADDED]
    assert isinstance(added.body, dict)
    assert added.body["Action"] == BLOCKS["V#6"]["value"]["Action"]
    assert [line.mark for line in lines].count(Mark.PRESENT) == 3
    assert [line.body for line in lines if line.mark is Mark.OTHERS] == [READERS_OWN]
    settings = [word for name, value in BUCKETS.items() for word in ("--set", f"{name}={value}")]
    assert account.command("plan", "vm-import", *settings, "--set", "license_manager=true") == 0
    assert "role/vmimport  adopt: it was there before" in capsys.readouterr().out

    assert account.apply(plan, no_sleep).complete
    role = account.contents()["role/vmimport"]
    assert role["inline"]["vmimport"] == [*with_own["Statement"], added.body]
    assert role["trust"] == BLOCKS["V#2"]["value"]["Statement"]
    assert not account.plan(desired).has_work
    assert account.verify(desired).verdict is Verdict.ALLOWED

    assert account.apply(account.destroy_plan("vm-import"), no_sleep).complete
    assert account.contents() == before
    assert not account.open.journal.records


@pytest.mark.parametrize("account", ["embedded", "moto"], indirect=True)
def test_only_exclusive_takes_what_is_the_readers(account: Account) -> None:
    desired = account.desired("vm-import", BUCKETS)
    page, trust = BLOCKS["V#4"]["value"], BLOCKS["V#2"]["value"]
    with_own = {**page, "Statement": [READERS_OWN, *page["Statement"]]}
    account.iam.create_role(RoleName="vmimport", AssumeRolePolicyDocument=json.dumps(trust))
    account.iam.put_role_policy(RoleName="vmimport", PolicyName="vmimport", PolicyDocument=json.dumps(with_own))

    account.apply(account.plan(desired), no_sleep)
    assert READERS_OWN in account.contents()["role/vmimport"]["inline"]["vmimport"]
    account.apply(account.plan(desired, exclusive=True), no_sleep)
    assert account.contents()["role/vmimport"]["inline"]["vmimport"] == page["Statement"]
    account.apply(account.destroy_plan("vm-import"), no_sleep)
    assert "role/vmimport" in account.contents()
