"""Amazon CloudWatch Logs: log groups and streams, whose ARNs in a request always have a part for the stream.

A question about a group alone is on `log-group:NAME:log-stream:`, as AWS's denials show, which is why a policy writes
`log-group:NAME:*`; tags alone are asked on the group without it.
Source: <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/iam-access-control-overview-cwl.html>
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from passrole.activity.bind.inquiry import Inquiry
from passrole.activity.bind.model import Asked, CannotBindError, Refused, Why
from passrole.activity.bind.named import whole
from passrole.activity.bind.rows import Builder, Row, Table, on, reference

_PAGE: Final = reference("amazoncloudwatchlogs")
_OVERVIEW: Final = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/iam-access-control-overview-cwl.html"

PASSES: Final = {"roleArn": "logs", "RoleArn": "logs", "executionRoleArn": "logs"}


def _group_arn(inquiry: Inquiry, named: str) -> str:
    """Without the stream's part."""
    if named.startswith("arn:"):
        return whole(inquiry, named, "logs", "log-group:").removesuffix(":*")
    return inquiry.arn("logs", f"log-group:{named}")


def _group(inquiry: Inquiry) -> str:
    named = inquiry.text("logGroupIdentifier") or inquiry.need("logGroupName")
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
AssociateKmsKey CreateExportTask DeleteDataProtectionPolicy DeleteIndexPolicy DeleteLogGroup
DeleteMetricFilter DeleteRetentionPolicy
DeleteSubscriptionFilter DeleteSyslogConfiguration DeleteTransformer DescribeLogStreams DescribeSubscriptionFilters
DisassociateKmsKey FilterLogEvents GetDataProtectionPolicy GetLogGroupFields GetTransformer PutBearerTokenAuthentication
PutDataProtectionPolicy PutIndexPolicy
PutLogGroupDeletionProtection PutMetricFilter PutRetentionPolicy PutSubscriptionFilter
PutSyslogConfiguration PutTransformer
"""
_ON_STREAM: Final = "CreateLogStream DeleteLogStream GetLogEvents PutLogEvents"

TABLE: Table = {
    **{name: Row(_on_group(name), _OVERVIEW) for name in _ON_GROUP.split()},
    **{name: Row(on(f"logs:{name}", _stream, "log-stream"), _OVERVIEW) for name in _ON_STREAM.split()},
    **{name: Row(_tagged(name), _OVERVIEW) for name in ("ListTagsLogGroup", "TagLogGroup", "UntagLogGroup")},
    "CreateLogGroup": Row(_create_group, _OVERVIEW),
    "DescribeLogGroups": Row(_describe_groups, _OVERVIEW),
    "DescribeMetricFilters": Row(_describe_filters, _OVERVIEW),
    "StartLiveTail": Row(_live_tail, _OVERVIEW),
    "StartQuery": Row(_start_query, _OVERVIEW),
    "GetLogObject": Refused(Why.NOT_KNOWN, "the pointer of a log object does not tell its log group"),
}
