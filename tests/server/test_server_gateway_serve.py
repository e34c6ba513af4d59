"""boto3 against `passrole serve` with moto behind it: who may is answered by moto, who may not by AWS's own error."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.server.gateway_served import ACCOUNT, REGION, GatewayServed, Keys, allow, gateway

from passrole.server.gateway.opening import GatewayOptions
from passrole.server.http import serving

TRUST = (
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"%s"},"Action":"sts:AssumeRole"}]}'
)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayServed]:
    with gateway(tmp_path_factory.mktemp("gateway")) as found:
        yield found


@pytest.fixture(scope="module")
def nobody(served: GatewayServed) -> Keys:
    """A user without any permission."""
    return served.user("nobody")


def refusal(call: Any) -> dict[str, Any]:
    with pytest.raises(ClientError) as refused:
        call()
    return {**refused.value.response["Error"], "Status": refused.value.response["ResponseMetadata"]["HTTPStatusCode"]}


def denied_text(action: str, resource: str, user: str = "nobody") -> str:
    return (
        f"User: arn:aws:iam::{ACCOUNT}:user/{user} is not authorized to perform: {action} on resource: {resource} "
        f"because no identity-based policy allows the {action} action"
    )


# Codes: "Error responses" or "Common errors" of each service's API reference. Texts: IAM User Guide, "Troubleshoot
# access denied error messages".
DENIED = [
    (
        "s3",
        "create_bucket",
        {"Bucket": "some-bucket"},
        "AccessDenied",
        403,
        's3:CreateBucket "arn:aws:s3:::some-bucket"',
    ),
    ("sqs", "list_queues", {}, "AccessDenied", 403, None),
    ("lambda", "list_functions", {}, "AccessDeniedException", 403, "lambda:ListFunctions *"),
    ("kms", "create_key", {}, "AccessDeniedException", 400, "kms:CreateKey *"),
    ("dynamodb", "list_tables", {}, "AccessDeniedException", 400, "dynamodb:ListTables *"),
    ("redshift", "describe_clusters", {}, "AccessDenied", 403, None),
    ("cloudwatch", "list_metrics", {}, "AccessDenied", None, "cloudwatch:ListMetrics *"),
    ("ec2", "describe_instances", {}, "UnauthorizedOperation", 403, None),
    ("secretsmanager", "list_secrets", {}, "AccessDeniedException", 400, "secretsmanager:ListSecrets *"),
    ("sns", "list_topics", {}, "AuthorizationError", 403, None),
]


@pytest.mark.parametrize(("service", "method", "given", "code", "status", "told"), DENIED)
def test_a_denial_has_the_services_own_code_and_awss_words(
    served: GatewayServed,
    nobody: Keys,
    service: str,
    method: str,
    given: dict[str, Any],
    code: str,
    status: int | None,
    told: str | None,
) -> None:
    error = refusal(lambda: getattr(served.client(service, nobody), method)(**given))
    assert error["Code"] == code
    if status is not None:
        assert error["Status"] == status
    if told is not None:
        assert error["Message"] == denied_text(*told.split(" "))
    getattr(served.client(service), method)(**given)


def test_a_permission_that_is_given_counts_at_once_and_is_taken_back_at_once(served: GatewayServed) -> None:
    keys = served.user("changing")
    sqs = served.client("sqs", keys)
    assert refusal(lambda: sqs.create_queue(QueueName="q"))["Code"] == "AccessDenied"
    served.allow("changing", allow("sqs:CreateQueue", f"arn:aws:sqs:{REGION}:{ACCOUNT}:q"))
    assert sqs.create_queue(QueueName="q")["QueueUrl"].startswith(served.url)
    assert refusal(lambda: sqs.create_queue(QueueName="other"))["Code"] == "AccessDenied"
    served.client("iam").delete_user_policy(UserName="changing", PolicyName="p")
    assert refusal(lambda: sqs.create_queue(QueueName="q"))["Code"] == "AccessDenied"


@pytest.mark.parametrize(
    ("service", "method", "wrong_secret", "wrong_key"),
    [
        ("s3", "list_buckets", "SignatureDoesNotMatch", "InvalidAccessKeyId"),
        ("ec2", "describe_instances", "AuthFailure", "AuthFailure"),
        ("sns", "list_topics", "SignatureDoesNotMatch", "InvalidClientTokenId"),
        ("lambda", "list_functions", "InvalidSignatureException", "UnrecognizedClientException"),
        ("kms", "list_keys", "InvalidSignatureException", "UnrecognizedClientException"),
    ],
)
def test_who_cannot_be_authenticated_is_told_so_by_each_service(
    served: GatewayServed, service: str, method: str, wrong_secret: str, wrong_key: str
) -> None:
    impostor = served.client(service, Keys(served.admin.id, "x" * 40))
    assert refusal(getattr(impostor, method))["Code"] == wrong_secret
    stranger = served.client(service, Keys("AKIAIOSFODNN7EXAMPLE", "x" * 40))
    assert refusal(getattr(stranger, method))["Code"] == wrong_key


def test_an_object_comes_back_as_it_was_put(served: GatewayServed) -> None:
    s3 = served.client("s3")
    s3.create_bucket(Bucket="things")
    key = "a b/ü%2F//x+y?z&=~"
    s3.put_object(Bucket="things", Key=key, Body=b"0123456789", ContentType="text/plain", Metadata={"Owner": "me"})
    found = s3.get_object(Bucket="things", Key=key)
    assert (found["Body"].read(), found["ContentType"], found["Metadata"]) == (
        b"0123456789",
        "text/plain",
        {"owner": "me"},
    )
    assert s3.get_object(Bucket="things", Key=key, Range="bytes=2-4")["Body"].read() == b"234"
    assert s3.head_object(Bucket="things", Key=key)["ContentLength"] == 10
    assert refusal(lambda: s3.get_object(Bucket="things", Key=key, IfNoneMatch=found["ETag"]))["Status"] == 304
    assert [each["Key"] for each in s3.list_objects_v2(Bucket="things")["Contents"]] == [key]
    s3.copy_object(Bucket="things", Key="copy", CopySource={"Bucket": "things", "Key": key})
    assert s3.get_object(Bucket="things", Key="copy")["Body"].read() == b"0123456789"
    s3.delete_objects(Bucket="things", Delete={"Objects": [{"Key": key}, {"Key": "copy"}]})
    assert "Contents" not in s3.list_objects_v2(Bucket="things")


def test_a_large_object_goes_up_in_parts(served: GatewayServed) -> None:
    s3 = served.client("s3")
    s3.create_bucket(Bucket="large")
    upload = s3.create_multipart_upload(Bucket="large", Key="k")["UploadId"]
    pieces = [b"a" * (5 * 1024 * 1024), b"b"]
    parts = [
        {
            "PartNumber": n,
            "ETag": s3.upload_part(Bucket="large", Key="k", UploadId=upload, PartNumber=n, Body=piece)["ETag"],
        }
        for n, piece in enumerate(pieces, 1)
    ]
    s3.complete_multipart_upload(Bucket="large", Key="k", UploadId=upload, MultipartUpload={"Parts": parts})
    assert s3.get_object(Bucket="large", Key="k")["Body"].read() == b"".join(pieces)


def test_a_reader_of_one_prefix_cannot_read_another(served: GatewayServed) -> None:
    s3 = served.client("s3")
    s3.create_bucket(Bucket="halves")
    for key in ("mine/1", "yours/1"):
        s3.put_object(Bucket="halves", Key=key, Body=key.encode())
    reader = served.client("s3", served.user("half", allow("s3:GetObject", "arn:aws:s3:::halves/mine/*")))
    assert reader.get_object(Bucket="halves", Key="mine/1")["Body"].read() == b"mine/1"
    error = refusal(lambda: reader.get_object(Bucket="halves", Key="yours/1"))
    assert error["Message"] == denied_text("s3:GetObject", '"arn:aws:s3:::halves/yours/1"', "half")


def test_what_is_refused_changes_nothing(served: GatewayServed, nobody: Keys) -> None:
    assert refusal(lambda: served.client("s3", nobody).create_bucket(Bucket="never"))["Code"] == "AccessDenied"
    assert "never" not in [each["Name"] for each in served.client("s3").list_buckets()["Buckets"]]


def test_a_session_of_a_role_calls_with_its_token_and_not_without(served: GatewayServed) -> None:
    iam = served.client("iam")
    trust = TRUST.replace('"Service":"%s"', f'"AWS":"arn:aws:iam::{ACCOUNT}:root"')
    iam.create_role(RoleName="lister", AssumeRolePolicyDocument=trust)
    iam.put_role_policy(
        RoleName="lister",
        PolicyName="p",
        PolicyDocument='{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:ListAllMyBuckets","Resource":"*"}]}',
    )
    made = served.client("sts").assume_role(RoleArn=f"arn:aws:iam::{ACCOUNT}:role/lister", RoleSessionName="session")[
        "Credentials"
    ]
    keys = Keys(made["AccessKeyId"], made["SecretAccessKey"], made["SessionToken"])
    served.client("s3", keys).list_buckets()
    assert (
        refusal(lambda: served.client("s3", Keys(keys.id, keys.secret)).list_buckets())["Code"] == "InvalidAccessKeyId"
    )
    error = refusal(lambda: served.client("sqs", keys).list_queues())
    assert f"arn:aws:sts::{ACCOUNT}:assumed-role/lister/session is not authorized" in error["Message"]


def test_a_long_poll_lets_the_message_in_that_it_waits_for(served: GatewayServed) -> None:
    sqs = served.client("sqs")
    url = sqs.create_queue(QueueName="slow")["QueueUrl"]
    found: list[Any] = []
    waiting = threading.Thread(
        target=lambda: found.append(served.client("sqs").receive_message(QueueUrl=url, WaitTimeSeconds=20))
    )
    waiting.start()
    time.sleep(0.3)
    began = time.monotonic()
    sqs.send_message(QueueUrl=url, MessageBody="here")
    assert time.monotonic() - began < 5, "the poll held the queue"
    waiting.join(timeout=15)
    assert [each["Body"] for each in found[0]["Messages"]] == ["here"]


def test_a_function_gets_a_role_that_lives_in_passrole_and_needs_iam_pass_role(served: GatewayServed) -> None:
    import io
    import zipfile

    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("f.py", "def h(e, c): return 1")
    served.client("iam").create_role(RoleName="worker", AssumeRolePolicyDocument=TRUST % "lambda.amazonaws.com")
    given = {
        "FunctionName": "f",
        "Runtime": "python3.12",
        "Role": f"arn:aws:iam::{ACCOUNT}:role/worker",
        "Handler": "f.h",
        "Code": {"ZipFile": archive.getvalue()},
    }
    builder = served.user("builder", allow("lambda:CreateFunction"))
    error = refusal(lambda: served.client("lambda", builder).create_function(**given))
    assert (
        f"is not authorized to perform: iam:PassRole on resource: arn:aws:iam::{ACCOUNT}:role/worker"
        in error["Message"]
    )
    passing = allow("iam:PassRole", f"arn:aws:iam::{ACCOUNT}:role/worker")
    served.allow("builder", allow("lambda:CreateFunction"), passing)
    assert served.client("lambda", builder).create_function(**given)["Role"] == given["Role"]
    missing = {**given, "FunctionName": "g", "Role": f"arn:aws:iam::{ACCOUNT}:role/missing"}
    assert (
        refusal(lambda: served.client("lambda").create_function(**missing))["Code"] == "InvalidParameterValueException"
    )


def test_what_moto_does_not_have_is_told_after_the_permission(served: GatewayServed, nobody: Keys) -> None:
    denied = refusal(lambda: served.client("license-manager", nobody).list_license_configurations())
    assert denied["Code"] == "AccessDeniedException"
    error = refusal(lambda: served.client("license-manager").list_license_configurations())
    assert (error["Code"], error["Status"]) == ("NotImplemented", 501)


def test_a_queue_of_another_account_needs_both_sides(served: GatewayServed) -> None:
    store = served.served.store
    store.add_account("777788889999")
    other = store.administrator("777788889999")
    there = served.client("sqs", Keys(other.access_key_id, other.secret))
    url = there.create_queue(QueueName="shared")["QueueUrl"]
    keys = served.user("sender", allow("sqs:SendMessage", f"arn:aws:sqs:{REGION}:777788889999:shared"))
    sender = served.client("sqs", keys)
    assert refusal(lambda: sender.send_message(QueueUrl=url, MessageBody="x"))["Code"] == "AccessDenied"
    principal = {"AWS": f"arn:aws:iam::{ACCOUNT}:user/sender"}
    statement = {"Principal": principal, **allow("sqs:SendMessage", f"arn:aws:sqs:{REGION}:777788889999:shared")}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    there.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    sender.send_message(QueueUrl=url, MessageBody="from the other account")
    received = there.receive_message(QueueUrl=url)["Messages"]
    assert [each["Body"] for each in received] == ["from the other account"]
    stranger = served.client("sqs", served.user("stranger", allow("sqs:ListQueues")))
    assert refusal(lambda: stranger.send_message(QueueUrl=url, MessageBody="x"))["Code"] == "AccessDenied"


def test_two_servers_of_a_process_see_what_the_other_wrote(served: GatewayServed, tmp_path: Path) -> None:
    """They share moto: what one has read of a bucket must not outlive what the other writes to it."""
    s3 = served.client("s3")
    s3.create_bucket(Bucket="shared-by-two")
    reader = served.client("s3", served.user("two", allow("s3:ListBucket")))
    reader.list_objects_v2(Bucket="shared-by-two")
    with serving(tmp_path / "second.db", gateway=GatewayOptions()) as second:
        arn = "arn:aws:s3:::shared-by-two"
        deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:ListBucket", "Resource": arn}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [deny]})
        GatewayServed(second).client("s3").put_bucket_policy(Bucket="shared-by-two", Policy=policy)
    assert (
        "with an explicit deny in a resource-based policy"
        in refusal(lambda: reader.list_objects_v2(Bucket="shared-by-two"))["Message"]
    )


def test_many_clients_at_once_see_one_state(served: GatewayServed) -> None:
    served.client("s3").create_bucket(Bucket="crowd")
    failures: list[BaseException] = []

    def work(number: int) -> None:
        try:
            s3, sqs = served.client("s3"), served.client("sqs")
            for turn in range(8):
                key = f"{number}/{turn}"
                s3.put_object(Bucket="crowd", Key=key, Body=key.encode())
                assert s3.get_object(Bucket="crowd", Key=key)["Body"].read() == key.encode()
                sqs.create_queue(QueueName=f"crowd-{number}-{turn}")
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert len(served.client("s3").list_objects_v2(Bucket="crowd")["Contents"]) == 64
    assert len(served.client("sqs").list_queues(QueueNamePrefix="crowd-")["QueueUrls"]) == 64


def test_an_account_does_not_see_the_queues_of_another(
    tmp_path_factory: pytest.TempPathFactory, served: GatewayServed
) -> None:
    store = served.served.store
    store.add_account("444455556666")
    other = store.administrator("444455556666")
    there = served.client("sqs", Keys(other.access_key_id, other.secret))
    served.client("sqs").create_queue(QueueName="of-the-first")
    assert "QueueUrls" not in there.list_queues()
    there.create_queue(QueueName="of-the-second")
    assert [url.rpartition("/")[2] for url in there.list_queues()["QueueUrls"]] == ["of-the-second"]


def test_what_fails_in_moto_is_a_line_in_the_log_and_the_services_own_error(
    served: GatewayServed, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from moto.dynamodb.models import DynamoDBBackend
    from moto.s3.models import S3Backend

    def fail(*_given: object, **_named: object) -> None:
        raise KeyError("first\nsecond")

    monkeypatch.setattr(S3Backend, "list_buckets", fail)
    monkeypatch.setattr(DynamoDBBackend, "list_tables", fail)
    with caplog.at_level(logging.WARNING):
        s3 = refusal(served.client("s3").list_buckets)
        dynamodb = refusal(served.client("dynamodb").list_tables)
    assert (s3["Code"], s3["Status"]) == ("InternalError", 500)
    assert (dynamodb["Code"], dynamodb["Status"]) == ("InternalFailure", 500)
    assert s3["Message"].endswith("could not do s3:ListBuckets: it failed")
    assert [record.getMessage() for record in caplog.records] == [
        r"moto failed in s3:ListBuckets: KeyError: 'first\nsecond'",
        r"moto failed in dynamodb:ListTables: KeyError: 'first\nsecond'",
    ]
    assert all(record.exc_info is None or not record.exc_info for record in caplog.records)
