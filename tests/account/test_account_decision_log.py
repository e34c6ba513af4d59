"""The log of decisions: events as CloudTrail writes them, no secrets, and the policies of the time of each decision."""

from __future__ import annotations

import json
import re
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from passrole.account.aws_models import shared_loader
from passrole.account.decision_log.authorization_message import decoded_message
from passrole.account.decision_log.decision_log import AmbiguousIdError, DecisionLog, log_path
from passrole.account.decision_log.log_writer import LogWriter
from passrole.account.decision_log.redaction import output_of, parameters_of
from passrole.account.service_error import ServiceError
from passrole.engine.decision import Outcome
from passrole.engine.global_keys import SPELLING
from passrole.errors import ConfigurationError
from passrole.server.embedded import EmbeddedAccount, embedded_session

TRUST = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"sts:AssumeRole"}]}'

ACCOUNT = "111122223333"


def policy(effect: str, action: str, **more: object) -> str:
    statement = {"Effect": effect, "Action": action, "Resource": "*", **more}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.fixture
def account(tmp_path: Path) -> Iterator[EmbeddedAccount]:
    with embedded_session(tmp_path / "account.db") as account:
        yield account


@pytest.fixture
def alice(account: EmbeddedAccount) -> EmbeddedAccount:
    """A user who may do anything but see other users."""
    iam = account.client("iam")
    iam.create_user(UserName="alice")
    iam.put_user_policy(UserName="alice", PolicyName="all", PolicyDocument=policy("Allow", "*"))
    iam.put_user_policy(
        UserName="alice",
        PolicyName="not-users",
        PolicyDocument=policy(
            "Deny", "iam:ListUsers", Sid="NoUsers", Condition={"Bool": {"aws:ViaAWSService": "false"}}
        ),
    )
    key = iam.create_access_key(UserName="alice")["AccessKey"]
    return account.as_user(key["AccessKeyId"], key["SecretAccessKey"])


def denied(alice: EmbeddedAccount) -> dict:
    with pytest.raises(ClientError) as caught:
        alice.client("iam").list_users()
    return caught.value.response


def events(account: EmbeddedAccount) -> list:
    return account.store.decisions.events(limit=1000)


def test_event_has_the_members_of_cloudtrail(account, alice):
    """CloudTrail User Guide, "CloudTrail record contents" and "userIdentity element"."""
    answer = denied(alice)
    event = events(account)[0]
    user = account.client("iam").get_user(UserName="alice")["User"]
    with account.store.reading() as connection:
        key_id = connection.exec_driver_sql("SELECT id FROM access_keys WHERE user_id = ?", (user["UserId"],)).scalar()
    assert event["userIdentity"] == {
        "type": "IAMUser",
        "principalId": user["UserId"],
        "arn": "arn:aws:iam::111122223333:user/alice",
        "accountId": "111122223333",
        "accessKeyId": key_id,
        "userName": "alice",
    }
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", event["eventTime"])
    told = {
        "eventSource": "iam.amazonaws.com",
        "eventName": "ListUsers",
        "awsRegion": "us-east-1",
        "sourceIPAddress": "127.0.0.1",
        "errorCode": "AccessDenied",
        "errorMessage": answer["Error"]["Message"],
        "requestParameters": None,
        "responseElements": None,
        "requestID": answer["ResponseMetadata"]["RequestId"],
        "readOnly": True,
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": "111122223333",
        "eventCategory": "Management",
    }
    assert {name: event[name] for name in told} == told


def test_write_has_its_parameters_and_its_answer(account):
    account.client("iam").create_role(RoleName="App", AssumeRolePolicyDocument=TRUST, MaxSessionDuration=7200)
    event = events(account)[0]
    assert event["requestParameters"] == {
        "roleName": "App",
        "assumeRolePolicyDocument": TRUST,
        "maxSessionDuration": 7200,
    }
    assert event["readOnly"] is False
    role = event["responseElements"]["role"]
    assert role["arn"] == "arn:aws:iam::111122223333:role/App"
    # "Nov 23, 2026 12:00:00 PM", as CloudTrail's own examples have it.
    assert re.fullmatch(r"[A-Z][a-z]{2} \d{1,2}, \d{4} \d{1,2}:\d\d:\d\d [AP]M", role["createDate"])


def test_session_of_a_role_names_its_issuer(account):
    iam = account.client("iam")
    role = iam.create_role(RoleName="App", AssumeRolePolicyDocument=TRUST)["Role"]
    made = account.client("sts").assume_role(RoleArn=role["Arn"], RoleSessionName="night")["Credentials"]
    session = account.as_user(made["AccessKeyId"], made["SecretAccessKey"], made["SessionToken"])
    session.client("sts").get_caller_identity()
    identity = events(account)[0]["userIdentity"]
    assert identity["type"] == "AssumedRole"
    assert identity["principalId"] == f"{role['RoleId']}:night"
    assert identity["sessionContext"]["sessionIssuer"] == {
        "type": "Role",
        "principalId": role["RoleId"],
        "arn": role["Arn"],
        "accountId": "111122223333",
        "userName": "App",
    }
    assert identity["sessionContext"]["attributes"]["mfaAuthenticated"] == "false"


def test_no_secret_is_in_the_file(account, alice):
    secrets = [account._credentials.secret_access_key, alice._credentials.secret_access_key]
    iam = account.client("iam")
    role = iam.create_role(RoleName="App", AssumeRolePolicyDocument=TRUST)["Role"]
    made = account.client("sts").assume_role(RoleArn=role["Arn"], RoleSessionName="night")["Credentials"]
    session = account.as_user(made["AccessKeyId"], made["SecretAccessKey"], made["SessionToken"])
    session.client("sts").get_caller_identity()
    denial = denied(alice)
    secrets += [made["SecretAccessKey"], made["SessionToken"], denial["Error"]["EncodedAuthorizationMessage"]]
    account.store.decisions.flush()
    path = log_path(account.store.path)
    written = b"".join(file.read_bytes() for file in path.parent.glob(f"{path.name}*"))
    assert made["AccessKeyId"].encode() in written
    for secret in secrets:
        assert secret.encode() not in written
    assert b"HIDDEN_DUE_TO_SECURITY_REASONS" in written


def test_file_is_for_the_owner_alone(account):
    account.client("iam").list_roles()
    account.store.decisions.flush()
    path = log_path(account.store.path)
    assert path.name == "account.decisions.db"
    path.chmod(0o644)
    DecisionLog(path).events(limit=1)
    for file in path.parent.glob(f"{path.name}*"):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_denial_is_found_by_its_id_with_the_policies_of_its_time(account, alice):
    answer = denied(alice)
    account.client("iam").delete_user_policy(UserName="alice", PolicyName="not-users")
    alice.client("iam").list_users()
    log = account.store.decisions
    request_id = answer["ResponseMetadata"]["RequestId"]
    assert answer["Error"]["DecisionId"] == request_id
    for id_ in (request_id, request_id[:8]):
        call = log.find(id_)
        assert call is not None
        assert call.denied
        (decided,) = call.decided
        assert decided.decision.outcome is Outcome.EXPLICIT_DENY
        assert str(decided.decision.determining[0]) == "user/alice inline policy not-users statement 1 (NoUsers)"
        assert decided.request.action == "iam:ListUsers"
    assert log.find(call.event_id) == call
    assert log.find("00000000-nothing") is None
    last = log.last_denied()
    assert last is not None
    assert last.event_id == call.event_id


def test_id_that_fits_several_calls_is_refused(account, monkeypatch):
    ids = iter(["abcdef-1", "abcdef-2", "abcdef-3"])
    account._gate._request_ids = lambda: next(ids)
    account.client("iam").list_roles()
    account.client("iam").list_roles()
    with pytest.raises(AmbiguousIdError):
        account.store.decisions.find("abcdef")
    assert account.store.decisions.find("abc") is None, "too short to be a beginning"


def test_encoded_message_says_what_aws_documents(account, alice):
    """The members are those of the example on the page of DecodeAuthorizationMessage."""
    answer = denied(alice)
    encoded = answer["Error"]["EncodedAuthorizationMessage"]
    # STS takes 1 to 10,240 characters; nothing of it can be read by who got it.
    assert 1 <= len(encoded) <= 10240
    assert "alice" not in encoded
    decoded = json.loads(decoded_message(account.store.decisions, encoded, ACCOUNT))
    user_id = account.client("iam").get_user(UserName="alice")["User"]["UserId"]
    assert (decoded["allowed"], decoded["explicitDeny"], decoded["failures"]) == (False, True, {"items": []})
    assert decoded["matchedStatements"] == {
        "items": [
            {
                "statementId": "NoUsers",
                "effect": "DENY",
                "principals": {"items": [{"value": user_id}]},
                "principalGroups": {"items": []},
                "actions": {"items": [{"value": "iam:ListUsers"}]},
                "resources": {"items": [{"value": "*"}]},
                "conditions": {"items": [{"key": "aws:ViaAWSService", "values": {"items": [{"value": "false"}]}}]},
            }
        ]
    }
    context = decoded["context"]
    assert context["principal"] == {"id": user_id, "arn": "arn:aws:iam::111122223333:user/alice"}
    assert (context["action"], context["resource"]) == ("iam:ListUsers", "arn:aws:iam::111122223333:user/")
    conditions = {item["key"]: item["values"]["items"] for item in context["conditions"]["items"]}
    assert conditions["aws:SourceIp"] == [{"value": "127.0.0.1"}]
    assert conditions["aws:username"] == [{"value": "alice"}]
    # In AWS's spelling, those that follow from the caller too.
    assert conditions["aws:PrincipalAccount"] == [{"value": ACCOUNT}]
    assert not [key for key in conditions if key.lower() in SPELLING and key not in SPELLING.values()]


def test_implicit_denial_matches_no_statement(account):
    iam = account.client("iam")
    iam.create_user(UserName="bob")
    key = iam.create_access_key(UserName="bob")["AccessKey"]
    answer = denied(account.as_user(key["AccessKeyId"], key["SecretAccessKey"]))
    decoded = json.loads(
        decoded_message(account.store.decisions, answer["Error"]["EncodedAuthorizationMessage"], ACCOUNT)
    )
    assert (decoded["explicitDeny"], decoded["matchedStatements"]) == (False, {"items": []})


def test_message_is_not_decoded_in_another_account(account, alice):
    encoded = denied(alice)["Error"]["EncodedAuthorizationMessage"]
    account.store.add_account("444455556666")
    other = account.store.administrator("444455556666")
    theirs = account.as_user(other.access_key_id, other.secret).client("sts")
    with pytest.raises(ClientError) as caught:
        theirs.decode_authorization_message(EncodedMessage=encoded)
    assert caught.value.response["Error"]["Code"] == "InvalidAuthorizationMessageException"
    account.client("sts").decode_authorization_message(EncodedMessage=encoded)


@pytest.mark.parametrize("message", ["nonsense", "", "a" * 10240, "\n"])
def test_message_that_was_never_given_is_refused(account, message):
    with pytest.raises(ServiceError) as caught:
        decoded_message(account.store.decisions, message, ACCOUNT)
    assert caught.value.code == "InvalidAuthorizationMessageException"


def test_uses_are_the_last_of_each_action_denied_ones_too(account, alice):
    user_id = account.client("iam").get_user(UserName="alice")["User"]["UserId"]
    alice.client("iam").list_roles()
    alice.client("sts").get_caller_identity()
    denied(alice)
    uses = account.store.decisions.uses_of([user_id])
    assert {use.action for use in uses} == {"iam:ListRoles", "iam:ListUsers", "sts:GetCallerIdentity"}
    assert {use.region for use in uses} == {"us-east-1"}
    assert account.store.decisions.uses_of(["AIDANOBODY"]) == ()


def test_another_process_reads_what_this_one_wrote(account, alice):
    request_id = denied(alice)["ResponseMetadata"]["RequestId"]
    account.store.decisions.flush()
    other = DecisionLog(log_path(account.store.path))
    call = other.find(request_id)
    assert call is not None
    assert call.decided[0].decision.outcome is Outcome.EXPLICIT_DENY
    other.close()


def test_oldest_events_go_first_and_with_them_policies_that_nobody_asked(account, alice, tmp_path):
    log = DecisionLog(tmp_path / "small.db", LogWriter(kept_events=20))
    account.store.decisions.close()
    account.store.decisions = log
    denied(alice)
    for _ in range(60):
        account.client("iam").list_roles()
        log.flush()
    kept = log.events(limit=1000)
    assert 20 <= len(kept) <= 23
    assert {event["eventName"] for event in kept} == {"ListRoles"}
    with closing(sqlite3.connect(log.path)) as connection:
        texts = [row[0] for row in connection.execute("SELECT text FROM documents")]
    assert not any("NoUsers" in text for text in texts)
    assert log.find(kept[-1]["eventID"]).decided, "what is kept can still be explained"


def test_log_that_cannot_be_written_denies_nothing(account, caplog):
    log_path(account.store.path).mkdir()
    assert account.client("iam").list_roles()["Roles"] == []
    account.store.decisions.flush()
    assert "decisions are lost" in caplog.text


def _is_text(path: Path) -> None:
    path.write_text("no database" * 1000)


def _lacks_its_tables(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE events (other TEXT)")


@pytest.mark.parametrize("spoil", [_is_text, Path.mkdir, _lacks_its_tables])
def test_log_that_cannot_be_read_is_named_and_not_the_account(tmp_path, spoil):
    path = tmp_path / "account.decisions.db"
    spoil(path)
    with embedded_session(tmp_path / "account.db") as account:
        assert account.client("iam").list_users()["Users"]
        with pytest.raises(ConfigurationError) as caught:
            account.client("sts").decode_authorization_message(EncodedMessage="abc")
    assert caught.value.message == f"the log of decisions `{path}` cannot be read"
    assert caught.value.help is not None
    assert f"mv {path} {path}.damaged" in caught.value.help


def test_log_of_another_version_is_begun_anew(tmp_path):
    path = tmp_path / "account.decisions.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE log_version (version INTEGER PRIMARY KEY)")
        connection.execute("INSERT INTO log_version VALUES (0)")
        connection.execute("CREATE TABLE events (something TEXT)")
        connection.commit()
    with embedded_session(tmp_path / "account.db") as account:
        account.client("iam").list_roles()
        assert [event["eventName"] for event in events(account)] == ["ListRoles"]


def test_calls_are_written_soon_and_without_waiting_for_anything(tmp_path):
    """A process that is killed loses at most the last moments of its log."""
    code = (
        "import os, signal, sys, time; from pathlib import Path\n"
        "from passrole.server.embedded import embedded_session\n"
        "account = embedded_session(Path(sys.argv[1])); account.client('iam').list_roles()\n"
        "time.sleep(1.5); os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    assert subprocess.run([sys.executable, "-c", code, str(tmp_path / "a.db")], check=False).returncode == -9
    log = DecisionLog(tmp_path / "a.decisions.db")
    assert [event["eventName"] for event in log.events(limit=10)] == ["ListRoles"]
    log.close()


# Names that sound like secrets and are none: ids, names, public keys and certificates, words of a report.
NO_SECRETS = {
    "AccessKeyId",
    "AssertionEncryptionMode",
    "CertificateBody",
    "CertificateChain",
    "CertificateId",
    "Code",
    "ContextKeyName",
    "ContextKeyType",
    "GlobalEndpointTokenVersion",
    "Key",
    "KeyId",
    "Message",
    "NewServerCertificateName",
    "RemovePrivateKey",
    "RequestMessage",
    "SSHPublicKeyBody",
    "SSHPublicKeyId",
    "ServerCertificateId",
    "ServerCertificateName",
    "ServiceCredentialAlias",
    "ServiceSpecificCredentialId",
    "SortKey",
    "SubjectFromWebIdentityToken",
}
SOUNDS_SECRET = re.compile("pass|secret|token|code|seed|private|assert|credential|png|key|message|jwt|cert", re.I)


def _filled(shapes: dict, name: str, within: frozenset[str]) -> object:
    """A value with every member of a shape; texts that sound secret are `s3cret` and those that do not `plain`."""
    shape = shapes[name]
    if shape["type"] == "structure":
        members = {} if name in within else shape.get("members", {})
        return {
            member: "s3cret"
            if shapes[reference["shape"]]["type"] in ("string", "blob")
            and SOUNDS_SECRET.search(member)
            and member not in NO_SECRETS
            else _filled(shapes, reference["shape"], within | {name})
            for member, reference in members.items()
        }
    if shape["type"] == "list":
        return [_filled(shapes, shape["member"]["shape"], within)]
    return "plain"


@pytest.mark.parametrize("service", ["iam", "sts"])
def test_no_operation_of_aws_s_models_shows_a_secret(service):
    """Also of operations that are not here yet: whatever sounds like a secret is hidden, or known to be none."""
    model = shared_loader().load_service_model(service, "service-2")
    hidden = 0
    for operation, description in model["operations"].items():
        for side, shown_by in (("input", parameters_of), ("output", output_of)):
            if side in description:
                value = _filled(model["shapes"], description[side]["shape"], frozenset())
                shown = json.dumps(shown_by(service, operation, value))
                assert "s3cret" not in shown, (operation, side)
                hidden += shown.count("HIDDEN_DUE_TO_SECURITY_REASONS")
    assert hidden > 5
