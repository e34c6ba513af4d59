"""When what was read of moto's state is out of date: what each service stores has a version, which its writes raise.

moto's services call each other, for a notification, a key, an instance profile. Which ones a call has reached is noted
as it goes: a write that reached another service makes everything out of date, and so does every write for a reading
that did. Services that are not listed here are taken to reach everything.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

_LISTED: Final = frozenset(
    {
        "cloudwatch",
        "dynamodb",
        "ec2",
        "kms",
        "logs",
        "s3",
        "s3control",
        "secretsmanager",
        "sns",
        "sqs",
        "ssm",
    }
)
"""Services whose code in moto keeps nothing of another service in hand: it looks it up each time."""

_WRITE_CONTENTS: Final[Mapping[str, frozenset[str]]] = {
    "cloudwatch": frozenset({"PutMetricData"}),
    "dynamodb": frozenset(
        {"BatchWriteItem", "DeleteItem", "PutItem", "TransactGetItems", "TransactWriteItems", "UpdateItem"}
    ),
    "kms": frozenset(
        {
            "Decrypt",
            "Encrypt",
            "GenerateDataKey",
            "GenerateDataKeyPair",
            "GenerateDataKeyPairWithoutPlaintext",
            "GenerateDataKeyWithoutPlaintext",
            "GenerateMac",
            "GenerateRandom",
            "ReEncrypt",
            "Sign",
            "Verify",
            "VerifyMac",
        }
    ),
    "logs": frozenset({"FilterLogEvents", "PutLogEvents"}),
    "s3": frozenset(
        {
            "AbortMultipartUpload",
            "CompleteMultipartUpload",
            "CopyObject",
            "CreateMultipartUpload",
            "DeleteObject",
            "DeleteObjectTagging",
            "DeleteObjects",
            "PutObject",
            "PutObjectAcl",
            "PutObjectLegalHold",
            "PutObjectRetention",
            "PutObjectTagging",
            "RestoreObject",
            "UploadPart",
            "UploadPartCopy",
        }
    ),
    "sns": frozenset({"Publish", "PublishBatch"}),
    "sqs": frozenset(
        {
            "ChangeMessageVisibility",
            "ChangeMessageVisibilityBatch",
            "DeleteMessage",
            "DeleteMessageBatch",
            "PurgeQueue",
            "ReceiveMessage",
            "SendMessage",
            "SendMessageBatch",
        }
    ),
}
"""Operations that change objects, items and messages, and nothing of the buckets, tables and queues that hold them."""

_READ_SETTINGS: Final[Mapping[str, frozenset[str]]] = {
    "cloudwatch": frozenset({"ListTagsForResource"}),
    "dynamodb": frozenset({"DescribeTable", "GetResourcePolicy", "ListTagsOfResource"}),
    "kms": frozenset({"DescribeKey", "GetKeyPolicy", "ListAliases", "ListGrants", "ListResourceTags"}),
    "logs": frozenset({"DescribeDestinations", "DescribeLogGroups", "DescribeResourcePolicies", "ListTagsForResource"}),
    "s3": frozenset(
        {
            "GetBucketAbac",
            "GetBucketAcl",
            "GetBucketEncryption",
            "GetBucketOwnershipControls",
            "GetBucketPolicy",
            "GetBucketTagging",
            "GetPublicAccessBlock",
            "ListBuckets",
        }
    ),
    "sns": frozenset({"GetTopicAttributes", "ListTagsForResource"}),
    "sqs": frozenset({"GetQueueAttributes", "GetQueueUrl", "ListQueueTags"}),
}
"""Readings that those operations leave as they were, but for counts and sizes, on which no decision rests."""

_TAKE_MESSAGES: Final = frozenset({"sns", "sqs"})


class StoredVersions:
    """To be told of each call before the next one begins; asked from any thread."""

    def __init__(self) -> None:
        self.writes = 0
        self._everything = 0
        self._settings: dict[str, int] = {}
        self._contents: dict[str, int] = {}
        self._reading_further: set[tuple[str, str]] = set()

    def wrote(self, service: str, operation: str, reached: Collection[str]) -> None:
        """`reached` are the services whose state moto looked up for it, itself among them."""
        self.writes += 1
        contents = operation in _WRITE_CONTENTS.get(service, ())
        further = {each for each in reached if each != service and not (contents and each in _TAKE_MESSAGES)}
        if further or service not in _LISTED:
            self._everything = self.writes
            return
        for each in {service, *reached}:
            self._contents[each] = self.writes
        if not contents:
            self._settings[service] = self.writes

    def did_read(self, service: str, operation: str, reached: Collection[str]) -> None:
        if any(each != service for each in reached):
            self._reading_further.add((service, operation))

    def forgot(self) -> None:
        """All that was stored, or some of it."""
        self.writes += 1
        self._everything = self.writes

    def of_reading(self, service: str, operation: str) -> int:
        """As long as it is the same, so is what the operation shows. To be asked before the reading is made."""
        if (service, operation) in self._reading_further or service not in _LISTED:
            return self.writes
        settings = max(self._everything, self._settings.get(service, 0))
        if operation in _READ_SETTINGS.get(service, ()):
            return settings
        return max(settings, self._contents.get(service, 0))
