"""`passrole tighten`: from the log of an account to a policy that, put in the place of the old one, is enough."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from botocore.exceptions import ClientError
from tests.cli.command_line import Run
from tests.cli.test_cli_schemas import check

from passrole.server.embedded import EmbeddedAccount, embedded_session

TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "sts:AssumeRole"}],
}
ROLE = "arn:aws:iam::111122223333:role/app"
BOB = "arn:aws:iam::111122223333:user/bob"


def document(*statements: dict) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


READ = {"Sid": "Read", "Effect": "Allow", "Action": ["iam:Get*", "iam:List*"], "Resource": "*"}
KEYS = {"Sid": "Keys", "Effect": "Allow", "Action": "iam:CreateAccessKey", "Resource": "*"}


@pytest.fixture
def admin(tmp_path: Path) -> Iterator[EmbeddedAccount]:
    with embedded_session(tmp_path / "account.db") as account:
        iam = account.client("iam")
        iam.create_user(UserName="bob")
        iam.create_role(RoleName="app", AssumeRolePolicyDocument=json.dumps(TRUST))
        iam.put_role_policy(RoleName="app", PolicyName="all", PolicyDocument=document(READ, KEYS))
        yield account


def as_app(admin: EmbeddedAccount, session: str = "one") -> EmbeddedAccount:
    made = admin.client("sts").assume_role(RoleArn=ROLE, RoleSessionName=session)["Credentials"]
    return admin.as_user(made["AccessKeyId"], made["SecretAccessKey"], made["SessionToken"])


def denied(call: object, **parameters: str) -> str:
    with pytest.raises(ClientError) as caught:
        call(**parameters)  # type: ignore[operator]  # a client's method
    request_id: str = caught.value.response["ResponseMetadata"]["RequestId"]
    return request_id


def test_what_it_prints_is_enough_in_the_place_of_the_old_policy(admin: EmbeddedAccount, run: Run) -> None:
    def work(caller: EmbeddedAccount) -> None:
        caller.client("iam").get_user(UserName="bob")
        caller.client("iam").list_user_policies(UserName="bob")
        caller.client("sts").get_caller_identity()

    work(as_app(admin))
    denied(as_app(admin).client("iam").delete_user, UserName="bob")
    admin.store.decisions.flush()
    result = run("tighten", "--role", "app")
    assert result.code == 0, result.err
    assert json.loads(result.out) == {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": ["iam:GetUser", "iam:ListUserPolicies"], "Resource": BOB}],
    }
    assert "the engine allows all 2 decisions with it" in result.err
    assert "1 call that were denied" not in result.err
    assert "1 call that was denied is left out" in result.err
    assert "role/app inline policy all statement 2 (Keys): iam:CreateAccessKey" in result.err
    admin.client("iam").put_role_policy(RoleName="app", PolicyName="all", PolicyDocument=result.out)
    caller = as_app(admin, "two")
    work(caller)
    denied(caller.client("iam").create_access_key, UserName="bob")
    denied(caller.client("iam").get_role, RoleName="app")


def test_what_was_denied(admin: EmbeddedAccount, run: Run) -> None:
    first = denied(as_app(admin).client("iam").delete_user, UserName="bob")
    admin.store.decisions.flush()
    wanted = [{"Effect": "Allow", "Action": "iam:DeleteUser", "Resource": BOB}]
    refused = run("tighten", first)
    assert refused.code == 252
    assert "--with-denied" in refused.err
    for arguments in ((first[:8],), ("--role", "app"), ("--principal", ROLE), ("--role", "app", "--since", "1h")):
        result = run("tighten", *arguments, "--with-denied")
        assert result.code == 0, result.err
        assert json.loads(result.out)["Statement"] == wanted
        assert "a call that was denied may ask for more once this is allowed" in result.err


def test_json(admin: EmbeddedAccount, run: Run) -> None:
    caller = as_app(admin)
    caller.client("iam").get_user(UserName="bob")
    denied(caller.client("iam").delete_user, UserName="bob")
    admin.store.decisions.flush()
    value = run("tighten", "--role", "app", "--condition", "aws:SourceIp", "--output", "json").json()
    check(value, "tighten")
    assert value["principal"] == ROLE
    assert value["policy"]["Statement"] == [
        {
            "Effect": "Allow",
            "Action": "iam:GetUser",
            "Resource": BOB,
            "Condition": {"IpAddress": {"aws:SourceIp": "127.0.0.1"}},
        }
    ]
    assert (value["allowed"], value["denied_calls_left_out"]) == (1, 1)
    assert value["existing"]["relation"] == "narrower"
    assert [(each["sid"], each["actions"], each["whole"]) for each in value["existing"]["unused"]] == [
        ("Read", ["iam:List*"], False),
        ("Keys", ["iam:CreateAccessKey"], True),
    ]


def test_widen(admin: EmbeddedAccount, run: Run) -> None:
    iam = admin.client("iam")
    caller = as_app(admin)
    for number in range(6):
        iam.create_user(UserName=f"u{number}", Path="/team/")
        caller.client("iam").get_user(UserName=f"u{number}")
    admin.store.decisions.flush()
    plain = run("tighten", "--role", "app")
    pattern = "arn:aws:iam::111122223333:user/team/*"
    assert len(json.loads(plain.out)["Statement"][0]["Resource"]) == 6
    assert f"--widen '{pattern}'" in plain.err
    wide = run("tighten", "--role", "app", "--widen", pattern)
    assert json.loads(wide.out)["Statement"][0]["Resource"] == pattern
    assert f"and on all that {pattern} covers: iam:GetUser" in wide.err
    assert "--widen" not in wide.err


def test_patterns_for_the_most_resources_are_named_first(admin: EmbeddedAccount, run: Run) -> None:
    iam = admin.client("iam")
    caller = as_app(admin)
    for path, number in (("/a/", 5), ("/b/", 6)):
        for each in range(number):
            iam.create_user(UserName=f"u{path[1]}{each}", Path=path)
            caller.client("iam").get_user(UserName=f"u{path[1]}{each}")
    admin.store.decisions.flush()
    told = run("tighten", "--role", "app").err
    starts = "arn:aws:iam::111122223333:user"
    assert told.find(f"6 resources begin alike; to write them as one: --widen '{starts}/b/*'") > -1
    assert told.find("6 resources begin alike") < told.find(
        f"5 resources begin alike; to write them as one: --widen '{starts}/a/*'"
    )


def test_a_boundary_that_no_policy_of_its_own_overcomes(admin: EmbeddedAccount, run: Run) -> None:
    iam = admin.client("iam")
    only_get = document({"Effect": "Allow", "Action": "iam:Get*", "Resource": "*"})
    arn = iam.create_policy(PolicyName="limit", PolicyDocument=only_get)["Policy"]["Arn"]
    iam.put_role_permissions_boundary(RoleName="app", PermissionsBoundary=arn)
    denied(as_app(admin).client("iam").list_users)
    admin.store.decisions.flush()
    result = run("tighten", "--role", "app", "--with-denied")
    assert result.code == 2
    assert result.out == ""
    assert "cannot be allowed by a policy of its own: iam:ListUsers" in result.err
    assert "the permissions boundary does not allow it" in result.err
    value = run("tighten", "--role", "app", "--with-denied", "--output", "json")
    assert value.code == 2
    check(value.json(), "tighten")
    assert [each["action"] for each in value.json()["impossible"]] == ["iam:ListUsers"]


def test_what_needs_no_policy(admin: EmbeddedAccount, run: Run) -> None:
    """A trust policy that names the user itself is enough."""
    iam = admin.client("iam")
    named = document({"Effect": "Allow", "Principal": {"AWS": BOB}, "Action": "sts:AssumeRole"})
    iam.create_role(RoleName="bobs", AssumeRolePolicyDocument=named)
    key = iam.create_access_key(UserName="bob")["AccessKey"]
    bob = admin.as_user(key["AccessKeyId"], key["SecretAccessKey"])
    bob.client("sts").assume_role(RoleArn="arn:aws:iam::111122223333:role/bobs", RoleSessionName="one")
    admin.store.decisions.flush()
    result = run("tighten", "--principal", "user/bob")
    assert (result.code, result.out) == (0, "")
    assert "user/bob: 1 decision needs no policy of its own" in result.err
    value = run("tighten", "--principal", "user/bob", "--output", "json").json()
    check(value, "tighten")
    assert (value["allowed"], value["without_policy"], value["policy"]["Statement"]) == (0, 1, [])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "several users and roles: user/passrole-admin, role/app"),
        (("--role", "none"), "has no such call"),
        (("--role", "app", "--principal", "role/app"), "both say whose"),
        (("ffffffff",), "no call has the id"),
        (("ffffffff", "--role", "app"), "ids say which calls are meant"),
        (("--role", "app", "--widen", "*"), "is no pattern of ARNs"),
        (("--role", "app", "--each", "out"), "`--each` is for everyone"),
        (("--role", "app", "--condition", "aws:TagKeys"), "holds several values"),
        (("--role", "app", "--since", "2999-01-01"), "has no such call"),
    ],
)
def test_what_cannot_be_meant(arguments: tuple[str, ...], said: str, admin: EmbeddedAccount, run: Run) -> None:
    as_app(admin).client("iam").get_user(UserName="bob")
    admin.store.decisions.flush()
    result = run("tighten", *arguments)
    assert result.code == 252
    assert said in result.err
    assert result.out == ""


def test_everyone_gets_a_policy_of_their_own(admin: EmbeddedAccount, run: Run, tmp_path: Path) -> None:
    iam = admin.client("iam")
    iam.put_user_policy(UserName="bob", PolicyName="p", PolicyDocument=document(READ))
    iam.create_user(UserName="idle")
    keys = {name: iam.create_access_key(UserName=name)["AccessKey"] for name in ("bob", "idle")}
    callers = {name: admin.as_user(key["AccessKeyId"], key["SecretAccessKey"]) for name, key in keys.items()}
    callers["bob"].client("iam").get_user(UserName="bob")
    as_app(admin).client("iam").get_role(RoleName="app")
    denied(callers["idle"].client("iam").list_users)
    admin.store.decisions.flush()
    folder = tmp_path / "policies"
    result = run("tighten", "--each", str(folder))
    assert result.code == 0, result.err
    assert set(result.out.splitlines()) == {
        str(folder / name) for name in ("role-app.json", "user-bob.json", "user-passrole-admin.json")
    }
    found = {file.name: json.loads(file.read_text())["Statement"] for file in folder.iterdir()}
    assert found["user-bob.json"] == [{"Effect": "Allow", "Action": "iam:GetUser", "Resource": BOB}]
    assert found["role-app.json"] == [{"Effect": "Allow", "Action": "iam:GetRole", "Resource": ROLE}]
    assert "no file for user/idle: " in result.err
    assert "The least policy of role/app: the engine allows the decision with it" in result.err
    again = run("tighten", "--each", str(folder))
    assert (again.code, again.out) == (252, "")
    assert "is there already" in again.err
