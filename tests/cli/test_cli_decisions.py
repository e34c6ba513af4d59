"""`passrole decisions`: the log listed, chosen from, followed; its JSON keeps to its schema."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from botocore.exceptions import ClientError
from tests.cli.command_line import Run, environment, program
from tests.cli.test_cli_schemas import check

from passrole.account.as_service import assume_as_service
from passrole.server.embedded import Credentials, EmbeddedAccount, embedded_session
from passrole.server.gate import Gate

READ_USERS = {
    "Version": "2012-10-17",
    "Statement": [{"Sid": "Read", "Effect": "Allow", "Action": "iam:GetUser", "Resource": "*"}],
}
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "sts:AssumeRole"}],
}


@pytest.fixture
def account(tmp_path: Path) -> Iterator[EmbeddedAccount]:
    """With user/bob, who may get users, and role/team/app, which may too."""
    with embedded_session(tmp_path / "account.db") as made:
        iam = made.client("iam")
        iam.create_user(UserName="bob")
        iam.put_user_policy(UserName="bob", PolicyName="read", PolicyDocument=json.dumps(READ_USERS))
        iam.create_role(RoleName="app", Path="/team/", AssumeRolePolicyDocument=json.dumps(TRUST))
        iam.put_role_policy(RoleName="app", PolicyName="read", PolicyDocument=json.dumps(READ_USERS))
        yield made


def as_bob(account: EmbeddedAccount) -> EmbeddedAccount:
    key = account.client("iam").create_access_key(UserName="bob")["AccessKey"]
    return account.as_user(key["AccessKeyId"], key["SecretAccessKey"])


def as_app(account: EmbeddedAccount) -> EmbeddedAccount:
    role = "arn:aws:iam::111122223333:role/team/app"
    made = account.client("sts").assume_role(RoleArn=role, RoleSessionName="one")["Credentials"]
    return account.as_user(made["AccessKeyId"], made["SecretAccessKey"], made["SessionToken"])


def list_users_in_vain(caller: EmbeddedAccount) -> str:
    with pytest.raises(ClientError) as denied:
        caller.client("iam").list_users()
    request_id: str = denied.value.response["ResponseMetadata"]["RequestId"]
    return request_id


def listed(run: Run, *arguments: str) -> list[dict]:
    result = run("decisions", *arguments, "--output", "json")
    assert result.code == 0, result.err
    check(result.json(), "decisions")
    calls: list[dict] = result.json()["calls"]
    return calls


def test_who_what_on_what_and_what_decided(account: EmbeddedAccount, run: Run) -> None:
    bob = as_bob(account)
    bob.client("iam").get_user(UserName="bob")
    request_id = list_users_in_vain(bob)
    account.store.decisions.flush()
    text = run("decisions", "--principal", "user/bob").out
    assert re.fullmatch(
        r"""\d{4}-\d\d-\d\d \(UTC\)
\d\d:\d\d:\d\d  allowed  iam:GetUser  by user/bob  [0-9a-f]{8}
          on arn:aws:iam::111122223333:user/bob: allowed by user/bob inline policy read statement 1 \(Read\)
\d\d:\d\d:\d\d  denied   iam:ListUsers  by user/bob  """
        + request_id[:8]
        + r"""
          on arn:aws:iam::111122223333:user/: no identity-based policy allows iam:ListUsers
""",
        text,
    ), text
    assert request_id in run("why", request_id[:8]).out


def test_json_tells_the_statement_and_what_is_missing(account: EmbeddedAccount, run: Run) -> None:
    bob = as_bob(account)
    bob.client("iam").get_user(UserName="bob")
    request_id = list_users_in_vain(bob)
    account.store.decisions.flush()
    allowed, denied = listed(run, "--principal", "user/bob")
    assert (allowed["operation"], allowed["denied"], allowed["error"]) == ("iam:GetUser", False, None)
    assert (allowed["answered"], denied["answered"]) == ("allowed", "denied")
    assert [each["determining"][0]["sid"] for each in allowed["decisions"]] == ["Read"]
    assert (denied["id"], denied["denied"], denied["error"]) == (request_id, True, "AccessDenied")
    assert [each["statement"] for each in denied["decisions"][0]["missing"]] == [
        {"Effect": "Allow", "Action": "iam:ListUsers", "Resource": "arn:aws:iam::111122223333:user/"}
    ]


def test_error_that_is_no_denial(account: EmbeddedAccount, run: Run) -> None:
    with pytest.raises(ClientError):
        account.client("iam").get_user(UserName="nobody")
    account.store.decisions.flush()
    assert listed(run, "--limit", "1")[0]["error"] == "NoSuchEntity"
    out = run("decisions", "--limit", "1").out
    assert "  allowed  iam:GetUser  by user/" in out
    assert "answered NoSuchEntity: " in out


def test_call_that_asks_for_nothing(account: EmbeddedAccount, run: Run) -> None:
    account.client("sts").get_caller_identity()
    account.store.decisions.flush()
    (call,) = listed(run, "--limit", "1")
    assert call["operation"] == "sts:GetCallerIdentity"


@pytest.mark.parametrize(
    ("principal", "number"),
    [
        ("role/app", 2),
        ("role/team/app", 2),
        ("role/a*", 2),
        ("arn:aws:iam::111122223333:role/team/app", 2),
        ("arn:aws:sts::111122223333:assumed-role/app/one", 2),
        ("arn:aws:sts::111122223333:assumed-role/app/*", 2),
        ("role/other/app", 0),
        ("role/ap", 0),
        ("user/app", 0),
        ("user/bob", 1),
        ("*", 9),
    ],
)
def test_principal(principal: str, number: int, account: EmbeddedAccount, run: Run) -> None:
    list_users_in_vain(as_bob(account))
    app = as_app(account)
    app.client("iam").get_user(UserName="bob")
    list_users_in_vain(app)
    account.store.decisions.flush()
    assert len(listed(run, "--principal", principal)) == number


def test_action_and_denied(account: EmbeddedAccount, run: Run) -> None:
    list_users_in_vain(as_bob(account))
    account.store.decisions.flush()
    assert [call["operation"] for call in listed(run, "--denied")] == ["iam:ListUsers"]
    assert [call["operation"] for call in listed(run, "--action", "IAM:list*")] == ["iam:ListUsers"]
    assert listed(run, "--action", "s3:*") == []
    assert "no such call is in the log of" in run("decisions", "--action", "s3:*").out


def test_since(account: EmbeddedAccount, run: Run) -> None:
    account.store.decisions.flush()
    assert len(listed(run, "--since", "1h")) == 4
    assert len(listed(run, "--since", "2020-01-01")) == 4
    assert listed(run, "--since", "2999-01-01T00:00:00Z") == []
    assert len(listed(run, "--since", "1h", "--limit", "2")) == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--since", "yesterday"), "is no time"),
        (("--since", "5"), "is no time"),
        (("--principal", "app"), "names no caller"),
        (("--principal", "group/app"), "names no caller"),
        (("--action", "GetUser"), "is no action"),
    ],
)
def test_what_cannot_be_meant(arguments: tuple[str, ...], said: str, run: Run) -> None:
    result = run("decisions", *arguments)
    assert result.code == 252
    assert said in result.err
    assert result.out == ""


def test_without_a_log(run: Run) -> None:
    assert listed(run) == []


def test_follow_prints_what_comes_and_ends_with_its_reader(account: EmbeddedAccount) -> None:
    bob = as_bob(account)
    account.store.decisions.flush()
    command = program("decisions", "--follow", "--denied", "--output", "json")
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment(), text=True) as following:
        assert following.stdout is not None
        try:
            for _ in range(2):
                # Whether it has begun to follow or not: it shows the newest first.
                request_id = list_users_in_vain(bob)
                line = json.loads(following.stdout.readline())
                check(line, "decisions")
                assert [call["id"] for call in line["calls"]] == [request_id]
            following.stdout.close()
            deadline = time.monotonic() + 30
            while following.poll() is None and time.monotonic() < deadline:
                list_users_in_vain(bob)
                time.sleep(0.2)
            assert following.poll() == 0
        finally:
            following.kill()


def test_why_says_what_a_caller_who_was_not_let_in_is_not_told(account: EmbeddedAccount, run: Run) -> None:
    iam = account.client("iam")
    iam.create_user(UserName="ana")
    key = iam.create_access_key(UserName="ana")["AccessKey"]
    iam.update_access_key(UserName="ana", AccessKeyId=key["AccessKeyId"], Status="Inactive")
    with pytest.raises(ClientError) as refused:
        account.as_user(key["AccessKeyId"], key["SecretAccessKey"]).client("iam").list_users()
    request_id = refused.value.response["ResponseMetadata"]["RequestId"]
    account.store.decisions.flush()
    result = run("why", request_id)
    assert result.code == 0, result.err
    assert "ListUsers (iam.amazonaws.com) by unknown" in result.out
    assert f"with key {key['AccessKeyId']} from" in result.out
    assert "answered InvalidClientTokenId" in result.out
    assert "nobody is known to have made it: the key is inactive" in result.out
    check(run("why", request_id, "--output", "json").json(), "why")
    result = run("decisions")
    assert request_id[:8] not in result.out
    assert result.err == "1 not authenticated: passrole decisions --unauthenticated\n"


def test_who_was_not_authenticated_is_listed_apart(account: EmbeddedAccount, run: Run) -> None:
    for secret in ("x" * 40, "y" * 40):
        with pytest.raises(ClientError):
            account.as_user("AKIAIOSFODNN7EXAMPLE", secret).client("iam").list_users()
    account.store.decisions.flush()
    calls = listed(run, "--unauthenticated")
    assert [(each["answered"], each["operation"], each["principal"], each["error"]) for each in calls] == [
        ("not-authenticated", "iam:ListUsers", "unknown", "InvalidClientTokenId")
    ] * 2
    assert {each["not_authenticated"] for each in calls} == {"no key and no session of this account file has this id"}
    assert listed(run, "--unauthenticated", "--limit", "1") == calls[1:]
    assert listed(run, "--unauthenticated", "--action", "iam:GetUser") == []
    assert len(listed(run, "--unauthenticated", "--since", "1h")) == 2
    out = run("decisions", "--unauthenticated").out
    assert f"  not authenticated  iam:ListUsers  by unknown  {calls[0]['id'][:8]}" in out
    assert "no key and no session of this account file has this id" in out
    assert "InvalidClientTokenId" in out
    assert calls[0]["id"] in run("why", calls[0]["id"][:8]).out


def test_a_call_that_was_not_understood_is_refused_and_not_allowed(account: EmbeddedAccount, run: Run) -> None:
    with pytest.raises(ClientError):
        account.client("iam").get_user(UserName="no/name")
    account.store.decisions.flush()
    (call,) = listed(run, "--limit", "1")
    assert (call["answered"], call["denied"], call["error"]) == ("refused", False, "ValidationError")
    assert "  refused  iam:GetUser  by user/" in run("decisions", "--limit", "1").out


def test_a_service_is_listed_by_its_name(account: EmbeddedAccount, run: Run) -> None:
    trust = {"Effect": "Allow", "Principal": {"Service": "vmie.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": trust})
    account.client("iam").create_role(RoleName="import", AssumeRolePolicyDocument=document)
    assume_as_service(account.store, "vmie.amazonaws.com", "import", session_name="s1")
    account.store.decisions.flush()
    (call,) = listed(run, "--action", "sts:AssumeRole")
    assert (call["principal"], call["operation"]) == ("vmie.amazonaws.com", "sts:AssumeRole")
    text = run("decisions").out
    assert "allowed  sts:AssumeRole  by vmie.amazonaws.com" in text
    assert "by vmie.amazonaws.com" in run("why", call["id"]).out


def test_follow_begins_before_there_is_an_account_and_ends_with_ctrl_c(tmp_path: Path) -> None:
    command = program("decisions", "--follow")
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment(), text=True) as following:
        assert following.stdout is not None
        try:
            time.sleep(1)
            with embedded_session(tmp_path / "account.db") as account:
                account.client("iam").create_user(UserName="bob")
            assert following.stdout.readline().endswith(" (UTC)\n")
            assert "  allowed  iam:CreateUser  by user/passrole-admin  " in following.stdout.readline()
            following.send_signal(signal.SIGINT)
            assert following.wait(30) == 0
        finally:
            following.kill()


def test_well_known_credentials_are_marked_on_the_call(account: EmbeddedAccount, run: Run) -> None:
    account.client("iam").list_groups()
    gate = Gate(account.store, unsafe_test_credentials=True)
    EmbeddedAccount(account.store, gate, Credentials("test", "test"), "us-east-1").client("iam").list_users()
    account.store.decisions.flush()
    own, known = listed(run, "--action", "iam:ListGroups"), listed(run, "--action", "iam:ListUsers")
    assert [call["unsafe_test_credentials"] for call in own + known] == [False, True]
    text = run("decisions").out
    assert text.count("with well-known test credentials") == 1
    assert "with well-known test credentials" in text.partition("iam:ListUsers")[2]
