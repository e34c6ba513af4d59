"""`passrole can`: decisions by exit code, and questions that cannot be meant."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.cli.command_line import Run

from passrole.server.embedded import embedded_session

USAGE = 252
OBJECT = "arn:aws:s3:::disk-images/vm.ova"
THEIR_ROLE = "arn:aws:iam::999988887777:role/vmimport"
KEY = "arn:aws:kms:us-east-1:{}:key/1234abcd-12ab-34cd-56ef-1234567890ab"


@pytest.fixture
def account(vm_import: Path) -> Path:
    return vm_import


def grant(account: Path, **statement: Any) -> None:
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Resource": "*", **statement}]}
    with embedded_session(account) as opened:
        opened.client("iam").put_role_policy(
            RoleName="vmimport", PolicyName="more", PolicyDocument=json.dumps(document)
        )


@pytest.mark.parametrize(
    ("words", "code", "outcome"),
    [
        (("role/vmimport", "s3:GetObject", OBJECT), 0, "allowed"),
        (("role/vmimport", "S3:getobject", OBJECT), 0, "allowed"),
        (("arn:aws:iam::111122223333:role/vmimport", "s3:GetObject", OBJECT), 0, "allowed"),
        (("arn:aws:sts::111122223333:assumed-role/vmimport/import", "s3:GetObject", OBJECT), 0, "allowed"),
        (("user/passrole-admin", "iam:ListUsers", "*"), 0, "allowed"),
        (("role/vmimport", "s3:DeleteObject", OBJECT), 2, "implicit deny"),
        (("*", "s3:GetObject", OBJECT), 2, "implicit deny"),
        (("vmie.amazonaws.com", "sts:AssumeRole", "role/vmimport"), 2, "implicit deny"),
        (
            ("vmie.amazonaws.com", "sts:AssumeRole", "role/vmimport", "--context", "sts:ExternalId=vmimport"),
            0,
            "allowed",
        ),
        (
            ("vmie.amazonaws.com", "sts:AssumeRole", "role/vmimport", "--context", "STS:externalid=vmimport"),
            0,
            "allowed",
        ),
        (("arn:aws:iam::999988887777:user/other", "s3:GetObject", OBJECT), 3, "undecided"),
        # Roles of other accounts have their own trust policies, whatever they are called.
        (("vmie.amazonaws.com", "sts:AssumeRole", THEIR_ROLE, "--context", "sts:ExternalId=vmimport"), 3, "undecided"),
        (("user/passrole-admin", "sts:AssumeRole", THEIR_ROLE), 3, "undecided"),
        # A key of the account is supposed to have the default policy; what another account's says nobody knows.
        (("user/passrole-admin", "kms:Decrypt", KEY.format("111122223333")), 0, "allowed"),
        (("user/passrole-admin", "kms:Decrypt", KEY.format("999988887777")), 3, "undecided"),
    ],
)
@pytest.mark.usefixtures("account")
def test_the_answer_is_the_exit_code(words: tuple[str, ...], code: int, outcome: str, run: Run) -> None:
    result = run("can", *words)
    assert (result.code, result.out.partition("  ")[0]) == (code, outcome)


@pytest.mark.parametrize("value", ["NaN", "nan", "Infinity", "1e999", "", " ", "١", "0x10", "1_000", "x"])
def test_a_context_value_that_is_no_number_meets_no_numeric_condition(value: str, run: Run, account: Path) -> None:
    """Refused by the engine, never by luck of how floats compare."""
    for operator in ("NumericLessThan", "NumericGreaterThan", "NumericEquals", "NumericLessThanEquals"):
        grant(account, Action="ec2:RunInstances", Condition={operator: {"aws:MultiFactorAuthAge": "100"}})
        result = run("can", "role/vmimport", "ec2:RunInstances", "*", "--context", f"aws:MultiFactorAuthAge={value}")
        assert result.code != 0, result.out


def test_a_key_that_comes_again_in_another_case_has_two_values(run: Run, account: Path) -> None:
    grant(
        account,
        Action="ec2:CreateTags",
        Condition={"ForAllValues:StringEquals": {"aws:TagKeys": ["a", "b"]}},
    )
    both = ("--context", "aws:TagKeys=a", "--context", "AWS:tagkeys=b")
    assert run("can", "role/vmimport", "ec2:CreateTags", "*", *both).code == 0
    more = ("--context", "aws:TagKeys=a", "--context", "AWS:tagkeys=c")
    assert run("can", "role/vmimport", "ec2:CreateTags", "*", *more).code == 2


QUESTIONS = {
    "nobody": (("role/nobody", "s3:GetObject", OBJECT), "account 111122223333 has no `role/nobody`", ""),
    "a near name": (("role/vmimprt", "s3:GetObject", OBJECT), "has no `role/vmimprt`", ""),
    "no user": (("user/x", "s3:GetObject", OBJECT), "has no `user/x`", ""),
    "another case": (("role/VMIMPORT", "s3:GetObject", OBJECT), "is spelt `role/vmimport`", "role/vmimport"),
    "no name": (("role/", "s3:GetObject", OBJECT), "`` cannot be the name of a role", "role/NAME"),
    "a name that cannot be": (("role/a b", "s3:GetObject", OBJECT), "`a b` cannot be the name", "role/NAME"),
    "a name in unicode": (("user/jürgen", "s3:GetObject", OBJECT), "`jürgen` cannot be", "user/NAME"),
    "a group": (("group/x", "s3:GetObject", OBJECT), "`group/x` makes no requests", "user/NAME"),
    "an account": (("111122223333", "s3:GetObject", OBJECT), "is no principal", ":root"),
    "an ARN of a bucket": (("arn:aws:s3:::b", "s3:GetObject", OBJECT), "is no principal", "name a user"),
    "a word": (("me", "s3:GetObject", OBJECT), "`me` may be a user or a role", "user/me or role/me"),
    "very long": (("a" * 5000, "s3:GetObject", OBJECT), "is no principal", "name a user"),
    "empty": (("", "s3:GetObject", OBJECT), "`PRINCIPAL`: it is empty", "can --help"),
    "misspelt action": (("role/vmimport", "s3:GetObjec", OBJECT), "no action that AWS", "`s3:GetObject`"),
    "action without service": (("role/vmimport", "GetObject", OBJECT), "no action that AWS", "like s3:GetObject"),
    "a pattern": (("role/vmimport", "s3:Get*", OBJECT), "a request has one action", "ask for one"),
    "bucket's name": (("role/vmimport", "s3:GetObject", "disk-images"), "neither an ARN nor `*`", "arn:aws:s3:::"),
    "half an ARN": (("role/vmimport", "s3:GetObject", "arn:aws:s3:::"), "neither an ARN nor `*`", "arn:aws:s3:::"),
    "no such role": (("role/vmimport", "sts:AssumeRole", "role/nope"), "no `role/nope` in account", "list-roles"),
    "a role at another path": (
        ("vmie.amazonaws.com", "sts:AssumeRole", "arn:aws:iam::111122223333:role/x/vmimport"),
        "there is no `arn:aws:iam::111122223333:role/x/vmimport`",
        "arn:aws:iam::111122223333:role/vmimport",
    ),
    "a bucket to assume": (
        ("vmie.amazonaws.com", "sts:AssumeRole", "arn:aws:s3:::b:role/vmimport"),
        "only a role can be assumed",
        "role/NAME",
    ),
    "context without key": (("role/vmimport", "s3:GetObject", "*", "--context", "=x"), "no condition key", "--context"),
    "context without value": (
        ("role/vmimport", "s3:GetObject", "*", "--context", "aws:x"),
        "no condition",
        "--context",
    ),
    "context without prefix": (("role/vmimport", "s3:GetObject", "*", "--context", "x=1"), "no condition", "--context"),
    "context not UTF-8": (
        ("role/vmimport", "s3:GetObject", "*", "--context", "aws:x=\udcff"),
        "not text in UTF-8",
        "type the value anew",
    ),
}


@pytest.mark.parametrize("name", QUESTIONS)
@pytest.mark.usefixtures("account")
def test_a_question_that_cannot_be_meant(name: str, run: Run) -> None:
    words, says, help_text = QUESTIONS[name]
    result = run("can", *words)
    assert (result.code, result.out) == (USAGE, "")
    assert says in result.err
    assert any("help: " in line and help_text in line for line in result.err.splitlines())


def test_a_role_by_its_name_is_asked_about_where_it_is(run: Run, account: Path) -> None:
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "dms.amazonaws.com"}, "Action": "sts:AssumeRole"},
        ],
    }
    with embedded_session(account) as opened:
        opened.client("iam").create_role(RoleName="far", Path="/a/b/", AssumeRolePolicyDocument=json.dumps(trust))
    grant(account, Action="iam:PassRole", Resource="arn:aws:iam::111122223333:role/far")

    assert run("can", "dms.amazonaws.com", "sts:AssumeRole", "role/far").code == 0
    passed = run("can", "role/vmimport", "iam:PassRole", "role/far", "--output", "json").json()
    assert (passed["resource"], passed["outcome"]) == ("arn:aws:iam::111122223333:role/a/b/far", "implicit deny")


@pytest.mark.usefixtures("account")
def test_a_pattern_of_resources_is_answered_as_written_and_that_is_said(run: Run) -> None:
    result = run("can", "role/vmimport", "s3:GetObject", "arn:aws:s3:::disk-images/*")
    assert result.code == 0
    assert "was asked for as it is written" in result.err
    assert "was asked for" not in run("can", "role/vmimport", "s3:GetObject", OBJECT).err


@pytest.mark.usefixtures("account")
def test_the_nearest_statement_is_told(run: Run) -> None:
    value = run("can", "role/vmimport", "s3:PutObject", OBJECT, "--output", "json").json()
    failed = value["missing"][0]["near"]["failed"]
    assert (failed["element"], failed["match"], failed["seen"]) == ("Resource", "no", OBJECT)
    assert "arn:aws:s3:::exports/*" in failed["wanted"]
    told = run("can", "role/vmimport", "s3:PutObject", OBJECT).out
    assert "What would allow it" in told
