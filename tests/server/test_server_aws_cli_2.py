"""The AWS CLI v2 against a served account, where it is named. Debian's 2.9 knows no endpoint variables: --endpoint-url.

PASSROLE_AWS_CLI_2="/usr/bin/aws" pytest tests/server/test_server_aws_cli_2.py
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
from pathlib import Path

import pytest

from passrole.server.http import serving

CLI = os.environ.get("PASSROLE_AWS_CLI_2")
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}],
    }
)


@pytest.mark.skipif(not CLI, reason="PASSROLE_AWS_CLI_2 names no AWS CLI v2")
def test_aws_cli_2(tmp_path: Path) -> None:
    with serving(tmp_path / "account.db") as served:
        variables = {key: value for key, value in served.environment().variables().items() if "ENDPOINT" not in key}
        environment = {**os.environ, **variables, "HOME": str(tmp_path), "AWS_PAGER": ""}

        def aws(*arguments: str) -> subprocess.CompletedProcess[str]:
            command = [*shlex.split(str(CLI)), "--endpoint-url", served.endpoint_url, *arguments]
            return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)

        def answer(*arguments: str) -> dict:
            done = aws(*arguments)
            assert done.returncode == 0, done.stderr
            return json.loads(done.stdout)

        assert aws("--version").stdout.startswith("aws-cli/2.")
        assert answer("sts", "get-caller-identity")["Account"] == "111122223333"
        made = answer("iam", "create-role", "--role-name", "r", "--assume-role-policy-document", TRUST)["Role"]
        assert made["AssumeRolePolicyDocument"] == json.loads(TRUST)
        assert aws("iam", "wait", "role-exists", "--role-name", "r").returncode == 0
        done = aws("iam", "get-role", "--role-name", "none")
        assert done.returncode == 254
        assert "(NoSuchEntity) when calling the GetRole operation: The role with name none cannot" in done.stderr
        arn = "arn:aws:iam::111122223333:user/passrole-admin"
        simulated = answer(
            "iam", "simulate-principal-policy", "--policy-source-arn", arn, "--action-names", "s3:GetObject"
        )
        assert simulated["EvaluationResults"][0]["EvalDecision"] == "allowed"
