"""How a service uses what a set-up makes: actors and the calls they make, step by step (rendered)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from passrole.engine.request import ContextValue


@dataclass(frozen=True, slots=True)
class PolicyBearer:
    """Someone not named: a user who has exactly the listed policies of the recipe (ids of rendered policies)."""

    name: str
    policy_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class IamUserActor:
    user_name: str


@dataclass(frozen=True, slots=True)
class IamGroupMemberActor:
    """A user whose permissions come from a group that the set-up gives policies."""

    group_name: str

    @property
    def member_name(self) -> str:
        """What the imagined member is called."""
        return f"member-of-{self.group_name}"


@dataclass(frozen=True, slots=True)
class RoleSessionActor:
    """A session of a role. `session_name` is what the service is known, or guessed, to use."""

    role_name: str
    session_name: str = "session"


@dataclass(frozen=True, slots=True)
class ServiceActor:
    service: str


@dataclass(frozen=True, slots=True)
class OutsideActor:
    """Someone outside IAM (a canonical user of an ACL): its steps are told, not decided."""

    description: str


Actor = PolicyBearer | IamUserActor | IamGroupMemberActor | RoleSessionActor | ServiceActor | OutsideActor


class StepKind(Enum):
    CALL = "call"
    ASSUME = "assume"
    """A service assumes a role: only the role's trust policy is asked."""
    OUTSIDE = "outside"
    """Decided outside IAM policies (an S3 ACL grant, a setting); printed, never counted as allowed."""


@dataclass(frozen=True, slots=True)
class Step:
    """One call. Every one of `resources` is authorized by itself; all must be allowed."""

    number: int
    kind: StepKind
    actor: str
    """A key of the actors table."""
    action: str
    resources: tuple[str, ...]
    context: Mapping[str, ContextValue] = field(default_factory=dict)
    evidence: str = "inferred"
    why: str | None = None
    on_deny: tuple[str, ...] = ()
    """Ids of failures (F01 …) that a denial becomes in real life."""
    only_if: str | None = None
    """A circumstance in which alone the call is made; None: always."""
    denial_tolerated: bool = False
    """The service goes on without it; a denial is reported but does not fail the workflow."""


@dataclass(frozen=True, slots=True)
class Workflow:
    id: str
    title: str
    steps: tuple[Step, ...]
    source: str | None = None
    notes: tuple[str, ...] = ()
