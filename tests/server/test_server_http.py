"""The served account over real sockets: boto3, presigned URLs, hostile bytes, many clients, start and stop."""

from __future__ import annotations

import json
import logging
import os
import signal
import socket
import struct
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit
from xml.etree import ElementTree

import boto3
import pytest
from botocore.client import BaseClient
from botocore.config import Config
from botocore.exceptions import ClientError

from passrole import __version__
from passrole.errors import ConfigurationError, UsageError
from passrole.server.endpoint_guard import is_loopback
from passrole.server.http import ServedAccount, environment_of, serving
from passrole.server.http_handler import MAX_BODY_BYTES

TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}],
    }
)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedAccount]:
    with serving(tmp_path_factory.mktemp("served") / "account.db") as served:
        yield served


def client(served: ServedAccount, service: str, region: str = "us-east-1") -> BaseClient:
    environment = served.environment()
    return boto3.session.Session(
        aws_access_key_id=environment.access_key_id,
        aws_secret_access_key=environment.secret_access_key,
        region_name=region,
    ).client(service, endpoint_url=served.endpoint_url, config=Config(retries={"total_max_attempts": 1}))


def port_of(served: ServedAccount) -> int:
    port = urlsplit(served.endpoint_url).port
    assert port is not None
    return port


def sent(served: ServedAccount, raw: bytes, *, then_close: bool = False) -> tuple[int, dict[str, str], bytes]:
    """What the server answers to these bytes, until it closes the connection or has sent the length it said."""
    with socket.create_connection(("127.0.0.1", port_of(served)), timeout=10) as connection:
        connection.sendall(raw)
        if then_close:
            connection.shutdown(socket.SHUT_WR)
        with connection.makefile("rb") as answer:
            status = int(answer.readline().split()[1])
            headers = {}
            while line := answer.readline().strip():
                name, _, value = line.decode().partition(":")
                headers[name.lower()] = value.strip()
            return status, headers, answer.read(int(headers["content-length"]))


def post(body: bytes, *headers: str, target: str = "/", host: str = "127.0.0.1", method: str = "POST") -> bytes:
    lines = [f"{method} {target} HTTP/1.1", f"Host: {host}", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


def code_of(body: bytes) -> str | None:
    return ElementTree.fromstring(body).findtext("{*}Error/{*}Code")


def test_boto3_creates_reads_lists_and_deletes(served: ServedAccount) -> None:
    iam = client(served, "iam")
    made = iam.create_role(
        RoleName="über-boto".replace("ü", "u"), AssumeRolePolicyDocument=TRUST, Description="a\tb & <c>"
    )
    got = iam.get_role(RoleName="uber-boto")["Role"]
    assert got["Description"] == "a\tb & <c>"
    assert got["CreateDate"] == made["Role"]["CreateDate"]
    assert got["CreateDate"].microsecond == 0
    iam.get_waiter("role_exists").wait(RoleName="uber-boto")
    assert "uber-boto" in [r["RoleName"] for page in iam.get_paginator("list_roles").paginate() for r in page["Roles"]]
    iam.delete_role(RoleName="uber-boto")
    with pytest.raises(iam.exceptions.NoSuchEntityException):
        iam.get_role(RoleName="uber-boto")


@pytest.mark.parametrize("region", ["us-east-1", "eu-central-1", "ap-southeast-2"])
def test_clients_may_sign_for_any_region_of_the_partition(served: ServedAccount, region: str) -> None:
    assert client(served, "sts", region).get_caller_identity()["Account"] == "111122223333"
    client(served, "iam", region).list_roles()


@pytest.mark.parametrize("region", ["cn-north-1", "mars-1"])
def test_regions_of_other_partitions_are_refused(served: ServedAccount, region: str) -> None:
    with pytest.raises(ClientError) as refused:
        client(served, "sts", region).get_caller_identity()
    assert refused.value.response["Error"] == {
        "Type": "Sender",
        "Code": "SignatureDoesNotMatch",
        "Message": f"Credential should be scoped to a valid region, not '{region}'.",
    }


def test_a_presigned_url_is_all_that_its_bearer_needs(served: ServedAccount) -> None:
    url = client(served, "sts").generate_presigned_url("get_caller_identity", ExpiresIn=60, HttpMethod="GET")
    with urllib.request.urlopen(url) as answer:
        assert answer.headers["Content-Type"] == "text/xml"
        root = ElementTree.fromstring(answer.read())
    assert root.findtext("{*}GetCallerIdentityResult/{*}Arn") == "arn:aws:iam::111122223333:user/passrole-admin"
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(url.replace("GetCallerIdentity", "GetSessionToken"))
    assert (refused.value.code, code_of(refused.value.read())) == (403, "SignatureDoesNotMatch")


def test_health_is_told_without_a_signature(served: ServedAccount) -> None:
    status, headers, body = sent(served, post(b"", target="/_passrole/health", method="GET"))
    assert (status, headers["content-type"]) == (200, "application/json")
    assert json.loads(body) == {
        "status": "ok",
        "version": __version__,
        "account_id": "111122223333",
        "partition": "aws",
        "services": ["iam", "sts"],
        "enforcement": "on",
        "unsafe_test_credentials": False,
    }


FORM = "Content-Type: application/x-www-form-urlencoded"
LIST = b"Action=ListUsers&Version=2010-05-08"


@pytest.mark.parametrize(
    ("raw", "status", "code"),
    [
        (post(LIST, FORM), 403, "MissingAuthenticationToken"),
        (post(LIST, FORM, "Authorization: AWS4-HMAC-SHA256 Credential=AKID/2026"), 403, "IncompleteSignature"),
        (post(LIST, FORM, "Authorization: AWS4-HMAC-SHA256"), 403, "IncompleteSignature"),
        (post(b"", FORM), 400, "MissingAction"),
        (post(b"Action=Nope&Version=2010-05-08", FORM), 400, "InvalidAction"),
        (post(b"Action=%", FORM), 400, "MalformedQueryString"),
        (post(b"\xff\xfe", FORM), 400, "MalformedQueryString"),
        (post(b"{}", FORM, "X-Amz-Target: IAM.ListUsers"), 404, "UnknownOperationException"),
        (post(b"<xml/>", "Content-Type: text/xml"), 404, "UnknownOperationException"),
        (post(LIST, FORM, target="/2015-03-31/functions"), 404, "UnknownOperationException"),
        (post(b"", method="PUT"), 404, "UnknownOperationException"),
        (post(b"", method="OPTIONS"), 404, "UnknownOperationException"),
        (post(b"", method="BREW"), 404, "UnknownOperationException"),
        (post(b"", target="/_passrole/health", method="POST"), 404, "UnknownOperationException"),
        (b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: x\r\n\r\n", 400, "MalformedHttpRequestException"),
        (b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: -1\r\n\r\n", 400, "MalformedHttpRequestException"),
        (
            b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 99999999999\r\n\r\n",
            413,
            "RequestEntityTooLargeException",
        ),
        (
            b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
            400,
            "MalformedHttpRequestException",
        ),
        (
            b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            400,
            "MalformedHttpRequestException",
        ),
        (b"nonsense\r\n\r\n", 400, "MalformedHttpRequestException"),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400, "MalformedHttpRequestException"),
        (b"GET / HTTP/9.9\r\n\r\n", 400, "MalformedHttpRequestException"),
        (b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n\r\n", 400, "MalformedHttpRequestException"),
        (b"GET / HTTP/1.1\r\nX: " + b"a" * 70_000 + b"\r\n\r\n", 400, "MalformedHttpRequestException"),
        (b"GET / HTTP/1.1\r\n" + b"X: a\r\n" * 200 + b"\r\n", 400, "MalformedHttpRequestException"),
        # No browser page: neither under its own name (DNS rebinding) nor across origins.
        (post(LIST, FORM, host="evil.example"), 403, "AccessDenied"),
        (post(LIST, FORM, host="evil.example:4700"), 403, "AccessDenied"),
        (post(LIST, FORM, host="localhost.evil.example"), 403, "AccessDenied"),
        (post(LIST, FORM, "Host: localhost"), 403, "AccessDenied"),
        (post(LIST, FORM, "Origin: https://evil.example"), 403, "AccessDenied"),
        (post(LIST, FORM, "Origin: null"), 403, "AccessDenied"),
        (post(b"", "Sec-Fetch-Site: cross-site", method="GET"), 403, "AccessDenied"),
        (b"GET / HTTP/1.1\r\n\r\n", 403, "AccessDenied"),
    ],
)
def test_what_cannot_be_served_gets_awss_error_and_never_a_500(
    served: ServedAccount, raw: bytes, status: int, code: str
) -> None:
    answered, headers, body = sent(served, raw)
    assert (answered, code_of(body)) == (status, code)
    assert headers["x-amzn-requestid"] == ElementTree.fromstring(body).findtext("{*}RequestId")
    assert "Traceback" not in body.decode()


def test_clients_of_other_services_are_told_what_is_here(served: ServedAccount) -> None:
    calls = (
        ("ec2", "describe_instances"),
        ("s3", "list_buckets"),
        ("dms", "describe_endpoints"),
        ("ssm", "get_inventory"),
    )
    for service, operation in calls:
        with pytest.raises(ClientError) as refused:
            getattr(client(served, service), operation)()
        error = refused.value.response["Error"]
        assert error["Code"] == "UnknownOperationException", service
        told, _, advice = error["Message"].partition("; passrole serve ")
        assert told == f"This account answers iam and sts; it has no {service}"
        assert advice.endswith("pip install 'passrole[gateway]'")


def test_json_without_a_signature_is_answered_in_json(served: ServedAccount) -> None:
    status, headers, body = sent(served, post(b"{}", "Content-Type: application/x-amz-json-1.1"))
    assert (status, headers["content-type"]) == (404, "application/x-amz-json-1.1")
    assert json.loads(body)["__type"] == "UnknownOperationException"


def test_a_client_that_goes_away_is_noted_and_no_traceback_is_printed(
    served: ServedAccount, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        connection = socket.create_connection(("127.0.0.1", port_of(served)))
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.sendall(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nabc")
        connection.close()  # with a reset
        deadline = time.monotonic() + 10
        while "went away" not in caplog.text and time.monotonic() < deadline:
            time.sleep(0.01)
    assert "went away" in caplog.text
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("host", ["localhost", "localhost:4700", "127.0.0.1:4700", "[::1]:4700", "iam.localhost:4700"])
def test_the_names_of_this_machine_are_served(served: ServedAccount, host: str) -> None:
    assert code_of(sent(served, post(LIST, FORM, host=host))[2]) == "MissingAuthenticationToken"


def test_a_body_that_ends_early_is_refused(served: ServedAccount) -> None:
    raw = b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100\r\n\r\nAction=ListUsers"
    status, _, body = sent(served, raw, then_close=True)
    assert (status, code_of(body)) == (400, "MalformedHttpRequestException")


def test_the_largest_body_is_read_and_one_byte_more_is_not(served: ServedAccount) -> None:
    status, _, body = sent(served, post(b"a" * MAX_BODY_BYTES, FORM))
    assert (status, code_of(body)) == (400, "MissingAction")
    status, _, body = sent(
        served, b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % (MAX_BODY_BYTES + 1)
    )
    assert (status, code_of(body)) == (413, "RequestEntityTooLargeException")


def test_a_connection_serves_request_after_request(served: ServedAccount) -> None:
    with socket.create_connection(("127.0.0.1", port_of(served)), timeout=10) as connection:
        connection.sendall(post(LIST, FORM) * 3)
        seen = b""
        while seen.count(b"</ErrorResponse>") < 3:
            received = connection.recv(65536)
            assert received
            seen += received
    assert seen.count(b"HTTP/1.1 403") == 3


def test_of_many_who_create_one_name_at_once_exactly_one_succeeds(served: ServedAccount) -> None:
    def create(number: int) -> str:
        try:
            client(served, "iam").create_user(UserName=f"contested-{number % 4}")
        except ClientError as refused:
            return refused.response["Error"]["Code"]
        return "created"

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(create, range(32)))
    assert sorted(outcomes) == ["EntityAlreadyExists"] * 28 + ["created"] * 4


def test_more_clients_than_the_account_takes_at_once_all_get_their_answer(served: ServedAccount) -> None:
    url = client(served, "sts").generate_presigned_url("get_caller_identity", ExpiresIn=300, HttpMethod="GET")
    raw = post(b"", target=url.partition(str(port_of(served)))[2], host=urlsplit(url).netloc, method="GET")
    with ThreadPoolExecutor(120) as pool:
        statuses = list(pool.map(lambda _: sent(served, raw)[0], range(240)))
    assert statuses == [200] * 240


def test_an_address_that_others_can_reach_must_be_asked_for(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as refused, serving(tmp_path / "account.db", host="0.0.0.0"):
        pass
    assert "--allow-other-machines" in (refused.value.help or "")
    assert not (tmp_path / "account.db").exists()
    assert [
        is_loopback(host) for host in ("127.0.0.1", "127.9.9.9", "::1", "localhost", "::", "10.0.0.1", "example.com")
    ] == [
        True,
        True,
        True,
        True,
        False,
        False,
        False,
    ]


def test_a_port_in_use_is_a_configuration_error(served: ServedAccount, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as refused, serving(tmp_path / "account.db", port=port_of(served)):
        pass
    assert "--port" in (refused.value.help or "")


def test_names_can_be_allowed(tmp_path: Path) -> None:
    with serving(tmp_path / "account.db", allowed_hosts=["Passrole.Test"]) as named:
        assert code_of(sent(named, post(LIST, FORM, host="passrole.test:4700"))[2]) == "MissingAuthenticationToken"


def test_the_environment_of_a_file_that_is_not_there_makes_nothing(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError):
        environment_of(tmp_path / "account.db", "http://127.0.0.1:4700")
    assert list(tmp_path.iterdir()) == []


def run_until_stopped(file: Path) -> str:
    """What `run_server` says from its start to a SIGTERM that comes once it is ready."""
    program = (
        "import sys, pathlib; from passrole.server.http import run_server; "
        "run_server(pathlib.Path(sys.argv[1]), port=0, say=lambda text: print(text, flush=True))"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(file)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        said = [process.stdout.readline()]
        while "enforcement is ON" not in said[-1]:
            assert said[-1], process.stderr.read()
            said.append(process.stdout.readline())
        process.send_signal(signal.SIGTERM)
        said.append(process.stdout.read())
        assert (process.wait(timeout=20), process.stderr.read()) == (0, "")
    return "".join(said)


def test_the_secret_is_told_at_the_first_start_and_afterwards_only_on_request(tmp_path: Path) -> None:
    file = tmp_path / "account.db"
    first, second = run_until_stopped(file), run_until_stopped(file)
    environment = environment_of(file, "http://127.0.0.1:4700")
    assert f"export AWS_SECRET_ACCESS_KEY={environment.variables()['AWS_SECRET_ACCESS_KEY']}" in first.replace("'", "")
    assert environment.secret_access_key not in second
    for said in (first, second):
        assert "account 111122223333" in said
        assert str(file) in said
        assert "enforcement is ON" in said
        assert "http://127.0.0.1:" in said
    assert "passrole env" in second
    assert environment.secret_access_key not in repr(environment)
    assert os.stat(file).st_mode & 0o777 == 0o600
