"""The actions whose requests do not say who owns the resource: no aws:ResourceAccount, -OrgID and -OrgPaths.

Source: IAM User Guide, "AWS global condition context keys", properties of the resource: "The following actions don't
support this key"
<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-resourceaccount>.
"""

from __future__ import annotations

KEYS_OF_OWNER = frozenset({"aws:resourceaccount", "aws:resourceorgid", "aws:resourceorgpaths"})
"""In lower case."""

_ACTIONS = frozenset(
    {
        "auditmanager:updateassessmentframeworkshare",
        "detective:acceptinvitation",
        "ds:acceptshareddirectory",
        "ec2:accepttransitgatewaypeeringattachment",
        "ec2:acceptvpcendpointconnections",
        "ec2:acceptvpcpeeringconnection",
        "ec2:createtransitgatewaypeeringattachment",
        "ec2:createvpcendpoint",
        "ec2:createvpcpeeringconnection",
        "es:acceptinboundconnection",
        "guardduty:acceptadministratorinvitation",
        "macie2:acceptinvitation",
        "route53:associatevpcwithhostedzone",
        "route53:createvpcassociationauthorization",
        "securityhub:acceptadministratorinvitation",
    }
)
_WHOLE_SERVICES = ("ebs:",)

PERHAPS_UNOWNED = "events:putevents"
"""Without the keys for a bus in another account that became a target before March 2, 2023."""


def is_unowned(action: str) -> bool:
    """Of an action in lower case."""
    return action in _ACTIONS or action.startswith(_WHOLE_SERVICES)
