"""IAM's and STS's quotas, size limits and name rules, each with the page it comes from.

The values are AWS's defaults; where a quota can be raised on request, `maximum` says how far. An account's own
values can differ, and passrole cannot see them except through GetAccountSummary.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

_QUOTAS_PAGE: Final = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"
_SUMMARY_PAGE: Final = "https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountSummary.html"
_API: Final = "https://docs.aws.amazon.com/IAM/latest/APIReference"
_STS_API: Final = "https://docs.aws.amazon.com/STS/latest/APIReference"


@dataclass(frozen=True, slots=True)
class Quota:
    """A limit. `unit` says what is counted; `maximum` is set where AWS raises the limit on request."""

    value: int
    unit: str
    source: str = _QUOTAS_PAGE
    maximum: int | None = None


@dataclass(frozen=True, slots=True)
class NameRule:
    """What a name may look like: `pattern` must match all of it."""

    pattern: str
    min_length: int
    max_length: int
    source: str = _QUOTAS_PAGE

    def allows(self, name: str) -> bool:
        return self.min_length <= len(name) <= self.max_length and re.fullmatch(self.pattern, name) is not None


def policy_size(document: str) -> int:
    """The size of a policy as IAM counts it: characters that are not white space.

    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html ("IAM does not count white
    space when calculating the size of a policy against these quotas").
    """
    return len("".join(document.split()))


# Sizes of policies, as `policy_size` counts. Those of inline policies hold for all of an entity's together.
MANAGED_POLICY_SIZE: Final = Quota(6144, "characters")
USER_INLINE_POLICIES_SIZE: Final = Quota(2048, "characters")
ROLE_INLINE_POLICIES_SIZE: Final = Quota(10240, "characters")
GROUP_INLINE_POLICIES_SIZE: Final = Quota(5120, "characters")
TRUST_POLICY_SIZE: Final = Quota(2048, "characters", maximum=8192)
SESSION_POLICY_SIZE: Final = Quota(2048, "characters", f"{_STS_API}/API_AssumeRole.html")

# What hangs on one entity.
POLICIES_ATTACHED_TO_USER: Final = Quota(10, "managed policies", maximum=20)
POLICIES_ATTACHED_TO_ROLE: Final = Quota(10, "managed policies", maximum=25)
POLICIES_ATTACHED_TO_GROUP: Final = Quota(10, "managed policies")
VERSIONS_OF_MANAGED_POLICY: Final = Quota(5, "versions")
ACCESS_KEYS_OF_USER: Final = Quota(2, "access keys")
GROUPS_OF_USER: Final = Quota(10, "groups")
ROLES_IN_INSTANCE_PROFILE: Final = Quota(1, "roles")
MFA_DEVICES_OF_USER: Final = Quota(8, "MFA devices")
SIGNING_CERTIFICATES_OF_USER: Final = Quota(2, "certificates")
TAGS_OF_ENTITY: Final = Quota(50, "tags")
SESSION_POLICY_ARNS: Final = Quota(10, "managed policies", f"{_STS_API}/API_AssumeRole.html")

# What one account holds.
USERS: Final = Quota(5000, "users")
GROUPS: Final = Quota(300, "groups", maximum=500)
ROLES: Final = Quota(1000, "roles", maximum=10000)
CUSTOMER_MANAGED_POLICIES: Final = Quota(1500, "managed policies", maximum=10000)
INSTANCE_PROFILES: Final = Quota(1000, "instance profiles", maximum=10000)
VIRTUAL_MFA_DEVICES: Final = Quota(5000, "MFA devices")  # "Equal to the user quota for the account".
SERVER_CERTIFICATES: Final = Quota(20, "certificates", maximum=1000)
POLICY_VERSIONS_IN_USE: Final = Quota(10000, "versions", _SUMMARY_PAGE)

# Times.
MIN_SESSION: Final = Quota(900, "seconds", f"{_STS_API}/API_AssumeRole.html")
MIN_ROLE_MAX_SESSION: Final = Quota(3600, "seconds", f"{_API}/API_CreateRole.html")
MAX_ROLE_MAX_SESSION: Final = Quota(43200, "seconds", f"{_API}/API_CreateRole.html")

# Lengths that no name rule states.
TAG_KEY_LENGTH: Final = Quota(128, "characters")
TAG_VALUE_LENGTH: Final = Quota(256, "characters")
ROLE_DESCRIPTION_LENGTH: Final = Quota(1000, "characters", f"{_API}/API_CreateRole.html")
POLICY_DESCRIPTION_LENGTH: Final = Quota(1000, "characters", f"{_API}/API_CreatePolicy.html")

_ENTITY: Final = r"[A-Za-z0-9_+=,.@-]+"
USER_NAME: Final = NameRule(_ENTITY, 1, 64)
ROLE_NAME: Final = NameRule(_ENTITY, 1, 64)
GROUP_NAME: Final = NameRule(_ENTITY, 1, 128)
POLICY_NAME: Final = NameRule(_ENTITY, 1, 128)
INSTANCE_PROFILE_NAME: Final = NameRule(_ENTITY, 1, 128)
PATH: Final = NameRule(r"/|/[\x21-\x7e]+/", 1, 512, f"{_API}/API_CreateRole.html")
ROLE_SESSION_NAME: Final = NameRule(r"[A-Za-z0-9_+=,.@-]*", 2, 64, f"{_STS_API}/API_AssumeRole.html")
EXTERNAL_ID: Final = NameRule(r"[A-Za-z0-9_+=,.@:/-]*", 2, 1224, f"{_STS_API}/API_AssumeRole.html")
ACCOUNT_ID: Final = NameRule(
    r"[0-9]+", 12, 12, "https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-identifiers.html"
)

# Policy documents may hold tab, line feed, carriage return and U+0020 to U+00FF, and nothing else.
POLICY_DOCUMENT_CHARACTERS: Final = r"[\t\n\r\x20-\xff]+"

ACCOUNT_SUMMARY_QUOTAS: Final[Mapping[str, Quota]] = MappingProxyType(
    {
        "AccessKeysPerUserQuota": ACCESS_KEYS_OF_USER,
        "AssumeRolePolicySizeQuota": TRUST_POLICY_SIZE,
        "AttachedPoliciesPerGroupQuota": POLICIES_ATTACHED_TO_GROUP,
        "AttachedPoliciesPerRoleQuota": POLICIES_ATTACHED_TO_ROLE,
        "AttachedPoliciesPerUserQuota": POLICIES_ATTACHED_TO_USER,
        "GroupPolicySizeQuota": GROUP_INLINE_POLICIES_SIZE,
        "GroupsPerUserQuota": GROUPS_OF_USER,
        "GroupsQuota": GROUPS,
        "InstanceProfilesQuota": INSTANCE_PROFILES,
        "PoliciesQuota": CUSTOMER_MANAGED_POLICIES,
        "PolicySizeQuota": MANAGED_POLICY_SIZE,
        "PolicyVersionsInUseQuota": POLICY_VERSIONS_IN_USE,
        "RolePolicySizeQuota": ROLE_INLINE_POLICIES_SIZE,
        "RolesQuota": ROLES,
        "ServerCertificatesQuota": SERVER_CERTIFICATES,
        "SigningCertificatesPerUserQuota": SIGNING_CERTIFICATES_OF_USER,
        "UserPolicySizeQuota": USER_INLINE_POLICIES_SIZE,
        "UsersQuota": USERS,
        "VersionsPerPolicyQuota": VERSIONS_OF_MANAGED_POLICY,
    }
)
"""The names that IAM's GetAccountSummary gives these quotas."""
