"""Amazon SQS: a queue by its URL, whose path ends in the owner's account and the queue's name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from passrole.activity.bind.inquiry import Inquiry
from passrole.activity.bind.kms_keys import ask_kms_through
from passrole.activity.bind.model import Asked, CannotBindError, Refused, Why
from passrole.activity.bind.named import at, given
from passrole.activity.bind.rows import Builder, Row, Table, alike, making, on, reference, without_resource
from passrole.activity.bind.state import Known, NotKnown

_PAGE: Final = reference("amazonsqs")
_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,80}(\.fifo)?")
_BATCH: Final = (
    "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-api-permissions-reference.html"
)
_KEYS: Final = "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html"
_CREATE: Final = "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html"


def queue(inquiry: Inquiry) -> str:
    """The queue's ARN; raises CannotBindError for a URL that does not end in an account and a name."""
    url = inquiry.need("QueueUrl")
    # Emulators write no account into some URLs, and older ones a name alone. What stands behind a `?` or `#`, another
    # reader might take for the name.
    parts = url.split("/")
    if len(parts) < 2 or not parts[-2].isdigit() or not _NAME.fullmatch(parts[-1]):
        raise CannotBindError(Why.RESOURCE_NOT_NAMED, f"`{url}` does not end in an account and a queue's name")
    return inquiry.arn("sqs", parts[-1], account=parts[-2])


def _by_owner(inquiry: Inquiry) -> str:
    return inquiry.arn("sqs", inquiry.need("QueueName"), account=inquiry.text("QueueOwnerAWSAccountId"))


def _message(action: str, *keys: str) -> Builder:
    """Messages of a queue with a key of KMS ask the key as well, through SQS; a key of SQS itself asks nothing."""

    def build(inquiry: Inquiry) -> Iterator[Asked]:
        arn = queue(inquiry)
        yield inquiry.ask(action, arn, "queue")
        stored = inquiry.state.encryption(arn)
        if isinstance(stored, NotKnown):
            raise CannotBindError(Why.NOT_KNOWN, f"how `{arn}` is encrypted is not known: {stored.reason}")
        if isinstance(stored, Known) and stored.value.key_arn:
            for each in keys:
                yield ask_kms_through(inquiry, "sqs", each, stored.value.key_arn, {"aws:sqs:arn": arn}, True)

    return build


_SEND: Final = _message("sqs:SendMessage", "kms:GenerateDataKey", "kms:Decrypt")
_SOURCE: Final = given("SourceArn", "sqs")
_ON_QUEUE: Final = """
AddPermission ChangeMessageVisibility DeleteMessage DeleteQueue GetQueueAttributes ListDeadLetterSourceQueues
ListQueueTags PurgeQueue RemovePermission SetQueueAttributes TagQueue UntagQueue
"""

TABLE: Table = {
    **alike("sqs", _ON_QUEUE.split(), queue, _PAGE, "queue"),
    **without_resource("sqs", ["ListQueues"], _PAGE),
    "CreateQueue": Row(making("sqs:CreateQueue", at("sqs", "{QueueName}"), "queue", "sqs:TagQueue", "tags"), _CREATE),
    "GetQueueUrl": Row(on("sqs:GetQueueUrl", _by_owner, "queue"), _PAGE),
    "ReceiveMessage": Row(_message("sqs:ReceiveMessage", "kms:Decrypt"), _KEYS),
    "SendMessage": Row(_SEND, _KEYS),
    "SendMessageBatch": Row(_SEND, _KEYS),
    "DeleteMessageBatch": Row(on("sqs:DeleteMessage", queue, "queue"), _BATCH),
    "ChangeMessageVisibilityBatch": Row(on("sqs:ChangeMessageVisibility", queue, "queue"), _BATCH),
    "ListMessageMoveTasks": Row(on("sqs:ListMessageMoveTasks", _SOURCE, "queue"), _PAGE),
    "StartMessageMoveTask": Row(on("sqs:StartMessageMoveTask", _SOURCE, "queue"), _PAGE),
    "CancelMessageMoveTask": Refused(Why.NOT_KNOWN, "the handle of a move task does not tell its queue"),
}
