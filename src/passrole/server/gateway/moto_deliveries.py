"""moto's deliveries put before the judge: what the destination's policy does not let in, moto does not deliver.

moto finds some destinations by their name alone, in the account of the source: what is in another account is delivered
there, or not at all.
Sources: <https://docs.aws.amazon.com/sns/latest/dg/subscribe-sqs-queue-to-sns-topic.html>,
<https://docs.aws.amazon.com/AmazonS3/latest/userguide/grant-destinations-permissions-to-s3.html>,
<https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html>,
<https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html>,
<https://docs.aws.amazon.com/ses/latest/dg/configure-sns-notifications.html>.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, Final

from passrole.server.gateway.deliveries import delivery_to, is_carried_out, may_be_made

_KINDS: Final = ("cloud_function", "queue", "topic")
"""Of a bucket's notifications, as moto names them."""
_DELIVERED_BY_MOTO: Final = ("events", "logs", "sqs")
"""Services of the targets of rules; functions are not run here anyway."""


def judge_deliveries() -> None:
    """Once a process, after moto was imported. It changes nothing where the backend is merely read."""
    _subscriptions()
    _notifications()
    _rules()
    _access_logs()
    _feedback()


def _subscriptions() -> None:
    from moto.sns.models import Subscription

    theirs = Subscription.publish

    def publish(subscription: Any, *given: Any, **named: Any) -> None:
        if not is_carried_out() or subscription.protocol not in ("sqs", "lambda"):
            return theirs(subscription, *given, **named)
        topic, owner = subscription.topic.arn, subscription.account_id
        delivery = delivery_to(subscription.endpoint, "sns.amazonaws.com", topic, topic.split(":")[4])
        if delivery is None or not may_be_made(delivery):
            return None
        subscription.account_id = delivery.account
        try:
            return theirs(subscription, *given, **named)
        finally:
            subscription.account_id = owner

    Subscription.publish = publish  # type: ignore[method-assign,assignment]  # its only way


def _notifications() -> None:
    from moto.s3 import notifications

    theirs, theirs_for_tests = notifications.send_event, notifications.send_test_event

    def send_event(account_id: str, event_name: Any, bucket: Any, key: Any) -> None:
        configuration = bucket.notification_configuration
        if not is_carried_out() or configuration is None:
            return theirs(account_id, event_name, bucket, key)
        kept = {
            kind: [each for each in getattr(configuration, kind) if each.matches(event_name, key.name)]
            for kind in _KINDS
        }
        for account, part in _let_in(bucket, kept).items():
            theirs(account, event_name, part, key)
        if configuration.event_bridge is not None:
            # Events to the default bus of the account need no policy.
            theirs(account_id, event_name, _part(bucket, event_bridge=configuration.event_bridge), key)
        return None

    def send_test_event(account_id: str, bucket: Any) -> None:
        configuration = bucket.notification_configuration
        if not is_carried_out() or configuration is None:
            return theirs_for_tests(account_id, bucket)
        for account, part in _let_in(bucket, {kind: getattr(configuration, kind) for kind in _KINDS}).items():
            theirs_for_tests(account, part)
        return None

    notifications.send_event = send_event
    notifications.send_test_event = send_test_event


def _let_in(bucket: Any, kept: dict[str, list[Any]]) -> dict[str, Any]:
    """By the account of the destinations, the bucket with those of its notifications that are to be made there."""
    found: dict[str, Any] = {}
    for kind, listed in kept.items():
        for each in listed:
            delivery = delivery_to(each.arn, "s3.amazonaws.com", bucket.arn, bucket.account_id)
            if delivery is not None and may_be_made(delivery):
                part = found.setdefault(delivery.account, _part(bucket))
                getattr(part.notification_configuration, kind).append(each)
    return found


def _part(bucket: Any, *, event_bridge: Any = None) -> Any:
    """What moto reads of a bucket to notify of it."""
    configuration = SimpleNamespace(cloud_function=[], queue=[], topic=[], event_bridge=event_bridge)
    return SimpleNamespace(
        name=bucket.name, arn=bucket.arn, region_name=bucket.region_name, notification_configuration=configuration
    )


def _rules() -> None:
    from moto.events.models import Rule

    theirs = Rule.send_to_targets

    def send_to_targets(rule: Any, original_event: Any, transform_input: bool = True) -> None:
        if not is_carried_out() or not rule.event_pattern.matches_event(original_event):
            return theirs(rule, original_event, transform_input)
        targets = rule.targets
        rule.targets = [each for each in targets if _is_let_in(rule, each)]
        try:
            return theirs(rule, original_event, transform_input)
        finally:
            rule.targets = targets

    Rule.send_to_targets = send_to_targets  # type: ignore[method-assign,assignment]  # its only way


def _is_let_in(rule: Any, target: dict[str, Any]) -> bool:
    parts = target["Arn"].split(":", 5)
    # Of another target, and of what is no ARN, moto would give the whole call up, and the other targets with it.
    if len(parts) < 6 or parts[2] not in _DELIVERED_BY_MOTO:
        return False
    service, region, account, resource = parts[2:6]
    if service == "events" and not resource.startswith(("event-bus/", "api-destination/")):
        return bool(rule.managed_by)  # An archive is EventBridge's own, and so is its rule.
    if service in ("sqs", "logs") and (region, account) != _whereabouts(rule):
        return False
    return may_be_made(
        delivery_to(target["Arn"], "events.amazonaws.com", rule.arn, rule.account_id, target.get("RoleArn"))
    )


def _whereabouts(rule: Any) -> tuple[str, str]:
    return rule.region_name, rule.account_id


def _access_logs() -> None:
    from moto.s3.models import S3Backend

    theirs = S3Backend.log_incoming_request

    def log_incoming_request(backend: Any, request: Any, bucket_name: str) -> None:
        if not is_carried_out():
            return None  # A reading of the gateway's is no request of anybody's.
        bucket = _bucket(backend, bucket_name)
        if bucket is not None and bucket.logging:
            target = f"{bucket.logging['TargetBucket']}/{bucket.logging.get('TargetPrefix') or ''}x"
            arn = f"arn:{bucket.partition}:s3:::{target}"
            if not may_be_made(delivery_to(arn, "logging.s3.amazonaws.com", bucket.arn, bucket.account_id)):
                return None
        return theirs(backend, request, bucket_name)

    S3Backend.log_incoming_request = log_incoming_request  # type: ignore[method-assign,assignment]  # its only way


def _bucket(backend: Any, name: str) -> Any:
    """In whatever account it is, as moto finds it; None where there is none."""
    from moto.s3.exceptions import S3ClientError

    try:
        return backend.get_bucket(name)
    except S3ClientError:
        return None


def _feedback() -> None:
    from moto.ses.models import SESBackend

    theirs = SESBackend.__process_sns_feedback__

    def process(backend: Any, source: str, destinations: Any) -> None:
        topics = backend.sns_topics
        if not is_carried_out() or not topics or backend.__type_of_message__(destinations) is None:
            return theirs(backend, source, destinations)
        start = f"arn:{backend.partition}:ses:{backend.region_name}:{backend.account_id}:identity/"
        backend.sns_topics = {
            identity: {
                kind: topic
                for kind, topic in by_kind.items()
                if may_be_made(delivery_to(topic or "", "ses.amazonaws.com", start + identity, backend.account_id))
            }
            for identity, by_kind in topics.items()
        }
        try:
            return theirs(backend, source, destinations)
        finally:
            backend.sns_topics = topics

    SESBackend.__process_sns_feedback__ = process  # type: ignore[method-assign,assignment]  # its only way
