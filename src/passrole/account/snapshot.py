"""What is known of an account: its entities as values, each part seen or unreadable with a reason.

Documents are texts as IAM returns them (decoded JSON text); `who.py` parses them when a question is asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A part of the account that the caller may not read. `action` is the IAM action that was refused."""

    action: str
    reason: str


@dataclass(frozen=True, slots=True)
class Supposed:
    """Nothing is known of a part of the account, and it is taken to change nothing; answers say so."""

    assumption: str


@dataclass(frozen=True, slots=True)
class ManagedPolicyState:
    """A managed policy and its default version's document."""

    arn: str
    name: str
    path: str
    document: str
    default_version_id: str
    policy_id: str | None = None
    description: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    version_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class GroupState:
    name: str
    path: str
    arn: str
    group_id: str | None = None
    inline_policies: Mapping[str, str] | Unreadable = field(default_factory=dict)
    """Policy name to document text."""
    attached_policy_arns: tuple[str, ...] | Unreadable = ()


@dataclass(frozen=True, slots=True)
class UserState:
    name: str
    path: str
    arn: str
    user_id: str | None = None
    inline_policies: Mapping[str, str] | Unreadable = field(default_factory=dict)
    attached_policy_arns: tuple[str, ...] | Unreadable = ()
    group_names: tuple[str, ...] | Unreadable = ()
    boundary_arn: str | None = None
    tags: Mapping[str, str] | Unreadable = field(default_factory=dict)
    access_key_ids: tuple[str, ...] | Unreadable = ()


@dataclass(frozen=True, slots=True)
class RoleState:
    name: str
    path: str
    arn: str
    trust_policy: str
    role_id: str | None = None
    inline_policies: Mapping[str, str] | Unreadable = field(default_factory=dict)
    attached_policy_arns: tuple[str, ...] | Unreadable = ()
    boundary_arn: str | None = None
    tags: Mapping[str, str] | Unreadable = field(default_factory=dict)
    description: str | None = None
    max_session_seconds: int = 3600
    instance_profile_names: tuple[str, ...] | Unreadable = ()


@dataclass(frozen=True, slots=True)
class InstanceProfileState:
    name: str
    path: str
    arn: str
    role_names: tuple[str, ...] = ()
    instance_profile_id: str | None = None
    tags: Mapping[str, str] | Unreadable = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AccountSnapshot:
    """Entities by name (managed policies by ARN).

    A name that is absent was looked up and does not exist, when it is among the names the observer asked for; a
    value that is `Unreadable` may exist.
    """

    account_id: str
    partition: str = "aws"
    users: Mapping[str, UserState | Unreadable] = field(default_factory=dict)
    groups: Mapping[str, GroupState | Unreadable] = field(default_factory=dict)
    roles: Mapping[str, RoleState | Unreadable] = field(default_factory=dict)
    instance_profiles: Mapping[str, InstanceProfileState | Unreadable] = field(default_factory=dict)
    managed_policies: Mapping[str, ManagedPolicyState | Unreadable] = field(default_factory=dict)
    organization_policies: tuple[tuple[str, ...], ...] | Unreadable | Supposed = ()
    """SCP documents, one tuple a level from the root to the account; empty when in no organization."""
