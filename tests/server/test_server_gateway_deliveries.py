"""What services deliver of their own arrives where the destination's policy lets it in, and nowhere else."""

from __future__ import annotations

import io
import json
import time
import zipfile
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.server.gateway_served import ACCOUNT, REGION, GatewayServed, gateway

from passrole.server.gateway.enforcement import Enforcement, GatewayMode, Unmapped

OTHER = "444455556666"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayServed]:
    with gateway(tmp_path_factory.mktemp("deliveries"), account_id=ACCOUNT) as served:
        yield served


@pytest.fixture
def served(whole: GatewayServed) -> Iterator[GatewayServed]:
    yield whole
    whole.served.store.reset()
    whole.served.server.front.gateway.backend.reset()


def document(*statements: Mapping[str, object]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def let(service: str, action: str, resource: str, **conditions: Mapping[str, str]) -> dict[str, object]:
    found: dict[str, object] = {
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": action,
        "Resource": resource,
    }
    return {**found, "Condition": conditions} if conditions else found


def trusting(service: str) -> str:
    return document({"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"})


class Queue:
    def __init__(self, served: GatewayServed, name: str = "q", **attributes: str) -> None:
        self.client = served.client("sqs")
        self.url = self.client.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
        self.arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"

    def lets(self, service: str, source: str) -> None:
        statement = let(service, "sqs:SendMessage", self.arn, ArnEquals={"aws:SourceArn": source})
        self.client.set_queue_attributes(QueueUrl=self.url, Attributes={"Policy": document(statement)})

    def received(self) -> list[str]:
        answer = self.client.receive_message(QueueUrl=self.url, MaxNumberOfMessages=10)
        return [each["Body"] for each in answer.get("Messages", [])]


def function(served: GatewayServed, name: str = "f", *rights: Mapping[str, object]) -> str:
    iam = served.client("iam")
    role = iam.create_role(RoleName=f"{name}-role", AssumeRolePolicyDocument=trusting("lambda.amazonaws.com"))["Role"]
    if rights:
        iam.put_role_policy(RoleName=f"{name}-role", PolicyName="p", PolicyDocument=document(*rights))
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("a.py", "def b(event, context): pass")
    made = served.client("lambda").create_function(
        FunctionName=name, Role=role["Arn"], Runtime="python3.12", Handler="a.b", Code={"ZipFile": code.getvalue()}
    )
    return str(made["FunctionArn"])


def subscribed(served: GatewayServed, queue: Queue) -> str:
    sns = served.client("sns")
    topic: str = sns.create_topic(Name="news")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue.arn)
    return topic


def test_a_topic_reaches_a_queue_only_by_the_queues_policy(served: GatewayServed) -> None:
    queue = Queue(served)
    topic = subscribed(served, queue)
    sns = served.client("sns")
    sns.publish(TopicArn=topic, Message="one")
    assert queue.received() == []
    queue.lets("sns.amazonaws.com", f"{topic}-other")
    sns.publish(TopicArn=topic, Message="two")
    assert queue.received() == []
    queue.lets("sns.amazonaws.com", topic)
    sns.publish(TopicArn=topic, Message="three")
    assert [json.loads(each)["Message"] for each in queue.received()] == ["three"]


def test_what_was_not_delivered_stands_in_the_log_with_the_service_as_its_caller(served: GatewayServed) -> None:
    queue = Queue(served)
    topic = subscribed(served, queue)
    served.client("sns").publish(TopicArn=topic, Message="one")
    event = next(each for each in served.last_events(5) if each["eventName"] == "SendMessage")
    assert event["errorCode"] == "AccessDenied"
    assert event["userIdentity"]["invokedBy"] == "sns.amazonaws.com"
    assert "no resource-based policy allows the sqs:SendMessage action" in event["errorMessage"]


def test_what_was_read_for_a_delivery_is_kept_as_other_readings_are(served: GatewayServed) -> None:
    backend, queue = served.served.server.front.gateway.backend, Queue(served)
    served.client("sns").publish(TopicArn=subscribed(served, queue), Message="one")
    served.client("s3").create_bucket(Bucket="photos")
    before = backend.state_version("sqs", "GetQueueAttributes")
    served.client("s3").put_object(Bucket="photos", Key="a", Body=b"x")
    assert backend.state_version("sqs", "GetQueueAttributes") == before


def test_a_queue_in_another_account_gets_what_its_policy_lets_in(served: GatewayServed) -> None:
    store, backend = served.served.store, served.served.server.front.gateway.backend
    store.add_account(OTHER)
    theirs = backend.client("sqs", region=REGION, account_id=OTHER)
    url = theirs.create_queue(QueueName="q")["QueueUrl"]
    mine = Queue(served)
    sns = served.client("sns")
    topic = sns.create_topic(Name="news")["TopicArn"]
    arn = f"arn:aws:sqs:{REGION}:{OTHER}:q"
    # moto looks for the queue in the topic's account when it subscribes one.
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    mine.lets("sns.amazonaws.com", topic)
    sns.publish(TopicArn=topic, Message="one")
    assert mine.received() == []
    assert "Messages" not in theirs.receive_message(QueueUrl=url)
    policy = document(let("sns.amazonaws.com", "sqs:SendMessage", arn, ArnEquals={"aws:SourceArn": topic}))
    theirs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    sns.publish(TopicArn=topic, Message="two")
    assert mine.received() == []
    assert [json.loads(each["Body"])["Message"] for each in theirs.receive_message(QueueUrl=url)["Messages"]] == ["two"]


@pytest.mark.parametrize(
    ("principal", "condition", "arrives"),
    [
        ("sns.amazonaws.com", {}, True),
        ("sns.amazonaws.com", {"ArnEquals": {"aws:SourceArn": f"arn:aws:sns:{REGION}:{ACCOUNT}:news"}}, True),
        ("sns.amazonaws.com", {"ArnEquals": {"aws:SourceArn": f"arn:aws:sns:{REGION}:{ACCOUNT}:old"}}, False),
        ("s3.amazonaws.com", {}, False),
    ],
)
def test_an_encrypted_queue_asks_its_key_for_the_service(
    served: GatewayServed, principal: str, condition: dict[str, Any], arrives: bool
) -> None:
    root = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "kms:*", "Resource": "*"}
    service = {
        "Effect": "Allow",
        "Principal": {"Service": principal},
        "Action": ["kms:GenerateDataKey*", "kms:Decrypt"],
        "Resource": "*",
        **({"Condition": condition} if condition else {}),
    }
    key = served.client("kms").create_key(Policy=document(root, service))["KeyMetadata"]["KeyId"]
    queue = Queue(served, KmsMasterKeyId=key)
    topic = subscribed(served, queue)
    queue.lets("sns.amazonaws.com", topic)
    served.client("sns").publish(TopicArn=topic, Message="one")
    assert len(queue.received()) == arrives


def test_the_key_that_aws_manages_lets_no_service_in(served: GatewayServed) -> None:
    queue = Queue(served, KmsMasterKeyId="alias/aws/sqs")
    topic = subscribed(served, queue)
    queue.lets("sns.amazonaws.com", topic)
    served.client("sns").publish(TopicArn=topic, Message="one")
    assert queue.received() == []


def notify(served: GatewayServed, **configuration: object) -> None:
    served.client("s3").put_bucket_notification_configuration(
        Bucket="photos",
        NotificationConfiguration={
            kind: [{each: arn, "Events": ["s3:ObjectCreated:*"]}]
            for kind, (each, arn) in configuration.items()  # type: ignore[misc]  # a member and its ARN
        },
    )


def test_a_bucket_notifies_whom_the_policies_let_it(served: GatewayServed) -> None:
    s3, sns, queue = served.client("s3"), served.client("sns"), Queue(served)
    s3.create_bucket(Bucket="photos")
    topic = sns.create_topic(Name="news")["TopicArn"]
    arn = function(served)
    configuration = {
        "QueueConfigurations": ("QueueArn", queue.arn),
        "TopicConfigurations": ("TopicArn", topic),
        "LambdaFunctionConfigurations": ("LambdaFunctionArn", arn),
    }
    for kind, each in configuration.items():
        with pytest.raises(ClientError, match="Unable to validate the following destination configurations") as refused:
            notify(served, **{kind: each})
        assert refused.value.response["Error"]["Code"] == "InvalidArgument"
    bucket = "arn:aws:s3:::photos"
    queue.lets("s3.amazonaws.com", bucket)
    statement = let("s3.amazonaws.com", "sns:Publish", topic, StringEquals={"aws:SourceAccount": ACCOUNT})
    sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=document(statement))
    served.client("lambda").add_permission(
        FunctionName="f",
        StatementId="s3",
        Action="lambda:InvokeFunction",
        Principal="s3.amazonaws.com",
        SourceArn=bucket,
        SourceAccount=ACCOUNT,
    )
    notify(served, **configuration)
    assert [json.loads(each)["Event"] for each in queue.received()] == ["s3:TestEvent"]
    s3.put_object(Bucket="photos", Key="a", Body=b"x")
    assert [json.loads(each)["Records"][0]["s3"]["object"]["key"] for each in queue.received()] == ["a"]
    queue.lets("s3.amazonaws.com", "arn:aws:s3:::others")
    s3.put_object(Bucket="photos", Key="b", Body=b"x")
    assert queue.received() == []


def test_destinations_that_are_not_validated_get_nothing_all_the_same(served: GatewayServed) -> None:
    s3, queue = served.client("s3"), Queue(served)
    s3.create_bucket(Bucket="photos")
    s3.put_bucket_notification_configuration(
        Bucket="photos",
        NotificationConfiguration={"QueueConfigurations": [{"QueueArn": queue.arn, "Events": ["s3:ObjectCreated:*"]}]},
        SkipDestinationValidation=True,
    )
    s3.put_object(Bucket="photos", Key="a", Body=b"x")
    assert queue.received() == []


def test_a_rule_reaches_the_targets_that_let_eventbridge_in(served: GatewayServed) -> None:
    events, logs, queue = served.client("events"), served.client("logs"), Queue(served)
    rule = events.put_rule(Name="r", EventPattern=json.dumps({"source": ["shop"]}))["RuleArn"]
    logs.create_log_group(logGroupName="/aws/events/shop")
    group = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/aws/events/shop"
    arn = function(served)
    targets = {"q": queue.arn, "l": group, "f": arn}
    events.put_targets(Rule="r", Targets=[{"Id": name, "Arn": each} for name, each in targets.items()])
    entry = {"Source": "shop", "DetailType": "sold", "Detail": "{}"}

    def streams() -> int:
        return len(logs.describe_log_streams(logGroupName="/aws/events/shop")["logStreams"])

    assert events.put_events(Entries=[entry])["FailedEntryCount"] == 0
    assert (queue.received(), streams()) == ([], 0)
    queue.lets("events.amazonaws.com", rule)
    policy = let("events.amazonaws.com", "logs:*", f"{group}:*")
    logs.put_resource_policy(policyName="events", policyDocument=document(policy))
    events.put_events(Entries=[entry])
    assert (len(queue.received()), streams()) == (1, 1)


@pytest.mark.parametrize(
    "other",
    [
        "arn:x",
        "arn:aws:sqs:us-east-1",
        f"arn:aws:events:{REGION}:{ACCOUNT}:other",
        f"arn:aws:logs:{REGION}:{ACCOUNT}:destination:d",
        f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:m",
    ],
)
def test_a_target_that_is_not_delivered_to_leaves_the_others(served: GatewayServed, other: str) -> None:
    events, queue = served.client("events"), Queue(served)
    rule = events.put_rule(Name="r", EventPattern=json.dumps({"source": ["shop"]}))["RuleArn"]
    queue.lets("events.amazonaws.com", rule)
    events.put_targets(Rule="r", Targets=[{"Id": "1", "Arn": other}, {"Id": "2", "Arn": queue.arn}])
    entry = {"Source": "shop", "DetailType": "sold", "Detail": "{}"}
    assert events.put_events(Entries=[entry])["FailedEntryCount"] == 0
    assert len(queue.received()) == 1


def test_a_bus_gets_the_events_of_another_by_a_role(served: GatewayServed) -> None:
    events, iam, queue = served.client("events"), served.client("iam"), Queue(served)
    bus = events.create_event_bus(Name="second")["EventBusArn"]
    behind = events.put_rule(Name="behind", EventBusName="second", EventPattern=json.dumps({"source": ["shop"]}))
    events.put_targets(Rule="behind", EventBusName="second", Targets=[{"Id": "q", "Arn": queue.arn}])
    queue.lets("events.amazonaws.com", behind["RuleArn"])
    role = iam.create_role(RoleName="between", AssumeRolePolicyDocument=trusting("events.amazonaws.com"))["Role"]
    events.put_rule(Name="r", EventPattern=json.dumps({"source": ["shop"]}))
    events.put_targets(Rule="r", Targets=[{"Id": "b", "Arn": bus, "RoleArn": role["Arn"]}])
    entry = {"Source": "shop", "DetailType": "sold", "Detail": "{}"}
    events.put_events(Entries=[entry])
    assert queue.received() == []
    statement = {"Effect": "Allow", "Action": "events:PutEvents", "Resource": bus}
    iam.put_role_policy(RoleName="between", PolicyName="p", PolicyDocument=document(statement))
    events.put_events(Entries=[entry])
    assert len(queue.received()) == 1


READ_QUEUE = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]


def test_a_function_takes_messages_only_with_the_rights_of_its_role(served: GatewayServed) -> None:
    functions, iam, queue = served.client("lambda"), served.client("iam"), Queue(served)
    function(served)
    with pytest.raises(ClientError, match="does not have permissions to read") as refused:
        functions.create_event_source_mapping(FunctionName="f", EventSourceArn=queue.arn)
    assert refused.value.response["Error"]["Code"] == "InvalidParameterValueException"
    rights = {"Effect": "Allow", "Action": READ_QUEUE, "Resource": queue.arn}
    iam.put_role_policy(RoleName="f-role", PolicyName="p", PolicyDocument=document(rights))
    functions.create_event_source_mapping(FunctionName="f", EventSourceArn=queue.arn)
    queue.client.send_message(QueueUrl=queue.url, MessageBody="taken")
    assert queue.received() == []
    iam.delete_role_policy(RoleName="f-role", PolicyName="p")
    queue.client.send_message(QueueUrl=queue.url, MessageBody="left")
    assert queue.received() == ["left"]


@pytest.mark.parametrize("deleted", ["function", "mapping"])
def test_what_is_sent_for_a_function_that_is_gone_stays_in_the_queue(served: GatewayServed, deleted: str) -> None:
    functions, queue = served.client("lambda"), Queue(served)
    function(served, "f", {"Effect": "Allow", "Action": READ_QUEUE, "Resource": queue.arn})
    mapping = functions.create_event_source_mapping(FunctionName="f", EventSourceArn=queue.arn)["UUID"]
    if deleted == "function":
        functions.delete_function(FunctionName="f")
    else:
        functions.delete_event_source_mapping(UUID=mapping)
    queue.client.send_message(QueueUrl=queue.url, MessageBody="left")
    assert queue.received() == ["left"]


def test_a_role_that_does_not_trust_the_service_gives_it_nothing(served: GatewayServed) -> None:
    queue = Queue(served)
    function(served, "f", {"Effect": "Allow", "Action": READ_QUEUE, "Resource": queue.arn})
    served.client("lambda").create_event_source_mapping(FunctionName="f", EventSourceArn=queue.arn)
    served.client("iam").update_assume_role_policy(RoleName="f-role", PolicyDocument=trusting("ec2.amazonaws.com"))
    queue.client.send_message(QueueUrl=queue.url, MessageBody="left")
    assert queue.received() == ["left"]


@pytest.mark.parametrize("principal", ["logs.amazonaws.com", f"logs.{REGION}.amazonaws.com"])
def test_a_subscription_filter_needs_the_functions_permission(served: GatewayServed, principal: str) -> None:
    logs, arn = served.client("logs"), function(served)
    logs.create_log_group(logGroupName="g")
    wanted = {"logGroupName": "g", "filterName": "f", "filterPattern": "", "destinationArn": arn}
    with pytest.raises(ClientError, match="Make sure you have given CloudWatch Logs permission") as refused:
        logs.put_subscription_filter(**wanted)
    assert refused.value.response["Error"]["Code"] == "InvalidParameterException"
    served.client("lambda").add_permission(
        FunctionName="f",
        StatementId="logs",
        Action="lambda:InvokeFunction",
        Principal=principal,
        SourceArn=f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:g:*",
    )
    logs.put_subscription_filter(**wanted)


def test_a_subscription_filter_writes_to_a_stream_with_the_rights_of_its_role(served: GatewayServed) -> None:
    logs, iam, kinesis = served.client("logs"), served.client("iam"), served.client("kinesis")
    logs.create_log_group(logGroupName="g")
    logs.create_log_stream(logGroupName="g", logStreamName="s")
    kinesis.create_stream(StreamName="k", ShardCount=1)
    stream = f"arn:aws:kinesis:{REGION}:{ACCOUNT}:stream/k"
    role = iam.create_role(RoleName="feed", AssumeRolePolicyDocument=trusting("logs.amazonaws.com"))["Role"]["Arn"]
    wanted = {"logGroupName": "g", "filterName": "f", "filterPattern": "", "destinationArn": stream, "roleArn": role}
    with pytest.raises(ClientError, match="Could not deliver test message to specified Kinesis stream"):
        logs.put_subscription_filter(**wanted)
    rights = {"Effect": "Allow", "Action": "kinesis:PutRecord", "Resource": stream}
    iam.put_role_policy(RoleName="feed", PolicyName="p", PolicyDocument=document(rights))
    logs.put_subscription_filter(**wanted)

    def written() -> int:
        shard = kinesis.describe_stream(StreamName="k")["StreamDescription"]["Shards"][0]["ShardId"]
        iterator = kinesis.get_shard_iterator(StreamName="k", ShardId=shard, ShardIteratorType="TRIM_HORIZON")
        return len(kinesis.get_records(ShardIterator=iterator["ShardIterator"])["Records"])

    def note() -> None:
        now = int(time.time() * 1000)
        logs.put_log_events(logGroupName="g", logStreamName="s", logEvents=[{"timestamp": now, "message": "x"}])

    note()
    before = written()
    assert before > 0
    iam.delete_role_policy(RoleName="feed", PolicyName="p")
    note()
    assert written() == before


def test_a_secret_is_rotated_by_a_function_that_lets_secrets_manager_in(served: GatewayServed) -> None:
    secrets, arn = served.client("secretsmanager"), function(served)
    secret = secrets.create_secret(Name="s", SecretString="x")["ARN"]
    rotate = {"SecretId": "s", "RotationLambdaARN": arn, "RotationRules": {"AutomaticallyAfterDays": 30}}
    with pytest.raises(ClientError, match="Secrets Manager cannot invoke the specified Lambda function"):
        secrets.rotate_secret(**rotate)
    served.client("lambda").add_permission(
        FunctionName="f",
        StatementId="rotation",
        Action="lambda:InvokeFunction",
        Principal="secretsmanager.amazonaws.com",
        SourceArn=secret,
    )
    secrets.rotate_secret(**rotate)


def test_access_logs_are_written_where_the_bucket_lets_them_be(served: GatewayServed) -> None:
    s3 = served.client("s3")
    for name in ("photos", "records"):
        s3.create_bucket(Bucket=name)
    policy = let("logging.s3.amazonaws.com", "s3:PutObject", "arn:aws:s3:::records/*")
    s3.put_bucket_policy(Bucket="records", Policy=document(policy))
    s3.put_bucket_logging(
        Bucket="photos", BucketLoggingStatus={"LoggingEnabled": {"TargetBucket": "records", "TargetPrefix": "p"}}
    )

    def written() -> int:
        return int(s3.list_objects_v2(Bucket="records")["KeyCount"])

    s3.put_object(Bucket="photos", Key="a", Body=b"x")
    before = written()
    assert before > 0
    s3.delete_bucket_policy(Bucket="records")
    s3.put_object(Bucket="photos", Key="b", Body=b"x")
    assert written() == before


def test_access_logs_of_what_another_account_does_are_judged_too(served: GatewayServed) -> None:
    store, backend = served.served.store, served.served.server.front.gateway.backend
    store.add_account(OTHER)
    theirs = backend.client("s3", region=REGION, account_id=OTHER)
    for name in ("photos", "records"):
        theirs.create_bucket(Bucket=name)
    let_logs = let("logging.s3.amazonaws.com", "s3:PutObject", "arn:aws:s3:::records/*")
    theirs.put_bucket_policy(Bucket="records", Policy=document(let_logs))
    theirs.put_bucket_logging(
        Bucket="photos", BucketLoggingStatus={"LoggingEnabled": {"TargetBucket": "records", "TargetPrefix": "p"}}
    )
    let_in = {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "s3:*", "Resource": "arn:aws:s3:::photos/*"}
    theirs.put_bucket_policy(Bucket="photos", Policy=document(let_in))
    mine = served.client("s3")
    mine.put_object(Bucket="photos", Key="a", Body=b"x")
    before = theirs.list_objects_v2(Bucket="records")["KeyCount"]
    assert before > 0
    theirs.delete_bucket_policy(Bucket="records")
    mine.put_object(Bucket="photos", Key="b", Body=b"x")
    assert theirs.list_objects_v2(Bucket="records")["KeyCount"] == before


def test_firehose_writes_with_the_rights_of_its_role(served: GatewayServed) -> None:
    s3, iam, firehose = served.client("s3"), served.client("iam"), served.client("firehose")
    s3.create_bucket(Bucket="records")
    role = iam.create_role(RoleName="hose", AssumeRolePolicyDocument=trusting("firehose.amazonaws.com"))["Role"]
    destination = {"RoleARN": role["Arn"], "BucketARN": "arn:aws:s3:::records"}
    firehose.create_delivery_stream(DeliveryStreamName="d", ExtendedS3DestinationConfiguration=destination)
    firehose.put_record(DeliveryStreamName="d", Record={"Data": b"x"})
    assert s3.list_objects_v2(Bucket="records")["KeyCount"] == 0
    rights = {"Effect": "Allow", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::records/*"}
    iam.put_role_policy(RoleName="hose", PolicyName="p", PolicyDocument=document(rights))
    firehose.put_record(DeliveryStreamName="d", Record={"Data": b"x"})
    assert s3.list_objects_v2(Bucket="records")["KeyCount"] == 1


def test_feedback_of_mail_goes_to_topics_that_let_ses_in(tmp_path_factory: pytest.TempPathFactory) -> None:
    # What sending a mail asks is not known, so that it is let through here.
    mode = GatewayMode(unmapped=Unmapped.ALLOW)
    with gateway(tmp_path_factory.mktemp("feedback"), mode, account_id=ACCOUNT) as served:
        ses, sns, queue = served.client("ses"), served.client("sns"), Queue(served)
        topic = subscribed(served, queue)
        queue.lets("sns.amazonaws.com", topic)
        ses.verify_domain_identity(Domain="example.com")
        ses.set_identity_notification_topic(Identity="example.com", NotificationType="Bounce", SnsTopic=topic)

        def mail() -> int:
            ses.send_email(
                Source="me@example.com",
                Destination={"ToAddresses": ["bounce@simulator.amazonses.com"]},
                Message={"Subject": {"Data": "s"}, "Body": {"Text": {"Data": "t"}}},
            )
            return len(queue.received())

        assert mail() == 0
        statement = let("ses.amazonaws.com", "sns:Publish", topic, StringEquals={"aws:SourceAccount": ACCOUNT})
        sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=document(statement))
        assert mail() == 1


@pytest.mark.parametrize("enforcement", [Enforcement.SOFT, Enforcement.OFF])
def test_what_is_not_enforced_is_delivered(tmp_path_factory: pytest.TempPathFactory, enforcement: Enforcement) -> None:
    with gateway(tmp_path_factory.mktemp("soft"), GatewayMode(enforcement), account_id=ACCOUNT) as served:
        queue = Queue(served)
        topic = subscribed(served, queue)
        served.client("sns").publish(TopicArn=topic, Message="one")
        assert len(queue.received()) == 1
        noted = [each for each in served.last_events(10) if each["userIdentity"].get("invokedBy")]
        assert bool(noted) is (enforcement is Enforcement.SOFT)
