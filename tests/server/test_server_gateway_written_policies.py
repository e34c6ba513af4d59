"""Documents that are no resource policies are refused with the code that the service documents."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.server.gateway_served import ACCOUNT, REGION, GatewayServed, gateway

NO_ONE = {"AWS": f"arn:aws:iam::{ACCOUNT}:role/no-one"}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayServed]:
    with gateway(tmp_path_factory.mktemp("written"), account_id=ACCOUNT) as served:
        yield served


@pytest.fixture
def served(whole: GatewayServed) -> Iterator[GatewayServed]:
    yield whole
    whole.served.store.reset()
    whole.served.server.front.gateway.backend.reset()


def document(**changes: object) -> str:
    statement: dict[str, object] = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
        "Action": "*",
        "Resource": "*",
        **changes,
    }
    kept = {name: value for name, value in statement.items() if value is not None}
    return json.dumps({"Version": "2012-10-17", "Statement": [kept]})


def putting(served: GatewayServed, service: str) -> Any:
    """What puts a policy on a resource that is made for it."""
    client = served.client(service)
    match service:
        case "s3":
            client.create_bucket(Bucket="photos")
            return lambda text: client.put_bucket_policy(Bucket="photos", Policy=text)
        case "sqs":
            url = client.create_queue(QueueName="q")["QueueUrl"]
            return lambda text: client.set_queue_attributes(QueueUrl=url, Attributes={"Policy": text})
        case "sns":
            arn = client.create_topic(Name="t")["TopicArn"]
            return lambda text: client.set_topic_attributes(TopicArn=arn, AttributeName="Policy", AttributeValue=text)
        case "kms":
            key = client.create_key()["KeyMetadata"]["KeyId"]
            return lambda text: client.put_key_policy(KeyId=key, PolicyName="default", Policy=text)
        case "secretsmanager":
            client.create_secret(Name="s", SecretString="x")
            return lambda text: client.put_resource_policy(SecretId="s", ResourcePolicy=text)
        case "ecr":
            client.create_repository(repositoryName="repo")
            return lambda text: client.set_repository_policy(repositoryName="repo", policyText=text)
        case "logs":
            return lambda text: client.put_resource_policy(policyName="p", policyDocument=text)
        case "dynamodb":
            client.create_table(
                TableName="t",
                AttributeDefinitions=[{"AttributeName": "k", "AttributeType": "S"}],
                KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}],
                BillingMode="PAY_PER_REQUEST",
            )
            arn = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/t"
            return lambda text: client.put_resource_policy(ResourceArn=arn, Policy=text)
    raise AssertionError(service)


CODES: Mapping[str, str] = {
    "s3": "MalformedPolicy",
    "sqs": "InvalidAttributeValue",
    "sns": "InvalidParameter",
    "kms": "MalformedPolicyDocumentException",
    "secretsmanager": "MalformedPolicyDocumentException",
    "ecr": "InvalidParameterException",
    "logs": "InvalidParameterException",
    "dynamodb": "ValidationException",
}


@pytest.mark.parametrize(("service", "code"), CODES.items())
def test_what_is_no_policy_is_refused_and_what_is_one_is_taken(served: GatewayServed, service: str, code: str) -> None:
    put = putting(served, service)
    for wrong in (
        "{",
        document(Effect="Maybe"),
        document(Principal=None),
        document(Action=None),
        document(Condition={"NoSuchOperator": {"aws:SourceIp": "10.0.0.0/8"}}),
        document(Principal=NO_ONE),
    ):
        with pytest.raises(ClientError) as refused:
            put(wrong)
        assert refused.value.response["Error"]["Code"] == code, wrong
        assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    resource = {"s3": "arn:aws:s3:::photos/*"}.get(service, "*")
    put(document(Resource=resource))
    # Nobody here can look up the principals of an account that is elsewhere. The writer of a key's policy must be let in.
    elsewhere = {"AWS": ["arn:aws:iam::999988887777:role/somewhere", f"arn:aws:iam::{ACCOUNT}:root"]}
    put(document(Resource=resource, Principal=elsewhere))


def test_an_empty_policy_takes_a_queues_policy_away(served: GatewayServed) -> None:
    put = putting(served, "sqs")
    put(document())
    put("")


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ({"Principal": NO_ONE, "Resource": "arn:aws:s3:::photos/*"}, "Invalid principal in policy"),
        ({"Resource": "*"}, "Policy has invalid resource"),
        ({"Resource": "arn:aws:s3:::others/*"}, "Policy has invalid resource"),
        ({"Resource": "arn:aws:s3:::photos-old"}, "Policy has invalid resource"),
        ({"Resource": None}, "Missing required field Resource"),
    ],
)
def test_s3_says_what_is_wrong(served: GatewayServed, statement: dict[str, Any], message: str) -> None:
    with pytest.raises(ClientError, match=message):
        putting(served, "s3")(document(**statement))


@pytest.mark.parametrize("resource", ["arn:aws:s3:::photos", "arn:aws:s3:::photos/*", "arn:aws:s3:::photo*"])
def test_s3_takes_what_may_be_in_the_bucket(served: GatewayServed, resource: str) -> None:
    putting(served, "s3")(document(Resource=resource))


def test_a_key_policy_that_locks_its_writer_out_is_refused(served: GatewayServed) -> None:
    kms, iam = served.client("kms"), served.client("iam")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    other = iam.create_user(UserName="other")["User"]["Arn"]
    of_another = document(Principal={"AWS": other}, Action="kms:*")
    for lock_out in (
        lambda: kms.put_key_policy(KeyId=key, PolicyName="default", Policy=of_another),
        lambda: kms.create_key(Policy=of_another),
    ):
        with pytest.raises(ClientError, match="will not allow you to update the key policy in the future") as refused:
            lock_out()
        assert refused.value.response["Error"]["Code"] == "MalformedPolicyDocumentException"
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=document(Action="kms:*"))
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=of_another, BypassPolicyLockoutSafetyCheck=True)


def test_a_permission_for_no_one_is_refused(served: GatewayServed) -> None:
    functions = served.client("lambda")
    permission = {"FunctionName": "f", "StatementId": "s", "Action": "lambda:InvokeFunction"}
    for principal in (NO_ONE["AWS"], "arn:aws:s3:::photos"):
        with pytest.raises(ClientError, match="The provided principal was invalid") as refused:
            functions.add_permission(**permission, Principal=principal)
        assert refused.value.response["Error"]["Code"] == "InvalidParameterValueException"
