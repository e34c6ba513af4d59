"""Every JSON output of passrole is valid by the schema that it ships, and has no member that the schema does not tell."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from jsonschema import Draft202012Validator
from tests.cli.command_line import Run, sets, write

from passrole.cli.schemas import load_schema, schema_names
from passrole.server.embedded import embedded_session

TWO_SET_UPS = """
[set-up.vm-import.parameters]
import_bucket = "disk-images"
[set-up.roles]
recipe = "dms-roles"
"""


def closed(schema: Any) -> Any:
    """The schema with every object limited to the members it names: what the output adds must be described."""
    if isinstance(schema, list):
        return [closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    inner = {key: closed(value) for key, value in schema.items()}
    if "properties" in schema and isinstance(schema["properties"], dict) and schema.get("type") == "object":
        inner.setdefault("additionalProperties", False)
    return inner


def check(value: Any, name: str) -> None:
    validator = Draft202012Validator(closed(load_schema(name)), format_checker=Draft202012Validator.FORMAT_CHECKER)
    problems = [f"{error.json_path}: {error.message[:300]}" for error in validator.iter_errors(value)]
    assert not problems, "\n".join(problems)


def test_every_shipped_schema_is_a_schema() -> None:
    for name in schema_names():
        Draft202012Validator.check_schema(load_schema(name))


def test_a_member_that_no_schema_tells_is_found() -> None:
    with pytest.raises(AssertionError, match="'surprise' was unexpected"):
        check(
            {"format_version": "1.0", "cases": 0, "failed": [], "surprise": 1},
            "conformance",
        )


def test_a_missing_member_is_found() -> None:
    with pytest.raises(AssertionError, match="'failed' is a required property"):
        check({"format_version": "1.0", "cases": 0}, "conformance")


COMMANDS: dict[str, tuple[str, tuple[str, ...], int]] = {
    "plan of nothing to do": ("plan", ("plan", "vm-import"), 0),
    "plan that removes": ("plan", ("plan", "vm-import", *sets(import_bucket="disk-images")), 0),
    "plan of much": (
        "plan",
        ("plan", "session-manager", *sets(logging="s3", log_bucket="session-logs")),
        0,
    ),
    "apply of nothing to do": ("apply", ("apply", "vm-import", "--yes"), 0),
    "apply with an access key": ("apply", ("apply", "sms", *sets(connector_names="c1"), "--yes"), 0),
    "apply that removes": ("apply", ("apply", "vm-import", *sets(import_bucket="disk-images"), "--yes"), 0),
    "apply without verify": ("apply", ("apply", "vm-import", "--yes", "--no-verify"), 0),
    "destroy": ("destroy", ("destroy", "vm-import", "--yes"), 0),
    "verify": ("verify", ("verify", "vm-import"), 0),
    "verify what is denied": ("verify", ("verify", "dms-roles"), 2),
    "recipes": ("recipes", ("recipes",), 0),
    "can, allowed": ("can", ("can", "role/vmimport", "s3:GetObject", "arn:aws:s3:::disk-images/x"), 0),
    "can, near": ("can", ("can", "role/vmimport", "s3:PutObject", "arn:aws:s3:::disk-images/x"), 2),
    "can, denied": ("can", ("can", "role/vmimport", "iam:ListUsers", "*"), 2),
    "can, with context": (
        "can",
        (
            "can",
            "vmie.amazonaws.com",
            "sts:AssumeRole",
            "role/vmimport",
            *("--context", "sts:ExternalId=a", "--context", "aws:TagKeys=a", "--context", "aws:TagKeys=b"),
        ),
        2,
    ),
    "can, undecided": ("can", ("can", "arn:aws:iam::999999999999:user/other", "s3:GetObject", "arn:aws:s3:::b/x"), 3),
    "export of roles": ("export", ("export", "dms-roles"), 0),
    "export of an instance profile": ("export", ("export", "session-manager"), 0),
    "export of users": ("export", ("export", "sms", *sets(connector_names="c1", user="user/migrator")), 0),
    "show": ("export", ("show", "session-manager"), 0),
    "operator's policy": ("operator-policy", ("show", "vm-import", "--operator-policy"), 0),
    "operator's policy for all": (
        "operator-policy",
        (
            *("show", "sms", "--operator-policy", "--task", "apply", "--task", "change"),
            *("--task", "verify", "--task", "destroy", "--task", "pass-role"),
        ),
        0,
    ),
    "difference": ("difference", ("show", "session-manager", "--difference"), 0),
    "no difference": ("difference", ("show", "dms-roles", "--difference"), 0),
    "data status": ("data-status", ("data", "status"), 0),
}


@pytest.mark.parametrize("case", COMMANDS)
@pytest.mark.usefixtures("vm_import")
def test_json_output_is_as_its_schema_says(case: str, run: Run) -> None:
    schema, arguments, code = COMMANDS[case]
    as_json = ("--format", "json") if arguments[0] == "export" else ("--output", "json")
    result = run(*arguments, *as_json)
    assert result.code == code, result.err
    check(result.json(), schema)


@pytest.mark.parametrize("name", ["plan", "apply", "verify"])
def test_several_set_ups_are_one_document(name: str, run: Run, machine: Path) -> None:
    write(machine / "passrole.toml", TWO_SET_UPS)
    run("apply", "--yes")
    yes = ("--yes",) if name == "apply" else ()
    result = run(name, *yes, "--output", "json")
    assert result.code == 0, result.err
    check(result.json(), name)


def test_call_that_was_denied(run: Run, vm_import: Path) -> None:
    with embedded_session(vm_import) as account:
        account.client("iam").create_user(UserName="bob")
        key = account.client("iam").create_access_key(UserName="bob")["AccessKey"]
        bob = account.as_user(key["AccessKeyId"], key["SecretAccessKey"])
        with pytest.raises(ClientError) as denied:
            bob.client("iam").list_users()
    request_id = denied.value.response["ResponseMetadata"]["RequestId"]
    for arguments in ((), (request_id,), (request_id[:6],)):
        result = run("why", *arguments, "--output", "json")
        assert result.code == 0, result.err
        check(result.json(), "why")
        assert result.json()["event"]["requestID"] == request_id
        assert [each["outcome"] for each in result.json()["decisions"]] == ["implicit deny"]
    text = run("why").out
    assert f"request {request_id}" in text
    assert "because no identity-based policy allows the iam:ListUsers action" in text
    assert run("why", "ffffffff-0000").code == 252


def test_why_without_a_log(run: Run) -> None:
    result = run("why")
    assert result.code == 252
    assert "no call was denied in the log of" in result.err


def test_recipes_where_there_is_no_account_yet(run: Run) -> None:
    value = run("recipes", "--output", "json").json()
    check(value, "recipes")
    assert value["account"] is None
    assert {each["state"] for each in value["recipes"]} == {"not set up"}


@pytest.mark.parametrize("recipe", ["dms-roles", "dms-user", "session-manager", "sms", "vm-import"])
@pytest.mark.parametrize("variant", ["corrected", "documented"])
def test_every_recipe_is_shown_as_the_schema_says(recipe: str, variant: str, run: Run) -> None:
    check(run("show", recipe, "--variant", variant, "--output", "json").json(), "export")
    if variant == "corrected":
        check(run("show", recipe, "--difference", "--output", "json").json(), "difference")


def test_conformance(run: Run, machine: Path) -> None:
    case = (
        '{"id": "one", "rule": "a rule", "source": "a page", "contested": false, "request": {"principal": '
        '"arn:aws:iam::111122223333:user/a", "action": "s3:GetObject", "resource": "arn:aws:s3:::b/x"}, '
        '"policies": {}, "expected": "Allowed"}\n'
    )
    result = run("conformance", write(machine / "cases.jsonl", case), "--output", "json")
    assert result.code == 2
    check(result.json(), "conformance")
    assert result.json()["failed"][0]["answered"] == "implicit deny"


def test_conformance_is_not_passed_by_what_was_skipped(run: Run, machine: Path) -> None:
    case = (
        '{"format": "passrole-conformance-1", "topic": "a", "cases": [{"id": "one", "rule": "a rule", "source": "a page", '
        '"contested": false, "needs": ["a-time-machine"], "input": {"request": {"principal": "*", "action": "s3:GetObject", '
        '"resource": "*"}, "policies": {}}, "expected": {"outcome": "implicit deny"}}]}'
    )
    result = run("conformance", write(machine / "cases.json", case))
    assert result.code == 3
    assert "1 skipped" in result.out


def test_schema_prints_each_of_them(run: Run) -> None:
    listed = run("schema").out
    for name in schema_names():
        assert f"  {name} " in listed
        assert run("schema", name).json() == load_schema(name)


def test_recipe_and_set_up_file_are_the_schemas_that_files_are_checked_with(run: Run) -> None:
    from passrole.recipes.shape import load_schema as load_for_files

    assert run("schema", "recipe").json() == load_for_files("recipe.schema.json")
    assert run("schema", "set-up-file").json() == load_for_files("set-up-file.schema.json")


def test_schemas_are_complete_in_themselves() -> None:
    def references(value: Any, found: Callable[[str], None]) -> None:
        if isinstance(value, dict):
            if isinstance(value.get("$ref"), str):
                found(value["$ref"])
            for inner in value.values():
                references(inner, found)
        elif isinstance(value, list):
            for inner in value:
                references(inner, found)

    for name in schema_names():
        schema, used = load_schema(name), set[str]()
        references(schema, used.add)
        for reference in used:
            assert reference.startswith("#/$defs/"), f"{name}: {reference}"
            assert reference.split("/")[2] in schema["$defs"], f"{name}: {reference}"
        assert set(schema.get("$defs", {})) <= {reference.split("/")[2] for reference in used}, name
