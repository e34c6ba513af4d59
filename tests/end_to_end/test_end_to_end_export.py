"""The exported scripts, run unmodified by `sh` with the real AWS CLI: afterwards passrole has nothing to do."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from tests.end_to_end.end_to_end_accounts import OpenAccounts
from tests.end_to_end.end_to_end_contents import with_what_is_wanted
from tests.end_to_end.end_to_end_shell import run_shell

from passrole.recipes.desired import Json
from passrole.recipes.load import built_in_recipe_names

VALUES: dict[str, dict[str, Json]] = {
    "dms-roles": {"s3_target_bucket": "targets"},
    "dms-user": {"principal": "user/migrator"},
    "session-manager": {"logging": "both", "log_bucket": "session-logs", "user": "user/on-call"},
    "sms": {"connector_names": "sms-connector-1", "user": "user/mover"},
    "vm-import": {"import_bucket": "disk-images", "export_bucket": "exports", "user": "user/importer"},
}
"""Users have a name of their own in each: a script stops at one that is there already."""


def test_every_recipe_is_exported() -> None:
    assert sorted(VALUES) == sorted(built_in_recipe_names())


@pytest.mark.parametrize(("kind", "recipe"), [*(("moto", recipe) for recipe in VALUES), ("served", "sms")])
def test_after_the_script_nothing_is_left_to_do(
    kind: str, recipe: str, open_accounts: OpenAccounts, tmp_path: Path
) -> None:
    account = open_accounts.get(kind)
    before = account.contents()
    desired = account.desired(recipe, VALUES[recipe])
    settings = [word for name, value in VALUES[recipe].items() for word in ("--set", f"{name}={value}".lower())]

    assert account.command("export", recipe, *settings, "--format", "aws-cli", "--out", str(tmp_path)) == 0
    run_shell(f"sh {recipe}.sh", account, tmp_path)

    assert account.contents() == with_what_is_wanted(before, desired, tags={})
    plan = account.plan(desired)
    assert not plan.blocked
    users_with_keys = {f"user/{user.name}/access-key" for user in desired.users if user.access_key}
    # A key that the script made is the reader's: its secret is in the reader's file, and passrole does not know it.
    assert {str(change.address) for change in plan.changes if change.calls} == users_with_keys
    for user in desired.users:
        if user.access_key:
            file = tmp_path / f"{user.name}-access-key.json"
            assert stat.S_IMODE(file.stat().st_mode) == 0o600
            assert f'"UserName": "{user.name}"' in file.read_text()
