"""Amazon CloudWatch: metrics without a resource but with their namespace; alarms, rules and streams by name.

A composite alarm must be allowed on every resource, as its reference says; tags need cloudwatch:TagResource besides.
Sources: <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_Operations.html>,
<https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/iam-cw-condition-keys-namespace.html>,
<https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/iam-cw-condition-keys-alarm-actions.html>.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from passrole.activity.bind.inquiry import Inquiry
from passrole.activity.bind.key_sources import Found, KeySource, Told
from passrole.activity.bind.lines import Naming, reference_arn
from passrole.activity.bind.model import Asked
from passrole.activity.bind.parameter_paths import texts_at
from passrole.activity.bind.rows import Builder, Row, Table, anywhere, both, reference

_PAGE: Final = reference("amazoncloudwatch")
_API: Final = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_"
_NAMESPACE: Final = (
    "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/iam-cw-condition-keys-namespace.html"
)

PASSES: Final = {
    "RoleArn": "streams.metrics.cloudwatch",
    "ScheduledQueryRoleARN": "cloudwatch",
    "ActionLogLineRoleArn": "cloudwatch",
}
_ACTIONS: Final = ("AlarmActions", "OKActions", "InsufficientDataActions")
_PROPAGATED: Final = "ActionConfiguration.AlarmTagsPropagation.Enabled"


def _alarm_actions(inquiry: Inquiry, _action: str, _resource: str, _new: bool) -> Found:
    """What an alarm does in any of its states; an alarm that does nothing has no value."""
    named = tuple(dict.fromkeys(value for member in _ACTIONS for value in inquiry.texts(member)))
    return named or Told.ABSENT


def _propagation(inquiry: Inquiry, _action: str, _resource: str, _new: bool) -> Found:
    found = texts_at(inquiry.call.parameters, _PROPAGATED)
    return found[0] if found else Told.NOT_HERE


KEYS: Final[Mapping[str, KeySource]] = {
    "cloudwatch:alarmactions": _alarm_actions,
    "cloudwatch:alarmtagspropagationenabled": _propagation,
}


def _put_data(inquiry: Inquiry) -> Iterator[Asked]:
    yield inquiry.ask("cloudwatch:PutMetricData", "*", None, {"cloudwatch:namespace": inquiry.text("Namespace")})


def _tags_are_read(inquiry: Inquiry) -> Iterator[Asked]:
    """Tags that an alarm sends along are read from it."""
    if texts_at(inquiry.call.parameters, _PROPAGATED) == ("true",):
        alarm = inquiry.arn("cloudwatch", f"alarm:{inquiry.need('AlarmName')}")
        yield inquiry.ask("cloudwatch:ListTagsForResource", alarm, "alarm")


def _of_composite(name: str) -> Builder:
    """What is told of composite alarms must be allowed without a narrower scope."""

    def build(inquiry: Inquiry) -> Iterator[Asked]:
        if "CompositeAlarm" in inquiry.texts("AlarmTypes"):
            yield inquiry.ask(f"cloudwatch:{name}", "*")

    return build


_CLOUDWATCH: Final = Naming("cloudwatch", reference_arn("cloudwatch"), _PAGE, tags="cloudwatch:TagResource")
_LINES: Final = {
    "DeleteInsightRules": "insight-rule=RuleNames",
    "DisableInsightRules": "insight-rule=RuleNames",
    "EnableInsightRules": "insight-rule=RuleNames",
    "GetInsightRuleReport": "insight-rule=RuleName",
    "ListAlarmMuteRules": "alarm-mute-rule",
    "PutAlarmMuteRule": "+alarm-mute-rule=Name alarm=?MuteTargets.AlarmNames",
    "PutInsightRule": "+insight-rule=RuleName",
    "StartMetricStreams": "metric-stream=Names",
    "StopMetricStreams": "metric-stream=Names",
}


def _definition(name: str) -> Builder:
    """A definition of a query, whose ARN AWS's API reference gives."""

    def build(inquiry: Inquiry) -> Iterator[Asked]:
        named = inquiry.text("Id")
        arn = inquiry.arn("cloudwatch", f"metric-query-definition/{named or '*'}")
        yield inquiry.ask(f"cloudwatch:{name}", arn, None, new=named is None)
        if inquiry.call.parameters.get("Tags"):
            yield inquiry.ask("cloudwatch:TagResource", arn, None, new=named is None)

    return build


TABLE: Table = {
    **_CLOUDWATCH.rows(_LINES),
    "PutMetricData": Row(_put_data, _NAMESPACE),
    "GetMetricData": Row(anywhere("cloudwatch:GetMetricData"), _PAGE),
    "ListMetrics": Row(anywhere("cloudwatch:ListMetrics"), _PAGE),
    "PutMetricAlarm": Row(
        both(_CLOUDWATCH.asking("cloudwatch:PutMetricAlarm", "+alarm=AlarmName"), _tags_are_read),
        f"{_API}PutMetricAlarm.html",
    ),
    "PutCompositeAlarm": Row(
        both(
            _CLOUDWATCH.asking("cloudwatch:PutCompositeAlarm", "+alarm=AlarmName"),
            anywhere("cloudwatch:PutCompositeAlarm"),
            _tags_are_read,
        ),
        f"{_API}PutCompositeAlarm.html",
    ),
    "DescribeAlarms": Row(
        both(_CLOUDWATCH.asking("cloudwatch:DescribeAlarms", "alarm"), _of_composite("DescribeAlarms")),
        f"{_API}DescribeAlarms.html",
    ),
    "DescribeAlarmHistory": Row(
        both(
            _CLOUDWATCH.asking("cloudwatch:DescribeAlarmHistory", "alarm=?AlarmName"),
            _of_composite("DescribeAlarmHistory"),
        ),
        f"{_API}DescribeAlarmHistory.html",
    ),
    **{
        name: Row(_definition(name), f"{_API}{name}.html")
        for name in ("DeleteMetricDataQueryDefinition", "GetMetricDataQueryDefinition", "PutMetricDataQueryDefinition")
    },
    "ListMetricDataQueryDefinitions": Row(
        anywhere("cloudwatch:ListMetricDataQueryDefinitions"), f"{_API}ListMetricDataQueryDefinitions.html"
    ),
}
