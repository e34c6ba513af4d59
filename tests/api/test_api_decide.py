"""The Python API: sources of policies, answers, and the snippet that the README shows."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from passrole.api import Answer, Outcome, decide
from passrole.errors import UsageError
from passrole.policy.parse import PolicySyntaxError, policy_from_value

ROOT = Path(__file__).parents[2]
ROLE = "arn:aws:iam::111122223333:role/reports"
OBJECT = "arn:aws:s3:::reports/2026.csv"
READ = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::reports/*"}],
}
NO_PLAIN_HTTP = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "OnlyTls",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": "*",
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
    ],
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name, value in (("role.json", READ), ("bucket.json", NO_PLAIN_HTTP)):
        Path(name).write_text(json.dumps(value, indent=4), encoding="utf-8")
    return tmp_path


def ask(**more: object) -> Answer:
    return decide(ROLE, "s3:GetObject", OBJECT, identity_policies=[Path("role.json")], **more)


@pytest.mark.usefixtures("folder")
class TestDecide:
    def test_allowed(self) -> None:
        answer = ask()
        assert (answer.outcome, answer.allowed) == (Outcome.ALLOWED, True)
        assert answer.reason == "allowed by role.json statement 1 (role.json:4:9)"
        assert answer.aws_message is None

    def test_denied_by_the_statement_in_its_file(self) -> None:
        answer = ask(resource_policy=Path("bucket.json"), context={"aws:SecureTransport": "false"})
        assert answer.outcome is Outcome.EXPLICIT_DENY
        assert answer.reason == "denied by bucket.json statement 1 (OnlyTls) (bucket.json:4:9)"
        assert answer.aws_message is not None
        assert answer.aws_message.endswith("with an explicit deny in a resource-based policy")

    def test_nothing_allows_and_what_came_nearest(self) -> None:
        answer = decide(
            ROLE, "s3:GetObject", OBJECT.replace("reports", "report"), identity_policies=[Path("role.json")]
        )
        assert answer.outcome is Outcome.IMPLICIT_DENY
        assert answer.reason == (
            "no identity-based policy allows s3:GetObject; nearest is role.json statement 1: its Resource "
            "(role.json:7:25) wants arn:aws:s3:::reports/*, and the request has arn:aws:s3:::report/2026.csv"
        )

    def test_undecided_rests_on_a_key(self) -> None:
        answer = ask(resource_policy=Path("bucket.json"), unknown_keys=["aws:SecureTransport"])
        assert (answer.outcome, answer.allowed) == (Outcome.UNDECIDED, False)
        (dependency,) = answer.depends_on
        assert (dependency.key, dependency.would_allow, dependency.absent_allows) == (
            "aws:SecureTransport",
            ("true",),
            True,
        )
        assert answer.reason == "it depends on aws:SecureTransport: true or no such key"

    def test_every_kind_of_source_is_the_same(self) -> None:
        sources = [Path("role.json"), json.dumps(READ), READ, policy_from_value(READ)]
        assert {decide(ROLE, "s3:GetObject", OBJECT, identity_policies=[source]).outcome for source in sources} == {
            Outcome.ALLOWED
        }

    def test_every_layer_counts(self) -> None:
        other = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}]}
        for layer in ("permissions_boundary", "session_policy", "endpoint_policy"):
            assert (
                ask(**{layer: {**other, "Statement": [{**other["Statement"][0]}]}}).outcome is Outcome.IMPLICIT_DENY
            ), layer
        assert ask(scps=[[READ], [other]]).outcome is Outcome.IMPLICIT_DENY
        assert ask(scps=[[READ, other]]).allowed
        assert ask(rcps=[[NO_PLAIN_HTTP]], context={"aws:SecureTransport": "false"}).outcome is Outcome.EXPLICIT_DENY
        assert ask(resource_account="444455556666").outcome is Outcome.IMPLICIT_DENY

    def test_the_account_that_an_arn_names_owns_the_resource(self) -> None:
        allow = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
        trust = {**allow, "Statement": {"Effect": "Allow", "Principal": {"AWS": ROLE}, "Action": "sts:AssumeRole"}}
        queue, role = "arn:aws:sqs:us-east-1:444455556666:q", "arn:aws:iam::444455556666:role/theirs"
        assert decide(ROLE, "sqs:SendMessage", queue, identity_policies=[allow]).outcome is Outcome.IMPLICIT_DENY
        assert decide(ROLE, "sts:AssumeRole", role, trust_policy=trust).outcome is Outcome.IMPLICIT_DENY
        assert decide(ROLE, "sts:AssumeRole", role, trust_policy=trust, identity_policies=[allow]).allowed
        assert decide(ROLE, "iam:GetPolicy", "arn:aws:iam::aws:policy/X", identity_policies=[allow]).allowed

    @pytest.mark.parametrize(
        "action", ["", "GetObject", "s3:", ":GetObject", "s3:Get*", "s3:GetObject ", "a:b:c", "s3:Get\nObject"]
    )
    def test_what_is_no_action_is_refused(self, action: str) -> None:
        with pytest.raises(UsageError, match="is no action"):
            decide(ROLE, action, OBJECT)

    def test_trust_policy(self) -> None:
        trust = {
            "Version": "2012-10-17",
            "Statement": {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"},
        }
        assert decide("ec2.amazonaws.com", "sts:AssumeRole", ROLE, trust_policy=trust).allowed
        assert not decide("ssm.amazonaws.com", "sts:AssumeRole", ROLE, trust_policy=trust).allowed

    def test_an_answer_is_no_truth_value(self) -> None:
        with pytest.raises(TypeError, match="allowed"):
            bool(ask())

    def test_a_file_that_is_no_policy(self) -> None:
        Path("broken.json").write_text('{"Statement": [}', encoding="utf-8")
        with pytest.raises(PolicySyntaxError) as caught:
            decide(ROLE, "s3:GetObject", OBJECT, identity_policies=[Path("broken.json")])
        assert caught.value.diagnostics[0].span is not None
        assert caught.value.diagnostics[0].span.source == "broken.json"


def test_the_snippet_of_the_readme_prints_what_it_says(folder: Path) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (snippet,) = re.findall(r"```python\n(.*?from passrole\.api import.*?)```", readme, re.DOTALL)
    told = [line.partition("# ")[2] for line in snippet.splitlines() if line.startswith("print(") and "# " in line]
    assert told
    done = subprocess.run(
        [sys.executable, "-c", snippet],
        cwd=folder,
        env={"PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == told


def test_the_command_line_does_not_pay_for_it() -> None:
    code = (
        "import sys, passrole.cli.main; print('passrole.api' in sys.modules, 'passrole.engine.evaluate' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stdout.split() == ["False", "False"]


@pytest.mark.usefixtures("folder")
class TestMisuse:
    """What would otherwise be evaluated as something that nobody meant."""

    def test_one_policy_where_a_list_is_meant(self) -> None:
        for one in ("role.json", Path("role.json"), READ):
            with pytest.raises(TypeError, match="a list of policies"):
                decide(ROLE, "s3:GetObject", OBJECT, identity_policies=one)
            with pytest.raises(TypeError, match="a list of levels"):
                ask(scps=one)

    def test_a_level_may_be_one_policy(self) -> None:
        only_sqs = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}]}
        assert ask(scps=[READ]).allowed
        assert ask(scps=[READ, only_sqs]).outcome is Outcome.IMPLICIT_DENY
        assert ask(scps=[[READ, only_sqs]]).allowed

    def test_a_trust_policy_is_asked_for_only_where_a_role_is_assumed(self) -> None:
        with pytest.raises(UsageError, match="no trust policy is asked for"):
            ask(trust_policy=READ)
        with pytest.raises(UsageError, match="is its trust policy"):
            decide(ROLE, "sts:AssumeRole", ROLE, resource_policy=NO_PLAIN_HTTP)

    def test_a_context_value_of_no_type_that_aws_has(self) -> None:
        answer = ask(resource_policy=Path("bucket.json"), context={"aws:SecureTransport": None})
        assert answer.outcome is Outcome.UNDECIDED


@pytest.mark.parametrize(
    ("resource", "more", "wrong"),
    [
        ("", {}, "`` is neither an ARN nor `*`"),
        ("reports", {}, "`reports` is neither an ARN nor `*`"),
        ("arn:aws:s3:::reports/a", {"resource_account": "12"}, "`12` is no account ID"),
        (
            "arn:aws:sqs:us-east-1:444455556666:q",
            {"resource_account": "111122223333"},
            "is of account 444455556666, and resource_account says 111122223333",
        ),
    ],
)
def test_what_names_no_resource_or_another_owner_is_refused(resource: str, more: dict[str, str], wrong: str) -> None:
    """An administrator would be allowed anything on a text that is no resource of AWS."""
    user, everything = "arn:aws:iam::111122223333:user/ana", {"Effect": "Allow", "Action": "*", "Resource": "*"}
    policy = {"Version": "2012-10-17", "Statement": [everything]}
    with pytest.raises(UsageError) as caught:
        decide(
            user, "s3:GetObject", resource, identity_policies=[policy], resource_account=more.get("resource_account")
        )
    assert wrong in caught.value.message
    assert caught.value.help


def test_the_bucket_behind_an_access_point_may_be_of_another_account() -> None:
    point = "arn:aws:s3:us-east-1:444455556666:accesspoint/x/object/a"
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    user = "arn:aws:iam::111122223333:user/ana"
    assert not decide(user, "s3:GetObject", point, identity_policies=[policy]).allowed
    assert decide(user, "s3:GetObject", point, identity_policies=[policy], resource_account="111122223333").allowed


def test_one_name_is_no_list_of_unknown_keys() -> None:
    """Its letters would be taken for keys, and the key for known."""
    with pytest.raises(TypeError, match="several names"):
        decide("*", "s3:GetObject", "*", unknown_keys="aws:SourceIp")


def test_a_file_that_is_no_utf8_is_told_like_any_mistake(tmp_path: Path) -> None:
    wide = tmp_path / "wide.json"
    wide.write_bytes('{"Version": "2012-10-17", "Statement": []}'.encode("utf-16"))
    with pytest.raises(PolicySyntaxError, match="UTF-16"):
        decide("*", "s3:GetObject", "*", identity_policies=[wide])
