"""Starting a server: which accounts there are, what is announced, and what is refused."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import boto3
import pytest
from botocore.client import BaseClient
from botocore.config import Config
from botocore.exceptions import ClientError

from passrole.errors import ConfigurationError, UsageError
from passrole.server.http import ServedAccount, environment_of, serving
from passrole.server.organization_file import read_organization

DOCKERFILE = Path(__file__).parents[2] / "Dockerfile"
ORGANIZATION = """
management-account = "111122223333"
[units.workloads]
service-control-policies = ["no-users"]
[accounts.444455556666]
unit = "workloads"
[policies.no-users]
document = '{"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "iam:CreateUser", "Resource": "*"}]}'
"""


def client(
    url: str, service: str, key: str, secret: str, region: str = "us-east-1", token: str | None = None
) -> BaseClient:
    return boto3.session.Session(
        aws_access_key_id=key, aws_secret_access_key=secret, aws_session_token=token, region_name=region
    ).client(service, endpoint_url=url, config=Config(retries={"total_max_attempts": 1}))


def administrator(served: ServedAccount, service: str, account_id: str) -> BaseClient:
    key = served.store.administrator(account_id)
    return client(served.endpoint_url, service, key.access_key_id, key.secret)


@pytest.fixture
def organization(tmp_path: Path) -> Path:
    file = tmp_path / "organization.toml"
    file.write_text(ORGANIZATION)
    return file


def test_accounts_of_an_organization_are_served_side_by_side(tmp_path: Path, organization: Path) -> None:
    with serving(tmp_path / "account.db", organization=read_organization(organization)) as served:
        for account_id in ("111122223333", "444455556666"):
            identity = administrator(served, "sts", account_id).get_caller_identity()
            assert identity["Account"] == account_id
        administrator(served, "iam", "111122223333").create_user(UserName="ana")
        with pytest.raises(ClientError, match="explicit deny in a service control policy"):
            administrator(served, "iam", "444455556666").create_user(UserName="ana")


def test_new_file_has_no_account_but_those_of_the_organization(tmp_path: Path) -> None:
    file = tmp_path / "organization.toml"
    file.write_text('management-account = "222233334444"')
    with serving(tmp_path / "account.db", organization=read_organization(file)) as served:
        assert [account.account_id for account in served.store.accounts()] == ["222233334444"]


def test_account_that_was_there_before_becomes_a_member_with_what_it_has(tmp_path: Path) -> None:
    with serving(tmp_path / "account.db", account_id="444455556666") as served:
        administrator(served, "iam", "444455556666").create_group(GroupName="kept")
    file = tmp_path / "organization.toml"
    file.write_text(ORGANIZATION)
    with serving(tmp_path / "account.db", organization=read_organization(file)) as served:
        assert served.store.account_id == "111122223333"
        groups = administrator(served, "iam", "444455556666").list_groups()["Groups"]
        assert [group["GroupName"] for group in groups] == ["kept"]
    # The organization stays in the file for whoever opens it without one.
    with serving(tmp_path / "account.db") as served, pytest.raises(ClientError, match="service control policy"):
        administrator(served, "iam", "444455556666").create_user(UserName="ana")


@pytest.mark.parametrize(
    ("region", "partition"),
    [
        ("cn-north-1", "aws-cn"),
        ("us-gov-west-1", "aws-us-gov"),
        ("us-isob-east-1", "aws-iso-b"),
        ("eu-central-1", "aws"),
    ],
)
def test_partition_follows_the_region(tmp_path: Path, region: str, partition: str) -> None:
    with serving(tmp_path / "account.db", partition=partition) as served:
        key = served.store.administrator()
        sts = client(served.endpoint_url, "sts", key.access_key_id, key.secret, region)
        assert sts.get_caller_identity()["Arn"] == f"arn:{partition}:iam::111122223333:user/passrole-admin"


TEST_PAIRS = [("test", "test"), ("testing", "testing")]


@pytest.mark.parametrize(("key", "secret"), TEST_PAIRS)
def test_test_credentials_are_taken_only_where_they_were_asked_for(tmp_path: Path, key: str, secret: str) -> None:
    with (
        serving(tmp_path / "account.db") as served,
        pytest.raises(ClientError, match="InvalidClientTokenId"),
    ):
        client(served.endpoint_url, "iam", key, secret).list_users()
    with serving(tmp_path / "account.db", unsafe_test_credentials=True) as served:
        iam = client(served.endpoint_url, "iam", key, secret)
        assert iam.get_user()["User"]["UserName"] == "passrole-admin"
        with pytest.raises(ClientError, match="SignatureDoesNotMatch"):
            client(served.endpoint_url, "iam", key, "wrong").list_users()
        # moto's documentation sets AWS_SESSION_TOKEN=testing as well.
        assert client(served.endpoint_url, "sts", key, secret, token="testing").get_caller_identity()
        with pytest.raises(ClientError, match="InvalidClientTokenId"):
            client(served.endpoint_url, "sts", key, secret, token="another").get_caller_identity()
        marks = [
            event["additionalEventData"].get("passroleUnsafeTestCredentials", False)
            for event in served.store.decisions.events(limit=10)
        ]
        assert marks == [True, True]
        administrator(served, "iam", "111122223333").list_users()
        assert "passroleUnsafeTestCredentials" not in served.store.decisions.events(limit=1)[0]["additionalEventData"]
        with urllib.request.urlopen(f"{served.endpoint_url}/_passrole/health") as answer:
            assert json.load(answer)["unsafe_test_credentials"] is True


def test_test_credentials_are_not_for_other_machines(tmp_path: Path) -> None:
    with (
        pytest.raises(UsageError, match="well-known credentials"),
        serving(tmp_path / "account.db", host="0.0.0.0", allow_other_machines=True, unsafe_test_credentials=True),
    ):
        pass
    assert not (tmp_path / "account.db").exists()


def test_environment_of_another_account_is_its_own_administrator_s(tmp_path: Path, organization: Path) -> None:
    file = tmp_path / "account.db"
    with serving(file, organization=read_organization(organization)) as served:
        member = served.store.administrator("444455556666")
    assert environment_of(file, "http://x").access_key_id != member.access_key_id
    assert environment_of(file, "http://x", "444455556666").access_key_id == member.access_key_id
    with pytest.raises(ConfigurationError, match="not 777788889999"):
        environment_of(file, "http://x", "777788889999")


@contextmanager
def command(*arguments: str) -> Iterator[str]:
    """`passrole serve` as a program; what it says up to its readiness. It is stopped when the block ends."""
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        [sys.executable, "-m", "passrole", "serve", "--port", "0", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        said: list[str] = []
        while not any(word in "".join(said) for word in ("AWS_ENDPOINT_URL (", "for the administrator's export lines")):
            said.append(process.stdout.readline())
            assert said[-1], process.stderr.read()
        try:
            yield "".join(said)
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=20) == 0


def test_start_tells_what_is_served_and_warns(tmp_path: Path, organization: Path) -> None:
    file = tmp_path / "account.db"
    with command("--account-file", str(file), "--organization", str(organization)) as said:
        assert "account 111122223333 in" in said
        assert "and 1 more: 444455556666" in said
        assert "organization o-" in said
        assert "enforcement is ON" in said
        assert "export AWS_SECRET_ACCESS_KEY=" in said
        assert "warning" not in said
    with command("--account-file", str(file), "--unsafe-test-credentials") as said:
        assert "warning: UNSAFE test credentials are on" in said
        assert "AWS_SECRET_ACCESS_KEY" not in said


def test_container_s_command_warns_and_its_log_has_no_secret(tmp_path: Path) -> None:
    """A start that other machines reach, as the Dockerfile has it but for the port."""
    (line,) = [each for each in DOCKERFILE.read_text().splitlines() if each.startswith("ENTRYPOINT ")]
    program, subcommand, *arguments = json.loads(line.removeprefix("ENTRYPOINT "))
    assert (program, subcommand, arguments[-2:]) == ("passrole", "serve", ["--port", "4566"])
    with command("--account-file", str(tmp_path / "account.db"), *arguments[:-2]) as said:
        assert "warning: other machines can reach this server" in said
        assert " at http://127.0.0.1:" in said
        assert "AWS_SECRET_ACCESS_KEY" not in said


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--organization", "gone.toml"), "cannot be read"),
        (("--region", "eu-nowhere"), "is not an AWS region"),
        (("--host", "0.0.0.0"), "can be reached from other machines"),
    ],
)
def test_start_that_cannot_be_meant_is_refused_before_anything_is_made(
    tmp_path: Path, arguments: tuple[str, ...], message: str
) -> None:
    file = tmp_path / "account.db"
    done = subprocess.run(
        [sys.executable, "-m", "passrole", "serve", "--account-file", str(file), *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        cwd=tmp_path,
    )
    assert done.returncode == 252
    assert message in done.stderr
    assert not file.exists()


def test_unknown_variable_of_passrole_s_is_refused(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "passrole", "serve", "--account-file", str(tmp_path / "account.db")],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={**os.environ, "PASSROLE_ENFORCE": "off"},
    )
    assert done.returncode == 252
    assert "`PASSROLE_ENFORCE` is not one that passrole reads" in done.stderr
