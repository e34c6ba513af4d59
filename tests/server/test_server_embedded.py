"""The embedded account: it needs no network, no configuration and no environment, and reads its model once."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest

from passrole.errors import ConfigurationError, UsageError
from passrole.provision.clients import ClientFactory, Target
from passrole.server.embedded import embedded_session


def test_nothing_in_the_environment_and_no_network_matters(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "config").write_text("[profile x\nnot a config file")
    settings = {
        "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
        "AWS_ENDPOINT_URL_IAM": "http://127.0.0.1:1",
        "AWS_PROFILE": "no-such-profile",
        "AWS_CONFIG_FILE": str(tmp_path / "config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "config"),
        "AWS_ACCESS_KEY_ID": "AKIAOFSOMEBODYELSE00",
        "AWS_SECRET_ACCESS_KEY": "of somebody else",
        "AWS_SESSION_TOKEN": "of somebody else",
        "AWS_DEFAULT_REGION": "mars-1",
        "AWS_DATA_PATH": str(tmp_path),
        "AWS_CA_BUNDLE": "/nonexistent",
        "HTTPS_PROXY": "http://127.0.0.1:1",
        "HTTP_PROXY": "http://127.0.0.1:1",
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)

    def refused(*_: object, **__: object) -> None:
        raise AssertionError("the embedded account opened a socket")

    monkeypatch.setattr(socket, "socket", refused)
    monkeypatch.setattr(socket, "create_connection", refused)
    monkeypatch.setattr(socket, "getaddrinfo", refused)
    with embedded_session(tmp_path / "account.db") as account:
        identity = account.client("sts").get_caller_identity()
        assert identity["Arn"] == "arn:aws:iam::111122223333:user/passrole-admin"
        account.client("iam").create_user(UserName="x")


@pytest.mark.parametrize("service", ["s3", "kms", "ec2", "organizations", "IAM", ""])
def test_other_services_are_refused_with_what_to_do(tmp_path: Path, service: str) -> None:
    with embedded_session(tmp_path / "account.db") as account, pytest.raises(ConfigurationError) as refused:
        account.client(service)
    assert f"`{service}`" in refused.value.message
    assert "--endpoint-url" in (refused.value.help or "")


def test_it_is_a_client_factory_that_says_what_it_is(tmp_path: Path) -> None:
    file = tmp_path / "account.db"
    with embedded_session(file) as account:
        factory: ClientFactory = account
        assert factory.describe() == Target("embedded", str(file), "us-east-1")
        assert factory.client("iam") is factory.client("iam")


def test_what_one_opening_wrote_the_next_one_reads(tmp_path: Path) -> None:
    with embedded_session(tmp_path / "account.db") as account:
        account.client("iam").create_user(UserName="kept")
    with embedded_session(tmp_path / "account.db") as account:
        assert account.client("iam").get_user(UserName="kept")["User"]["UserName"] == "kept"


@pytest.mark.parametrize(("partition", "region"), [("aws-cn", "cn-north-1"), ("aws-us-gov", "us-gov-west-1")])
def test_other_partitions_sign_for_their_own_home_region(tmp_path: Path, partition: str, region: str) -> None:
    with embedded_session(tmp_path / "account.db", partition=partition) as account:
        assert account.describe().region == region
        assert account.client("sts").get_caller_identity()["Arn"].startswith(f"arn:{partition}:iam::")


def test_a_region_decides_the_partition(tmp_path: Path) -> None:
    with embedded_session(tmp_path / "account.db", region="cn-northwest-1") as account:
        assert account.client("sts").get_caller_identity()["Arn"].startswith("arn:aws-cn:iam::")
    with pytest.raises(ConfigurationError):
        embedded_session(tmp_path / "account.db", region="us-east-1")
    with pytest.raises(UsageError):
        embedded_session(tmp_path / "other.db", region="mars-1")


def test_documents_arrive_as_values_and_pages_are_turned(tmp_path: Path) -> None:
    document = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}],
    }
    with embedded_session(tmp_path / "account.db") as account:
        iam = account.client("iam")
        for name in ("a", "b", "c"):
            iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(document))
        assert iam.get_role(RoleName="a")["Role"]["AssumeRolePolicyDocument"] == document
        pages = list(iam.get_paginator("list_roles").paginate(PaginationConfig={"PageSize": 2}))
        assert [[role["RoleName"] for role in page["Roles"]] for page in pages] == [["a", "b"], ["c"]]


def test_the_models_file_is_read_once_for_clients_wire_and_validation() -> None:
    # In a process of its own: what another test has read is kept.
    import subprocess
    import sys

    program = """
import tempfile, pathlib
from botocore.loaders import JSONFileLoader
read, load = [], JSONFileLoader._load_file
def counting(self, path, opener):
    data = load(self, path, opener)
    if data is not None:
        read.append(path)
    return data
JSONFileLoader._load_file = counting
from passrole.server.embedded import embedded_session
with tempfile.TemporaryDirectory() as folder, embedded_session(pathlib.Path(folder) / "account.db") as account:
    account.client("iam").create_user(UserName="x")
    account.as_user("AKIA", "x").client("iam")
print(sum("/iam/" in path and "service-2" in path for path in read))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "1"
