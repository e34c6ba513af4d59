"""The gate with a real store behind it: who is let in, what is refused, and that a refusal leaves nothing behind."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode
from xml.etree import ElementTree

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.client import BaseClient
from botocore.credentials import Credentials
from botocore.exceptions import ClientError
from botocore.serialize import create_serializer
from hypothesis import given, settings
from hypothesis import strategies as st

from passrole.account.operation import OPERATIONS
from passrole.account.store import AccountStore
from passrole.server.embedded import Credentials as Caller
from passrole.server.embedded import EmbeddedAccount, embedded_session
from passrole.server.gate import Gate
from passrole.server.message import HttpRequest
from passrole.server.wire.models import SERVICES, service_model

TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "sts:AssumeRole"}],
    }
)


def policy(action: str, resource: str = "*", **members: object) -> str:
    statement = {"Effect": "Allow", "Action": action, "Resource": resource, **members}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.fixture
def account(tmp_path: Path) -> Iterator[EmbeddedAccount]:
    with embedded_session(tmp_path / "account.db") as account:
        yield account


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedAccount]:
    with embedded_session(tmp_path_factory.mktemp("shared") / "account.db") as account:
        yield account


def user(account: EmbeddedAccount, name: str, *documents: str) -> EmbeddedAccount:
    """A user with these inline policies, as a caller."""
    iam = account.client("iam")
    iam.create_user(UserName=name)
    for number, document in enumerate(documents):
        iam.put_user_policy(UserName=name, PolicyName=f"p{number}", PolicyDocument=document)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return account.as_user(key["AccessKeyId"], key["SecretAccessKey"])


def refusal(client: BaseClient, operation: str, **parameters: object) -> tuple[int, str, str]:
    with pytest.raises(ClientError) as refused:
        getattr(client, operation)(**parameters)
    answer = refused.value.response
    return answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"], answer["Error"]["Message"]


def test_a_user_without_policies_may_ask_only_who_it_is(account: EmbeddedAccount) -> None:
    caller = user(account, "nobody")
    arn = "arn:aws:iam::111122223333:user/nobody"
    assert caller.client("sts").get_caller_identity()["Arn"] == arn
    account.client("iam").create_role(RoleName="vmimport", AssumeRolePolicyDocument=TRUST)
    assert refusal(caller.client("iam"), "get_role", RoleName="vmimport") == (
        403,
        "AccessDenied",
        f"User: {arn} is not authorized to perform: iam:GetRole on resource: role vmimport "
        "because no identity-based policy allows the iam:GetRole action",
    )


def test_a_policy_allows_what_it_says_and_nothing_beside_it(account: EmbeddedAccount) -> None:
    iam = account.client("iam")
    for name in ("mine", "other"):
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST)
    caller = user(account, "reader", policy("iam:GetRole", "arn:aws:iam::111122223333:role/mine")).client("iam")
    assert caller.get_role(RoleName="mine")["Role"]["RoleName"] == "mine"
    assert refusal(caller, "get_role", RoleName="other")[1] == "AccessDenied"
    assert refusal(caller, "delete_role", RoleName="mine")[1] == "AccessDenied"


def test_what_one_call_takes_away_the_next_call_is_denied(account: EmbeddedAccount) -> None:
    iam = account.client("iam")
    caller = user(account, "leaver", policy("iam:ListUsers")).client("iam")
    caller.list_users()
    iam.delete_user_policy(UserName="leaver", PolicyName="p0")
    assert refusal(caller, "list_users")[1] == "AccessDenied"


def test_an_explicit_deny_is_named_as_one(account: EmbeddedAccount) -> None:
    caller = user(account, "denied", policy("*"), policy("iam:ListUsers", Effect="Deny")).client("iam")
    caller.list_roles()
    assert refusal(caller, "list_users")[2].endswith("with an explicit deny in an identity-based policy")


def test_passing_a_role_is_asked_for_beside_the_operation(account: EmbeddedAccount) -> None:
    iam = account.client("iam")
    iam.create_role(RoleName="app", AssumeRolePolicyDocument=TRUST)
    iam.create_instance_profile(InstanceProfileName="app")
    caller = user(account, "half", policy("iam:AddRoleToInstanceProfile"))
    assert (
        "iam:PassRole"
        in refusal(caller.client("iam"), "add_role_to_instance_profile", InstanceProfileName="app", RoleName="app")[2]
    )
    assert iam.get_instance_profile(InstanceProfileName="app")["InstanceProfile"]["Roles"] == []


@pytest.mark.parametrize(
    ("condition", "allowed"),
    [
        ({"IpAddress": {"aws:SourceIp": "127.0.0.0/8"}}, True),
        ({"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}, False),
        ({"DateGreaterThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}, True),
        ({"DateLessThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}, False),
        ({"NumericGreaterThan": {"aws:EpochTime": "1577836800"}}, True),
        ({"Bool": {"aws:SecureTransport": "true"}}, True),
        ({"StringLike": {"aws:UserAgent": "Botocore/*"}}, True),
        ({"StringLike": {"aws:UserAgent": "curl/*"}}, False),
        ({"StringEquals": {"aws:RequestedRegion": "us-east-1"}}, True),
        ({"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}, False),
        ({"ArnEquals": {"aws:PrincipalArn": "arn:aws:iam::111122223333:user/conditional"}}, True),
        ({"StringEquals": {"aws:username": "conditional"}}, True),
        ({"StringEquals": {"aws:PrincipalAccount": "111122223333"}}, True),
        ({"Null": {"aws:MultiFactorAuthPresent": "true"}}, True),
    ],
)
def test_conditions_see_the_request_as_it_was_sent(
    account: EmbeddedAccount, condition: dict[str, object], allowed: bool
) -> None:
    caller = user(account, "conditional", policy("iam:ListUsers", Condition=condition)).client("iam")
    if allowed:
        caller.list_users()
    else:
        assert refusal(caller, "list_users")[1] == "AccessDenied"


def test_credentials_that_are_not_good_are_refused_alike(account: EmbeddedAccount) -> None:
    iam = account.client("iam")
    caller = user(account, "someone")
    key_id = iam.list_access_keys(UserName="someone")["AccessKeyMetadata"][0]["AccessKeyId"]
    invalid = (403, "InvalidClientTokenId", "The security token included in the request is invalid.")
    assert refusal(account.as_user("AKIAIOSFODNN7EXAMPLE", "secret").client("sts"), "get_caller_identity") == invalid
    assert refusal(account.as_user(key_id, "secret").client("sts"), "get_caller_identity")[1] == "SignatureDoesNotMatch"
    assert refusal(account.as_user(key_id, "secret", "token").client("sts"), "get_caller_identity") == invalid
    iam.update_access_key(UserName="someone", AccessKeyId=key_id, Status="Inactive")
    assert refusal(caller.client("sts"), "get_caller_identity") == invalid
    iam.delete_access_key(UserName="someone", AccessKeyId=key_id)
    assert refusal(caller.client("sts"), "get_caller_identity") == invalid


@pytest.mark.parametrize("access_key_id", ["AKIA\udcff", "AKIAé", "AKIA\x7f"])
def test_an_access_key_id_that_cannot_be_one_is_not_known(account: EmbeddedAccount, access_key_id: str) -> None:
    moment = datetime.now(UTC)
    credential = f"{access_key_id}/{moment:%Y%m%d}/us-east-1/iam/aws4_request"
    signature = f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host;x-amz-date, Signature=00"
    headers = (("Host", "localhost"), ("X-Amz-Date", f"{moment:%Y%m%dT%H%M%SZ}"), ("Authorization", signature))
    request = HttpRequest("POST", "/", headers, b"Action=ListUsers&Version=2010-05-08")
    response = Gate(account.store).answer(request, moment)
    assert (response.status, b"InvalidClientTokenId" in response.body) == (403, True)


def test_a_role_session_needs_its_token_and_may_do_what_the_role_may(account: EmbeddedAccount) -> None:
    iam = account.client("iam")
    iam.create_role(RoleName="app", AssumeRolePolicyDocument=TRUST)
    iam.put_role_policy(RoleName="app", PolicyName="p", PolicyDocument=policy("iam:ListUsers"))
    caller = user(account, "assumer", policy("sts:AssumeRole"))
    role_arn = "arn:aws:iam::111122223333:role/app"
    given = caller.client("sts").assume_role(RoleArn=role_arn, RoleSessionName="s1")["Credentials"]
    session = account.as_user(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
    session_arn = "arn:aws:sts::111122223333:assumed-role/app/s1"
    assert session.client("sts").get_caller_identity()["Arn"] == session_arn
    session.client("iam").list_users()
    assert refusal(session.client("iam"), "list_roles")[2].startswith(f"User: {session_arn} is not authorized")
    for token in (None, "x", given["SessionToken"][:-1]):
        without = account.as_user(given["AccessKeyId"], given["SecretAccessKey"], token)
        assert refusal(without.client("sts"), "get_caller_identity")[1] == "InvalidClientTokenId"
    narrowed = caller.client("sts").assume_role(RoleArn=role_arn, RoleSessionName="s2", Policy=policy("iam:ListRoles"))
    keys = narrowed["Credentials"]
    narrow = account.as_user(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"]).client("iam")
    assert "no session policy allows" in refusal(narrow, "list_users")[2]


def test_a_session_ends_when_it_said_it_would(tmp_path: Path) -> None:
    seconds = [1_800_000_000]
    store = AccountStore.open(tmp_path / "account.db", clock=lambda: seconds[0])
    key = store.administrator()
    with EmbeddedAccount(store, Gate(store), Caller(key.access_key_id, key.secret), "us-east-1") as account:
        given = account.client("sts").get_session_token(DurationSeconds=900)["Credentials"]
        session = account.as_user(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"]).client("sts")
        seconds[0] += 899
        session.get_caller_identity()
        seconds[0] += 1
        assert refusal(session, "get_caller_identity") == (
            403,
            "ExpiredToken",
            "The security token included in the request is expired",
        )


def test_operations_that_are_not_here_say_so(account: EmbeddedAccount) -> None:
    missing = 0
    for service in SERVICES:
        client = account.client(service)
        client._serializer = create_serializer("query", include_validation=False)
        for name in service_model(service).operation_names:
            if (service, name) in OPERATIONS:
                continue
            missing += 1
            with pytest.raises(ClientError) as refused:
                client._make_api_call(name, {})
            error = refused.value.response["Error"]
            assert error["Code"] == "NotImplemented", name
            assert f"{service}:{name}" in error["Message"]
            assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501
    assert missing == sum(len(service_model(s).operation_names) for s in SERVICES) - len(OPERATIONS)


def unsigned(text: str) -> HttpRequest:
    return HttpRequest("POST", "/", (("Content-Type", "application/x-www-form-urlencoded"),), text.encode())


@pytest.mark.parametrize(
    ("text", "status", "code"),
    [
        ("Action=GetCallerIdentity&Version=2011-06-15", 403, "MissingAuthenticationToken"),
        ("Action=ListUsers&Version=2010-05-08", 403, "MissingAuthenticationToken"),
        ("Action=ListUsers&Version=2011-06-15", 400, "InvalidAction"),
        # Takes no signature, and is not here yet.
        ("Action=AssumeRoleWithWebIdentity&Version=2011-06-15", 501, "NotImplemented"),
    ],
)
def test_unsigned_requests(account: EmbeddedAccount, text: str, status: int, code: str) -> None:
    response = Gate(account.store).answer(unsigned(text), datetime.now(UTC))
    root = ElementTree.fromstring(response.body)
    assert (response.status, root.findtext("{*}Error/{*}Code")) == (status, code)
    assert dict(response.headers)["x-amzn-RequestId"] == root.findtext("{*}RequestId")


def test_a_fault_of_ours_is_a_500_with_an_id_that_the_log_explains(
    account: EmbeddedAccount, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken() -> int:
        raise ZeroDivisionError("a secret of the program")

    gate = Gate(account.store)
    request = unsigned("Action=ListUsers&Version=2010-05-08")
    monkeypatch.setattr("passrole.server.gate.find_target", lambda *_: broken())
    with caplog.at_level(logging.ERROR):
        response = gate.answer(request, datetime.now(UTC))
    root = ElementTree.fromstring(response.body)
    assert (response.status, root.findtext("{*}Error/{*}Code"), root.findtext("{*}Error/{*}Type")) == (
        500,
        "ServiceFailure",
        "Receiver",
    )
    message = root.findtext("{*}Error/{*}Message") or ""
    assert "secret" not in message
    assert "Traceback" not in response.body.decode()
    incident_id = message.rpartition("(")[2].rstrip(").")
    assert incident_id in caplog.text
    assert "ZeroDivisionError" in caplog.text


def test_an_answer_that_cannot_be_sent_leaves_no_change(
    account: EmbeddedAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> bytes:
        raise TypeError("not the model's")

    with monkeypatch.context() as patched:
        patched.setattr("passrole.server.gate.encode_output", broken)
        with pytest.raises(TypeError):
            account.client("iam").create_user(UserName="half-made")
    assert refusal(account.client("iam"), "get_user", UserName="half-made")[1] == "NoSuchEntity"


def test_parameters_that_break_awss_model_are_refused_before_anything_else(account: EmbeddedAccount) -> None:
    client = account.client("iam")
    client._serializer = create_serializer("query", include_validation=False)
    status, code, message = refusal(client, "create_role", AssumeRolePolicyDocument=TRUST)
    assert (status, code) == (400, "ValidationError")
    assert message == (
        "1 validation error detected: Value at 'roleName' failed to satisfy constraint: Member must not be null"
    )


TEXT = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        [
            "",
            "x",
            "*",
            "arn:aws:iam::111122223333:role/x",
            "arn:aws:iam::aws:policy/",
            "v1",
            "1",
            "-1",
            "/",
            "//",
            "true",
        ]
    ),
    st.sampled_from(
        ["{}", "[]", "null", "{", '{"Version":1}', '{"Statement":{"Effect":1}}', TRUST, policy("s3:*"), "[" * 9999]
    ),
)


@st.composite
def calls(draw: st.DrawFn) -> str:
    """A form body for an operation of the account: its parameters, some with structure, with values that may be junk."""
    service, operation = draw(st.sampled_from(sorted(OPERATIONS)))
    shape = service_model(service).operation_model(operation).input_shape
    names = []
    for name, member in shape.members.items() if shape else ():
        names += (
            [f"{name}.member.1", f"{name}.member.1.Key", f"{name}.member.1.Value"]
            if member.type_name == "list"
            else [name]
        )
    chosen = draw(st.lists(st.sampled_from(names), unique=True)) if names else []
    pairs = [("Action", operation), ("Version", service_model(service).api_version)]
    return urlencode([*pairs, *((name, draw(TEXT)) for name in chosen)])


@settings(max_examples=200, deadline=None)
@given(body=calls())
def test_no_parameter_of_an_authorized_caller_makes_a_500(shared: EmbeddedAccount, body: str) -> None:
    key = shared.store.administrator()
    service = "sts" if "Version=2011-06-15" in body else "iam"
    request = AWSRequest("POST", "https://localhost/", {"Content-Type": "application/x-www-form-urlencoded"}, body)
    SigV4Auth(Credentials(key.access_key_id, key.secret), service, "us-east-1").add_auth(request)
    headers = (("Host", "localhost"), *request.headers.items())
    response = Gate(shared.store).answer(HttpRequest("POST", "/", headers, body.encode()), datetime.now(UTC))
    ElementTree.fromstring(response.body)
    gone = {410} if "Action=GetCredentialReport&" in body else set()  # botocore's model: no report, or an expired one
    assert response.status in {200, 400, 403, 404, 409} | gone, response.body


@settings(max_examples=200, deadline=None)
@given(
    method=st.sampled_from(["GET", "POST", "PUT", ""]),
    target=st.one_of(st.text(max_size=30), st.text(max_size=30).map(lambda text: f"/?{text}")),
    headers=st.lists(
        st.tuples(
            st.sampled_from(["Host", "Authorization", "X-Amz-Date", "Content-Type", "X-Amz-Security-Token", "Date"]),
            st.one_of(
                st.text(max_size=20), st.text(max_size=20).map(lambda text: f"AWS4-HMAC-SHA256 Credential={text}")
            ),
        ),
        max_size=6,
    ),
    body=st.binary(max_size=60),
)
def test_no_bytes_of_a_stranger_make_a_500(
    shared: EmbeddedAccount, method: str, target: str, headers: list[tuple[str, str]], body: bytes
) -> None:
    response = Gate(shared.store).answer(HttpRequest(method, target, tuple(headers), body), datetime.now(UTC))
    ElementTree.fromstring(response.body)
    assert 400 <= response.status < 500


def test_a_call_that_failed_by_a_fault_of_ours_is_logged_as_one(
    account: EmbeddedAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was rolled back must not stand in the log as done."""
    account.client("iam").create_group(GroupName="kept")
    monkeypatch.setattr("passrole.server.gate.encode_output", _fails)
    with pytest.raises(TypeError):
        account.client("iam").create_group(GroupName="lost")
    monkeypatch.undo()
    assert [group["GroupName"] for group in account.client("iam").list_groups()["Groups"]] == ["kept"]
    _, lost, kept = account.store.decisions.events(limit=3)
    assert (lost["requestParameters"], lost["responseElements"]) == ({"groupName": "lost"}, None)
    assert lost["errorCode"] == "InternalFailure"
    assert "errorCode" not in kept


def _fails(*_: object) -> bytes:
    raise TypeError("as if an operation had answered nonsense")
