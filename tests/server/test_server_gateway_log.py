"""What the log of decisions says of the gateway's calls, how the modes mark it, and what `passrole why` makes of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from click.testing import CliRunner
from tests.server.gateway_served import ACCOUNT, REGION, GatewayServed, Keys, allow, gateway

from passrole.account.enforcement import Enforcement
from passrole.cli.main import cli
from passrole.server.gateway.enforcement import GatewayMode, Unmapped


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayServed]:
    with gateway(tmp_path_factory.mktemp("log")) as found:
        yield found


def denial(call: Any) -> dict[str, Any]:
    with pytest.raises(ClientError) as refused:
        call()
    return refused.value.response


def test_a_call_is_an_event_in_cloudtrails_shape(served: GatewayServed) -> None:
    served.client("s3").create_bucket(Bucket="logged")
    event = served.last_events()[0]
    # AWS CloudTrail User Guide, "CloudTrail record contents"; the same call in "Logging Amazon S3 API calls".
    expected = {
        "eventSource": "s3.amazonaws.com",
        "eventName": "CreateBucket",
        "awsRegion": REGION,
        "requestParameters": {"bucketName": "logged"},
        "readOnly": False,
        "recipientAccountId": ACCOUNT,
    }
    assert {name: event[name] for name in expected} == expected
    assert event["additionalEventData"]["passroleEnforcement"] == "enforce"
    assert event["additionalEventData"]["passroleDecisions"][0]["action"] == "s3:CreateBucket"
    assert (event["eventCategory"], event["managementEvent"]) == ("Management", True)
    served.client("s3").put_object(Bucket="logged", Key="k", Body=b"x")
    event = served.last_events()[0]
    assert (event["eventCategory"], event["managementEvent"]) == ("Data", False)
    parameters = event["requestParameters"]
    assert (parameters["bucketName"], parameters["key"]) == ("logged", "k")
    served.client("cloudwatch").list_metrics()
    assert served.last_events()[0]["eventSource"] == "monitoring.amazonaws.com"


def test_no_secret_and_no_content_is_in_the_log(served: GatewayServed) -> None:
    secret = "s3cr3t-" + "x" * 20
    s3, ssm, sqs = served.client("s3"), served.client("ssm"), served.client("sqs")
    s3.create_bucket(Bucket="secrets")
    s3.put_object(Bucket="secrets", Key="k", Body=secret.encode())
    ssm.put_parameter(Name="p", Value=secret, Type="SecureString")
    served.client("secretsmanager").create_secret(Name="s", SecretString=secret)
    sqs.send_message(QueueUrl=sqs.create_queue(QueueName="q")["QueueUrl"], MessageBody=secret)
    kms = served.client("kms")
    kms.encrypt(KeyId=kms.create_key()["KeyMetadata"]["KeyId"], Plaintext=secret.encode())
    dynamodb = served.client("dynamodb")
    dynamodb.create_table(
        TableName="t",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    dynamodb.put_item(TableName="t", Item={"id": {"S": secret}})
    served.client("sns").create_topic(Name="t")
    text = json.dumps(served.last_events(20))
    for name in ("PutObject", "PutParameter", "CreateSecret", "SendMessage", "Encrypt", "PutItem"):
        assert f'"eventName": "{name}"' in text
    assert secret not in text
    assert "s3cr3t" not in text
    assert served.admin.secret not in text


def test_an_error_of_the_backend_is_in_the_event(served: GatewayServed) -> None:
    assert denial(lambda: served.client("s3").get_object(Bucket="no-such-bucket-here", Key="k"))["Error"]
    assert served.last_events()[0]["errorCode"] == "NoSuchBucket"


def test_why_explains_a_denial_by_the_question_that_failed(served: GatewayServed) -> None:
    keys = served.user("asking", allow("s3:GetObject", "arn:aws:s3:::logged/*"))
    response = denial(lambda: served.client("s3", keys).put_object(Bucket="logged", Key="k", Body=b"x"))
    request_id = response["ResponseMetadata"]["RequestId"]
    event = served.last_events()[0]
    assert (event["requestID"], event["errorCode"]) == (request_id, "AccessDenied")
    path = str(served.served.store.path)
    told = CliRunner().invoke(cli, ["why", request_id, "--account-file", path])
    print(told.output)
    assert told.exit_code == 0
    assert "s3:PutObject" in told.output
    assert "arn:aws:s3:::logged/k" in told.output


def test_who_could_not_be_told_is_logged_apart(served: GatewayServed) -> None:
    stranger = served.client("s3", Keys("AKIAIOSFODNN7EXAMPLE", "x" * 40))
    request_id = denial(stranger.list_buckets)["ResponseMetadata"]["RequestId"]
    found = served.served.store.decisions.find(request_id)
    assert found is not None
    event = found.event
    assert (event["eventSource"], event["eventName"]) == ("s3.amazonaws.com", "ListBuckets")
    assert event["additionalEventData"]["passroleNotAuthenticated"]


def test_a_denial_carries_a_message_that_decode_authorization_message_reads(served: GatewayServed) -> None:
    keys = served.user("decoding", allow("ec2:DescribeVpcs"))
    text = denial(lambda: served.client("ec2", keys).describe_instances())["Error"]["Message"]
    _, found, encoded = text.partition("Encoded authorization failure message: ")
    assert found, text
    decoded = served.client("sts").decode_authorization_message(EncodedMessage=encoded)["DecodedMessage"]
    assert json.loads(decoded)["context"]["action"] == "ec2:DescribeInstances"


def test_soft_enforcement_lets_pass_what_it_notes_as_denied(tmp_path: Path) -> None:
    with gateway(tmp_path, GatewayMode(Enforcement.SOFT)) as served:
        keys = served.user("soft")
        served.client("s3", keys).create_bucket(Bucket="soft-bucket")
        event = served.last_events()[0]
        assert "errorCode" not in event
        assert event["additionalEventData"]["passroleEnforcement"] == "soft"
        assert [each["outcome"] for each in event["additionalEventData"]["passroleDecisions"]] == ["implicit deny"]
        assert served.served.store.decisions.last_denied() is not None
        stranger = served.client("s3", type(keys)(keys.id, "x" * 40))
        assert denial(stranger.list_buckets)["Error"]["Code"] == "SignatureDoesNotMatch"


def test_without_enforcement_nothing_is_decided_and_callers_are_still_known(tmp_path: Path) -> None:
    with gateway(tmp_path, GatewayMode(Enforcement.OFF)) as served:
        keys = served.user("free")
        served.client("s3", keys).create_bucket(Bucket="off-bucket")
        event = served.last_events()[0]
        assert event["additionalEventData"] == {"passroleDecisions": [], "passroleEnforcement": "off"}
        assert event["userIdentity"]["userName"] == "free"
        stranger = served.client("s3", type(keys)(keys.id, "x" * 40))
        assert denial(stranger.list_buckets)["Error"]["Code"] == "SignatureDoesNotMatch"


def test_what_cannot_be_bound_is_refused_unless_it_was_allowed_and_marked_then(
    served: GatewayServed, tmp_path: Path
) -> None:
    error = denial(lambda: served.client("codebuild").batch_get_builds(ids=["p:1"]))["Error"]
    assert error["Code"] == "AccessDeniedException"
    assert "passrole cannot tell what codebuild:BatchGetBuilds asks of IAM" in error["Message"]
    with gateway(tmp_path, GatewayMode(unmapped=Unmapped.ALLOW)) as open_served:
        keys = open_served.user("unmapped")
        open_served.client("codebuild", keys).batch_get_builds(ids=["p:1"])
        event = open_served.last_events()[0]
        assert "codebuild:BatchGetBuilds" in event["additionalEventData"]["passroleUnmapped"]
        assert denial(lambda: open_served.client("s3", keys).list_buckets())["Error"]["Code"] == "AccessDenied"


ID_CALLS = {
    "s3": [("list_buckets", {}), ("get_object", {"Bucket": "no-such-bucket", "Key": "k"})],
    "sqs": [("list_queues", {}), ("get_queue_url", {"QueueName": "none"})],
    "sns": [("list_topics", {}), ("get_topic_attributes", {"TopicArn": f"arn:aws:sns:{REGION}:{ACCOUNT}:none"})],
    "ec2": [("describe_vpcs", {}), ("describe_instances", {"InstanceIds": ["i-0123456789abcdef0"]})],
    "dynamodb": [("list_tables", {}), ("describe_table", {"TableName": "none"})],
    "lambda": [("list_functions", {}), ("get_function", {"FunctionName": "none"})],
}


@pytest.mark.parametrize("service", ID_CALLS)
def test_what_a_client_shows_as_the_id_is_found_in_the_log(tmp_path: Path, service: str) -> None:
    """Also of a call that was carried out, and of one that failed there: a backend has ids of its own."""
    with gateway(tmp_path) as served:
        for method, parameters in ID_CALLS[service]:
            try:
                answer = getattr(served.client(service), method)(**parameters)
            except ClientError as error:
                answer = error.response
            told = answer["ResponseMetadata"]
            assert told["RequestId"] == served.last_events()[0]["requestID"]
            assert [value for name, value in told["HTTPHeaders"].items() if name.startswith("x-amz")][-1:] == [
                told["RequestId"]
            ]


def test_an_object_that_looks_like_an_answer_comes_back_as_it_is(tmp_path: Path) -> None:
    body = b"<Error><RequestId>mine</RequestId></Error><ResponseMetadata><RequestId>mine</RequestId></ResponseMetadata>"
    with gateway(tmp_path) as served:
        s3 = served.client("s3")
        s3.create_bucket(Bucket="things")
        s3.put_object(Bucket="things", Key="k", Body=body)
        assert s3.get_object(Bucket="things", Key="k")["Body"].read() == body
