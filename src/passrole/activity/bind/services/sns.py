"""Amazon SNS: topics by ARN, subscriptions by the ARN that begins with their topic's, and push to devices."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from passrole.activity.bind.inquiry import Inquiry
from passrole.activity.bind.kms_keys import ask_kms_through
from passrole.activity.bind.model import Asked, CannotBindError, Why
from passrole.activity.bind.named import at, given
from passrole.activity.bind.rows import Builder, Row, Table, alike, making, on, reference, without_resource
from passrole.activity.bind.state import Known, NotKnown

_PAGE: Final = reference("amazonsns")
PASSES: Final = {
    "SubscriptionRoleArn": "sns",
    "AttributeValue": "sns",
    **{
        f"{kind}{way}FeedbackRoleArn": "sns"
        for kind in ("Application", "Firehose", "HTTP", "Lambda", "SQS")
        for way in ("Success", "Failure")
    },
    "SuccessFeedbackRoleArn": "sns",
    "FailureFeedbackRoleArn": "sns",
    "DeliveryStatusIAMRole": "sns",
}
"""Among attributes: the roles with which SNS delivers to Firehose and logs deliveries.

Source: <https://docs.aws.amazon.com/sns/latest/dg/sns-topic-attributes.html>
"""

_TOPIC: Final = given("TopicArn", "sns")
_PUBLISH: Final = "https://docs.aws.amazon.com/sns/latest/api/API_PublishBatch.html"
_KEYS: Final = "https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html"
_CREATE: Final = "https://docs.aws.amazon.com/sns/latest/api/API_CreateTopic.html"


def _topic_of_subscription(inquiry: Inquiry) -> str:
    arn = inquiry.need("SubscriptionArn")
    topic, colon, _ = arn.rpartition(":")
    if not colon or topic.count(":") != 5:
        raise CannotBindError(Why.RESOURCE_NOT_NAMED, f"`{arn}` is not the ARN of a subscription")
    return topic


def _publish(inquiry: Inquiry) -> Iterator[Asked]:
    """To a topic, to a device's endpoint, or to a telephone number, which no ARN names."""
    target = inquiry.text("TopicArn") or inquiry.text("TargetArn")
    if target is None and not inquiry.text("PhoneNumber"):
        raise CannotBindError(Why.RESOURCE_NOT_NAMED, "the call names no topic, endpoint or telephone number")
    yield inquiry.ask("sns:Publish", target or "*", "topic")
    if target is not None and inquiry.text("TopicArn") == target:
        yield from _encrypted(inquiry, target)


def _publish_batch(inquiry: Inquiry) -> Iterator[Asked]:
    yield inquiry.ask("sns:Publish", _TOPIC(inquiry), "topic")
    yield from _encrypted(inquiry, _TOPIC(inquiry))


def _encrypted(inquiry: Inquiry, topic: str) -> Iterator[Asked]:
    """A topic with a customer's key of KMS asks the key as well, through SNS."""
    stored = inquiry.state.encryption(topic)
    if isinstance(stored, NotKnown):
        raise CannotBindError(Why.NOT_KNOWN, f"how `{topic}` is encrypted is not known: {stored.reason}")
    if isinstance(stored, Known) and stored.value.key_arn:
        for action in ("kms:GenerateDataKey", "kms:Decrypt"):
            yield ask_kms_through(inquiry, "sns", action, stored.value.key_arn, {"aws:sns:topicArn": topic}, True)


def _subscribe(inquiry: Inquiry) -> Iterator[Asked]:
    keys = {"sns:Endpoint": inquiry.text("Endpoint"), "sns:Protocol": inquiry.text("Protocol")}
    yield inquiry.ask("sns:Subscribe", _TOPIC(inquiry), "topic", keys)


def _on_member(name: str, member: str) -> Builder:
    return on(f"sns:{name}", given(member, "sns"))


_ON_TOPIC: Final = """
AddPermission ConfirmSubscription DeleteTopic GetDataProtectionPolicy GetTopicAttributes ListSubscriptionsByTopic
RemovePermission SetTopicAttributes
"""
_ON_SUBSCRIPTION: Final = "GetSubscriptionAttributes SetSubscriptionAttributes Unsubscribe"
_WITHOUT: Final = """
CheckIfPhoneNumberIsOptedOut CreatePlatformApplication CreatePlatformEndpoint CreateSMSSandboxPhoneNumber DeleteEndpoint
DeletePlatformApplication DeleteSMSSandboxPhoneNumber GetEndpointAttributes GetPlatformApplicationAttributes
GetSMSAttributes GetSMSSandboxAccountStatus ListEndpointsByPlatformApplication ListOriginationNumbers
ListPhoneNumbersOptedOut ListPlatformApplications ListSMSSandboxPhoneNumbers ListSubscriptions ListTopics
OptInPhoneNumber SetEndpointAttributes SetPlatformApplicationAttributes SetSMSAttributes VerifySMSSandboxPhoneNumber
"""

TABLE: Table = {
    **alike("sns", _ON_TOPIC.split(), _TOPIC, _PAGE, "topic"),
    **alike("sns", _ON_SUBSCRIPTION.split(), _topic_of_subscription, _PAGE, "topic"),
    **without_resource("sns", _WITHOUT.split(), _PAGE),
    **{
        name: Row(_on_member(name, "ResourceArn"), _PAGE)
        for name in ("ListTagsForResource", "PutDataProtectionPolicy", "GetDataProtectionPolicy")
    },
    "TagResource": Row(_on_member("TagResource", "ResourceArn"), _PAGE),
    "UntagResource": Row(_on_member("UntagResource", "ResourceArn"), _PAGE),
    "CreateTopic": Row(making("sns:CreateTopic", at("sns", "{Name}"), "topic", "sns:TagResource", "Tags"), _CREATE),
    "Publish": Row(_publish, _KEYS),
    "PublishBatch": Row(_publish_batch, _PUBLISH),
    "Subscribe": Row(_subscribe, _PAGE),
}
