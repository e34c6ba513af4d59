"""`passrole recipes` tells how each set-up stands: set up, drifted, unfinished, blocked, or not set up."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.cli.command_line import VM_IMPORT, Run, sets

from passrole.server.embedded import embedded_session


def state_of(run: Run, recipe: str) -> str:
    value = run("recipes", "--output", "json").json()
    return str(next(each["state"] for each in value["recipes"] if each["name"] == recipe))


def by_hand(account_file: Path, change: Callable[[Any], object]) -> None:
    with embedded_session(account_file) as account:
        change(account.client("iam"))


def test_a_set_up_goes_from_not_set_up_to_set_up_to_drifted_and_back(run: Run, vm_import: Path) -> None:
    assert state_of(run, "dms-roles") == "not set up"
    assert state_of(run, "vm-import") == "set up"
    by_hand(vm_import, lambda iam: iam.delete_role_policy(RoleName="vmimport", PolicyName="vmimport"))
    assert state_of(run, "vm-import") == "drifted"
    told = run("recipes").out
    assert "drifted" in told
    assert "1 call to mend" in told
    assert run("apply", "vm-import", "--yes").code == 0
    assert state_of(run, "vm-import") == "set up"
    assert run("destroy", "vm-import", "--yes").code == 0
    assert state_of(run, "vm-import") == "not set up"


def edit_journal(account_file: Path, change: Callable[[Any], None]) -> None:
    path = Path(f"{account_file}.journal.json")
    value = json.loads(path.read_text())
    change(value)
    path.write_text(json.dumps(value))


@pytest.mark.parametrize(("word", "command"), [("applying", "apply"), ("destroying", "destroy")])
def test_what_was_stopped_is_unfinished(word: str, command: str, run: Run, vm_import: Path) -> None:
    by_hand(vm_import, lambda iam: iam.delete_role_policy(RoleName="vmimport", PolicyName="vmimport"))
    edit_journal(vm_import, lambda value: value["set_ups"]["vm-import"].update(state=word))
    assert state_of(run, "vm-import") == "unfinished"
    assert f"passrole {command} vm-import" in run("recipes").out


def test_a_set_up_whose_recipe_is_gone_is_told(run: Run, vm_import: Path) -> None:
    edit_journal(vm_import, lambda value: value["set_ups"]["vm-import"].update(recipe="acme"))
    value = run("recipes", "--output", "json").json()
    assert value["set_ups"][0]["state"] == "unknown"
    assert "there is no recipe `acme`" in value["set_ups"][0]["reason"]
    assert "there is no recipe `acme`" in run("recipes").out


def test_a_set_up_whose_recipe_is_gone_can_still_be_destroyed(run: Run, vm_import: Path) -> None:
    edit_journal(vm_import, lambda value: value["set_ups"]["vm-import"].update(recipe="acme"))
    result = run("destroy", "vm-import", "--yes")
    assert result.code == 0, result.err
    assert "what is removed is what the journal knows" in result.err
    with embedded_session(vm_import) as account:
        assert [role["RoleName"] for role in account.client("iam").list_roles()["Roles"]] == []


def test_a_lost_journal_is_found_again_by_tags(run: Run, vm_import: Path) -> None:
    Path(f"{vm_import}.journal.json").unlink()
    refused = run("destroy", "vm-import", "--yes")
    assert refused.code == 252
    assert "passrole apply vm-import --set" in refused.err
    learnt = run("apply", "vm-import", *VM_IMPORT, "--no-verify")  # writes nothing, so nobody is asked
    assert learnt.code == 0, learnt.err
    assert "only passrole's journal has something to note" in learnt.out
    assert run("destroy", "vm-import", "--yes").code == 0
    with embedded_session(vm_import) as account:
        assert [role["RoleName"] for role in account.client("iam").list_roles()["Roles"]] == []


def test_states_are_data_and_never_carry_colour(run: Run, vm_import: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    by_hand(vm_import, lambda iam: iam.delete_role_policy(RoleName="vmimport", PolicyName="vmimport"))
    as_json = run("recipes", "--output", "json").out
    assert "\\u001b" not in as_json
    assert "\x1b" not in as_json
    assert re.search(r"\x1b\[33mdrifted", run("recipes").out)


def test_the_worst_of_several_set_ups_stands_for_the_recipe(run: Run, vm_import: Path) -> None:
    run("apply", "vm-import", "--label", "second", *VM_IMPORT, *sets(role_name="two", user_policy_name="two"), "--yes")
    by_hand(vm_import, lambda iam: iam.delete_role_policy(RoleName="two", PolicyName="vmimport"))
    assert state_of(run, "vm-import") == "drifted"
    value = run("recipes", "--output", "json").json()
    assert {each["label"]: each["state"] for each in value["set_ups"]} == {"vm-import": "set up", "second": "drifted"}
