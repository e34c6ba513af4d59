"""What was read of moto's state is read again once it may have changed, and no decision rests on what was before."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.server.gateway_served import ACCOUNT, REGION, GatewayServed, allow, gateway

from passrole.server.gateway import moto_backend, stored_versions
from passrole.server.gateway.moto_backend import MotoBackend
from passrole.server.gateway.readings import Readings
from passrole.server.gateway.stored_versions import StoredVersions

Client = Callable[[str], Any]


@pytest.fixture
def backend() -> Iterator[MotoBackend]:
    found = MotoBackend()
    found.reset()
    yield found
    found.reset()


@pytest.fixture
def client(backend: MotoBackend) -> Client:
    return lambda service: backend.client(service, region=REGION, account_id=ACCOUNT)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayServed]:
    with gateway(tmp_path_factory.mktemp("versions")) as found:
        yield found


def test_a_write_is_of_its_service_and_of_all_where_it_reaches_further() -> None:
    versions = StoredVersions()
    readings = {
        "policy": ("s3", "GetBucketPolicy"),
        "object": ("s3", "HeadObject"),
        "queue": ("sqs", "GetQueueAttributes"),
        "key": ("kms", "DescribeKey"),
        "function": ("lambda", "GetPolicy"),
    }

    def changed_by(service: str, operation: str, *reached: str) -> set[str]:
        before = {name: versions.of_reading(*reading) for name, reading in readings.items()}
        versions.wrote(service, operation, {service, *reached})
        return {name for name, reading in readings.items() if versions.of_reading(*reading) > before[name]}

    # Of a service that is not listed nobody knows what its readings rest on.
    assert changed_by("s3", "PutObject") == {"object", "function"}
    assert changed_by("s3", "PutObject", "sns", "sqs") == {"object", "function"}
    assert changed_by("s3", "PutBucketPolicy") == {"policy", "object", "function"}
    assert changed_by("s3", "PutSomethingNew") == {"policy", "object", "function"}
    assert changed_by("sqs", "SendMessage") == {"function"}
    assert changed_by("sqs", "SetQueueAttributes") == {"queue", "function"}
    for all_of_it in (("lambda", "Invoke"), ("sqs", "SendMessage", "lambda"), ("s3", "PutBucketPolicy", "sqs")):
        assert changed_by(*all_of_it) == set(readings)
    versions.did_read("kms", "DescribeKey", {"kms", "iam"})
    assert changed_by("s3", "PutObject") == {"object", "function", "key"}
    before = {reading: versions.of_reading(*reading) for reading in readings.values()}
    versions.forgot()
    assert all(versions.of_reading(*reading) > version for reading, version in before.items())


def of_s3(client: Client) -> tuple[Callable[[], object], Callable[[], object]]:
    s3 = client("s3")
    s3.create_bucket(Bucket="bucket", ObjectLockEnabledForBucket=True)
    s3.put_bucket_policy(Bucket="bucket", Policy=json.dumps({"Version": "2012-10-17", "Statement": []}))

    def write() -> None:
        s3.put_object(Bucket="bucket", Key="k", Body=b"x", Tagging="a=1")
        s3.put_object(Bucket="bucket", Key="other", Body=b"x")
        s3.copy_object(Bucket="bucket", Key="c", CopySource="bucket/k", ServerSideEncryption="aws:kms")
        s3.put_object_tagging(Bucket="bucket", Key="k", Tagging={"TagSet": [{"Key": "a", "Value": "2"}]})
        s3.delete_object_tagging(Bucket="bucket", Key="k")
        s3.put_object_acl(Bucket="bucket", Key="k", ACL="public-read")
        s3.put_object_legal_hold(Bucket="bucket", Key="k", LegalHold={"Status": "ON"})
        s3.put_object_retention(
            Bucket="bucket", Key="k", Retention={"Mode": "GOVERNANCE", "RetainUntilDate": "2030-01-01T00:00:00Z"}
        )
        upload = s3.create_multipart_upload(Bucket="bucket", Key="m")["UploadId"]
        part = s3.upload_part(Bucket="bucket", Key="m", UploadId=upload, PartNumber=1, Body=b"x")
        s3.upload_part_copy(Bucket="bucket", Key="m", UploadId=upload, PartNumber=2, CopySource="bucket/k")
        s3.complete_multipart_upload(
            Bucket="bucket",
            Key="m",
            UploadId=upload,
            MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]},
        )
        upload = s3.create_multipart_upload(Bucket="bucket", Key="n")["UploadId"]
        s3.abort_multipart_upload(Bucket="bucket", Key="n", UploadId=upload)
        s3.put_object(Bucket="bucket", Key="cold", Body=b"x", StorageClass="GLACIER")
        s3.restore_object(Bucket="bucket", Key="cold", RestoreRequest={"Days": 1})
        s3.delete_object(Bucket="bucket", Key="c")
        s3.delete_objects(Bucket="bucket", Delete={"Objects": [{"Key": "m"}]})

    def read() -> object:
        return [
            s3.list_buckets()["Buckets"],
            s3.get_bucket_policy(Bucket="bucket")["Policy"],
            s3.get_bucket_acl(Bucket="bucket")["Grants"],
            [
                code_of(lambda method=method: getattr(s3, method)(Bucket="bucket"))
                for method in ("get_bucket_encryption", "get_bucket_ownership_controls", "get_bucket_tagging")
            ],
            code_of(lambda: s3.get_public_access_block(Bucket="bucket")),
        ]

    return read, write


def of_sqs(client: Client) -> tuple[Callable[[], object], Callable[[], object]]:
    sqs = client("sqs")
    url = sqs.create_queue(QueueName="q", tags={"a": "1"}, Attributes={"Policy": "{}"})["QueueUrl"]

    def write() -> None:
        sqs.send_message(QueueUrl=url, MessageBody="m")
        sqs.send_message_batch(QueueUrl=url, Entries=[{"Id": "1", "MessageBody": "m"}])
        for handle in [each["ReceiptHandle"] for each in sqs.receive_message(QueueUrl=url)["Messages"]]:
            sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=60)
            sqs.change_message_visibility_batch(
                QueueUrl=url, Entries=[{"Id": "1", "ReceiptHandle": handle, "VisibilityTimeout": 60}]
            )
            sqs.delete_message(QueueUrl=url, ReceiptHandle=handle)
            sqs.delete_message_batch(QueueUrl=url, Entries=[{"Id": "1", "ReceiptHandle": handle}])
        sqs.purge_queue(QueueUrl=url)

    def read() -> object:
        attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        kept = {name: value for name, value in attributes.items() if not name.startswith("ApproximateNumber")}
        return kept, sqs.list_queue_tags(QueueUrl=url)["Tags"], sqs.get_queue_url(QueueName="q")["QueueUrl"]

    return read, write


def of_dynamodb(client: Client) -> tuple[Callable[[], object], Callable[[], object]]:
    dynamodb = client("dynamodb")
    table = dynamodb.create_table(
        TableName="t",
        KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "k", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        Tags=[{"Key": "a", "Value": "1"}],
    )["TableDescription"]["TableArn"]
    key = {"k": {"S": "1"}}

    def write() -> None:
        dynamodb.put_item(TableName="t", Item=key)
        dynamodb.update_item(
            TableName="t", Key=key, UpdateExpression="SET a = :a", ExpressionAttributeValues={":a": {"S": "1"}}
        )
        dynamodb.batch_write_item(RequestItems={"t": [{"PutRequest": {"Item": {"k": {"S": "2"}}}}]})
        dynamodb.transact_write_items(TransactItems=[{"Put": {"TableName": "t", "Item": {"k": {"S": "3"}}}}])
        dynamodb.transact_get_items(TransactItems=[{"Get": {"TableName": "t", "Key": key}}])
        dynamodb.delete_item(TableName="t", Key=key)

    def read() -> object:
        described = dynamodb.describe_table(TableName="t")["Table"]
        del described["ItemCount"]
        described.pop("TableSizeBytes", None)
        return described, dynamodb.list_tags_of_resource(ResourceArn=table)["Tags"]

    return read, write


def of_kms(client: Client) -> tuple[Callable[[], object], Callable[[], object]]:
    kms = client("kms")
    key = kms.create_key(Tags=[{"TagKey": "a", "TagValue": "1"}])["KeyMetadata"]["KeyId"]
    signing = kms.create_key(KeyUsage="SIGN_VERIFY", KeySpec="RSA_2048")["KeyMetadata"]["KeyId"]
    mac = kms.create_key(KeyUsage="GENERATE_VERIFY_MAC", KeySpec="HMAC_256")["KeyMetadata"]["KeyId"]
    kms.create_alias(AliasName="alias/a", TargetKeyId=key)

    def write() -> None:
        blob = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
        kms.decrypt(CiphertextBlob=blob)
        kms.re_encrypt(CiphertextBlob=blob, DestinationKeyId=key)
        kms.generate_data_key(KeyId=key, KeySpec="AES_256")
        kms.generate_data_key_without_plaintext(KeyId=key, KeySpec="AES_256")
        kms.generate_random(NumberOfBytes=8)
        signed = kms.sign(KeyId=signing, Message=b"x", SigningAlgorithm="RSASSA_PKCS1_V1_5_SHA_256")["Signature"]
        kms.verify(KeyId=signing, Message=b"x", Signature=signed, SigningAlgorithm="RSASSA_PKCS1_V1_5_SHA_256")
        made = kms.generate_mac(KeyId=mac, Message=b"x", MacAlgorithm="HMAC_SHA_256")["Mac"]
        kms.verify_mac(KeyId=mac, Message=b"x", Mac=made, MacAlgorithm="HMAC_SHA_256")

    def read() -> object:
        return [
            kms.describe_key(KeyId=key)["KeyMetadata"],
            kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"],
            kms.list_aliases()["Aliases"],
            kms.list_grants(KeyId=key)["Grants"],
            kms.list_resource_tags(KeyId=key)["Tags"],
        ]

    return read, write


def of_streams(client: Client) -> tuple[Callable[[], object], Callable[[], object]]:
    """Logs, metrics and a topic."""
    logs, sns, cloudwatch = (client(name) for name in ("logs", "sns", "cloudwatch"))
    logs.create_log_group(logGroupName="g", tags={"a": "1"})
    logs.create_log_stream(logGroupName="g", logStreamName="s")
    topic = sns.create_topic(Name="t")["TopicArn"]
    queue = f"arn:aws:sqs:{REGION}:{ACCOUNT}:q"
    client("sqs").create_queue(QueueName="q")
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue)

    def write() -> None:
        logs.put_log_events(logGroupName="g", logStreamName="s", logEvents=[{"timestamp": 1, "message": "m"}])
        logs.filter_log_events(logGroupName="g")
        cloudwatch.put_metric_data(Namespace="n", MetricData=[{"MetricName": "m", "Value": 1.0}])
        sns.publish(TopicArn=topic, Message="m")
        sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=[{"Id": "1", "Message": "m"}])

    def read() -> object:
        groups = logs.describe_log_groups()["logGroups"]
        return [
            [{name: value for name, value in each.items() if name != "storedBytes"} for each in groups],
            logs.describe_resource_policies()["resourcePolicies"],
            logs.describe_destinations()["destinations"],
            logs.list_tags_for_resource(resourceArn=f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:g")["tags"],
            sns.get_topic_attributes(TopicArn=topic)["Attributes"],
            sns.list_tags_for_resource(ResourceArn=topic)["Tags"],
        ]

    return read, write


SERVICES = {"s3": of_s3, "sqs": of_sqs, "dynamodb": of_dynamodb, "kms": of_kms, "streams": of_streams}
NOT_IN_MOTO = {("kms", "GenerateDataKeyPair"), ("kms", "GenerateDataKeyPairWithoutPlaintext")}


def code_of(call: Callable[[], object]) -> str:
    with pytest.raises(ClientError) as refused:
        call()
    return str(refused.value.response["Error"]["Code"])


def test_what_writes_contents_leaves_settings_as_they_were(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every operation of which that is said, but for those that moto does not have."""
    done: set[tuple[str, str]] = set()
    wrote = StoredVersions.wrote

    def note(versions: StoredVersions, service: str, operation: str, reached: Any) -> None:
        done.add((service, operation))
        wrote(versions, service, operation, reached)

    monkeypatch.setattr(StoredVersions, "wrote", note)
    said = {(service, name) for service, names in stored_versions._WRITE_CONTENTS.items() for name in names}
    for make in SERVICES.values():
        read, write = make(client)
        before = read()
        done -= said
        versions = {
            (service, name): moto_backend._moto.stored.of_reading(service, name)
            for service, names in stored_versions._READ_SETTINGS.items()
            for name in names
        }
        write()
        assert read() == before
        for reading, version in versions.items():
            assert moto_backend._moto.stored.of_reading(*reading) == version, (reading, make)
        said -= done
    assert said == NOT_IN_MOTO


def test_a_message_that_sets_off_a_function_is_no_mere_message(client: Client) -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("f.py", "def handler(event, context): return None")
    client("iam").create_role(RoleName="r", AssumeRolePolicyDocument="{}")
    client("lambda").create_function(
        FunctionName="f",
        Runtime="python3.11",
        Role=f"arn:aws:iam::{ACCOUNT}:role/r",
        Handler="f.handler",
        Code={"ZipFile": archive.getvalue()},
    )
    url = client("sqs").create_queue(QueueName="q")["QueueUrl"]
    queue = f"arn:aws:sqs:{REGION}:{ACCOUNT}:q"
    stored = moto_backend._moto.stored
    before = stored.of_reading("kms", "DescribeKey")
    client("sqs").send_message(QueueUrl=url, MessageBody="m")
    assert stored.of_reading("kms", "DescribeKey") == before
    client("lambda").create_event_source_mapping(EventSourceArn=queue, FunctionName="f")
    before = stored.of_reading("kms", "DescribeKey")
    client("sqs").send_message(QueueUrl=url, MessageBody="m")
    assert stored.of_reading("kms", "DescribeKey") > before


def denied(call: Callable[[], object]) -> bool:
    """An error that is no denial is raised."""
    try:
        call()
    except ClientError as error:
        if "not authorized" not in str(error):
            raise
        return True
    return False


def test_an_objects_tags_count_as_they_are_now(served: GatewayServed) -> None:
    """Each way in which an object comes to other tags, after a call that has left its readings."""
    s3 = served.client("s3")
    s3.create_bucket(Bucket="tagged")
    reader = served.client(
        "s3",
        served.user(
            "tag-reader",
            allow("s3:GetObject", "arn:aws:s3:::tagged/*", Condition={"StringEquals": {"s3:ExistingObjectTag/x": "1"}}),
        ),
    )

    def upload() -> None:
        begun = s3.create_multipart_upload(Bucket="tagged", Key="k")["UploadId"]
        part = s3.upload_part(Bucket="tagged", Key="k", UploadId=begun, PartNumber=1, Body=b"x")
        parts = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
        s3.complete_multipart_upload(Bucket="tagged", Key="k", UploadId=begun, MultipartUpload=parts)

    def read() -> None:
        reader.get_object(Bucket="tagged", Key="k")

    other = {"TagSet": [{"Key": "x", "Value": "2"}]}
    s3.put_object(Bucket="tagged", Key="plain", Body=b"x")

    def copied_over() -> None:
        s3.copy_object(Bucket="tagged", Key="k", CopySource="tagged/plain")

    changes: list[Callable[[], object]] = [
        lambda: s3.put_object_tagging(Bucket="tagged", Key="k", Tagging=other),
        lambda: s3.delete_object_tagging(Bucket="tagged", Key="k"),
        lambda: s3.put_object(Bucket="tagged", Key="k", Body=b"x"),
        copied_over,
        upload,
    ]
    for change in changes:
        s3.put_object(Bucket="tagged", Key="k", Body=b"x", Tagging="x=1")
        assert not denied(read)
        assert not denied(read)
        change()
        # moto leaves the tags of what is copied over.
        stays = s3.get_object_tagging(Bucket="tagged", Key="k")["TagSet"] == [{"Key": "x", "Value": "1"}]
        assert stays == (change is copied_over)
        assert denied(read) is not stays


def test_policies_count_as_they_are_now(served: GatewayServed) -> None:
    s3, sqs, kms = (served.client(name) for name in ("s3", "sqs", "kms"))
    s3.create_bucket(Bucket="policies")
    s3.put_object(Bucket="policies", Key="k", Body=b"x")
    url = sqs.create_queue(QueueName="policies")["QueueUrl"]
    key = kms.create_key()["KeyMetadata"]
    default = kms.get_key_policy(KeyId=key["KeyId"], PolicyName="default")["Policy"]
    user = served.user("of-policies", allow(["s3:*", "sqs:*", "kms:*"]))

    def document(action: str, resource: str) -> str:
        statements = [
            {
                "Effect": "Deny",
                "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:user/of-policies"},
                "Action": action,
                "Resource": resource,
            },
            *(json.loads(default)["Statement"] if action.startswith("kms") else ()),
        ]
        return json.dumps({"Version": "2012-10-17", "Statement": statements})

    queue = f"arn:aws:sqs:{REGION}:{ACCOUNT}:policies"
    cases: list[tuple[Callable[[], object], Callable[[], object], Callable[[], object]]] = [
        (
            lambda: served.client("s3", user).get_object(Bucket="policies", Key="k"),
            lambda: s3.put_bucket_policy(Bucket="policies", Policy=document("s3:GetObject", "arn:aws:s3:::policies/*")),
            lambda: s3.delete_bucket_policy(Bucket="policies"),
        ),
        (
            lambda: served.client("sqs", user).send_message(QueueUrl=url, MessageBody="m"),
            lambda: sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": document("sqs:SendMessage", queue)}),
            lambda: sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": ""}),
        ),
        (
            lambda: served.client("kms", user).encrypt(KeyId=key["KeyId"], Plaintext=b"x"),
            lambda: kms.put_key_policy(KeyId=key["KeyId"], PolicyName="default", Policy=document("kms:Encrypt", "*")),
            lambda: kms.put_key_policy(KeyId=key["KeyId"], PolicyName="default", Policy=default),
        ),
    ]
    for call, forbid, permit in cases:
        for _ in range(2):
            assert not denied(call)
            forbid()
            assert denied(call)
            permit()
        assert not denied(call)


def test_tags_count_as_they_are_now(served: GatewayServed) -> None:
    dynamodb, secrets, ec2 = (served.client(name) for name in ("dynamodb", "secretsmanager", "ec2"))
    table = dynamodb.create_table(
        TableName="t",
        KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "k", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )["TableDescription"]["TableArn"]
    secret = secrets.create_secret(Name="s", SecretString="x")["ARN"]
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    condition = {"StringEquals": {"aws:ResourceTag/open": "1"}}
    user = served.user("of-tags", allow(["dynamodb:*", "secretsmanager:*", "ec2:*"], Condition=condition))
    tags = [{"Key": "open", "Value": "1"}]
    cases: list[tuple[Callable[[], object], Callable[[], object], Callable[[], object]]] = [
        (
            lambda: served.client("dynamodb", user).put_item(TableName="t", Item={"k": {"S": "1"}}),
            lambda: dynamodb.tag_resource(ResourceArn=table, Tags=tags),
            lambda: dynamodb.untag_resource(ResourceArn=table, TagKeys=["open"]),
        ),
        (
            lambda: served.client("secretsmanager", user).get_secret_value(SecretId=secret),
            lambda: secrets.tag_resource(SecretId=secret, Tags=tags),
            lambda: secrets.untag_resource(SecretId=secret, TagKeys=["open"]),
        ),
        (
            lambda: served.client("ec2", user).modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True}),
            lambda: ec2.create_tags(Resources=[vpc], Tags=tags),
            lambda: ec2.delete_tags(Resources=[vpc], Tags=tags),
        ),
    ]
    for call, permit, forbid in cases:
        for _ in range(2):
            assert denied(call)
            permit()
            assert not denied(call)
            forbid()
        assert denied(call)


def test_an_object_written_leaves_what_was_read_of_the_bucket(served: GatewayServed) -> None:
    s3 = served.client("s3")
    s3.create_bucket(Bucket="kept-readings")
    s3.put_object(Bucket="kept-readings", Key="k", Body=b"x")
    s3.get_object(Bucket="kept-readings", Key="k")
    asked: list[str] = []
    ask = Readings._ask

    def note(readings: Readings, service: str, operation: str, *rest: Any) -> Any:
        asked.append(operation)
        return ask(readings, service, operation, *rest)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Readings, "_ask", note)
        s3.put_object(Bucket="kept-readings", Key="k", Body=b"y")
        s3.get_object(Bucket="kept-readings", Key="k")
    assert not {each for each in asked if "Bucket" in each}
    assert asked.count("HeadObject") == 1
