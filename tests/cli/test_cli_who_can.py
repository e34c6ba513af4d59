"""`passrole who-can` and `what-can`: on the embedded account and on a file, as text and as JSON."""

from __future__ import annotations

import pytest
from tests.cli.cli_files import OBJECT, details_file
from tests.cli.command_line import Run
from tests.cli.test_cli_schemas import check

USAGE, OK, UNDECIDED = 252, 0, 3
IMAGE = "arn:aws:s3:::disk-images/vm.ova"


def section(text: str, title: str) -> list[str]:
    """The lines under a heading."""
    blocks = [block.splitlines() for block in text.split("\n\n")]
    return next((block[1:] for block in blocks if block[0] == title), [])


class TestWhoCan:
    @pytest.mark.usefixtures("vm_import")
    def test_on_the_embedded_account(self, run: Run) -> None:
        result = run("who-can", "s3:GetObject", IMAGE)
        assert result.code == OK
        assert [line.split("  ")[1] for line in section(result.out, "allowed")] == [
            "the root user of 111122223333",
            "user/passrole-admin",
            "role/vmimport",
        ]
        assert "role/vmimport inline policy vmimport statement 1" in result.out
        assert "supposes: " in result.out

    @pytest.mark.usefixtures("vm_import")
    def test_who_may_assume_a_role_depends_on_the_external_id(self, run: Run) -> None:
        result = run("who-can", "sts:AssumeRole", "role/vmimport")
        assert result.code == UNDECIDED
        (line,) = section(result.out, "depends on the request")
        assert line.split() == ["vmie.amazonaws.com", "sts:ExternalId:", "allowed", "with", "vmimport"]
        given = run("who-can", "sts:AssumeRole", "role/vmimport", "--context", "sts:ExternalId=vmimport")
        assert given.code == OK
        assert section(given.out, "allowed") == ["  vmie.amazonaws.com  role/vmimport trust policy statement 1"]

    def test_another_account_s_policy_is_not_supposed(self, run: Run) -> None:
        """It may allow or deny: nobody's answer is told for sure."""
        words = ("who-can", "s3:GetObject", OBJECT, "--authorization-details", details_file())
        theirs = run(*words, "--resource-account", "444455556666")
        assert theirs.code == UNDECIDED
        assert section(theirs.out, "allowed") == []
        assert f"the policy of `{OBJECT}` is in account 444455556666" in section(theirs.out, "not known")[0]
        assert "who else may come in from other accounts is not known" in theirs.err
        own = run(*words, "--resource-account", "111122223333")
        assert section(own.out, "allowed") == section(run(*words).out, "allowed") != []

    def test_an_owner_that_the_arn_contradicts(self, run: Run) -> None:
        queue = "arn:aws:sqs:us-east-1:444455556666:q"
        words = ("sqs:SendMessage", queue, "--authorization-details", details_file(), "--resource-account")
        for command in (("who-can",), ("can", "user/ana")):
            result = run(*command, *words, "111122223333")
            assert result.code == USAGE
            assert "is of account 444455556666, and --resource-account says 111122223333" in result.err
            assert "leave --resource-account out" in result.err
            assert run(*command, *words, "444455556666").code != USAGE

    def test_an_access_point_and_its_bucket_may_be_of_two_accounts(self, run: Run) -> None:
        through = "arn:aws:s3:us-east-1:444455556666:accesspoint/x/object/a"
        words = (
            "s3:GetObject",
            through,
            "--authorization-details",
            details_file(),
            "--resource-account",
            "111122223333",
        )
        for command in (("who-can",), ("can", "user/ana")):
            result = run(*command, *words)
            assert result.code != USAGE
            assert "the access point is of account 444455556666, and --resource-account says 111122223333" in result.err

    def test_on_a_file(self, run: Run) -> None:
        words = ("who-can", "s3:GetObject", OBJECT, "--authorization-details", details_file())
        result = run(*words)
        assert result.code == UNDECIDED
        assert [line.split()[0] for line in section(result.out, "allowed")[1:]] == ["user/ana"]
        assert section(result.out, "depends on the request") == [
            "  user/ben  aws:MultiFactorAuthPresent: allowed with true"
        ]
        assert "2 allowed, 1 depending on the request, 0 not known, 2 denied (--all lists them)" in result.out
        assert "user/cleo" not in result.out
        everyone = run(*words, "--all")
        assert "denied by user/cleo inline policy p statement 2" in everyone.out
        assert "no identity-based policy allows it" in everyone.out
        nothing_else = run(*words, "--without", "*")
        assert nothing_else.code == OK
        assert section(nothing_else.out, "depends on the request") == []

    @pytest.mark.usefixtures("vm_import")
    def test_json(self, run: Run) -> None:
        for words in (("s3:GetObject", IMAGE), ("sts:AssumeRole", "role/vmimport"), ("iam:ListUsers", "*")):
            check(run("who-can", *words, "--output", "json").json(), "who-can")
        value = run(
            "who-can", "s3:GetObject", OBJECT, "--authorization-details", details_file(), "--output", "json"
        ).json()
        check(value, "who-can")
        assert value["account"] is None
        outcomes = {each["principal"].rpartition(":")[2]: each["outcome"] for each in value["principals"]}
        assert outcomes == {
            "root": "allowed",
            "user/ana": "allowed",
            "user/ben": "undecided",
            "user/cleo": "explicit deny",
            "role/app": "implicit deny",
        }

    @pytest.mark.parametrize(
        ("words", "message"),
        [
            (("s3:GetObjec", IMAGE), "no action that AWS publishes"),
            (("s3:GetObject", "disk-images"), "neither an ARN nor `*`"),
            (("s3:GetObject",), "RESOURCE"),
        ],
    )
    def test_what_cannot_be_meant(self, words: tuple[str, ...], message: str, run: Run) -> None:
        result = run("who-can", *words, "--authorization-details", details_file())
        assert (result.code, result.out) == (USAGE, "")
        assert message in result.err


class TestWhatCan:
    @pytest.mark.usefixtures("vm_import")
    def test_on_the_embedded_account(self, run: Run) -> None:
        result = run("what-can", "role/vmimport", "--service", "s3")
        assert result.code == OK
        blocks = [[line.strip() for line in block.splitlines()] for block in result.out.split("\n\n")]
        assert [
            "on arn:aws:s3:::disk-images/*",
            "by role/vmimport inline policy vmimport statement 1",
            "s3:GetObject",
        ] in [block[:3] for block in blocks]

    def test_on_a_file(self, run: Run) -> None:
        words = ("--service", "s3", "--authorization-details", details_file())
        ana = run("what-can", "user/ana", *words)
        assert ana.code == OK
        assert "on arn:aws:s3:::reports/ana/*" in ana.out
        assert "by group/readers inline policy p statement 1" in ana.out
        ben = run("what-can", "user/ben", *words)
        assert ben.code == UNDECIDED
        assert "depends on aws:MultiFactorAuthPresent: allowed with true" in ben.out
        cleo = run("what-can", "user/cleo", *words)
        assert "not where user/cleo inline policy p statement 2 denies" in cleo.out
        app = run("what-can", "role/app", *words)
        assert "nothing of s3" in app.out

    def test_many_actions_are_counted(self, run: Run) -> None:
        whole = run("what-can", "user/cleo", "--authorization-details", details_file())
        assert " actions of s3" in whole.out or "s3:*" in whole.out

    @pytest.mark.usefixtures("vm_import")
    def test_json(self, run: Run) -> None:
        check(run("what-can", "role/vmimport", "--service", "s3", "--output", "json").json(), "what-can")
        words = ("--service", "s3", "--authorization-details", details_file(), "--output", "json")
        value = run("what-can", "user/cleo", *words).json()
        check(value, "what-can")
        read = next(each for each in value["access"] if each["action"] == "s3:GetObject")
        assert (read["resources"], read["outcome"]) == ("*", "allowed")
        assert [ref["statement"] for ref in read["limited_by"]] == [2]

    @pytest.mark.parametrize(
        ("words", "message"),
        [
            (("user/nobody",), "has no `user/nobody`"),
            (("ec2.amazonaws.com",), "has no policies in account"),
            (("arn:aws:iam::444455556666:user/x",), "has no policies in account"),
            (("user/ana", "--service", "s33"), "no service has the prefix `s33`"),
            (("group/readers",), "`group/readers` makes no requests"),
        ],
    )
    def test_what_cannot_be_meant(self, words: tuple[str, ...], message: str, run: Run) -> None:
        result = run("what-can", *words, "--authorization-details", details_file())
        assert (result.code, result.out) == (USAGE, "")
        assert message in result.err
