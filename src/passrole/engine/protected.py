"""Entities that AWS makes in an account, and that no policy lets a customer change.

Sources: IAM User Guide, "Managed policies and inline policies"
<https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-vs-inline.html> ("You cannot change the
permissions defined in AWS managed policies"), "Create a service-linked role"
<https://docs.aws.amazon.com/IAM/latest/UserGuide/create-service-linked-role.html>, IAM Identity Center User Guide,
"Reference permission sets in resource policies"
<https://docs.aws.amazon.com/singlesignon/latest/userguide/referencingpermissionsets.html> (roles under
/aws-reserved/ are changed in IAM Identity Center only) and AWS KMS API Reference, "CreateAlias"
<https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateAlias.html> ("The alias name cannot begin with
alias/aws/").
"""

from __future__ import annotations

from passrole.engine.request import PrincipalType
from passrole.engine.statements import Asked


def _actions(service: str, *names: str) -> frozenset[str]:
    return frozenset(f"{service}:{name}".lower() for name in names)


_OF_POLICIES = _actions(
    "iam",
    "CreatePolicyVersion",
    "DeletePolicy",
    "DeletePolicyVersion",
    "SetDefaultPolicyVersion",
    "TagPolicy",
    "UntagPolicy",
)
_OF_LINKED_ROLES = _actions(
    "iam",
    "AttachRolePolicy",
    "DeleteRole",
    "DeleteRolePermissionsBoundary",
    "DeleteRolePolicy",
    "DetachRolePolicy",
    "PutRolePermissionsBoundary",
    "PutRolePolicy",
    "UpdateAssumeRolePolicy",
)
# The description of a service-linked role may be changed; a role of IAM Identity Center is changed there only.
_OF_RESERVED_ROLES = _OF_LINKED_ROLES | _actions("iam", "TagRole", "UntagRole", "UpdateRole", "UpdateRoleDescription")
_OF_ALIASES = _actions("kms", "CreateAlias", "DeleteAlias", "UpdateAlias")

LINKED_ROLES = "only the linked service changes a service-linked role"
RESERVED_ROLES = "only AWS changes a role under /aws-reserved/"
AWS_POLICIES = "an AWS managed policy cannot be changed from an account"

_TABLE = (
    (_OF_POLICIES, ":iam::aws:policy/", AWS_POLICIES),
    (_OF_LINKED_ROLES, ":role/aws-service-role/", LINKED_ROLES),
    (_OF_RESERVED_ROLES, ":role/aws-reserved/", RESERVED_ROLES),
    (_OF_ALIASES, ":alias/aws/", "only AWS makes and changes aliases that begin with alias/aws/"),
)
"""Actions, a part of the resource's ARN, and why nobody may."""

_BY_ACTION = {
    action: tuple((part, reason) for actions, part, reason in _TABLE if action in actions)
    for actions, _, _ in _TABLE
    for action in actions
}

PROTECTED_ACTIONS = frozenset(_BY_ACTION)
"""In lower case: those that nobody may do on some entities."""


def protected_parts(action: str) -> tuple[str, ...]:
    """What stands in the ARNs on which nobody may do an action (in lower case), whatever policies say."""
    return tuple(part for part, _ in _BY_ACTION.get(action, ()))


def why_protected(asked: Asked) -> str | None:
    """Why no policy can allow the request; None where policies decide."""
    rows = _BY_ACTION.get(asked.action)
    if rows is None or asked.caller.type in (PrincipalType.SERVICE, PrincipalType.SERVICE_LINKED_ROLE_SESSION):
        return None
    return next((reason for part, reason in rows if part in asked.resource), None)
