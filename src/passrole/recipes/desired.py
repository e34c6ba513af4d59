"""A rendered recipe: what one set-up wants to exist in an account, with a reason for every statement.

All values are plain: parameters have been substituted, conditions (`when`) decided, the account, partition and
Region are known. Nothing here has touched an account.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from passrole.policy.model import PolicyType
from passrole.recipes.workflow import Actor, Workflow

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"


@dataclass(frozen=True, slots=True)
class Source:
    """A page that a statement follows."""

    title: str
    url: str


@dataclass(frozen=True, slots=True)
class RenderedStatement:
    """One statement. `body` is its JSON; `keep` says why it stays when no step of the workflow needs it.

    `keep_actions` says the same for single actions, as they are written in `body`.
    """

    id: str
    body: Mapping[str, Json]
    reason: str
    source: Source
    keep: str | None = None
    keep_actions: Mapping[str, str] = field(default_factory=dict)
    repairs: tuple[str, ...] = ()
    """Ids of the notes (E9, …) whose repair this statement carries."""


@dataclass(frozen=True, slots=True)
class RenderedPolicy:
    id: str
    type: PolicyType
    statements: tuple[RenderedStatement, ...]
    title: str = ""

    def to_value(self) -> dict[str, Json]:
        """The JSON document, version 2012-10-17, statements in the recipe's order."""
        return {"Version": "2012-10-17", "Statement": [dict(s.body) for s in self.statements]}


@dataclass(frozen=True, slots=True)
class DesiredUser:
    """An IAM user; created when it is missing. Inline policies by name, managed policies by ARN."""

    name: str
    path: str = "/"
    inline_policies: Mapping[str, RenderedPolicy] = field(default_factory=dict)
    attached_policy_arns: tuple[str, ...] = ()
    access_key: bool = False
    reason: str = ""
    repairs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DesiredGroup:
    """A group that must exist already; only policies are put on it."""

    name: str
    inline_policies: Mapping[str, RenderedPolicy] = field(default_factory=dict)
    attached_policy_arns: tuple[str, ...] = ()
    reason: str = ""
    repairs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DesiredRole:
    """A role. `trust_policy` None means that it must exist already and its trust is left alone."""

    name: str
    trust_policy: RenderedPolicy | None
    path: str = "/"
    inline_policies: Mapping[str, RenderedPolicy] = field(default_factory=dict)
    attached_policy_arns: tuple[str, ...] = ()
    description: str | None = None
    max_session_seconds: int | None = None
    reason: str = ""
    repairs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DesiredManagedPolicy:
    """A customer managed policy."""

    name: str
    policy: RenderedPolicy
    path: str = "/"
    description: str | None = None
    reason: str = ""
    repairs: tuple[str, ...] = ()

    def arn(self, partition: str, account_id: str) -> str:
        return f"arn:{partition}:iam::{account_id}:policy{self.path}{self.name}"


@dataclass(frozen=True, slots=True)
class DesiredInstanceProfile:
    name: str
    role_name: str
    path: str = "/"
    reason: str = ""
    repairs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ElsewherePolicy:
    """A resource-based policy that someone else must set (a bucket or a key of another account, say).

    passrole does not write it: `show` prints it as work for its owner, and `verify` supposes it and says so.
    `resource` is an ARN pattern.
    """

    resource: str
    account_id: str | None
    policy: RenderedPolicy
    reason: str
    repairs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Note:
    """Something a reader must know: an error of AWS's page (`kind` repair, option or note), or advice.

    `about` says where it is met: `recipe`, `parameter:NAME`, `policy:ID`, `statement:POLICY/ID`, `role:NAME`,
    `user:NAME`, `instance-profile:NAME`, `workflow:ID`.
    """

    id: str
    kind: str
    text: str
    about: str = "recipe"
    source: Source | None = None


@dataclass(frozen=True, slots=True)
class Retirement:
    """A service that AWS has ended: set up on the embedded account and on endpoints only."""

    on: str
    """ISO date."""
    successor: str
    message: str
    source: Source | None = None


@dataclass(frozen=True, slots=True)
class DesiredState:
    """Everything one set-up makes, and how its service will use it.

    `label` names the set-up in an account (by default the recipe's name); `variant` is `corrected` or
    `documented`; `parameters` are the values after defaults, secrets never among them.
    """

    recipe: str
    label: str
    variant: str
    account_id: str
    partition: str
    region: str
    parameters: Mapping[str, Json]
    users: tuple[DesiredUser, ...] = ()
    groups: tuple[DesiredGroup, ...] = ()
    roles: tuple[DesiredRole, ...] = ()
    managed_policies: tuple[DesiredManagedPolicy, ...] = ()
    instance_profiles: tuple[DesiredInstanceProfile, ...] = ()
    elsewhere: tuple[ElsewherePolicy, ...] = ()
    actors: Mapping[str, Actor] = field(default_factory=dict)
    workflows: tuple[Workflow, ...] = ()
    notes: tuple[Note, ...] = ()
    retirement: Retirement | None = None
    pass_role: tuple[PassRoleNeed, ...] = ()
    policies: tuple[RenderedPolicy, ...] = ()
    """Every policy of this set-up once, by id: those above, and those of a PolicyBearer, whom nobody has named."""


@dataclass(frozen=True, slots=True)
class PassRoleNeed:
    """The service asks iam:PassRole of whoever sets it up or uses it: a role's name and the service it goes to."""

    role_name: str
    role_path: str
    service: str
    reason: str
