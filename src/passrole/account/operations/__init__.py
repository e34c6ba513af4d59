"""The operations of IAM and STS that this account answers, one unit each, grouped by what they are about."""

from passrole.account.operation import OPERATIONS
from passrole.account.operations import (
    access_keys,
    account_info,
    assume_role,
    attachments,
    authorization_details,
    boundaries,
    caller_identity,
    groups,
    inline_policies,
    instance_profiles,
    managed_policies,
    memberships,
    policy_versions,
    roles,
    tags,
    users,
)

__all__ = [
    "OPERATIONS",
    "access_keys",
    "account_info",
    "assume_role",
    "attachments",
    "authorization_details",
    "boundaries",
    "caller_identity",
    "groups",
    "inline_policies",
    "instance_profiles",
    "managed_policies",
    "memberships",
    "policy_versions",
    "roles",
    "tags",
    "users",
]
