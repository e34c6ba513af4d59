"""Batches that AWS answers entry by entry are answered so; what is denied is left where it is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.server.gateway_served import ACCOUNT, GatewayServed, allow, gateway

from passrole.account.decision_log.logged_call import Answered
from passrole.activity.bind.model import ApiCall, Refused, Why
from passrole.server.gateway.authorize import CallVerdict
from passrole.server.gateway.batches import decided_batch
from passrole.server.gateway.enforcement import Enforcement, GatewayMode


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayServed]:
    with gateway(tmp_path_factory.mktemp("batches"), account_id=ACCOUNT) as served:
        yield served


@pytest.fixture
def served(whole: GatewayServed) -> Iterator[GatewayServed]:
    yield whole
    whole.served.store.reset()
    whole.served.server.front.gateway.backend.reset()


def stored(served: GatewayServed, *keys: str) -> Any:
    s3 = served.client("s3")
    s3.create_bucket(Bucket="photos")
    for key in keys:
        s3.put_object(Bucket="photos", Key=key, Body=b"x")
    return s3


def left(s3: Any) -> list[str]:
    return [each["Key"] for each in s3.list_objects_v2(Bucket="photos").get("Contents", [])]


@pytest.mark.parametrize("quiet", [False, True])
def test_objects_are_deleted_that_may_be_and_the_others_are_errors(served: GatewayServed, quiet: bool) -> None:
    keys = ["mine/a", "mine/b", "theirs/<&c>", "theirs/d"]
    s3 = stored(served, *keys)
    user = served.user("deleter", allow("s3:DeleteObject", "arn:aws:s3:::photos/mine/*"))
    answer = served.client("s3", user).delete_objects(
        Bucket="photos", Delete={"Objects": [{"Key": key} for key in keys], "Quiet": quiet}
    )
    if not quiet:  # moto answers quiet calls like others
        assert sorted(each["Key"] for each in answer["Deleted"]) == ["mine/a", "mine/b"]
    assert [(each["Key"], each["Code"]) for each in answer["Errors"]] == [
        ("theirs/<&c>", "AccessDenied"),
        ("theirs/d", "AccessDenied"),
    ]
    assert "no identity-based policy allows the s3:DeleteObject action" in answer["Errors"][0]["Message"]
    assert left(s3) == ["theirs/<&c>", "theirs/d"]


def test_a_version_that_may_not_be_deleted_is_named_in_its_error(served: GatewayServed) -> None:
    s3 = stored(served)
    s3.put_bucket_versioning(Bucket="photos", VersioningConfiguration={"Status": "Enabled"})
    version = s3.put_object(Bucket="photos", Key="a", Body=b"x")["VersionId"]
    user = served.user("deleter", allow("s3:DeleteObject", "arn:aws:s3:::photos/*"))
    answer = served.client("s3", user).delete_objects(
        Bucket="photos", Delete={"Objects": [{"Key": "a", "VersionId": version}, {"Key": "a"}]}
    )
    assert [(each["Key"], each["VersionId"]) for each in answer["Errors"]] == [("a", version)]
    assert [each["Key"] for each in answer["Deleted"]] == ["a"]
    assert [each["VersionId"] for each in s3.list_object_versions(Bucket="photos")["Versions"]] == [version]


def test_where_nothing_may_be_deleted_all_are_errors_and_the_log_says_denied(served: GatewayServed) -> None:
    s3 = stored(served, "a", "b")
    client = served.client("s3", served.user("nobody"))
    answer = client.delete_objects(Bucket="photos", Delete={"Objects": [{"Key": "a"}, {"Key": "b"}]})
    assert [each["Key"] for each in answer["Errors"]] == ["a", "b"]
    assert "Deleted" not in answer
    assert left(s3) == ["a", "b"]
    request_id = answer["ResponseMetadata"]["RequestId"]
    found = served.served.store.decisions.find(request_id)
    assert found is not None
    assert [each.decision.allowed for each in found.decided] == [False, False]
    assert found.answered is Answered.DENIED


def test_soft_enforcement_deletes_all(tmp_path_factory: pytest.TempPathFactory) -> None:
    with gateway(tmp_path_factory.mktemp("soft"), GatewayMode(Enforcement.SOFT), account_id=ACCOUNT) as served:
        s3 = stored(served, "a", "b")
        client = served.client("s3", served.user("nobody"))
        answer = client.delete_objects(Bucket="photos", Delete={"Objects": [{"Key": "a"}, {"Key": "b"}]})
        assert "Errors" not in answer
        assert left(s3) == []


def test_secrets_are_read_that_may_be(served: GatewayServed) -> None:
    secrets = served.client("secretsmanager")
    mine, theirs = (secrets.create_secret(Name=name, SecretString=f"of {name}")["ARN"] for name in ("mine", "theirs"))
    get = allow("secretsmanager:GetSecretValue", mine)
    user = served.user("reader", get, allow("secretsmanager:BatchGetSecretValue"))
    answer = served.client("secretsmanager", user).batch_get_secret_value(SecretIdList=["mine", theirs])
    assert [each["SecretString"] for each in answer["SecretValues"]] == ["of mine"]
    assert [(each["SecretId"], each["ErrorCode"]) for each in answer["Errors"]] == [(theirs, "AccessDeniedException")]
    without = served.client("secretsmanager", served.user("other", get))
    with pytest.raises(ClientError, match="secretsmanager:BatchGetSecretValue"):
        without.batch_get_secret_value(SecretIdList=["mine"])


def test_a_batch_with_an_entry_of_which_nothing_can_be_told_is_denied_whole() -> None:
    call = ApiCall("s3", "DeleteObjects", "us-east-1", ACCOUNT, {"Delete": {"Objects": [{"Key": "a"}, {"Key": "b"}]}})
    whole = CallVerdict(False, message="denied")

    def authorize(part: ApiCall) -> CallVerdict:
        assert part.parameters == {"Delete": {"Objects": [{"Key": "a"}]}}
        return CallVerdict(False, refused=Refused(Why.NOT_KNOWN, "whose it is"))

    found = decided_batch(call, whole, authorize)
    assert (found.verdict, found.call, found.left_out) == (whole, call, ())
