"""Amazon CloudWatch: metrics without a resource but with their namespace, rules and streams by name.

Alarms and dashboards are bound by the same-name rule.
Source: <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/iam-cw-condition-keys-namespace.html>
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from passrole.activity.bind.inquiry import Inquiry
from passrole.activity.bind.model import Asked
from passrole.activity.bind.named import at, each_of
from passrole.activity.bind.rows import Row, Table, anywhere, on, reference

_PAGE: Final = reference("amazoncloudwatch")
_NAMESPACE: Final = (
    "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/iam-cw-condition-keys-namespace.html"
)

PASSES: Final = {"RoleArn": "streams.metrics.cloudwatch"}


def _put_data(inquiry: Inquiry) -> Iterator[Asked]:
    yield inquiry.ask("cloudwatch:PutMetricData", "*", None, {"cloudwatch:namespace": inquiry.text("Namespace")})


_RULE: Final = at("cloudwatch", "insight-rule/{RuleName}")

TABLE: Table = {
    "PutMetricData": Row(_put_data, _NAMESPACE),
    "GetMetricData": Row(anywhere("cloudwatch:GetMetricData"), _PAGE),
    "ListMetrics": Row(anywhere("cloudwatch:ListMetrics"), _PAGE),
    "GetInsightRuleReport": Row(on("cloudwatch:GetInsightRuleReport", _RULE, "insight-rule"), _PAGE),
    "PutInsightRule": Row(on("cloudwatch:PutInsightRule", _RULE, "insight-rule"), _PAGE),
    **{
        name: Row(each_of(f"cloudwatch:{name}", "RuleNames", "cloudwatch", "insight-rule/{}", "insight-rule"), _PAGE)
        for name in ("DeleteInsightRules", "DisableInsightRules", "EnableInsightRules")
    },
    **{
        name: Row(each_of(f"cloudwatch:{name}", "Names", "cloudwatch", "metric-stream/{}", "metric-stream"), _PAGE)
        for name in ("StartMetricStreams", "StopMetricStreams")
    },
}
