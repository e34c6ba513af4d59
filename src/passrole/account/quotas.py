"""The quotas that one account enforces: AWS's defaults, unless the account was opened with others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from textwrap import wrap
from typing import Any, Final

from passrole.account.entities import Kind
from passrole.account.service_error import limit_exceeded
from passrole.catalog import quotas as defaults
from passrole.errors import UsageError

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


_OF_KINDS: Final[Mapping[str, tuple[str, Kind]]] = {
    "UsersQuota": ("entities", Kind.USER),
    "GroupsQuota": ("entities", Kind.GROUP),
    "RolesQuota": ("entities", Kind.ROLE),
    "PoliciesQuota": ("entities", Kind.POLICY),
    "InstanceProfilesQuota": ("entities", Kind.INSTANCE_PROFILE),
    "UserPolicySizeQuota": ("inline_sizes", Kind.USER),
    "GroupPolicySizeQuota": ("inline_sizes", Kind.GROUP),
    "RolePolicySizeQuota": ("inline_sizes", Kind.ROLE),
    "AttachedPoliciesPerUserQuota": ("attached_policies", Kind.USER),
    "AttachedPoliciesPerGroupQuota": ("attached_policies", Kind.GROUP),
    "AttachedPoliciesPerRoleQuota": ("attached_policies", Kind.ROLE),
}
_SINGLE: Final[Mapping[str, str]] = {
    "PolicySizeQuota": "managed_policy_size",
    "AssumeRolePolicySizeQuota": "trust_policy_size",
    "VersionsPerPolicyQuota": "policy_versions",
    "AccessKeysPerUserQuota": "access_keys_of_user",
    "GroupsPerUserQuota": "groups_of_user",
}
ENFORCED: Final = (*_OF_KINDS, *_SINGLE)
"""The quotas that can be set, as GetAccountSummary calls them."""


def quotas_by_name(quotas: AccountQuotas) -> dict[str, int]:
    """The values of `ENFORCED`."""
    of_kinds = {name: getattr(quotas, member)[kind] for name, (member, kind) in _OF_KINDS.items()}
    return of_kinds | {name: getattr(quotas, member) for name, member in _SINGLE.items()}


def with_quotas(changed: Mapping[str, int], quotas: AccountQuotas | None = None) -> AccountQuotas:
    """AWS's defaults, or `quotas`, with other values for some of `ENFORCED`. Raises UsageError for any other name."""
    quotas = quotas or AccountQuotas()
    for name, value in changed.items():
        new: dict[str, Any]
        if name in _SINGLE:
            new = {_SINGLE[name]: value}
        elif name in _OF_KINDS:
            member, kind = _OF_KINDS[name]
            new = {member: {**getattr(quotas, member), kind: value}}
        else:
            raise UsageError(
                f"there is no quota `{name}`",
                causes=("the quotas are", *wrap(", ".join(sorted(ENFORCED)), 100)),
                help="name one as iam:GetAccountSummary does: RolesQuota=5000",
            )
        quotas = replace(quotas, **new)
    return quotas


def check_quota(name: str, wanted: int, allowed: int) -> None:
    """Raises LimitExceeded in IAM's words when `wanted` is more than `allowed`."""
    if wanted > allowed:
        raise limit_exceeded(f"Cannot exceed quota for {name}: {allowed}")
