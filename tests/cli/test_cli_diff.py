"""`passrole diff`, `prove`, `managed` and `drift`: answers, exit codes, and the three forms of output."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from tests.cli.cli_files import allow, document
from tests.cli.command_line import Run, run_program
from tests.cli.test_cli_schemas import check

from passrole.catalog.managed_policies import get_managed_policy

READ = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::reports/*"}
WRITE = {"Effect": "Allow", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::reports/*"}
ODD = {
    "Effect": "Deny",
    "Action": "*",
    "Resource": "*",
    "Condition": {"NumericEquals": {"s3:max-keys": "many"}},
}
UNREADABLE = {"Effect": "Deny", "Action": "s3:*", "Resource": "arn:aws:s3:::${aws:PrincipalTag/team"}
PUBLIC = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::reports/*"}
TRUST = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}


def file(folder: Path, name: str, *statements: Any) -> str:
    path = folder / name
    path.write_text(json.dumps({"Version": "2012-10-17", "Statement": list(statements)}, indent=1))
    return name


@pytest.mark.parametrize(
    ("old", "new", "relation", "code"),
    [
        ([READ], [READ], "equivalent", 0),
        ([READ], [READ, WRITE], "broader", 2),
        ([READ, WRITE], [READ], "narrower", 2),
        ([READ], [WRITE], "disjoint", 2),
        ([READ], [READ, ODD], "undecided", 3),
    ],
)
def test_the_relation_and_its_exit_code(
    old: list[Any], new: list[Any], relation: str, code: int, run: Run, machine: Path
) -> None:
    names = file(machine, "old.json", *old), file(machine, "new.json", *new)
    text = run("diff", *names)
    assert text.code == code, text.err
    assert text.out.split()[0] == relation
    as_json = run("diff", *names, "--output", "json")
    assert as_json.code == code
    value = as_json.json()
    assert value["relation"] == relation
    check(value, "diff")


NO_DELETE = {"Effect": "Deny", "Action": "s3:DeleteBucket", "Resource": "*"}


def test_a_deny_that_goes_is_a_difference_though_the_policy_allows_nothing_of_it(run: Run, machine: Path) -> None:
    names = file(machine, "old.json", READ, NO_DELETE), file(machine, "new.json", READ)
    text = run("diff", *names)
    assert text.code == 2
    assert "equivalent" in text.out.splitlines()[0]
    assert "beside other policies broader" in text.out
    assert "s3:DeleteBucket on arn:aws:s3:::x" in text.out
    value = run("diff", *names, "--output", "json").json()
    check(value, "diff")
    assert value["relation"] == "equivalent"
    assert value["denies"]["relation"] == "broader"
    sarif = run("diff", *names, "--output", "sarif").json()
    assert [each["ruleId"] for each in sarif["runs"][0]["results"]] == ["lost-deny"]
    assert run("diff", names[1], names[0]).code == 2


@pytest.mark.parametrize("denies", [(NO_DELETE,), (NO_DELETE, {**NO_DELETE, "Action": "s3:DeleteB*"})])
def test_denies_that_say_the_same_are_no_difference(denies: tuple[Any, ...], run: Run, machine: Path) -> None:
    names = file(machine, "old.json", READ, NO_DELETE), file(machine, "new.json", *denies[1:], READ, *denies[:1])
    result = run("diff", *names)
    # `s3:DeleteB*` is DeleteBucket, DeleteBucketPolicy and others.
    assert result.code == (0 if len(denies) == 1 else 2)


def test_service_control_policies_of_denies_alone_are_told_apart(run: Run, machine: Path) -> None:
    names = file(machine, "old.json", NO_DELETE), file(machine, "new.json", {**NO_DELETE, "Action": "s3:Delete*"})
    result = run("diff", *names, "--type", "scp")
    assert result.code == 2
    assert "beside other policies narrower" in result.out


def test_a_witness_is_told_with_the_statement_that_allows_it(run: Run, machine: Path) -> None:
    result = run("diff", file(machine, "old.json", READ), file(machine, "new.json", READ, WRITE))
    assert "s3:PutObject on arn:aws:s3:::reports/" in result.out
    assert "allowed by new.json statement 2" in result.out
    assert "(new.json:" in result.out


def test_sarif_points_at_the_statement(run: Run, machine: Path) -> None:
    names = file(machine, "old.json", READ), file(machine, "new.json", READ, WRITE)
    log = run("diff", *names, "--output", "sarif").json()
    assert log["version"] == "2.1.0"
    (result, *_) = log["runs"][0]["results"]
    assert result["ruleId"] == "new-access"
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "new.json"
    line = (machine / "new.json").read_text().splitlines()[place["region"]["startLine"] - 1]
    assert line.strip() == "{"
    ids = {rule["id"] for rule in log["runs"][0]["tool"]["driver"]["rules"]}
    assert all(each["ruleId"] in ids for each in log["runs"][0]["results"])


def test_the_type_is_read_off_the_elements(run: Run, machine: Path) -> None:
    names = file(machine, "a.json", TRUST), file(machine, "b.json", TRUST)
    assert run("diff", *names, "--output", "json").json()["type"] == "trust policy"
    assert run("diff", *names, "--type", "resource", "--output", "json").json()["type"] == "resource-based policy"


def test_two_types_are_not_compared(run: Run, machine: Path) -> None:
    result = run("diff", file(machine, "a.json", TRUST), file(machine, "b.json", READ))
    assert result.code == 252
    assert "--type" in result.err


def test_a_file_that_is_no_policy_is_told_with_its_place(run: Run, machine: Path) -> None:
    (machine / "bad.json").write_text('{"Version": "2012-10-17", "Statement": [{"Effect": "Maybe"}]}')
    result = run("diff", "bad.json", file(machine, "new.json", READ))
    assert result.code == 252
    assert "bad.json:1:" in result.err


def test_a_missing_file_is_told(run: Run, machine: Path) -> None:
    result = run("diff", "nowhere.json", file(machine, "new.json", READ))
    assert result.code == 252
    assert "nowhere.json" in result.err


def test_over_any_text_get_and_g_differ(run: Run, machine: Path) -> None:
    names = (
        file(machine, "old.json", {**READ, "Action": "s3:Get*"}),
        file(machine, "new.json", {**READ, "Action": "s3:G*"}),
    )
    assert run("diff", *names).code == 0
    assert "supposes" in run("diff", *names).out
    assert run("diff", *names, "--actions", "any").code == 2


@pytest.mark.parametrize(
    ("statements", "rule", "verdict", "code"),
    [
        ([READ], ("--cannot", "s3:Put*", "*"), "proven", 0),
        ([READ, WRITE], ("--cannot", "s3:Put*", "*"), "refuted", 2),
        ([READ, UNREADABLE], ("--cannot", "s3:Get*", "*"), "undecided", 3),
        ([READ], ("--no-new-access", "wide.json"), "proven", 0),
        ([PUBLIC], ("--no-public-access",), "refuted", 2),
        ([TRUST], ("--no-public-access", "--only-from-org", "o-a1b2c3d4e5"), "proven", 0),
    ],
)
def test_rules(statements: list[Any], rule: tuple[str, ...], verdict: str, code: int, run: Run, machine: Path) -> None:
    file(machine, "wide.json", READ, WRITE)
    name = file(machine, "policy.json", *statements)
    text = run("prove", name, *rule)
    assert text.code == code, text.out + text.err
    assert text.out.split()[0] == verdict
    value = run("prove", name, *rule, "--output", "json").json()
    assert {each["verdict"] for each in value["proofs"]} == {verdict}
    check(value, "prove")
    log = run("prove", name, *rule, "--output", "sarif").json()
    assert bool(log["runs"][0]["results"]) is (code != 0)


def test_a_broken_rule_outweighs_an_undecided_one(run: Run, machine: Path) -> None:
    name = file(machine, "policy.json", READ, {**UNREADABLE, "Action": "s3:PutObject"}, WRITE)
    result = run("prove", name, "--cannot", "s3:PutObject", "*", "--cannot", "s3:GetObject", "*")
    assert result.code == 2
    assert {line.split()[0] for line in result.out.splitlines() if not line.startswith(" ")} == {"undecided", "refuted"}


def test_a_rule_must_be_named(run: Run, machine: Path) -> None:
    result = run("prove", file(machine, "policy.json", READ))
    assert result.code == 252
    assert "--cannot" in result.err


def test_who_has_an_identity_based_policy_is_not_in_it(run: Run, machine: Path) -> None:
    result = run("prove", file(machine, "policy.json", READ), "--no-public-access")
    assert result.code == 252
    assert "names no principals" in result.err


def test_versions_of_a_managed_policy(run: Run) -> None:
    value = run("managed", "AmazonDMSVPCManagementRole", "--output", "json").json()
    check(value, "managed")
    assert [each["current"] for each in value["versions"]].count(True) == 1
    assert "current" in run("managed", "AmazonDMSVPCManagementRole").out


def test_what_aws_changed_from_v3_to_v4(run: Run) -> None:
    result = run("managed", "AmazonDMSVPCManagementRole", "--diff", "v3", "v4", "--output", "json")
    assert result.code == 2
    value = result.json()
    check(value, "diff")
    before, after = (
        json.loads(get_managed_policy("AmazonDMSVPCManagementRole").version(version).document)
        for version in ("v3", "v4")
    )
    added = actions_in(after) - actions_in(before)
    assert added
    assert {each["action"] for each in value["witnesses"] if each["allowed_by"] == "new"} <= added


def actions_in(document: Any) -> set[str]:
    found: set[str] = set()
    for statement in document["Statement"]:
        actions = statement["Action"]
        found |= {actions} if isinstance(actions, str) else set(actions)
    return found


def test_an_unknown_managed_policy_or_version(run: Run) -> None:
    result = run("managed", "AmazonDMSVPCManagementRol")
    assert result.code == 252
    assert "AmazonDMSVPCManagementRole" in result.err
    result = run("managed", "AmazonDMSVPCManagementRole", "--diff", "v3", "v999")
    assert result.code == 252
    assert "v999" in result.err


def test_drift_names_the_version_and_closes_the_gap(run: Run, machine: Path) -> None:
    policy = get_managed_policy("AmazonDMSVPCManagementRole")
    assert policy is not None
    old = policy.version("v3")
    assert old is not None
    (machine / "own.json").write_text(old.document)
    result = run("drift", "own.json", "--from", "AmazonDMSVPCManagementRole", "--output", "json")
    assert result.code == 2
    value = result.json()
    check(value, "drift")
    assert (value["relation"], value["equals_version"]) == ("narrower", "v3")
    # With the gap's statements the policy lacks nothing.
    both = json.loads(old.document)
    (machine / "mended.json").write_text(
        json.dumps({"Version": both["Version"], "Statement": [*both["Statement"], *value["gap"]["Statement"]]})
    )
    (machine / "current.json").write_text(policy.default_version.document)
    assert run("prove", "current.json", "--no-new-access", "mended.json").code == 0


def test_no_drift(run: Run, machine: Path) -> None:
    policy = get_managed_policy("AmazonDMSVPCManagementRole")
    assert policy is not None
    (machine / "own.json").write_text(policy.default_version.document)
    result = run("drift", "own.json", "--from", policy.arn)
    assert result.code == 0, result.out
    assert result.out.startswith("equivalent")


def test_a_recipe_s_repair_is_shown_by_a_request(run: Run) -> None:
    """The page's user policy misses the action on the export bucket: see the recipe's notes."""
    value = run("show", "vm-import", "--difference", "--output", "json").json()
    check(value, "difference")
    (meaning,) = [each for each in value["meaning"] if each["policy"] == "user"]
    assert meaning["relation"] == "broader"
    assert meaning["witnesses"]
    assert "by meaning: corrected is broader" in run("show", "vm-import", "--difference").out


def test_the_schemas_are_schemas() -> None:
    from passrole.cli.schemas import load_schema

    for name in ("diff", "prove", "managed", "drift"):
        Draft202012Validator.check_schema(load_schema(name))


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("diff", "-", "new.json"), 2, "broader"),
        (("diff", "new.json", "-", "--type", "identity"), 2, "narrower"),
        (("prove", "-", "--cannot", "s3:PutObject", "*"), 0, "proven"),
        (("drift", "-", "--from", "AmazonDMSVPCManagementRole"), 2, "disjoint"),
    ],
)
def test_a_policy_from_standard_input_is_read_once(words: tuple[str, ...], code: int, says: str, machine: Path) -> None:
    """Its type is told by its elements, and its content goes on: there is nothing to read a second time."""
    file(machine, "new.json", READ, WRITE)
    text = json.dumps({"Version": "2012-10-17", "Statement": [READ]})
    result = run_program(*words, input=text, stdin=None)
    assert result.code == code, result.err
    assert says in result.out


@pytest.mark.parametrize("words", [("diff", "-", "-"), ("prove", "-", "--no-new-access", "-")])
def test_standard_input_cannot_be_two_files(words: tuple[str, ...], machine: Path) -> None:
    text = json.dumps({"Version": "2012-10-17", "Statement": [READ]})
    result = run_program(*words, input=text, stdin=None)
    assert (result.code, result.out) == (252, "")
    assert "`-` is there twice" in result.err


def test_a_document_without_statements_says_nothing(run: Run, machine: Path) -> None:
    """AWS refuses to store it: "Syntax errors in policy." That nothing is allowed without an Allow is certain."""
    (machine / "empty.json").write_text('{"Version": "2012-10-17", "Statement": []}')
    (machine / "some.json").write_text(json.dumps(document(allow("s3:GetObject"))))
    trust = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
    (machine / "trust.json").write_text(json.dumps(document(trust)))
    for name in ("some.json", "trust.json"):
        result = run("diff", name, "empty.json", "--output", "json")
        assert (result.code, result.json()["relation"]) == (2, "narrower")
        assert "`Statement` is empty" in result.err
    assert run("diff", "empty.json", "empty.json").code == 0
    assert run("prove", "empty.json", "--cannot", "*", "*").code == 0
    (machine / "broken.json").write_text('{"Statement": [], "Statment": []}')
    assert run("diff", "broken.json", "empty.json").code == 252


def test_a_difference_that_is_shown_counts_where_the_rest_is_undecided(run: Run, machine: Path) -> None:
    """Which account a request of a service has is written nowhere, so that it may be denied and may not."""
    bucket = {"Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"}
    others = {
        **bucket,
        "Effect": "Deny",
        "Principal": "*",
        "Condition": {"StringNotEquals": {"aws:PrincipalAccount": "111122223333"}},
    }
    mine = {**bucket, "Effect": "Allow", "Principal": {"AWS": "111122223333"}}
    logs = {**bucket, "Effect": "Allow", "Principal": {"Service": "logging.s3.amazonaws.com"}}
    for name, *statements in (("none", others), ("old", others, mine), ("new", others, logs)):
        (machine / f"{name}.json").write_text(json.dumps(document(*statements)))
    result = run("diff", "old.json", "new.json", "--output", "json")
    assert result.json()["relation"] == "undecided"
    assert {each["allowed_by"] for each in result.json()["witnesses"]} == {"old"}
    assert result.code == 2
    text = run("diff", "old.json", "new.json")
    assert "new.json and old.json differ" in " ".join(text.out.split())
    assert run("diff", "none.json", "new.json").code == 3


@pytest.mark.parametrize(
    ("action", "resource", "wrong"),
    [
        ("DeleteBucket", "*", "`DeleteBucket` matches no action"),
        ("s3:Delete:Bucket", "*", "`s3:Delete:Bucket` matches no action"),
        ("s3:GetObject", "reports", "`reports` matches no ARN"),
        ("s3:GetObject", "reports/*", "`reports/*` matches no ARN"),
        ("s3:GetObject", "arn:aws:s3:reports", "`arn:aws:s3:reports` matches no ARN"),
    ],
)
def test_a_rule_about_nothing_is_not_proven(machine: Path, run: Run, action: str, resource: str, wrong: str) -> None:
    result = run("prove", file(machine, "policy.json", READ), "--cannot", action, resource)
    assert result.code == 252
    assert wrong in result.err


@pytest.mark.parametrize(
    "resource", ["*", "*reports*", "a*", "arn:*", "arn:aws:s3:::reports/x", "?rn:aws:s3:::reports/*"]
)
def test_a_rule_about_any_pattern_of_arns_is_looked_at(machine: Path, run: Run, resource: str) -> None:
    assert run("prove", file(machine, "policy.json", READ), "--cannot", "s3:Get*", resource).code == 2


def test_a_proof_about_an_action_that_aws_does_not_list_says_so(machine: Path, run: Run) -> None:
    result = run("prove", file(machine, "policy.json", READ), "--cannot", "s3:DeleteBuckets", "*", "--output", "json")
    (proof,) = result.json()["proofs"]
    assert (result.code, proof["certainty"]) == (0, "exact under assumptions")
    assert proof["assumptions"] == ["`s3:DeleteBuckets` is the action that is meant: AWS lists none such"]


def test_findings_about_versions_of_a_managed_policy_stand_in_no_file(run: Run) -> None:
    result = run("managed", "AmazonDMSVPCManagementRole", "--diff", "v3", "v4", "--output", "sarif")
    assert result.code == 2
    found = result.json()["runs"][0]["results"]
    assert {each["ruleId"] for each in found} == {"new-access"}
    name = "AmazonDMSVPCManagementRole v4"
    assert all(each["locations"] == [{"logicalLocations": [{"fullyQualifiedName": name}]}] for each in found)
    assert run("managed", "AmazonDMSVPCManagementRole", "--output", "sarif").code == 252


def test_findings_about_a_policy_and_its_origin_stand_in_its_file(run: Run, machine: Path) -> None:
    policy = get_managed_policy("AmazonDMSVPCManagementRole")
    assert policy is not None
    old = policy.version("v3")
    assert old is not None
    (machine / "own.json").write_text(old.document)
    result = run("drift", "own.json", "--from", policy.name, "--output", "sarif")
    assert result.code == 2
    (finding, *_) = result.json()["runs"][0]["results"]
    assert finding["ruleId"] == "lost-access"
    assert finding["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "own.json"
