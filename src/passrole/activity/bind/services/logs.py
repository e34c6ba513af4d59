"""Amazon CloudWatch Logs: log groups and streams, whose ARNs in a request always have a part for the stream.

A question about a group alone is on `log-group:NAME:log-stream:`, as AWS's denials show, which is why a policy writes
`log-group:NAME:*`; tags alone are asked on the group without it.
Sources: <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/iam-access-control-overview-cwl.html>,
<https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_Operations.html>.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from passrole.activity.bind.inquiry import Inquiry
from passrole.activity.bind.lines import Naming, reference_arn
from passrole.activity.bind.model import Asked, CannotBindError, Refused, Why
from passrole.activity.bind.named import whole
from passrole.activity.bind.pass_role import pass_role
from passrole.activity.bind.rows import Builder, Named, Row, Table, on, reference

_ROLE: Final = re.compile(r"arn:[^:\"]*:iam::[0-9]{12}:role/[^\"\s]+")
_PAGE: Final = reference("amazoncloudwatchlogs")
_OVERVIEW: Final = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/iam-access-control-overview-cwl.html"

_API: Final = "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_"

PASSES: Final = {
    "roleArn": "logs",
    "RoleArn": "logs",
    "executionRoleArn": "logs",
    "importRoleArn": "cloudtrail",
    "dataSourceRoleArn": "directquery.opensearchservice",
}


def _group_arn(inquiry: Inquiry, named: str) -> str:
    """Without the stream's part."""
    if named.startswith("arn:"):
        return whole(inquiry, named, "logs", "log-group:").removesuffix(":*")
    return inquiry.arn("logs", f"log-group:{named}")


def _group(inquiry: Inquiry) -> str:
    """By its name, by its name or ARN, or by what a key is for (`resourceIdentifier`)."""
    named = inquiry.text("logGroupIdentifier") or inquiry.text("resourceIdentifier") or inquiry.need("logGroupName")
    return f"{_group_arn(inquiry, named)}:log-stream:"


def _stream(inquiry: Inquiry) -> str:
    return f"{_group(inquiry)}{inquiry.need('logStreamName')}"


def _create_group(inquiry: Inquiry) -> Iterator[Asked]:
    """Tags at creation ask logs:TagResource, on the group without the stream's part."""
    yield inquiry.ask("logs:CreateLogGroup", _group(inquiry), "log-group", new=True)
    if inquiry.call.parameters.get("tags"):
        yield inquiry.ask("logs:TagResource", _group_arn(inquiry, inquiry.need("logGroupName")), "log-group", new=True)


def _describe_groups(inquiry: Inquiry) -> Iterator[Asked]:
    """Of all groups, or of those whose name begins so."""
    prefix = inquiry.text("logGroupNamePrefix") or inquiry.text("logGroupNamePattern") or ""
    yield inquiry.ask("logs:DescribeLogGroups", inquiry.arn("logs", f"log-group:{prefix}:log-stream:"), "log-group")


def _start_query(inquiry: Inquiry) -> Iterator[Asked]:
    names = [*inquiry.texts("logGroupNames"), *inquiry.texts("logGroupIdentifiers")]
    if inquiry.text("logGroupName"):
        names.append(inquiry.need("logGroupName"))
    if not names:
        raise CannotBindError(Why.NOT_KNOWN, "the query names its log groups in its text, which is not read")
    for named in names:
        yield inquiry.ask("logs:StartQuery", f"{_group_arn(inquiry, named)}:log-stream:", "log-group")


def _live_tail(inquiry: Inquiry) -> Iterator[Asked]:
    for named in inquiry.texts("logGroupIdentifiers"):
        yield inquiry.ask("logs:StartLiveTail", f"{_group_arn(inquiry, named)}:log-stream:", "log-group")


def _unmasked(action: str, named: Named, kind: str) -> Builder:
    """Reading events; to see what a data protection policy masks, logs:Unmask as well."""

    def build(inquiry: Inquiry) -> Iterator[Asked]:
        yield inquiry.ask(action, named(inquiry), kind)
        if inquiry.call.parameters.get("unmask"):
            yield inquiry.ask("logs:Unmask", _group(inquiry), "log-group")

    return build


def _query_results(inquiry: Inquiry) -> Iterator[Asked]:
    """The group of the query, which the stored state tells (`stands_for("…:log-group:QUERY-ID")`); a query that is not
    there is about no group in particular."""
    arn = inquiry.behind(inquiry.arn("logs", f"log-group:{inquiry.need('queryId')}"), "the log group")
    group = arn or inquiry.arn("logs", "log-group:")
    yield inquiry.ask("logs:GetQueryResults", f"{group.removesuffix(':*')}:log-stream:", "log-group")


def _watch(inquiry: Inquiry) -> Iterator[Asked]:
    """A detector of anomalies, whose groups are asked about and which has no name yet."""
    for named in inquiry.texts("logGroupArnList"):
        yield inquiry.ask("logs:CreateLogAnomalyDetector", f"{_group_arn(inquiry, named)}:log-stream:", "log-group")
    if inquiry.call.parameters.get("tags"):
        detector = inquiry.arn("logs", "anomaly-detector:*")
        yield inquiry.ask("logs:TagResource", detector, "anomaly-detector", new=True)


_ACCOUNT_POLICIES: Final = {
    "DATA_PROTECTION_POLICY": "DataProtectionPolicy",
    "FIELD_INDEX_POLICY": "IndexPolicy",
    "METRIC_EXTRACTION_POLICY": "MetricExtractionPolicy",
    "RETENTION_POLICY": "RetentionPolicy",
    "SUBSCRIPTION_FILTER_POLICY": "SubscriptionFilter",
    "TRANSFORMER_POLICY": "Transformer",
}


def _account_policy(verb: str) -> Builder:
    """The action for policies of the account, and that for one group's policy of the kind, on every group; the role in
    a subscription filter goes to CloudWatch Logs."""

    def build(inquiry: Inquiry) -> Iterator[Asked]:
        yield inquiry.ask(f"logs:{verb}AccountPolicy", "*")
        what = _ACCOUNT_POLICIES.get(inquiry.need("policyType"))
        if what is None:
            raise CannotBindError(Why.NOT_KNOWN, f"what a policy of type `{inquiry.need('policyType')}` asks")
        yield inquiry.ask(f"logs:{verb}{what}", inquiry.arn("logs", "log-group:*:log-stream:"), "log-group")
        document = inquiry.text("policyDocument")
        if what == "SubscriptionFilter" and document:
            for role in sorted(set(_ROLE.findall(document))):
                yield pass_role(inquiry, role, "logs")

    return build


_LINES: Final = {
    "CreateDelivery": "+delivery delivery-source=deliverySourceName delivery-destination=deliveryDestinationArn",
    "CreateScheduledQuery": "+scheduled-query",
    "DeleteDelivery": "delivery=id",
    # The reference requires a destination here, which the call does not name.
    "DeleteDeliverySource": "delivery-source=name delivery-destination",
    "GetDelivery": "delivery=id",
    "GetScheduledQueryHistory": "scheduled-query=identifier",
    "ListLogAnomalyDetectors": "anomaly-detector",
    "UpdateDeliveryConfiguration": "delivery=id delivery-source<id delivery-destination<id",
}
_LOGS: Final = Naming("logs", reference_arn("logs"), _PAGE, tags="logs:TagResource")


def _describe_filters(inquiry: Inquiry) -> Iterator[Asked]:
    """Of one group, or of all."""
    arn = inquiry.arn("logs", f"log-group:{inquiry.text('logGroupName') or ''}:log-stream:")
    yield inquiry.ask("logs:DescribeMetricFilters", arn, "log-group")


def _on_group(name: str) -> Builder:
    return on(f"logs:{name}", _group, "log-group")


def _tagged(name: str) -> Builder:
    def build(inquiry: Inquiry) -> Iterator[Asked]:
        yield inquiry.ask(f"logs:{name}", _group_arn(inquiry, inquiry.need("logGroupName")), "log-group")

    return build


_ON_GROUP: Final = """
AssociateKmsKey CreateExportTask DeleteDataProtectionPolicy DeleteLogGroup
DeleteMetricFilter DeleteRetentionPolicy
DeleteSubscriptionFilter DeleteSyslogConfiguration DeleteTransformer DescribeLogStreams DescribeSubscriptionFilters
DisassociateKmsKey GetDataProtectionPolicy GetLogGroupFields GetTransformer PutBearerTokenAuthentication
PutDataProtectionPolicy
PutLogGroupDeletionProtection PutMetricFilter PutRetentionPolicy PutSubscriptionFilter
PutSyslogConfiguration PutTransformer
"""
_ON_STREAM: Final = "CreateLogStream DeleteLogStream PutLogEvents"

TABLE: Table = {
    **{name: Row(_on_group(name), _OVERVIEW) for name in _ON_GROUP.split()},
    **{name: Row(on(f"logs:{name}", _stream, "log-stream"), _OVERVIEW) for name in _ON_STREAM.split()},
    **{name: Row(_tagged(name), _OVERVIEW) for name in ("ListTagsLogGroup", "TagLogGroup", "UntagLogGroup")},
    **_LOGS.rows(_LINES),
    "CreateLogAnomalyDetector": Row(_watch, _PAGE),
    "DeleteAccountPolicy": Row(_account_policy("Delete"), f"{_API}DeleteAccountPolicy.html"),
    "FilterLogEvents": Row(_unmasked("logs:FilterLogEvents", _group, "log-group"), f"{_API}FilterLogEvents.html"),
    "GetLogEvents": Row(_unmasked("logs:GetLogEvents", _stream, "log-stream"), f"{_API}GetLogEvents.html"),
    "GetQueryResults": Row(_query_results, _PAGE),
    "PutAccountPolicy": Row(_account_policy("Put"), f"{_API}PutAccountPolicy.html"),
    "CreateLogGroup": Row(_create_group, _OVERVIEW),
    "DescribeLogGroups": Row(_describe_groups, _OVERVIEW),
    "DescribeMetricFilters": Row(_describe_filters, _OVERVIEW),
    "StartLiveTail": Row(_live_tail, _OVERVIEW),
    "StartQuery": Row(_start_query, _OVERVIEW),
    "GetLogObject": Refused(Why.NOT_KNOWN, "the pointer of a log object does not tell its log group"),
}
