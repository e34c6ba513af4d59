"""Configurations that AWS refuses at once when what they set up could not deliver.

Sources: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketNotificationConfiguration.html>,
<https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html>,
<https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutSubscriptionFilter.html>,
<https://docs.aws.amazon.com/secretsmanager/latest/userguide/troubleshoot_rotation.html>.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from passrole.account.service_error import ServiceError
from passrole.activity.bind.model import ApiCall
from passrole.activity.bind.state import Known
from passrole.server.gateway.deliveries import Delivery, by_logs, delivery_to, poll_of
from passrole.server.gateway.state.of_service import Place, member_of, texts_of

RefusalOf = Callable[[Delivery], str | None]

_DESTINATIONS: Final = {
    "TopicConfigurations": "TopicArn",
    "QueueConfigurations": "QueueArn",
    "LambdaFunctionConfigurations": "LambdaFunctionArn",
}


def check_destinations(place: Place, call: ApiCall, refusal_of: RefusalOf) -> None:
    """Raises ServiceError with the code that the service documents, where a destination lets the service not in."""
    match call.service, call.operation:
        case "s3", "PutBucketNotificationConfiguration" if call.parameters.get("SkipDestinationValidation") is not True:
            refused = [arn for arn in _notified(call) if _refused(_of_bucket(place, call, arn), refusal_of)]
            if refused:
                raise ServiceError(
                    "InvalidArgument",
                    f"Unable to validate the following destination configurations: {', '.join(refused)}",
                )
        case "lambda", "CreateEventSourceMapping":
            message = _poll(place, call, refusal_of)
            if message is not None:
                raise ServiceError(
                    "InvalidParameterValueException",
                    f"The function's execution role does not have permissions to read from the event source. {message}",
                )
        case "logs", "PutSubscriptionFilter":
            message = _filter(call, refusal_of)
            if message is not None:
                raise ServiceError("InvalidParameterException", message)
        case "secretsmanager", "RotateSecret" if call.parameters.get("RotationLambdaARN"):
            function = str(call.parameters["RotationLambdaARN"])
            secret = str(call.parameters.get("SecretId", ""))
            source = secret if secret.startswith("arn:") else _secret(place, call, secret)
            if _refused(delivery_to(function, "secretsmanager.amazonaws.com", source, call.account), refusal_of):
                raise ServiceError(
                    "AccessDeniedException",
                    "Secrets Manager cannot invoke the specified Lambda function. Ensure that the function policy "
                    "grants access to the principal secretsmanager.amazonaws.com.",
                )


def _refused(delivery: Delivery | None, refusal_of: RefusalOf) -> bool:
    return delivery is None or refusal_of(delivery) is not None


def _notified(call: ApiCall) -> Iterator[str]:
    for kind, member in _DESTINATIONS.items():
        yield from texts_of(member_of(call.parameters, "NotificationConfiguration", kind), member)


def _of_bucket(place: Place, call: ApiCall, destination: str) -> Delivery | None:
    bucket = f"arn:{call.partition}:s3:::{call.parameters.get('Bucket')}"
    return delivery_to(destination, "s3.amazonaws.com", bucket, place.account)


def _poll(place: Place, call: ApiCall, refusal_of: RefusalOf) -> str | None:
    """None also for a function or source that is not there, which the service itself refuses."""
    named, stream = str(call.parameters.get("FunctionName", "")), call.parameters.get("EventSourceArn")
    name = named.partition(":function:")[2].partition(":")[0] or named.rpartition(":")[2] or named
    read = place.readings.read(
        "lambda", "GetFunctionConfiguration", region=call.region, account=call.account, FunctionName=name
    )
    role = read.value.get("Role") if isinstance(read, Known) else None
    if not isinstance(role, str) or not isinstance(stream, str):
        return None
    source = f"arn:{call.partition}:lambda:{call.region}:{call.account}:function:{name}"
    delivery = poll_of(stream, "lambda.amazonaws.com", source, call.account, role)
    return None if delivery is None else refusal_of(delivery)


def _filter(call: ApiCall, refusal_of: RefusalOf) -> str | None:
    destination, role = str(call.parameters.get("destinationArn", "")), call.parameters.get("roleArn")
    service = destination.split(":")[2] if destination.count(":") > 4 else ""
    source = f"arn:{call.partition}:logs:{call.region}:{call.account}:log-group:{call.parameters.get('logGroupName')}:*"
    if service == "lambda":
        deliveries = (delivery_to(destination, by, source, call.account) for by in by_logs(call.region))
        if all(_refused(each, refusal_of) for each in deliveries):
            return (
                "Could not execute the lambda function. Make sure you have given CloudWatch Logs permission to execute "
                "your function."
            )
    elif service in ("kinesis", "firehose"):
        deliveries = (delivery_to(destination, by, source, call.account, str(role)) for by in by_logs(call.region))
        if not role or all(_refused(each, refusal_of) for each in deliveries):
            kind = "Kinesis" if service == "kinesis" else "Firehose"
            return (
                f"Could not deliver test message to specified {kind} stream. Check if the given role can write to it."
            )
    return None


def _secret(place: Place, call: ApiCall, name: str) -> str:
    read = place.readings.read(
        "secretsmanager", "DescribeSecret", region=call.region, account=call.account, SecretId=name
    )
    found = read.value.get("ARN") if isinstance(read, Known) else None
    return str(found or f"arn:{call.partition}:secretsmanager:{call.region}:{call.account}:secret:{name}")
