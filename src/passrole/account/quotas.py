"""The quotas that one account enforces: AWS's defaults, unless the account was opened with others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from passrole.account.entities import Kind
from passrole.account.service_error import limit_exceeded
from passrole.catalog import quotas as defaults

QUOTA_NAMES = {
    Kind.USER: "UsersPerAccount",
    Kind.ROLE: "RolesPerAccount",
    Kind.GROUP: "GroupsPerAccount",
    Kind.POLICY: "PoliciesPerAccount",
    Kind.INSTANCE_PROFILE: "InstanceProfilesPerAccount",
    Kind.MFA_DEVICE: "VirtualMFADevicesPerAccount",
}
"""How IAM names the quotas on entities when it refuses one more."""


def _entities() -> Mapping[Kind, int]:
    return {
        Kind.USER: defaults.USERS.value,
        Kind.ROLE: defaults.ROLES.value,
        Kind.GROUP: defaults.GROUPS.value,
        Kind.POLICY: defaults.CUSTOMER_MANAGED_POLICIES.value,
        Kind.INSTANCE_PROFILE: defaults.INSTANCE_PROFILES.value,
        Kind.MFA_DEVICE: defaults.VIRTUAL_MFA_DEVICES.value,
    }


def _inline_sizes() -> Mapping[Kind, int]:
    return {
        Kind.USER: defaults.USER_INLINE_POLICIES_SIZE.value,
        Kind.ROLE: defaults.ROLE_INLINE_POLICIES_SIZE.value,
        Kind.GROUP: defaults.GROUP_INLINE_POLICIES_SIZE.value,
    }


def _attached() -> Mapping[Kind, int]:
    return {
        Kind.USER: defaults.POLICIES_ATTACHED_TO_USER.value,
        Kind.ROLE: defaults.POLICIES_ATTACHED_TO_ROLE.value,
        Kind.GROUP: defaults.POLICIES_ATTACHED_TO_GROUP.value,
    }


@dataclass(frozen=True, slots=True)
class AccountQuotas:
    """Sizes in characters without white space. `inline_sizes` hold for all inline policies of one entity together."""

    entities: Mapping[Kind, int] = field(default_factory=_entities)
    inline_sizes: Mapping[Kind, int] = field(default_factory=_inline_sizes)
    attached_policies: Mapping[Kind, int] = field(default_factory=_attached)
    managed_policy_size: int = defaults.MANAGED_POLICY_SIZE.value
    trust_policy_size: int = defaults.TRUST_POLICY_SIZE.value
    session_policy_size: int = defaults.SESSION_POLICY_SIZE.value
    session_policy_arns: int = defaults.SESSION_POLICY_ARNS.value
    policy_versions: int = defaults.VERSIONS_OF_MANAGED_POLICY.value
    access_keys_of_user: int = defaults.ACCESS_KEYS_OF_USER.value
    groups_of_user: int = defaults.GROUPS_OF_USER.value
    mfa_devices_of_user: int = defaults.MFA_DEVICES_OF_USER.value
    roles_in_instance_profile: int = defaults.ROLES_IN_INSTANCE_PROFILE.value


def check_quota(name: str, wanted: int, allowed: int) -> None:
    """Raises LimitExceeded in IAM's words when `wanted` is more than `allowed`."""
    if wanted > allowed:
        raise limit_exceeded(f"Cannot exceed quota for {name}: {allowed}")
