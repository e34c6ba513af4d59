"""The words in which AWS refuses a request.

Source: IAM User Guide, "Troubleshoot access denied error messages"
<https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html>. Services differ: "Some AWS
services do not support this access denied error message format." Since 2026 service by service names the policy as
well: AWS Security Blog, "Enhanced access denied error messages with policy ARNs"
<https://aws.amazon.com/blogs/security/enhanced-access-denied-error-messages-with-policy-arns>.
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

NAMED_TYPES = frozenset({PolicyType.IDENTITY, PolicyType.BOUNDARY, PolicyType.SESSION, PolicyType.SCP, PolicyType.RCP})
"""The types of which the newer form names the policy that denies explicitly."""


def denial_message(request: Request, decision: Decision, *, name_policy: bool = False) -> str:
    """The text of the AccessDenied error; for an undecided request the form without a cause.

    `name_policy` asks for the newer form, which ends in the ARN of the policy that denies: where it has one, and "only
    … in same-account and same-organization scenarios". Amazon EC2's form is UnauthorizedOperation's without the encoded
    message that AWS appends.
    """
    if decision.outcome is Outcome.ALLOWED:
        raise AssertionError("an allowed request has no denial message")
    service = request.action.partition(":")[0].lower()
    if service == "s3":
        # Since 2024, and within one account; callers from another are told nothing.
        if request.resource_account not in (None, account_of(request.principal)):
            return "Access Denied"
        return _sentence(request, decision, f'"{request.resource}"', name_policy)
    sentence = _sentence(request, decision, request.resource, name_policy)
    if service == "ec2":
        return f"You are not authorized to perform this operation. {sentence}."
    return sentence


def _sentence(request: Request, decision: Decision, resource: str, name_policy: bool) -> str:
    anonymous = request.principal.type is PrincipalType.ANONYMOUS
    user = "anonymous" if anonymous else request.principal.arn
    refused = f"User: {user} is not authorized to perform: {request.action} on resource: {resource}"
    if decision.decided_by is None:
        return refused
    if decision.outcome is Outcome.EXPLICIT_DENY:
        arn = _denying_arn(request, decision) if name_policy else None
        return f"{refused} with an explicit deny in {EXPLICIT[decision.decided_by]}{f': {arn}' if arn else ''}"
    return f"{refused} because {IMPLICIT[decision.decided_by]} allows the {request.action} action"


def _denying_arn(request: Request, decision: Decision) -> str | None:
    if decision.decided_by not in NAMED_TYPES or not _is_close(request):
        return None
    return next((ref.attached.name for ref in decision.determining if ref.attached.name.startswith("arn:")), None)


def _is_close(request: Request) -> bool:
    """Whether caller and resource are in the same account or, as far as is known, the same organization."""
    caller, owner, organization = account_of(request.principal), request.resource_account, request.organization
    if owner in (None, caller):
        return True
    return organization is not None and {caller, owner} <= {*organization.members, organization.management_account}
