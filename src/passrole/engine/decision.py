"""An answer of the engine: the outcome, the policy type that decided, and the statements that made it so."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from passrole.engine.stack import AttachedPolicy
from passrole.policy.model import PolicyType, Statement


class Outcome(Enum):
    ALLOWED = "allowed"
    EXPLICIT_DENY = "explicit deny"
    IMPLICIT_DENY = "implicit deny"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class StatementRef:
    """A statement with the policy it stands in; `index` counts from 0."""

    attached: AttachedPolicy
    index: int

    def __hash__(self) -> int:
        # Not of the whole policy, which takes longer than the decision that the statement determines.
        return hash((self.attached.type, self.attached.name, self.index))

    @property
    def statement(self) -> Statement:
        return self.attached.policy.statements[self.index]

    def __str__(self) -> str:
        sid = self.statement.sid
        return f"{self.attached.name} statement {self.index + 1}{f' ({sid})' if sid else ''}"


@dataclass(frozen=True, slots=True)
class Decision:
    """`decided_by` is the policy type that denied or that allowed, for an implicit deny the one that lacks an Allow.

    It is None when undecided, and where no policy decides; `rule` says then what does, in words: a KMS grant, S3
    Block Public Access, an entity that AWS lets no customer change, an action that needs no permission.
    `determining` holds the denying statements, or those that grant: not those of a permissions boundary, session
    policy, SCP or endpoint policy, which grant nothing; none for an implicit deny, nor for the root user.
    `undecided_because` is not empty exactly when the outcome is UNDECIDED: the unknown layers and context keys
    on which the answer rests. `assumptions` are those of the layers that were supposed and that mattered: the
    outcome would be another, or undecided, without them.
    """

    outcome: Outcome
    decided_by: PolicyType | None
    determining: tuple[StatementRef, ...] = ()
    undecided_because: tuple[str, ...] = ()
    assumptions: tuple[str, ...] = ()
    rule: str | None = None

    @property
    def allowed(self) -> bool:
        return self.outcome is Outcome.ALLOWED
