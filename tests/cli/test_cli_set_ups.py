"""Which set-ups a command is about: those of passrole.toml, one by its label, or what the account remembers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.cli.command_line import VM_IMPORT, Run, sets, write

USAGE = 252
TWO_SESSIONS = """
[set-up.web]
recipe = "session-manager"
[set-up.web.parameters]
role_name = "web-instances"
policy_name = "web-sessions"
logging = "s3"
log_bucket = "session-logs"

[set-up.build]
recipe = "session-manager"
variant = "corrected"
parameters = { role_name = "build-instances", policy_name = "build-sessions" }
"""


def created(value: Any) -> set[str]:
    return {change["address"] for change in value["changes"] if change["action"] == "create"}


def test_without_a_name_all_of_passrole_toml_is_meant(run: Run, machine: Path) -> None:
    write(machine / "passrole.toml", TWO_SESSIONS)
    plan = run("plan", "--output", "json").json()
    assert [each["label"] for each in plan["set_ups"]] == ["web", "build"]
    assert {"role/web-instances", "role/build-instances"} <= created(plan)

    applied = run("apply", "--yes", "--output", "json")
    assert applied.code == 0, applied.err
    assert [each["verdict"] for each in applied.json()["verified"]] == ["allowed", "allowed"]

    verified = run("verify", "--output", "json")
    assert verified.code == 0
    assert [each["label"] for each in verified.json()["verified"]] == ["web", "build"]
    assert [each["parameters"]["role_name"] for each in verified.json()["verified"]] == [
        "web-instances",
        "build-instances",
    ]
    again = run("plan", "--detailed-exitcode")
    assert again.code == 0, again.out
    assert "Nothing to do" in again.out


def test_one_set_up_of_the_file_by_its_label(run: Run, machine: Path) -> None:
    write(machine / "passrole.toml", TWO_SESSIONS)
    plan = run("plan", "build", "--output", "json").json()
    assert [each["label"] for each in plan["set_ups"]] == ["build"]
    assert "role/build-instances" in created(plan)
    assert "role/web-instances" not in created(plan)


def test_the_file_may_have_another_name_and_place(run: Run, machine: Path) -> None:
    (machine / "sub").mkdir()
    write(machine / "sub" / "team.toml", TWO_SESSIONS)
    plan = run("plan", "web", "--file", "sub/team.toml", "--output", "json").json()
    assert plan["set_ups"][0]["parameters"]["log_bucket"] == "session-logs"


def test_set_goes_over_the_file(run: Run, machine: Path) -> None:
    write(machine / "passrole.toml", TWO_SESSIONS)
    plan = run("plan", "web", *sets(log_bucket="other-logs"), "--output", "json").json()
    assert plan["set_ups"][0]["parameters"]["log_bucket"] == "other-logs"
    assert plan["set_ups"][0]["parameters"]["role_name"] == "web-instances"


def test_variant_goes_over_the_file(run: Run, machine: Path) -> None:
    write(machine / "passrole.toml", TWO_SESSIONS)
    plan = run("plan", "build", "--variant", "documented", "--output", "json").json()
    assert plan["set_ups"][0]["variant"] == "documented"


def test_one_recipe_twice_by_label_lives_and_goes_apart(run: Run) -> None:
    for label in ("web", "build"):
        names = sets(role_name=f"{label}-instances", policy_name=f"{label}-sessions")
        done = run("apply", "session-manager", "--label", label, *names, "--yes")
        assert done.code == 0, done.err
    value = run("recipes", "--output", "json").json()
    assert {each["label"]: each["state"] for each in value["set_ups"]} == {"web": "set up", "build": "set up"}
    listed = run("recipes").out
    assert "web" in listed
    assert "of session-manager" in listed

    gone = run("destroy", "web", "--yes", "--output", "json")
    assert gone.code == 0, gone.err
    addresses = {each["address"] for each in gone.json()["destroyed"]["done"]}
    assert "role/web-instances" in addresses
    assert not any("build" in address for address in addresses)
    assert run("verify", "build").code == 0
    assert [each["label"] for each in run("recipes", "--output", "json").json()["set_ups"]] == ["build"]


def test_the_recipes_name_alone_is_refused_where_only_labels_of_it_exist(run: Run) -> None:
    run("apply", "session-manager", "--label", "web", "--yes")
    for command in ("verify", "plan"):
        result = run(command, "session-manager")
        assert result.code == USAGE
        assert "`session-manager` is set up under other names: web" in result.err
    assert run("verify", "web").code == 0
    other = run("plan", "session-manager", "--label", "session-manager", *sets(role_name="more"), "--output", "json")
    assert "role/more" in created(other.json())


def test_a_label_of_another_recipe_is_refused(run: Run) -> None:
    run("apply", "session-manager", "--label", "web", "--yes")
    result = run("plan", "dms-roles", "--label", "web")
    assert result.code == USAGE
    assert "the set-up `web` is of the recipe `session-manager`, not of `dms-roles`" in result.err


@pytest.mark.usefixtures("vm_import")
def test_verify_and_plan_remember_the_values_of_apply(run: Run) -> None:
    verified = run("verify", "vm-import", "--output", "json")
    assert verified.code == 0, verified.err
    parameters = verified.json()["verified"][0]["parameters"]
    assert (parameters["import_bucket"], parameters["export_bucket"]) == ("disk-images", "exports")
    assert run("plan", "vm-import", "--detailed-exitcode").code == 0


@pytest.mark.usefixtures("vm_import")
def test_verify_with_one_other_value_keeps_the_rest(run: Run) -> None:
    verified = run("verify", "vm-import", "--set", "export_bucket=elsewhere", "--output", "json")
    parameters = verified.json()["verified"][0]["parameters"]
    assert (parameters["import_bucket"], parameters["export_bucket"]) == ("disk-images", "elsewhere")
    assert verified.code == 2, "nothing was granted on the other bucket"
    denied = [
        decision
        for workflow in verified.json()["verified"][0]["workflows"]
        for step in workflow["steps"]
        for decision in step["decisions"]
        if decision["outcome"] == "implicit deny" and "elsewhere" in decision["resource"]
    ]
    assert denied
    assert any(
        unmet["element"] == "Resource" for each in denied if each["nearest"] for unmet in each["nearest"]["unmet"]
    )


def test_what_would_make_the_variants_differ_is_named(run: Run) -> None:
    result = run("show", "dms-roles", "--difference")
    assert "are the same" in result.out
    setting = result.out.splitlines()[-1].strip()
    assert setting.startswith("--set ")
    assert "the same" not in run("show", "dms-roles", "--difference", *setting.split()).out


def test_the_operator_is_not_asked_to_read_buckets_that_nobody_named(run: Run) -> None:
    assert "dms-0123456789" not in run("show", "dms-roles", "--operator-policy").out
    named = run("show", "vm-import", "--operator-policy", *VM_IMPORT).out
    assert "s3:GetBucketPolicy" in named
    assert "arn:aws:s3:::disk-images" in named


def test_values_that_are_not_the_defaults_are_remembered(run: Run, machine: Path) -> None:
    """Booleans, lists and values with defaults come back as they were given, also when they are rendered again."""
    options = sets(
        kms="true",
        license_manager="yes",
        restrict_source="on",
        restrict_pass_role="True",
        kms_key_arns="arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
        role_name="importer",
    )
    assert run("apply", "vm-import", *VM_IMPORT, *options, "--yes").code == 0
    remembered = run("verify", "vm-import", "--output", "json")
    assert remembered.code == 0, remembered.err
    parameters = remembered.json()["verified"][0]["parameters"]
    assert {name: parameters[name] for name in ("kms", "license_manager", "restrict_source", "restrict_pass_role")} == {
        "kms": True,
        "license_manager": True,
        "restrict_source": True,
        "restrict_pass_role": True,
    }
    assert parameters["kms_key_arns"] == ["arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"]
    assert run("plan", "vm-import", "--detailed-exitcode").code == 0
    exported = run("export", "vm-import").json()
    assert [role["name"] for role in exported["roles"]] == ["importer"]
    # The same values, kept in a file, are the same set-up.
    parameters = {name: value for name, value in parameters.items() if value is not None}
    lines = [f"{name} = {json.dumps(value)}" for name, value in parameters.items()]
    write(machine / "passrole.toml", "\n".join(["[set-up.vm-import.parameters]", *lines]))
    result = run("plan", "--detailed-exitcode")
    assert result.code == 0, result.out + result.err


@pytest.mark.usefixtures("vm_import")
def test_what_the_account_remembers_counts_nothing_once_a_value_is_given(run: Run) -> None:
    plan = run("plan", "vm-import", *sets(import_bucket="disk-images"), "--output", "json").json()
    assert plan["set_ups"][0]["parameters"].get("export_bucket") is None
    assert any(change["calls"] for change in plan["changes"])


@pytest.mark.usefixtures("vm_import")
def test_verify_says_that_the_account_knows_no_such_set_up(run: Run) -> None:
    result = run("verify", "dms-roles")
    assert result.code == 2
    assert "no set-up `dms-roles` is known in account 111122223333" in result.err


def test_plan_alone_writes_nothing_to_the_account(run: Run) -> None:
    assert run("plan", "vm-import", *VM_IMPORT).code == 0
    value = run("recipes", "--output", "json").json()
    assert value["set_ups"] == []
    assert run("plan", "vm-import", *VM_IMPORT, "--detailed-exitcode").code == 2


def test_a_new_account_is_made_as_told_and_that_is_said(run: Run, tmp_path: Path) -> None:
    file = str(tmp_path / "gov.db")
    made = run(
        "apply", "dms-roles", "--yes", "--account-file", file, "--account", "999988887777", "--region", "us-gov-west-1"
    )
    assert made.code == 0, made.err
    assert f"new embedded account 999988887777: {file}" in made.err
    value = run("recipes", "--account-file", file, "--output", "json").json()
    assert (value["account"]["account_id"], value["account"]["partition"]) == ("999988887777", "aws-us-gov")
    other = run("plan", "dms-roles", "--account-file", file, "--account", "111122223333")
    assert other.code == 253
    assert "account 999988887777, not 111122223333; nothing was done" in other.err
