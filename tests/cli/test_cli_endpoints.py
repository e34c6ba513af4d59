"""Accounts that are not at hand: endpoints that do not answer, or not as AWS does, and callers who may not do it."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.cli.command_line import Run, sets

from passrole.server.http import ServedAccount, serving

USAGE, CONFIGURATION, SERVICE = 252, 253, 254
BUCKET = tuple(sets(import_bucket="disk-images"))


@pytest.fixture
def any_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")


@pytest.mark.parametrize("choice", [("--aws",), ("--endpoint-url", "http://127.0.0.1:1")])
@pytest.mark.parametrize(
    "command", [("recipes",), ("plan", "vm-import", *BUCKET), ("apply", "vm-import", *BUCKET, "--yes")]
)
def test_without_credentials_nothing_is_called(choice: tuple[str, ...], command: tuple[str, ...], run: Run) -> None:
    result = run(*command, *choice)
    assert (result.code, result.out) == (CONFIGURATION, "")
    assert "there are no credentials for http" in result.err
    assert "--profile NAME" in result.err


@pytest.mark.parametrize(
    ("config", "says"),
    [
        ("[profile p", "cannot be used"),
        ("\udcff", "cannot be used"),
        ("[profile p]\nrole_arn = arn:aws:iam::111122223333:role/x\nsource_profile = q\n", '"q"'),
        ("[profile p]\ncredential_process = /bin/false\n", "custom-process"),
        ("[profile p]\nregion = moon 1\n", "moon 1"),
        ("", "(p) could not be found"),
    ],
)
def test_a_profile_that_cannot_be_used(
    config: str, says: str, run: Run, machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (machine / "config").write_bytes(config.encode(errors="surrogateescape"))
    monkeypatch.setenv("AWS_CONFIG_FILE", "config")
    result = run("recipes", "--profile", "p")
    assert (result.code, result.out) == (CONFIGURATION, "")
    assert says in result.err
    assert "help: " in result.err


@pytest.mark.parametrize(
    ("url", "code", "says"),
    [
        ("http://127.0.0.1:1", CONFIGURATION, "http://127.0.0.1:1 cannot be reached"),
        ("https://127.0.0.1:1", CONFIGURATION, "https://127.0.0.1:1 cannot be reached"),
        ("http://nowhere.invalid", CONFIGURATION, "http://nowhere.invalid cannot be reached"),
        ("127.0.0.1:4700", USAGE, "`127.0.0.1:4700` cannot be used as an endpoint"),
        ("ftp://127.0.0.1", USAGE, "neither http nor https"),
        ("http://127.0.0.1:99999", USAGE, "`http://127.0.0.1:99999` cannot be used"),
        ("http://", USAGE, "`http://` cannot be used"),
        ("http://[::1", USAGE, "`http://[::1` cannot be used"),
        ("http://a b", USAGE, "`http://a b` cannot be used"),
        ("http://bücket", USAGE, "cannot be used"),
    ],
)
@pytest.mark.usefixtures("any_credentials")
def test_an_endpoint_that_cannot_be_reached(url: str, code: int, says: str, run: Run) -> None:
    for command in (("recipes",), ("apply", "vm-import", *BUCKET, "--yes")):
        result = run(*command, "--endpoint-url", url)
        assert (result.code, result.out) == (code, "")
        assert says in result.err
        assert "help: " in result.err


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()


ANSWERS = {
    "a web page": Answer(200, b"<html><body><h1>It works!</h1><br></body></html>"),
    "a well-formed page": Answer(200, b"<html><body><h1>It works!</h1></body></html>"),
    "nothing": Answer(200, b""),
    "an error in words": Answer(500, b"Internal Server Error"),
    "JSON": Answer(404, b'{"message": "no such path"}'),
    "a redirection": Answer(302, b"", (("Location", "http://127.0.0.1:1/"),)),
    "an identity without an account": Answer(
        200, b"<GetCallerIdentityResponse><GetCallerIdentityResult/></GetCallerIdentityResponse>"
    ),
    "an identity without an ARN": Answer(
        200,
        b"<GetCallerIdentityResponse><GetCallerIdentityResult><Account>111122223333</Account><Arn>me</Arn>"
        b"</GetCallerIdentityResult></GetCallerIdentityResponse>",
    ),
}


@contextmanager
def answering(answer: Answer) -> Iterator[str]:
    """An endpoint that gives every request the same answer; its URL."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.send_response(answer.status)
            for name, value in (*answer.headers, ("Content-Length", str(len(answer.body)))):
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer.body)

        do_GET = do_POST  # noqa: N815

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize("name", ANSWERS)
@pytest.mark.usefixtures("any_credentials")
def test_an_endpoint_that_is_not_aws(name: str, run: Run) -> None:
    with answering(ANSWERS[name]) as url:
        result = run("apply", "vm-import", *BUCKET, "--yes", "--endpoint-url", url)
    assert (result.code, result.out) == (CONFIGURATION, "")
    assert f"{url} does not answer `GetCallerIdentity` as AWS does" in result.err
    assert "check --endpoint-url" in result.err


@pytest.mark.usefixtures("any_credentials")
def test_a_server_that_fails_is_told_apart_from_one_that_refuses(run: Run) -> None:
    with answering(Answer(503, b"")) as url:
        result = run("apply", "vm-import", *BUCKET, "--yes", "--endpoint-url", url)
    assert (result.code, result.out) == (SERVICE, "")
    assert "503" in result.err
    assert "run the same command again later" in result.err


@pytest.fixture
def served(tmp_path: Path) -> Iterator[ServedAccount]:
    with serving(tmp_path / "served.db") as account:
        yield account


def iam_of(account: ServedAccount) -> Any:
    from botocore.session import Session

    settings = account.environment().variables()
    return Session().create_client(
        "iam",
        region_name="us-east-1",
        endpoint_url=account.endpoint_url,
        aws_access_key_id=settings["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=settings["AWS_SECRET_ACCESS_KEY"],
    )


BecomeUser = Callable[..., None]
READ = ("iam:Get*", "iam:List*")


@pytest.fixture
def become(served: ServedAccount, monkeypatch: pytest.MonkeyPatch) -> BecomeUser:
    """Be a user of the served account who may do `actions` and nothing else."""
    iam = iam_of(served)
    iam.create_user(UserName="operator")
    key = iam.create_access_key(UserName="operator")["AccessKey"]
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", key["AccessKeyId"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", key["SecretAccessKey"])

    def change(*actions: str) -> None:
        statement = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        iam.put_user_policy(UserName="operator", PolicyName="may", PolicyDocument=document)

    return change


def roles(account: ServedAccount) -> list[str]:
    return [role["RoleName"] for role in iam_of(account).list_roles()["Roles"]]


def test_a_caller_who_may_read_nothing_is_told_what_is_missing(
    run: Run, served: ServedAccount, become: BecomeUser
) -> None:
    become("s3:ListAllMyBuckets")
    words = (*BUCKET, "--endpoint-url", served.endpoint_url)
    planned = run("plan", "vm-import", *words)
    assert planned.code == 1
    assert "blocked: what is there may not be read" in planned.out
    assert "iam:GetRole" in planned.out
    applied = run("apply", "vm-import", *words, "--yes")
    assert applied.code == 1
    assert "nothing was done" in applied.err
    assert "--operator-policy" in applied.err
    assert roles(served) == []
    verified = run("verify", "vm-import", *words)
    assert verified.code == 3
    asked = run("can", "role/vmimport", "s3:GetObject", "*", "--endpoint-url", served.endpoint_url)
    assert asked.code == 3
    assert asked.out.startswith("undecided")


def test_a_caller_who_may_only_read_is_stopped_before_the_first_change(
    run: Run, served: ServedAccount, become: BecomeUser
) -> None:
    become(*READ)
    result = run("apply", "vm-import", *BUCKET, "--endpoint-url", served.endpoint_url, "--yes")
    assert result.code == SERVICE
    assert "`iam:CreatePolicy` is denied" in result.err
    assert "done: nothing" in result.err
    assert "passrole show RECIPE --operator-policy" in result.err
    assert roles(served) == []


def test_what_was_half_applied_is_said_and_the_same_command_goes_on(
    run: Run, served: ServedAccount, become: BecomeUser
) -> None:
    become(*READ, "iam:CreatePolicy", "iam:TagPolicy")
    words = ("apply", "vm-import", *BUCKET, "--endpoint-url", served.endpoint_url, "--yes")
    stopped = run(*words)
    assert stopped.code == SERVICE
    assert "stopped at `role/vmimport`" in stopped.err
    assert "caused by: done: managed-policy/vm-import-user" in stopped.err
    assert "not done: role/vmimport, role/vmimport/inline-policy/vmimport" in stopped.err
    states = run("recipes", "--endpoint-url", served.endpoint_url, "--output", "json").json()["set_ups"]
    assert [each["state"] for each in states] == ["unfinished"]
    as_json = run(*words, "--output", "json")
    assert (as_json.code, as_json.out) == (SERVICE, "")
    become("*")
    assert run(*words, "--no-verify").code == 0
    assert roles(served) == ["vmimport"]
    become(*READ)
    kept = run("destroy", "vm-import", "--endpoint-url", served.endpoint_url, "--yes")
    assert kept.code == SERVICE
    assert "done: nothing" in kept.err
    assert roles(served) == ["vmimport"]


def test_the_operators_policy_that_show_prints_is_enough_for_apply(
    run: Run, served: ServedAccount, become: BecomeUser
) -> None:
    printed = run("show", "vm-import", *BUCKET, *sets(user=""), "--account", "111122223333", "--operator-policy")
    iam_of(served).put_user_policy(UserName="operator", PolicyName="may", PolicyDocument=printed.out)
    words = ("--endpoint-url", served.endpoint_url)
    applied = run("apply", "vm-import", *BUCKET, *words, "--yes", "--no-verify")
    assert applied.code == 0, applied.err
    assert roles(served) == ["vmimport"]
    assert run("destroy", "vm-import", *words, "--yes").code == SERVICE


@pytest.mark.parametrize("name", ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"])
def test_credentials_that_the_service_does_not_take(
    name: str, run: Run, served: ServedAccount, become: BecomeUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    become("*")
    monkeypatch.setenv(name, "AKIAIOSFODNN7EXAMPLE")
    result = run("recipes", "--endpoint-url", served.endpoint_url)
    assert result.code == CONFIGURATION
    assert "does not accept your credentials" in result.err
    assert "--profile NAME" in result.err


def test_the_guard_refuses_another_account(run: Run, served: ServedAccount, become: BecomeUser) -> None:
    become("*")
    words = ("--endpoint-url", served.endpoint_url, "--account", "999988887777")
    for command in (("apply", "vm-import", *BUCKET, "--yes"), ("destroy", "vm-import", "--yes"), ("recipes",)):
        result = run(*command, *words)
        assert (result.code, result.out) == (CONFIGURATION, "")
        assert "account 111122223333, not 999988887777; nothing was done" in result.err
    assert roles(served) == []


def test_a_plan_for_one_endpoint_is_not_applied_to_another(
    run: Run, served: ServedAccount, become: BecomeUser, tmp_path: Path
) -> None:
    become("*")
    run("plan", "dms-roles", "--endpoint-url", served.endpoint_url, "--out", "change.plan")
    run("plan", "dms-roles")  # makes the embedded account
    refused = run("apply", "change.plan", "--yes")
    assert refused.code == CONFIGURATION
    assert f"made for account 111122223333 on endpoint ({served.endpoint_url})" in refused.err
