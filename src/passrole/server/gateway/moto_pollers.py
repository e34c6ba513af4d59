"""What moto does with a role that it was given: Lambda reads queues and streams, logs and Firehose write, all judged.

Sources: <https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventsourcemapping.html>,
<https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html>,
<https://docs.aws.amazon.com/firehose/latest/dev/controlling-access.html>.
"""

from __future__ import annotations

from typing import Any

from passrole.server.gateway.deliveries import by_logs, delivery_to, is_carried_out, may_be_made, poll_of

LAMBDA = "lambda.amazonaws.com"


def judge_pollers() -> None:
    """Once a process, after moto was imported. It changes nothing where the backend is merely read."""
    _queues()
    _streams()
    _subscription_filters()
    _firehose()


def _queues() -> None:
    from moto.sqs.models import Queue

    theirs = Queue.add_message

    def add_message(queue: Any, message: Any) -> None:
        mappings = queue.lambda_event_source_mappings
        if not is_carried_out() or not mappings:
            return theirs(queue, message)
        queue.lambda_event_source_mappings = _polled(mappings, queue.queue_arn)
        try:
            return theirs(queue, message)
        finally:
            queue.lambda_event_source_mappings = mappings

    Queue.add_message = add_message  # type: ignore[method-assign,assignment]  # its only way


def _streams() -> None:
    from moto.dynamodb.models.table import StreamShard

    theirs = StreamShard.add

    def add(shard: Any, old: Any, new: Any) -> None:
        mappings = shard.table.lambda_event_source_mappings
        if not is_carried_out() or not mappings:
            return theirs(shard, old, new)
        shard.table.lambda_event_source_mappings = _polled(mappings, None)
        try:
            return theirs(shard, old, new)
        finally:
            shard.table.lambda_event_source_mappings = mappings

    StreamShard.add = add  # type: ignore[method-assign,assignment]  # its only way


def _polled(mappings: dict[str, Any], stream: str | None) -> dict[str, Any]:
    """Those whose function's role may read."""
    from moto.awslambda.exceptions import UnknownAliasException, UnknownFunctionException
    from moto.awslambda.utils import get_backend

    found = {}
    for arn, mapping in mappings.items():
        account, region = arn.split(":")[4], arn.split(":")[3]
        functions = get_backend(account, region)
        # Queues and tables in moto keep a mapping that is deleted.
        is_there = functions.get_event_source_mapping(mapping.uuid) is not None
        if not mapping.enabled or not is_there:
            continue
        try:
            role = functions.get_function(arn).role
        except (UnknownAliasException, UnknownFunctionException):
            continue  # It is gone, and Lambda polls for it no more: what is sent stays.
        if may_be_made(poll_of(stream or mapping.event_source_arn, LAMBDA, arn, account, role)):
            found[arn] = mapping
    return found


def _subscription_filters() -> None:
    from moto.logs.models import LogStream

    theirs = LogStream._send_log_events

    def send(
        stream: Any, service: str, destination_arn: str, filter_name: str, log_events: list[dict[str, Any]]
    ) -> None:
        if is_carried_out():
            group = stream.log_group
            found = group.subscription_filters.get(filter_name)
            role = getattr(found, "role_arn", None) or None
            source = (
                f"arn:{destination_arn.split(':')[1]}:logs:{stream.region}:{stream.account_id}:log-group:{group.name}:*"
            )
            # Kinesis and Firehose are reached with the filter's role alone; a log group is no destination at AWS.
            if service not in ("lambda", "kinesis", "firehose") or (service != "lambda" and role is None):
                return None
            role = None if service == "lambda" else role
            if destination_arn.split(":")[3:5] != [stream.region, stream.account_id]:
                return None  # moto would look for it in this account.
            names = by_logs(stream.region)
            if not any(may_be_made(delivery_to(destination_arn, by, source, stream.account_id, role)) for by in names):
                return None
        return theirs(stream, service, destination_arn, filter_name, log_events)

    LogStream._send_log_events = send  # type: ignore[method-assign,assignment]  # its only way


def _firehose() -> None:
    from moto.firehose.models import FirehoseBackend

    theirs = FirehoseBackend.put_s3_records

    def put_s3_records(
        backend: Any, delivery_stream_name: str, version_id: str, s3_destination: dict[str, Any], records: Any
    ) -> Any:
        if is_carried_out():
            prefix = s3_destination.get("Prefix", "")
            arn = f"{s3_destination['BucketARN']}/{prefix}x"
            account = backend.account_id
            start = f"arn:{backend.partition}:firehose:{backend.region_name}:{account}"
            source = f"{start}:deliverystream/{delivery_stream_name}"
            role = s3_destination.get("RoleARN")
            if not role or not may_be_made(delivery_to(arn, "firehose.amazonaws.com", source, account, role)):
                # It was taken by Firehose, which tries later and gives up.
                from moto.moto_api._internal import mock_random

                return [{"RecordId": str(mock_random.uuid4())} for _ in records]
        return theirs(backend, delivery_stream_name, version_id, s3_destination, records)

    FirehoseBackend.put_s3_records = put_s3_records  # type: ignore[method-assign,assignment]  # its only way
