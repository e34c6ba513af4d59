"""A saved plan is applied exactly as it is, or refused: moved, of another account, altered, or no plan at all."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.cli.command_line import VM_IMPORT, Run, sets, write

from passrole.server.embedded import embedded_session

USAGE, CONFIGURATION = 252, 253


@pytest.fixture
def plan(run: Run, machine: Path) -> Path:
    """change.plan: vm-import for an account that has none of it."""
    made = run("plan", "vm-import", *VM_IMPORT, "--out", "change.plan")
    assert made.code == 0, made.err
    return machine / "change.plan"


def roles(account_file: Path) -> list[str]:
    with embedded_session(account_file) as account:
        return [role["RoleName"] for role in account.client("iam").list_roles()["Roles"]]


def test_a_saved_plan_does_what_it_shows(run: Run, plan: Path, tmp_path: Path) -> None:
    assert stat.S_IMODE(plan.stat().st_mode) == 0o600
    applied = run("apply", "change.plan", "--yes", "--output", "json")
    assert applied.code == 0, applied.err
    calls = json.loads(plan.read_text())["changes"]
    assert {each["address"] for each in applied.json()["applied"]["done"]} == {
        each["address"] for each in calls if each["calls"]
    }
    assert applied.json()["verified"][0]["verdict"] == "allowed"
    assert roles(tmp_path / "account.db") == ["vmimport"]
    assert run("plan", "vm-import", "--detailed-exitcode").code == 0


def test_json_of_plan_is_what_out_saves(run: Run, plan: Path) -> None:
    assert run("plan", "vm-import", *VM_IMPORT, "--output", "json").json() == json.loads(plan.read_text())


def test_plan_says_how_to_apply_it(run: Run, tmp_path: Path) -> None:
    file = str(tmp_path / "with space.db")
    made = run("plan", "dms-roles", "--account-file", file, "--out", "change.plan")
    assert f"passrole apply change.plan --account-file '{file}'" in made.err


def test_it_is_asked_for_like_every_other_apply(run: Run, plan: Path, tmp_path: Path) -> None:
    refused = run("apply", str(plan))
    assert refused.code == USAGE
    assert "nobody can be asked here; nothing was done" in refused.err
    assert roles(tmp_path / "account.db") == []


def test_a_plan_that_has_moved_is_refused(run: Run, plan: Path, tmp_path: Path) -> None:
    assert run("apply", "vm-import", *sets(import_bucket="other-images"), "--yes").code == 0
    refused = run("apply", str(plan), "--yes")
    assert refused.code == 1
    assert "changed after this plan was made; nothing was changed by passrole" in refused.err
    assert "passrole plan" in refused.err
    with embedded_session(tmp_path / "account.db") as account:
        document = account.client("iam").get_role_policy(RoleName="vmimport", PolicyName="vmimport")["PolicyDocument"]
    assert "disk-images" not in json.dumps(document)


def test_a_plan_is_not_applied_twice(run: Run, plan: Path) -> None:
    assert run("apply", str(plan), "--yes", "--no-verify").code == 0
    assert run("apply", str(plan), "--yes").code == 1


def test_a_plan_of_another_account_is_refused(run: Run, plan: Path, tmp_path: Path) -> None:
    other = str(tmp_path / "other.db")
    assert run("apply", "dms-roles", "--yes", "--account-file", other).code == 0
    refused = run("apply", str(plan), "--yes", "--account-file", other)
    assert refused.code == CONFIGURATION
    assert "this plan was made for account 111122223333 on embedded" in refused.err
    assert "vmimport" not in roles(Path(other))


def test_the_guard_holds_for_plans_too(run: Run, plan: Path, tmp_path: Path) -> None:
    refused = run("apply", str(plan), "--yes", "--account", "999988887777")
    assert refused.code == CONFIGURATION
    assert "not 999988887777; nothing was done" in refused.err
    assert roles(tmp_path / "account.db") == []


@pytest.mark.parametrize("option", [VM_IMPORT, ("--label", "x"), ("--variant", "documented"), ("--exclusive",)])
def test_nothing_can_be_added_to_a_plan(option: tuple[str, ...], run: Run, plan: Path) -> None:
    refused = run("apply", str(plan), "--yes", *option)
    assert refused.code == USAGE
    assert "applied as it is" in refused.err


NOT_PLANS = {
    "empty": "",
    "not JSON": "vm-import",
    "half": '{"format_version": "1.0", "kind": "apply",',
    "a list": "[]",
    "null": "null",
    "NaN": "NaN",
    "nothing in it": "{}",
    "another format": '{"format_version": "2.0"}',
    "version is a number": '{"format_version": 1.0}',
    "a key twice": '{"format_version": "1.0", "format_version": "1.0"}',
    "nested deeply": "[" * 100_000,
}


@pytest.mark.parametrize("name", NOT_PLANS)
def test_what_is_no_plan_is_refused(name: str, run: Run, machine: Path) -> None:
    write(machine / "bad.plan", NOT_PLANS[name])
    refused = run("apply", "bad.plan", "--yes")
    assert refused.code == USAGE
    assert "`bad.plan` is" in refused.err
    assert "help: " in refused.err


def test_a_plan_that_is_not_text_is_refused(run: Run, machine: Path) -> None:
    (machine / "bad.plan").write_bytes(b"\xff\xfe")
    refused = run("apply", "bad.plan", "--yes")
    assert refused.code == USAGE
    assert "`bad.plan` cannot be read" in refused.err


def first_call(plan: Any) -> Any:
    return next(change for change in plan["changes"] if change["calls"])["calls"][0]


def other_operation(plan: Any) -> None:
    first_call(plan).update(operation="DeleteAccountAlias", parameters={"AccountAlias": "x"})


def other_service(plan: Any) -> None:
    first_call(plan).update(service="organizations")


def other_entity(plan: Any) -> None:
    first_call(plan)["parameters"]["PolicyName"] = "other"


def hidden_statement(plan: Any) -> None:
    call = first_call(plan)
    document = json.loads(call["parameters"]["PolicyDocument"])
    document["Statement"].append({"Effect": "Allow", "Action": "*", "Resource": "*"})
    call["parameters"]["PolicyDocument"] = json.dumps(document)


def hidden_call(plan: Any) -> None:
    change = next(change for change in plan["changes"] if change["calls"])
    change.update(action="no change", reason="is as it should be")


def call_under_another_word(plan: Any) -> None:
    change = next(change for change in plan["changes"] if change["calls"])
    change.update(action="delete")


def one_more_parameter(plan: Any) -> None:
    first_call(plan)["parameters"]["PermissionsBoundary"] = "arn:aws:iam::aws:policy/AdministratorAccess"


def without_fingerprints(plan: Any) -> None:
    plan["fingerprints"] = {}


def other_account(plan: Any) -> None:
    plan["account_id"] = "999988887777"


def address_of_nothing(plan: Any) -> None:
    plan["changes"][0]["address"] = "../../etc/passwd"


ALTERED: dict[str, tuple[Callable[[Any], None], int]] = {
    "an operation that passrole never calls": (other_operation, USAGE),
    "another service": (other_service, USAGE),
    "a call about another entity": (other_entity, USAGE),
    "a statement that is sent and not shown": (hidden_statement, USAGE),
    "a call under the word no change": (hidden_call, USAGE),
    "a creation under the word delete": (call_under_another_word, USAGE),
    "a parameter that passrole never gives": (one_more_parameter, USAGE),
    "no fingerprints": (without_fingerprints, USAGE),
    "an address of nothing": (address_of_nothing, USAGE),
    "another account": (other_account, CONFIGURATION),
}


@pytest.mark.parametrize("name", ALTERED)
def test_an_altered_plan_is_refused_before_any_call(name: str, run: Run, plan: Path, tmp_path: Path) -> None:
    alter, code = ALTERED[name]
    value = json.loads(plan.read_text())
    alter(value)
    plan.write_text(json.dumps(value))
    refused = run("apply", str(plan), "--yes")
    assert refused.code == code, refused.out + refused.err
    assert "help: " in refused.err
    assert roles(tmp_path / "account.db") == []


def test_text_of_a_plan_cannot_command_the_terminal(run: Run, plan: Path) -> None:
    value = json.loads(plan.read_text())
    value["changes"][0]["reason"] = "harmless\x1b[2J\x1b[8m\u202e"
    plan.write_text(json.dumps(value))
    shown = run("apply", str(plan), "--color", "on")
    assert "harmless\\x1b[2J\\x1b[8m\\u202e" in shown.out
    assert "\x1b[2J" not in shown.out


def test_a_recipes_name_wins_over_a_file_and_that_is_said(run: Run, machine: Path) -> None:
    write(machine / "vm-import", "not a plan")
    taken = run("apply", "vm-import", *VM_IMPORT, "--yes", "--no-verify")
    assert taken.code == 0, taken.err
    assert "note: `vm-import` is taken for the recipe or set-up; the file of that name is ./vm-import" in taken.err
    as_file = run("apply", "./vm-import", "--yes")
    assert as_file.code == USAGE
    assert "`vm-import` is not a plan that passrole made" in as_file.err


def test_a_folder_of_a_recipes_name_is_no_hindrance(run: Run, machine: Path) -> None:
    (machine / "dms-roles").mkdir()
    taken = run("apply", "dms-roles", "--yes", "--no-verify")
    assert taken.code == 0, taken.err
    assert "the folder of that name is ./dms-roles" in taken.err


def test_a_set_up_of_the_file_wins_over_a_file_of_its_name(run: Run, machine: Path) -> None:
    write(machine / "passrole.toml", '[set-up.roles]\nrecipe = "dms-roles"\n')
    write(machine / "roles", "not a plan")
    taken = run("apply", "roles", "--yes", "--no-verify")
    assert taken.code == 0, taken.err
    assert "note: `roles` is taken for the recipe or set-up" in taken.err


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("missing.plan", "there is no plan file `missing.plan`"),
        ("plans/missing", "there is no plan file `plans/missing`"),
        ("folder", "`folder` is a folder, and no recipe has that name"),
        ("x" * 5000, "there is no recipe `x"),
    ],
)
def test_a_name_that_is_neither_is_told_for_what_it_seems_to_be(name: str, says: str, run: Run, machine: Path) -> None:
    (machine / "folder").mkdir()
    refused = run("apply", name, "--yes")
    assert refused.code == USAGE
    assert says in refused.err


def test_a_plan_cannot_be_saved_where_a_folder_is(run: Run, machine: Path) -> None:
    (machine / "folder").mkdir()
    refused = run("plan", "vm-import", *VM_IMPORT, "--out", "folder")
    assert (refused.code, refused.out) == (CONFIGURATION, "")
    assert "`folder` cannot be written" in refused.err
