"""The condition keys that follow from how and when a request was sent.

Source: IAM User Guide, "AWS global condition context keys", properties of the network and of the request
<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html>
"""

from __future__ import annotations

from datetime import UTC, datetime

from passrole.catalog.partitions import iam_region
from passrole.engine.request import ContextValue
from passrole.server.message import HttpRequest


def request_context(
    request: HttpRequest, *, service: str, signed_region: str, partition: str, now_seconds: int
) -> dict[str, ContextValue]:
    """Keys and values as AWS would see the request; `now_seconds` since 1970.

    aws:SecureTransport tells the truth: a served account speaks plain HTTP, so a policy that demands TLS denies there.
    """
    now = datetime.fromtimestamp(now_seconds, UTC)
    # IAM is a global service: whatever the client signs for, the request is made in the partition's home region.
    region = iam_region(partition) if service == "iam" else signed_region
    context: dict[str, ContextValue] = {
        "aws:CurrentTime": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "aws:EpochTime": str(now_seconds),
        "aws:RequestedRegion": region,
        "aws:SecureTransport": "true" if request.secure else "false",
        "aws:SourceIp": request.source_ip,
        "aws:ViaAWSService": "false",
    }
    for key, header in (("aws:UserAgent", "user-agent"), ("aws:Referer", "referer")):
        value = request.header(header)
        if value is not None:
            context[key] = value
    return context
