"""AWS CLI v2 against the served account: what people type, with --endpoint-url, which versions before 2.13 need.

It is taken from AWS_CLI_V2 (a path) or from PATH; skipped where there is none (`apt install awscli` has 2.9 in Debian).
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from passrole.server.http import ServedAccount, serving

TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
POLICY = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "iam:GetRole", "Resource": "arn:aws:iam::*:role/cli-*"}],
}


def aws_cli_v2() -> str:
    for candidate in (os.environ.get("AWS_CLI_V2"), shutil.which("aws"), "/usr/bin/aws", "/usr/local/bin/aws"):
        if candidate and Path(candidate).exists():
            version = subprocess.run([candidate, "--version"], capture_output=True, text=True, check=False, timeout=60)
            if version.stdout.startswith("aws-cli/2"):
                return candidate
    pytest.skip("AWS CLI v2 is neither on PATH nor named by AWS_CLI_V2")


class Shell:
    def __init__(self, program: str, folder: Path, served: ServedAccount) -> None:
        self._program, self._folder = program, folder
        variables = served.environment().variables()
        # The variable for the endpoint is left out: it must not be what makes this work.
        self._endpoint = variables.pop("AWS_ENDPOINT_URL")
        self._environment = {"PATH": "/usr/bin:/bin", "HOME": str(folder), "AWS_PAGER": "", **variables}

    def run(self, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self._program, "--endpoint-url", self._endpoint, *words],
            cwd=self._folder,
            env=self._environment | more,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    def prints(self, *words: str, **more: str) -> str:
        done = self.run(*words, **more)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def fails(self, *words: str, **more: str) -> str:
        done = self.run(*words, **more)
        assert done.returncode == 254, done.stdout
        return done.stderr.strip()


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    program = aws_cli_v2()
    (tmp_path / "trust.json").write_text(json.dumps(TRUST))
    (tmp_path / "policy.json").write_text(json.dumps(POLICY))
    with serving(tmp_path / "account.db") as served:
        yield Shell(program, tmp_path, served)


def test_a_role_from_its_making_to_its_deletion(shell: Shell) -> None:
    made = json.loads(
        shell.prints("iam", "create-role", "--role-name", "cli-a", "--assume-role-policy-document", "file://trust.json")
    )["Role"]
    assert made["AssumeRolePolicyDocument"] == TRUST
    assert made["CreateDate"].endswith("+00:00")
    shell.prints("iam", "wait", "role-exists", "--role-name", "cli-a")
    for name in ("cli-b", "cli-c"):
        shell.prints("iam", "create-role", "--role-name", name, "--assume-role-policy-document", "file://trust.json")
    assert shell.prints(
        *("iam", "list-roles", "--page-size", "2", "--query", "Roles[].RoleName", "--output", "text")
    ).split() == ["cli-a", "cli-b", "cli-c"]
    shell.prints(
        *(
            "iam",
            "put-role-policy",
            "--role-name",
            "cli-a",
            "--policy-name",
            "p",
            "--policy-document",
            "file://policy.json",
        )
    )
    simulated = shell.prints(
        *("iam", "simulate-principal-policy", "--policy-source-arn", made["Arn"], "--resource-arns", made["Arn"]),
        *("--action-names", "iam:GetRole", "iam:DeleteRole", "--output", "text"),
        *("--query", "EvaluationResults[].[EvalActionName,EvalDecision]"),
    )
    assert simulated.split() == ["iam:GetRole", "allowed", "iam:DeleteRole", "implicitDeny"]
    assert shell.fails("iam", "get-role", "--role-name", "nobody") == (
        "An error occurred (NoSuchEntity) when calling the GetRole operation: "
        "The role with name nobody cannot be found."
    )
    assert "(DeleteConflict)" in shell.fails("iam", "delete-role", "--role-name", "cli-a")
    shell.prints("iam", "delete-role-policy", "--role-name", "cli-a", "--policy-name", "p")
    for name in ("cli-a", "cli-b", "cli-c"):
        assert shell.prints("iam", "delete-role", "--role-name", name) == ""
    assert json.loads(shell.prints("iam", "list-roles"))["Roles"] == []


def test_a_user_with_a_key_of_its_own(shell: Shell) -> None:
    account = json.loads(shell.prints("sts", "get-caller-identity"))["Account"]
    shell.prints("iam", "create-user", "--user-name", "cli-user", "--tags", "Key=team,Value=a b")
    key = json.loads(shell.prints("iam", "create-access-key", "--user-name", "cli-user"))["AccessKey"]
    own = {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}
    arn = f"arn:aws:iam::{account}:user/cli-user"
    assert json.loads(shell.prints("sts", "get-caller-identity", **own))["Arn"] == arn
    denied = shell.fails("iam", "list-users", **own)
    assert denied.startswith(
        "An error occurred (AccessDenied) when calling the ListUsers operation: "
        f"User: {arn} is not authorized to perform: iam:ListUsers on resource: "
    )
    wrong = own | {"AWS_SECRET_ACCESS_KEY": "wrong"}
    assert "(SignatureDoesNotMatch)" in shell.fails("iam", "list-users", **wrong)
