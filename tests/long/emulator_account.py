"""`passrole serve` as an emulator of AWS for another project's tests: LocalStack's port and account, a role for the tests."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

import boto3

PORT = int(os.environ.get("EMULATOR_PORT", "4566"))
ACCOUNT_ID = "000000000000"
URL = f"http://127.0.0.1:{PORT}"
TRUST = {"Effect": "Allow", "Principal": {"AWS": ACCOUNT_ID}, "Action": "sts:AssumeRole"}
TWELVE_HOURS = 43_200
_OURS = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2] / "src")}


def _command(account_file: Path, command: str, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "passrole", command, *arguments, "--account-file", str(account_file)]


def _document(*statements: Mapping[str, object]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


class EmulatorAccount:
    """A server on the file, for as long as the `with` lasts; `cpu_seconds` are there after it."""

    def __init__(self, account_file: Path) -> None:
        self.cpu_seconds = 0.0
        options = ("--port", str(PORT), "--account-id", ACCOUNT_ID, "--unsafe-test-credentials", "--allow-reset")
        command = _command(account_file, "serve", *options)
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, env=_OURS)
        self._iam = self._client("iam")

    def __enter__(self) -> EmulatorAccount:
        while True:
            if self._process.poll() is not None:
                sys.exit("the server does not start")
            try:
                urllib.request.urlopen(f"{URL}/_localstack/health", timeout=5).close()
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                time.sleep(0.1)
            else:
                return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        _, status, used = os.wait4(self._process.pid, 0)
        self._process.returncode = os.waitstatus_to_exitcode(status)
        self.cpu_seconds = used.ru_utime + used.ru_stime

    def make_role(self, name: str) -> None:
        self._iam.create_role(RoleName=name, AssumeRolePolicyDocument=_document(TRUST), MaxSessionDuration=TWELVE_HOURS)

    def put_policy(self, role: str, *statements: Mapping[str, object]) -> None:
        """Without statements it may do nothing."""
        if not statements:
            return
        self._iam.put_role_policy(RoleName=role, PolicyName="tests", PolicyDocument=_document(*statements))

    @staticmethod
    def reset() -> None:
        """Forget what the last tests left in moto; users and roles stay."""
        request = urllib.request.Request(f"{URL}/_passrole/reset?only=backend", method="POST")
        urllib.request.urlopen(request, timeout=60).close()

    def environment_of(self, role: str) -> dict[str, str]:
        """The variables of a session of the role."""
        issued = self._client("sts").assume_role(
            RoleArn=f"arn:aws:iam::{ACCOUNT_ID}:role/{role}", RoleSessionName="pytest", DurationSeconds=TWELVE_HOURS
        )["Credentials"]
        return {
            "AWS_ENDPOINT_URL": URL,
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": issued["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": issued["SecretAccessKey"],
            "AWS_SESSION_TOKEN": issued["SessionToken"],
        }

    @staticmethod
    def passrole(account_file: Path, *arguments: str) -> str:
        """What a command prints to standard output about the account in the file."""
        return subprocess.run(_command(account_file, *arguments), stdout=subprocess.PIPE, text=True, env=_OURS).stdout

    @staticmethod
    def _client(service: str):  # type: ignore[no-untyped-def]  # boto3 makes the class when it runs
        return boto3.client(
            service,
            endpoint_url=URL,
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )
