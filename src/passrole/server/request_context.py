"""The condition keys that follow from how a request was sent.

Source: IAM User Guide, "AWS global condition context keys", properties of the network and of the request
<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html>
"""

from __future__ import annotations

from passrole.engine.request import ContextValue
from passrole.server.message import HttpRequest


def request_context(request: HttpRequest) -> dict[str, ContextValue]:
    """The keys that only who received the request knows; those of time and Region the account adds itself.

    aws:SecureTransport tells the truth: a served account speaks plain HTTP, so a policy that demands TLS denies there.
    """
    context: dict[str, ContextValue] = {
        "aws:SecureTransport": "true" if request.secure else "false",
        "aws:SourceIp": request.source_ip,
    }
    for key, header in (("aws:UserAgent", "user-agent"), ("aws:Referer", "referer")):
        value = request.header(header)
        if value is not None:
            context[key] = value
    return context
