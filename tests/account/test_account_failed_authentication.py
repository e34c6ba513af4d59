"""Requests that are not authenticated, and services that assume roles: what the log keeps of them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode

import pytest
from botocore.exceptions import ClientError

from passrole.account.as_service import assume_as_service
from passrole.account.decision_log import failed_authentication
from passrole.account.decision_log.decision_log import log_path
from passrole.account.service_error import ServiceError
from passrole.server.embedded import EmbeddedAccount, embedded_session
from passrole.server.gate import Gate
from passrole.server.message import HttpRequest

SECRET = "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "vmie.amazonaws.com"},
            "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"sts:ExternalId": "vmimport"}},
        }
    ],
}


@pytest.fixture
def account(tmp_path: Path) -> Iterator[EmbeddedAccount]:
    with embedded_session(tmp_path / "account.db") as account:
        yield account


def failure(caller: EmbeddedAccount) -> dict:
    with pytest.raises(ClientError) as refused:
        caller.client("iam").list_users()
    return refused.value.response


def logged(account: EmbeddedAccount, answer: dict) -> dict:
    """The event with the id that the client was given."""
    found = account.store.decisions.find(answer["ResponseMetadata"]["RequestId"])
    assert found is not None
    assert found.decided == ()
    return dict(found.event)


def test_an_unknown_key_is_told_to_the_owner_by_the_id_that_the_client_has(account: EmbeddedAccount) -> None:
    event = logged(account, failure(account.as_user("AKIAIOSFODNN7EXAMPLE", SECRET)))
    assert event["errorCode"] == "InvalidClientTokenId"
    assert event["userIdentity"] == {"type": "Unknown", "accessKeyId": "AKIAIOSFODNN7EXAMPLE"}
    assert (event["eventSource"], event["eventName"]) == ("iam.amazonaws.com", "ListUsers")
    assert event["recipientAccountId"] == "111122223333"
    assert "no key" in event["additionalEventData"]["passroleNotAuthenticated"]
    assert event["requestParameters"] is None
    assert event["responseElements"] is None


def test_the_owner_learns_which_of_the_reasons_it_was_and_the_caller_does_not(account: EmbeddedAccount) -> None:
    iam = account.client("iam")
    iam.create_user(UserName="ana")
    key = iam.create_access_key(UserName="ana")["AccessKey"]
    id, secret = key["AccessKeyId"], key["SecretAccessKey"]  # noqa: A001
    answers = {
        "another secret": failure(account.as_user(id, SECRET)),
        "takes no session token": failure(account.as_user(id, secret, "token")),
    }
    iam.update_access_key(UserName="ana", AccessKeyId=id, Status="Inactive")
    answers["inactive"] = failure(account.as_user(id, secret))
    answers["no key"] = failure(account.as_user("AKIAIOSFODNN7EXAMPLE", secret))
    for reason, answer in answers.items():
        assert reason in logged(account, answer)["additionalEventData"]["passroleNotAuthenticated"], reason
        assert reason not in json.dumps(answer)
    told = {answers[reason]["Error"]["Message"] for reason in ("takes no session token", "inactive", "no key")}
    assert told == {"The security token included in the request is invalid."}


def test_unsigned_and_malformed_requests_are_kept_too(account: EmbeddedAccount) -> None:
    gate = Gate(account.store)
    body = urlencode({"Action": "ListUsers", "Version": "2010-05-08"}).encode()
    for headers, code in (
        ((), "MissingAuthenticationToken"),
        ((("Authorization", "AWS4-HMAC-SHA256 x=y"),), "IncompleteSignature"),
    ):
        answer = gate.answer(HttpRequest("POST", "/", (("Host", "localhost"), *headers), body), datetime.now(UTC))
        found = account.store.decisions.find(dict(answer.headers)["x-amzn-RequestId"])
        assert found is not None
        assert found.event["errorCode"] == code


def test_nothing_secret_is_kept_not_even_where_an_id_should_stand(account: EmbeddedAccount) -> None:
    answer = failure(account.as_user(SECRET, SECRET, "FwoGZXIvYXdzEtoken"))
    event = logged(account, answer)
    assert event["userIdentity"]["accessKeyId"] == "HIDDEN_DUE_TO_SECURITY_REASONS"
    account.store.decisions.flush()
    files = log_path(account.store.path).parent.glob("account.decisions.db*")
    kept = b"".join(file.read_bytes() for file in files)
    assert SECRET.encode() not in kept
    assert b"FwoGZXIvYXdzEtoken" not in kept
    assert event["errorCode"].encode() in kept


def test_a_stranger_drives_out_neither_the_calls_of_others_nor_fills_the_disk(
    account: EmbeddedAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("passrole.account.decision_log.log_writer.KEPT_FAILURES", 5)
    account.client("iam").create_user(UserName="ana")
    before = account.store.decisions.events(limit=100)
    stranger = account.as_user("AKIAIOSFODNN7EXAMPLE", SECRET)
    answers = []
    for _ in range(12):
        answers.append(failure(stranger))
        account.store.decisions.flush()
    assert account.store.decisions.events(limit=100) == before
    with closing(sqlite3.connect(log_path(account.store.path))) as log:
        assert log.execute("SELECT count(*) FROM failures").fetchone() == (5,)
    assert logged(account, answers[-1])
    assert account.store.decisions.find(answers[0]["ResponseMetadata"]["RequestId"]) is None
    assert account.store.decisions.last_denied() is None


def test_of_many_at_once_few_wait(account: EmbeddedAccount) -> None:
    stranger = account.as_user("AKIAIOSFODNN7EXAMPLE", SECRET)
    log = account.store.decisions
    with log._writing:
        for _ in range(failed_authentication.MOST_WAITING_FAILURES + 20):
            failure(stranger)
        assert len(log._failures) == failed_authentication.MOST_WAITING_FAILURES


def test_a_long_name_of_a_client_is_cut(account: EmbeddedAccount) -> None:
    headers = (("Host", "localhost"), ("User-Agent", "x" * 60_000))
    body = urlencode({"Action": "ListUsers", "Version": "2010-05-08"}).encode()
    answer = Gate(account.store).answer(HttpRequest("POST", "/", headers, body), datetime.now(UTC))
    found = account.store.decisions.find(dict(answer.headers)["x-amzn-RequestId"])
    assert found is not None
    assert len(json.dumps(dict(found.event))) < 2_000


def test_a_log_from_before_there_were_failures_takes_them(tmp_path: Path) -> None:
    file = tmp_path / "account.db"
    with embedded_session(file) as account:
        account.client("iam").list_users()
    with closing(sqlite3.connect(log_path(file))) as log:
        log.execute("DROP TABLE failures")
        log.commit()
    with embedded_session(file) as account:
        assert logged(account, failure(account.as_user("AKIAIOSFODNN7EXAMPLE", SECRET)))
        assert len(account.store.decisions.events(limit=10)) == 1


def test_a_service_that_assumes_a_role_is_logged_as_cloudtrail_has_it(account: EmbeddedAccount) -> None:
    """CloudTrail User Guide, "userIdentity element": `AWSService`, `invokedBy`."""
    role = account.client("iam").create_role(RoleName="vmimport", AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]
    made = assume_as_service(
        account.store, "vmie.amazonaws.com", "vmimport", session_name="import", external_id="vmimport"
    )
    event = account.store.decisions.events(limit=1)[0]
    assert event["userIdentity"] == {"type": "AWSService", "invokedBy": "vmie.amazonaws.com"}
    assert (event["eventSource"], event["eventName"]) == ("sts.amazonaws.com", "AssumeRole")
    assert event["sourceIPAddress"] == event["userAgent"] == "vmie.amazonaws.com"
    assert event["requestParameters"] == {
        "roleArn": role["Arn"],
        "roleSessionName": "import",
        "durationSeconds": 3600,
        "externalId": "vmimport",
    }
    assert event["responseElements"]["credentials"]["accessKeyId"] == made.access_key_id
    assert made.secret not in json.dumps(event)
    assert made.token not in json.dumps(event)
    assert event["recipientAccountId"] == "111122223333"


def test_a_service_that_is_refused_is_explained(account: EmbeddedAccount) -> None:
    account.client("iam").create_role(RoleName="vmimport", AssumeRolePolicyDocument=json.dumps(TRUST))
    with pytest.raises(ServiceError, match="not authorized"):
        assume_as_service(account.store, "vmie.amazonaws.com", "vmimport", session_name="import", external_id="other")
    call = account.store.decisions.last_denied()
    assert call is not None
    assert call.event["errorCode"] == "AccessDenied"
    assert [each.request.action for each in call.decided] == ["sts:AssumeRole"]
    assert call.decided[0].request.context["sts:ExternalId"] == "other"


@pytest.mark.parametrize("role", ["gone", "arn:aws:iam::111122223333:role/gone"])
def test_a_service_that_asks_for_a_role_that_is_not_there_is_logged(account: EmbeddedAccount, role: str) -> None:
    with pytest.raises(ServiceError):
        assume_as_service(account.store, "vmie.amazonaws.com", role, session_name="import")
    event = account.store.decisions.events(limit=1)[0]
    assert event["requestParameters"]["roleArn"] == role
    assert event["errorCode"] in ("NoSuchEntity", "AccessDenied")
    assert event["responseElements"] is None
