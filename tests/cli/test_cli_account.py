"""`passrole account`: export, import, snapshot, restore and reset, as a person types them."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.command_line import Run

from passrole.account.snapshot_of import snapshot_of
from passrole.account.store import AccountStore
from passrole.server.embedded import embedded_session
from passrole.server.organization_file import read_organization


def roles(file: Path, account_id: str | None = None) -> set[str]:
    store = AccountStore.open(file)
    try:
        return set(snapshot_of(store, account_id).roles)
    finally:
        store.close()


def test_account_goes_from_one_file_to_another(run: Run, vm_import: Path, machine: Path) -> None:
    exported = run("account", "export")
    assert exported.code == 0
    assert [role["RoleName"] for role in exported.json()["RoleDetailList"]] == ["vmimport"]
    (machine / "account.json").write_text(exported.out)
    copy = machine / "copy.db"
    done = run("account", "import", "account.json", "--account-file", str(copy))
    assert done.code == 0, done.err
    assert "account 111122223333" in done.out
    assert "1 role, " in done.out
    assert "passrole-admin stays" in done.err
    assert roles(copy) == {"vmimport"}
    again = run("account", "import", "account.json", "--account-file", str(copy))
    assert again.code == 252
    assert "--replace" in again.err
    assert run("account", "import", "account.json", "--replace", "--account-file", str(copy)).code == 0
    shown = run("can", "role/vmimport", "s3:GetObject", "arn:aws:s3:::disk-images/x", "--account-file", str(copy))
    assert shown.code == 0, shown.out


def test_account_is_put_away_and_brought_back(run: Run, vm_import: Path, machine: Path) -> None:
    assert run("account", "snapshot", "before.db").code == 0
    assert run("account", "snapshot", "before.db").code == 252
    assert run("account", "reset").code == 252, "nobody can be asked here"
    assert roles(vm_import) == {"vmimport"}
    assert run("account", "reset", "--yes").code == 0
    assert roles(vm_import) == set()
    assert run("account", "restore", "before.db", "--yes").code == 0
    assert roles(vm_import) == {"vmimport"}
    assert run("account", "restore", "gone.db", "--yes").code == 252


def test_snapshot_makes_an_account_where_there_is_none(run: Run, vm_import: Path, machine: Path) -> None:
    run("account", "snapshot", "before.db")
    new = machine / "new.db"
    assert run("account", "restore", "before.db", "--account-file", str(new)).code == 0
    assert roles(new) == {"vmimport"}


def test_account_that_is_not_there_is_not_made(run: Run, machine: Path) -> None:
    for arguments in (("export",), ("snapshot", "x.db"), ("reset", "--yes")):
        result = run("account", *arguments)
        assert result.code == 253
        assert "there is no account file" in result.err
    (machine / "bad.json").write_text(json.dumps({"UserDetailList": [{}]}))
    assert run("account", "import", "bad.json").code == 252
    assert not (machine.parent / "account.db").exists()


def test_account_of_a_file_with_several_is_chosen_by_its_id(run: Run, vm_import: Path) -> None:
    """With the service control policies over it, as the served account has them."""
    store = AccountStore.open(vm_import)
    store.add_account("444455556666")
    store.close()
    applied = run("apply", "dms-roles", "--account", "444455556666", "--yes")
    assert applied.code == 0, applied.err
    assert roles(vm_import) == {"vmimport"}
    assert "dms-vpc-role" in roles(vm_import, "444455556666")
    refused = run("plan", "dms-roles", "--account", "777788889999")
    assert refused.code == 253
    assert "111122223333" in refused.err


def test_can_asks_the_organization_s_policies_too(run: Run, vm_import: Path, machine: Path) -> None:
    (machine / "organization.toml").write_text(
        'management-account = "999988887777"\n[accounts.111122223333]\nservice-control-policies = ["no-s3"]\n'
        "[policies.no-s3]\n"
        'document = \'{"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "s3:*", "Resource": "*"}]}\'\n'
    )
    question = ("can", "role/vmimport", "s3:GetObject", "arn:aws:s3:::disk-images/x", "--account", "111122223333")
    assert run(*question).code == 0
    store = AccountStore.open(vm_import)
    store.organize(read_organization(machine / "organization.toml"))
    store.close()
    answer = run(*question)
    assert answer.code == 2
    assert "service control policy" in answer.out


def test_can_knows_the_keys_and_the_resource_control_policies_of_the_organization(run: Run, vm_import: Path) -> None:
    file = vm_import.with_name("organization.toml")

    def organize(*lines: str) -> None:
        file.write_text("\n".join(('id = "o-a1b2c3d4e5"', 'management-account = "999988887777"', *lines)))
        store = AccountStore.open(vm_import)
        store.organize(read_organization(file))
        store.close()

    with embedded_session(vm_import) as account:
        iam = account.client("iam")
        iam.create_user(UserName="ana")
        condition = {"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}
        statement = {"Effect": "Allow", "Principal": {"AWS": iam.get_user(UserName="ana")["User"]["Arn"]}}
        trust = {"Statement": [{**statement, "Action": "sts:AssumeRole", "Condition": condition}]}
        iam.create_role(RoleName="Shared", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", **trust}))
    question = ("can", "user/ana", "sts:AssumeRole", "role/Shared", "--account", "111122223333")
    assert run(*question).code == 3, "whether ana is in an organization is not known"
    organize("[accounts.111122223333]")
    assert run(*question).code == 0
    deny = {"Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [deny]})
    organize(
        "[accounts.111122223333]",
        'resource-control-policies = ["closed"]',
        "[policies.closed]",
        f"document = '{document}'",
    )
    answer = run(*question)
    assert answer.code == 2
    assert "resource control policy" in answer.out
    everyone = run("who-can", "sts:AssumeRole", "role/Shared", "--account", "111122223333", "--output", "json").json()
    by = {each["principal"]: each["decided_by"] for each in everyone["principals"]}
    assert by["arn:aws:iam::111122223333:user/ana"] == "resource control policy"
