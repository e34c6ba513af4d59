"""A role's credentials on EC2's and ECS's own roads, found by botocore's providers and by the AWS CLI."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from botocore.client import BaseClient
from botocore.credentials import ContainerProvider, InstanceMetadataProvider
from botocore.exceptions import ClientError
from botocore.session import Session
from botocore.utils import InstanceMetadataFetcher, InstanceMetadataRegionFetcher

from passrole.account.as_service import assume_as_service
from passrole.account.clock import system_clock
from passrole.account.service_error import ServiceError
from passrole.account.store import AccountStore
from passrole.errors import ConfigurationError, UsageError
from passrole.server.embedded import embedded_session
from passrole.server.http import ServedAccount, serving
from passrole.server.message import HttpRequest
from passrole.server.metadata.imds import Instance, InstanceMetadata
from passrole.server.metadata.role_credentials import RoleCredentials, Wanted
from passrole.server.metadata.workload import Workload, instance_credentials, task_credentials

ACCOUNT = "111122223333"
ROLE_ARN = f"arn:aws:iam::{ACCOUNT}:role/app"


def trust(service: str, **condition: object) -> str:
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole", **condition}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


class Time:
    def __init__(self) -> None:
        self.now = system_clock()

    def __call__(self) -> int:
        return self.now


def set_up(path: Path) -> None:
    """role/app on EC2 (instance profile web), role/task for ECS with AWS's guard against a confused deputy."""
    guard = {
        "Condition": {
            "ArnLike": {"aws:SourceArn": f"arn:aws:ecs:us-east-1:{ACCOUNT}:*"},
            "StringEquals": {"aws:SourceAccount": ACCOUNT},
        }
    }
    with embedded_session(path) as account:
        iam = account.client("iam")
        iam.create_role(RoleName="app", AssumeRolePolicyDocument=trust("ec2.amazonaws.com"))
        iam.create_instance_profile(InstanceProfileName="web")
        iam.add_role_to_instance_profile(InstanceProfileName="web", RoleName="app")
        iam.create_role(RoleName="task", AssumeRolePolicyDocument=trust("ecs-tasks.amazonaws.com", **guard))
        iam.create_role(RoleName="alone", AssumeRolePolicyDocument=trust("ec2.amazonaws.com"))
        iam.create_instance_profile(InstanceProfileName="empty")


@pytest.fixture
def served(tmp_path: Path) -> Iterator[ServedAccount]:
    set_up(tmp_path / "account.db")
    with serving(tmp_path / "account.db") as served:
        yield served


@pytest.fixture
def instance(served: ServedAccount) -> Iterator[Workload]:
    with instance_credentials(served.store, role="app", region="eu-west-1") as workload:
        yield workload


@pytest.fixture
def task(served: ServedAccount) -> Iterator[Workload]:
    with task_credentials(served.store, role="task", region="us-east-1") as workload:
        yield workload


def sts(served: ServedAccount, frozen: object) -> BaseClient:
    access_key, secret, token, *_ = frozen  # type: ignore[misc]  # botocore's ReadOnlyCredentials
    return Session().create_client(
        "sts",
        region_name="us-east-1",
        endpoint_url=served.endpoint_url,
        aws_access_key_id=access_key,
        aws_secret_access_key=secret,
        aws_session_token=token,
    )


def ask(url: str, method: str = "GET", **headers: str) -> tuple[int, str]:
    request = urllib.request.Request(url, method=method, headers={k.replace("_", "-"): v for k, v in headers.items()})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def token_of(url: str, seconds: int = 60) -> str:
    status, token = ask(f"{url}/latest/api/token", "PUT", X_aws_ec2_metadata_token_ttl_seconds=str(seconds))
    assert status == 200
    return token


def test_botocore_finds_an_instances_credentials(served: ServedAccount, instance: Workload) -> None:
    config = {"ec2_metadata_service_endpoint": instance.url, "ec2_metadata_v1_disabled": True}
    fetcher = InstanceMetadataFetcher(timeout=5, env={}, config=config)
    found = InstanceMetadataProvider(fetcher).load()
    assert found is not None
    answer = sts(served, found.get_frozen_credentials()).get_caller_identity()
    assert answer["Arn"] == instance.session_arn
    assert re.fullmatch(rf"arn:aws:sts::{ACCOUNT}:assumed-role/app/i-[0-9a-f]{{17}}", instance.session_arn)
    # botocore asks again when a quarter of an hour is left.
    assert not found.refresh_needed(refresh_in=15 * 60)
    regions = InstanceMetadataRegionFetcher(timeout=5, env={}, config=config)
    assert regions.retrieve_region() == "eu-west-1"


def test_botocore_finds_a_containers_credentials(served: ServedAccount, task: Workload) -> None:
    found = ContainerProvider(environ=task.variables).load()
    assert found is not None
    answer = sts(served, found.get_frozen_credentials()).get_caller_identity()
    assert answer["Arn"] == task.session_arn
    assert re.fullmatch(rf"arn:aws:sts::{ACCOUNT}:assumed-role/task/[0-9a-f]{{32}}", task.session_arn)


def test_requests_of_an_instance_say_where_their_credentials_are_from(served: ServedAccount) -> None:
    """Service Authorization Reference, condition keys of Amazon EC2: ec2:SourceInstanceARN and ec2:RoleDelivery."""
    condition = {
        "ArnLike": {"ec2:SourceInstanceARN": f"arn:aws:ec2:us-east-1:{ACCOUNT}:instance/i-*"},
        "NumericGreaterThanEquals": {"ec2:RoleDelivery": "2.0"},
    }
    statement = {"Effect": "Allow", "Action": "iam:ListUsers", "Resource": "*", "Condition": condition}
    with embedded_session(served.store.path) as account:
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        account.client("iam").put_role_policy(RoleName="app", PolicyName="p", PolicyDocument=document)
    with instance_credentials(served.store, role="app", region="us-east-1") as workload:
        config = {"ec2_metadata_service_endpoint": workload.url, "ec2_metadata_v1_disabled": True}
        made = InstanceMetadataFetcher(timeout=5, env={}, config=config).retrieve_iam_role_credentials()
    with embedded_session(served.store.path) as account:
        instance = account.as_user(made["access_key"], made["secret_key"], made["token"])
        assert instance.client("iam").list_users()["Users"]
        # The same role without the instance has neither key.
        plain = assume_as_service(account.store, "ec2.amazonaws.com", "app", session_name="plain")
        other = account.as_user(plain.access_key_id, plain.secret, plain.token)
        with pytest.raises(ClientError, match="iam:ListUsers"):
            other.client("iam").list_users()


def test_by_instance_profile(served: ServedAccount) -> None:
    with instance_credentials(served.store, profile="web", region="us-east-1") as workload:
        assert workload.role_arn == ROLE_ARN


def test_what_an_instance_tells(instance: Workload) -> None:
    """EC2 User Guide, "Instance metadata categories" and "Instance identity documents"."""
    token = token_of(instance.url)

    def told(path: str) -> str:
        status, text = ask(f"{instance.url}/latest/{path}", X_aws_ec2_metadata_token=token)
        assert status == 200, path
        return text

    assert told("meta-data/iam/security-credentials/") == "app"
    made = json.loads(told("meta-data/iam/security-credentials/app"))
    assert set(made) == {"Code", "LastUpdated", "Type", "AccessKeyId", "SecretAccessKey", "Token", "Expiration"}
    assert (made["Code"], made["Type"]) == ("Success", "AWS-HMAC")
    assert made["AccessKeyId"].startswith("ASIA")
    ends = datetime.strptime(made["Expiration"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    assert 3500 <= (ends - datetime.now(UTC)).total_seconds() <= 3600
    assert json.loads(told("meta-data/iam/security-credentials/app")) == made
    assert (
        json.loads(told("meta-data/iam/info"))["InstanceProfileArn"] == f"arn:aws:iam::{ACCOUNT}:instance-profile/web"
    )
    document = json.loads(told("dynamic/instance-identity/document"))
    assert (document["accountId"], document["region"]) == (ACCOUNT, "eu-west-1")
    assert document["instanceId"] == told("meta-data/instance-id") == instance.session_arn.rpartition("/")[2]
    assert told("meta-data/placement/availability-zone/") == "eu-west-1a"
    assert told("meta-data/placement/region") == "eu-west-1"
    assert told("meta-data/").split("\n") == ["iam/", "instance-id", "placement/", "services/"]
    assert told("meta-data/iam/").split("\n") == ["info", "security-credentials/"]
    assert told("").split("\n") == ["dynamic/", "meta-data/"]
    for path in ("meta-data/ami-id", "meta-data/iam/security-credentials/other", "meta-data/ia", "user-data"):
        assert ask(f"{instance.url}/latest/{path}", X_aws_ec2_metadata_token=token)[0] == 404


def test_version_1_is_refused(instance: Workload) -> None:
    url = f"{instance.url}/latest/meta-data/iam/security-credentials/"
    assert ask(url)[0] == 401
    assert ask(url, X_aws_ec2_metadata_token="")[0] == 401
    assert ask(url, X_aws_ec2_metadata_token="made-up")[0] == 401
    assert ask(url, X_aws_ec2_metadata_token=token_of(instance.url))[0] == 200
    assert ask(url, "POST", X_aws_ec2_metadata_token=token_of(instance.url))[0] == 405


@pytest.mark.parametrize("seconds", ["0", "21601", "", "-5", "6.5", "1e3", "٣"])
def test_ttl_of_a_token(seconds: str, instance: Workload) -> None:
    """ "The minimum is one second and the maximum is six hours (21,600 seconds)"."""
    url = f"{instance.url}/latest/api/token"
    text = seconds.encode().decode("latin-1")
    assert ask(url, "PUT", X_aws_ec2_metadata_token_ttl_seconds=text)[0] == 400
    assert ask(url, "PUT")[0] == 400
    assert ask(url, "GET", X_aws_ec2_metadata_token_ttl_seconds="60")[0] == 405
    assert ask(url, "PUT", X_aws_ec2_metadata_token_ttl_seconds="21600")[0] == 200


@pytest.mark.parametrize(
    "header",
    [
        {"X_Forwarded_For": "203.0.113.5"},
        {"Forwarded": "for=203.0.113.5"},
        {"Host": "rebound.example"},
        {"Origin": "http://page.example"},
        {"Sec_Fetch_Site": "cross-site"},
    ],
)
def test_what_a_workload_never_sends(header: dict[str, str], instance: Workload, task: Workload) -> None:
    ttl = {"X_aws_ec2_metadata_token_ttl_seconds": "60"}
    assert ask(f"{instance.url}/latest/api/token", "PUT", **ttl, **header)[0] == 403
    token = token_of(instance.url)
    assert ask(f"{instance.url}/latest/meta-data/", X_aws_ec2_metadata_token=token, **header)[0] == 403
    path, secret = task.variables.values()
    assert ask(path, Authorization=secret)[0] == 200
    assert ask(path, Authorization=secret, **header)[0] == 403


def test_only_this_machine(instance: Workload) -> None:
    """The port is closed on every other address, and no packet goes past the first hop."""
    port = int(instance.url.rpartition(":")[2])
    with socket.socket() as other:
        other.settimeout(5)
        address = socket.gethostbyname(socket.gethostname())
        if not address.startswith("127."):
            assert other.connect_ex((address, port)) != 0
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        assert connection.recv(100).startswith(b"HTTP/1.1 401 ")


def test_a_container_needs_its_path_and_its_token(task: Workload) -> None:
    url, secret = task.variables.values()
    made = json.loads(ask(url, Authorization=secret)[1])
    assert set(made) == {"RoleArn", "AccessKeyId", "SecretAccessKey", "Token", "Expiration"}
    assert made["RoleArn"] == f"arn:aws:iam::{ACCOUNT}:role/task"
    assert ask(url)[0] == 401
    assert ask(url, Authorization=f"Bearer {secret}")[0] == 403
    assert ask(url, Authorization=secret[:-1])[0] == 403
    assert ask(f"{url}x", Authorization=secret)[0] == 404
    assert ask(task.url, Authorization=secret)[0] == 404
    assert ask(url, "PUT", Authorization=secret)[0] == 405


def test_requests_that_are_none(instance: Workload) -> None:
    port = int(instance.url.rpartition(":")[2])
    for bad in (
        b"GET /\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost : x\r\n\r\n",
        b"PUT / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
    ):
        with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
            connection.sendall(bad)
            assert connection.recv(100).startswith(b"HTTP/1.1 400 "), bad
    assert token_of(instance.url)


def test_a_role_that_the_service_may_not_assume(served: ServedAccount) -> None:
    """EC2 and ECS assume a role by its trust policy alone."""
    with pytest.raises(ConfigurationError, match="may not assume") as refused:  # noqa: SIM117
        with task_credentials(served.store, role="app", region="us-east-1"):
            pass
    assert "because no role trust policy allows the sts:AssumeRole action" in refused.value.causes[0]
    # Its trust policy takes tasks of one Region only.
    with pytest.raises(ConfigurationError), task_credentials(served.store, role="task", region="eu-west-1"):
        pass
    with pytest.raises(UsageError, match="is in no instance profile"):  # noqa: SIM117
        with instance_credentials(served.store, role="alone", region="us-east-1"):
            pass
    with pytest.raises(UsageError, match="holds no role"):  # noqa: SIM117
        with instance_credentials(served.store, profile="empty", region="us-east-1"):
            pass
    for named in ({"role": "none"}, {"profile": "none"}):
        with pytest.raises(ServiceError) as missing, instance_credentials(served.store, region="us-east-1", **named):
            pass
        assert missing.value.code == "NoSuchEntity"


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def store(tmp_path: Path, time: Time) -> Iterator[AccountStore]:
    set_up(tmp_path / "account.db")
    store = AccountStore.open(tmp_path / "account.db", clock=time)
    yield store
    store.close()


def test_credentials_are_renewed_before_they_end(store: AccountStore, time: Time) -> None:
    credentials = RoleCredentials(store, Wanted(ROLE_ARN, "ec2", "i-1", "us-east-1"))
    first, made_at = credentials.current()
    assert (first.expires_at, made_at) == (time.now + 3600, time.now)
    time.now += 2400
    assert credentials.current()[0] is first
    time.now += 1
    second, made_at = credentials.current()
    assert second.access_key_id != first.access_key_id
    assert (second.expires_at, made_at) == (time.now + 3600, time.now)


def test_a_trust_policy_that_changes(store: AccountStore, time: Time) -> None:
    """What was given out stays good; then the metadata says what is wrong, as EC2 does, with status 200."""
    credentials = RoleCredentials(store, Wanted(ROLE_ARN, "ec2", "i-1", "us-east-1"))
    first, _ = credentials.current()
    with embedded_session(store.path) as account:
        account.client("iam").update_assume_role_policy(RoleName="app", PolicyDocument=trust("ecs-tasks.amazonaws.com"))
    time.now += 3000
    assert credentials.current()[0] is first
    time.now += 601
    with pytest.raises(ServiceError):
        credentials.current()
    here = Instance("i-1", "us-east-1", ACCOUNT, "aws", "app", "arn:aws:iam::111122223333:instance-profile/web", "AIPA")
    metadata = InstanceMetadata(here, credentials, time)
    host = ("Host", "127.0.0.1")
    ttl = ("X-aws-ec2-metadata-token-ttl-seconds", "60")
    token = metadata.answer(HttpRequest("PUT", "/latest/api/token", (host, ttl))).body.decode()
    path = "/latest/meta-data/iam/security-credentials/app"
    get = HttpRequest("GET", path, (host, ("X-aws-ec2-metadata-token", token)))
    answer = metadata.answer(get)
    assert answer.status == 200
    assert json.loads(answer.body)["Code"] == "AssumeRoleUnauthorizedAccess"
    time.now += 59
    assert metadata.answer(get).status == 200
    time.now += 1
    assert metadata.answer(get).status == 401


def test_credentials_of_a_role_that_was_deleted_are_not_given_out(store: AccountStore) -> None:
    credentials = RoleCredentials(store, Wanted(f"arn:aws:iam::{ACCOUNT}:role/alone", "ec2", "i-1", "us-east-1"))
    credentials.current()
    with embedded_session(store.path) as account:
        account.client("iam").delete_role(RoleName="alone")
    with pytest.raises(ServiceError):
        credentials.current()


def test_a_role_in_china(tmp_path: Path) -> None:
    """There a trust policy names EC2 in one of two ways."""
    store = AccountStore.open(tmp_path / "cn.db", partition="aws-cn")
    store.close()
    for name in ("ec2.amazonaws.com.cn", "ec2.amazonaws.com"):
        role = f"r-{len(name)}"
        with embedded_session(tmp_path / "cn.db", region="cn-north-1") as account:
            account.client("iam").create_role(RoleName=role, AssumeRolePolicyDocument=trust(name))
            wanted = Wanted(f"arn:aws-cn:iam::{ACCOUNT}:role/{role}", "ec2", "i-1", "cn-north-1")
            assert RoleCredentials(account.store, wanted).current()[0].token


@pytest.mark.parametrize("kind", ["--imds", "--container"])
def test_the_aws_cli_with_the_lines_that_the_command_prints(kind: str, tmp_path: Path, served: ServedAccount) -> None:
    binaries = Path(sys.executable).parent
    role = "app" if kind == "--imds" else "task"
    source = Path(__file__).parents[2] / "src"
    # Somebody's own profile must not get in the way.
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".aws" / "credentials").write_text("[default]\naws_access_key_id=AKIAREAL\naws_secret_access_key=x\n")
    environment = {
        "PATH": f"{binaries}:/usr/bin:/bin",
        "HOME": str(tmp_path),
        "PYTHONPATH": str(source),
        "AWS_PAGER": "",
        "AWS_SESSION_TOKEN": "of-another-account",
    }
    command = [sys.executable, "-m", "passrole", "credentials", "--role", role, kind]
    command += ["--account-file", str(tmp_path / "account.db"), "--endpoint-url", served.endpoint_url]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as running:
        try:
            assert running.stdout is not None
            lines = [running.stdout.readline() for _ in range(8)]
            assert all(line.startswith(("export ", "unset ")) for line in lines), (lines, running.poll())
            script = "".join(lines) + "aws sts get-caller-identity --query Arn --output text"
            done = subprocess.run(
                ["/bin/sh", "-c", script], env=environment, capture_output=True, text=True, timeout=60, check=False
            )
            assert done.returncode == 0, done.stderr
            assert f":assumed-role/{role}/" in done.stdout
            running.terminate()
            assert running.wait(30) == 0
            assert running.stderr is not None
            assert f"assumed-role/{role}/" in running.stderr.read()
        finally:
            running.kill()


def test_a_command_as_the_workload(tmp_path: Path, served: ServedAccount) -> None:
    """The lines of docs/credentials.md; only where the server listens is told besides."""
    page = (Path(__file__).parents[2] / "docs" / "credentials.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"^```\n(.*?)^```$", page, re.S | re.M)
    lines = [line.partition(" #")[0].split() for line in block.splitlines()]
    assert len(lines) == 2
    environment = {
        "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
        "HOME": str(tmp_path),
        "PYTHONPATH": str(Path(__file__).parents[2] / "src"),
        "PASSROLE_ACCOUNT_FILE": str(tmp_path / "account.db"),
        "AWS_PAGER": "",
        "AWS_ACCESS_KEY_ID": "AKIAREAL",
        "AWS_SECRET_ACCESS_KEY": "x",
        "AWS_EC2_METADATA_DISABLED": "true",
    }

    def run(program: str, *words: str) -> subprocess.CompletedProcess[str]:
        assert program == "passrole"
        command = [sys.executable, "-m", "passrole", words[0], "--endpoint-url", served.endpoint_url, *words[1:]]
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)

    for line, who in zip(lines, ("assumed-role/app/i-", "assumed-role/task/"), strict=True):
        done = run(*line)
        assert done.returncode == 0, done.stderr
        assert who in json.loads(done.stdout)["Arn"]
    denied = run("passrole", "credentials", "--role", "app", "--imds", "--", "aws", "iam", "list-users")
    assert denied.returncode not in (0, 1, 2)
    assert "is not authorized to perform: iam:ListUsers" in denied.stderr
    missing = run("passrole", "credentials", "--role", "app", "--imds", "--", "no-such-program")
    assert missing.returncode == 252
    assert "`no-such-program` cannot be run" in missing.stderr
    killed = run("passrole", "credentials", "--role", "app", "--imds", "--", "sh", "-c", "kill -9 $$")
    assert killed.returncode == 137
    command = [sys.executable, "-m", "passrole", "credentials", "--role", "app", "--imds", "--"]
    with subprocess.Popen([*command, "sh", "-c", "echo begun; exec sleep 60"], env=environment, stdout=-1) as running:
        assert running.stdout is not None
        assert running.stdout.readline() == b"begun\n"
        running.terminate()
        assert running.wait(30) == 128 + 15


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--role", "app"), "where the workload runs is not said"),
        (("--role", "app", "--imds", "--container"), "where the workload runs is not said"),
        (("--imds",), "whose credentials they are is not said"),
        (("--imds", "--role", "app", "--instance-profile", "web"), "whose credentials they are is not said"),
        (("--container", "--instance-profile", "web"), "a task has a role, and no instance profile"),
        (("--imds", "--role", "app", "--region", "nowhere"), "is no Region"),
        (("--imds", "--role", "none"), "The role with name none cannot be found."),
        (("--imds", "--role", "task"), "is in no instance profile"),
        (("--container", "--role", "app"), "ecs-tasks.amazonaws.com may not assume"),
    ],
)
def test_what_cannot_be_meant(
    arguments: tuple[str, ...],
    said: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from passrole.cli.main import main

    for name in os.environ:
        if name.startswith(("AWS_", "PASSROLE_")):
            monkeypatch.delenv(name)
    set_up(tmp_path / "account.db")
    assert main(("credentials", *arguments, "--account-file", str(tmp_path / "account.db"))) in (252, 253, 254)
    assert said in capsys.readouterr().err
