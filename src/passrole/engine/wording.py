"""The words in which AWS refuses a request.

Source: IAM User Guide, "Troubleshoot access denied error messages"
<https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html>. Services differ: "Some AWS
services do not support this access denied error message format."
"""

from __future__ import annotations

from collections.abc import Mapping

from passrole.engine.decision import Decision, Outcome
from passrole.engine.principals import account_of
from passrole.engine.request import PrincipalType, Request
from passrole.policy.model import PolicyType

IMPLICIT: Mapping[PolicyType, str] = {
    PolicyType.IDENTITY: "no identity-based policy",
    PolicyType.RESOURCE: "no resource-based policy",
    PolicyType.TRUST: "no role trust policy",
    PolicyType.BOUNDARY: "no permissions boundary",
    PolicyType.SESSION: "no session policy",
    PolicyType.SCP: "no service control policy",
    PolicyType.RCP: "no resource control policy",
    PolicyType.ENDPOINT: "no VPC endpoint policy",
}

EXPLICIT: Mapping[PolicyType, str] = {
    PolicyType.IDENTITY: "an identity-based policy",
    PolicyType.RESOURCE: "a resource-based policy",
    PolicyType.TRUST: "the role trust policy",
    PolicyType.BOUNDARY: "a permissions boundary",
    PolicyType.SESSION: "a sessions policy",  # So on AWS's page.
    PolicyType.SCP: "a service control policy",
    PolicyType.RCP: "a resource control policy",
    PolicyType.ENDPOINT: "a VPC endpoint policy",
}


def denial_message(request: Request, decision: Decision) -> str:
    """The text of the AccessDenied error; for an undecided request the form without a cause.

    Amazon EC2's form is UnauthorizedOperation's without the encoded message that AWS appends.
    """
    if decision.outcome is Outcome.ALLOWED:
        raise AssertionError("an allowed request has no denial message")
    service = request.action.partition(":")[0].lower()
    if service == "s3":
        # Since 2024, and within one account; callers from another are told nothing.
        if request.resource_account not in (None, account_of(request.principal)):
            return "Access Denied"
        return _sentence(request, decision, f'"{request.resource}"')
    sentence = _sentence(request, decision, request.resource)
    if service == "ec2":
        return f"You are not authorized to perform this operation. {sentence}."
    return sentence


def _sentence(request: Request, decision: Decision, resource: str) -> str:
    anonymous = request.principal.type is PrincipalType.ANONYMOUS
    user = "anonymous" if anonymous else request.principal.arn
    refused = f"User: {user} is not authorized to perform: {request.action} on resource: {resource}"
    if decision.decided_by is None:
        return refused
    if decision.outcome is Outcome.EXPLICIT_DENY:
        return f"{refused} with an explicit deny in {EXPLICIT[decision.decided_by]}"
    return f"{refused} because {IMPLICIT[decision.decided_by]} allows the {request.action} action"
