"""What services send each other of their own, and who says whether a delivery may be made.

A backend that delivers (a topic to a queue, a bucket's events, a rule's targets) does it inside the call that set it
off. While such a call is carried out, somebody stands by to be asked: AWS makes each delivery as a call of the service
principal, which the policy of the destination must allow, or with a role that was given for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TypeAlias

from passrole.policy.arn import Arn, ArnError


@dataclass(frozen=True, slots=True)
class Step:
    """One call that the service makes; `service` and `operation` are botocore's names."""

    service: str
    operation: str
    parameters: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Delivery:
    """`by` is the service principal; `source` the ARN of what it acts for (aws:SourceArn), of `source_account`.

    With a `role` the service assumes it, and makes the calls with the role's permissions. `account` and `region` are
    those of the destination.
    """

    by: str
    source: str
    source_account: str
    steps: tuple[Step, ...]
    account: str
    region: str
    role: str | None = None


Judge: TypeAlias = Callable[[Delivery], bool]


def everything(_delivery: Delivery) -> bool:
    """The judge where nothing is enforced."""
    return True


_judge: ContextVar[Judge | None] = ContextVar("judge_of_deliveries", default=None)


@contextmanager
def judged_by(judge: Judge) -> Iterator[None]:
    """While a call is carried out: the deliveries that this thread comes to meanwhile are put to `judge`."""
    token = _judge.set(judge)
    try:
        yield
    finally:
        _judge.reset(token)


def may_be_made(delivery: Delivery | None) -> bool:
    """None stands for a delivery to what is not understood, which is made only where nothing is enforced."""
    judge = _judge.get()
    if judge is None or judge is everything:
        return True
    if delivery is None:
        return False
    # What the judge reads for its answer sets nothing off.
    token = _judge.set(None)
    try:
        return judge(delivery)
    finally:
        _judge.reset(token)


def is_carried_out() -> bool:
    """Whether a caller's call is carried out, and the backend not merely read."""
    return _judge.get() is not None


def delivery_to(
    destination: str, by: str, source: str, source_account: str, role: str | None = None
) -> Delivery | None:
    """What a service calls to deliver to an ARN; None for a destination that is not known here."""
    try:
        arn = Arn.parse(destination)
    except ArnError:
        return None
    steps = _steps(arn)
    if not steps:
        return None
    account, region = arn.account or source_account, arn.region or "us-east-1"
    return Delivery(by, source, source_account, steps, account, region, role)


def by_logs(region: str) -> tuple[str, ...]:
    """The names by which policies let CloudWatch Logs in, of which either does.

    <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html>
    """
    return "logs.amazonaws.com", f"logs.{region}.amazonaws.com"


def poll_of(stream: str, by: str, source: str, source_account: str, role: str) -> Delivery | None:
    """What Lambda calls to take messages from a queue or records from a stream for a function.

    Source: <https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventsourcemapping.html>
    """
    try:
        arn = Arn.parse(stream)
    except ArnError:
        return None
    steps: tuple[Step, ...]
    match arn.service:
        case "sqs":
            queue = {"QueueUrl": _queue_url(arn)}
            handle = {**queue, "ReceiptHandle": "x"}
            steps = (
                Step("sqs", "ReceiveMessage", queue),
                Step("sqs", "DeleteMessage", handle),
                Step("sqs", "GetQueueAttributes", queue),
            )
        case "dynamodb":
            steps = (
                Step("dynamodbstreams", "GetRecords", {"ShardIterator": f"{arn}|x"}),
                Step("dynamodbstreams", "GetShardIterator", {"StreamArn": str(arn)}),
                Step("dynamodbstreams", "DescribeStream", {"StreamArn": str(arn)}),
                Step("dynamodbstreams", "ListStreams", {}),
            )
        case "kinesis":
            name = {"StreamName": arn.resource.partition("/")[2], "StreamARN": str(arn)}
            steps = (
                Step("kinesis", "GetRecords", name),
                Step("kinesis", "GetShardIterator", name),
                Step("kinesis", "DescribeStream", name),
                Step("kinesis", "ListShards", name),
            )
        case _:
            return None
    return Delivery(by, source, source_account, steps, arn.account, arn.region, role)


def _steps(arn: Arn) -> tuple[Step, ...]:
    match arn.service:
        case "sqs":
            return (Step("sqs", "SendMessage", {"QueueUrl": _queue_url(arn), "MessageBody": "x"}),)
        case "sns":
            return (Step("sns", "Publish", {"TopicArn": str(arn), "Message": "x"}),)
        case "lambda":
            return (Step("lambda", "Invoke", {"FunctionName": str(arn)}),)
        case "logs" if arn.resource.startswith("log-group:"):
            stream = {"logGroupName": arn.resource.split(":")[1], "logStreamName": "x"}
            return (Step("logs", "CreateLogStream", stream), Step("logs", "PutLogEvents", stream))
        case "kinesis":
            name = arn.resource.partition("/")[2]
            return (Step("kinesis", "PutRecord", {"StreamName": name, "StreamARN": str(arn)}),)
        case "firehose":
            name = arn.resource.partition("/")[2]
            return (Step("firehose", "PutRecord", {"DeliveryStreamName": name}),)
        case "events" if arn.resource.startswith("event-bus/"):
            return (Step("events", "PutEvents", {"Entries": [{"EventBusName": str(arn)}]}),)
        case "s3" if "/" in arn.resource:
            bucket, _, key = arn.resource.partition("/")
            return (Step("s3", "PutObject", {"Bucket": bucket, "Key": key}),)
    return ()


def _queue_url(arn: Arn) -> str:
    return f"https://sqs.{arn.region}.amazonaws.com/{arn.account}/{arn.resource}"
