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

    @property
    def statement(self) -> Statement:
        return self.attached.policy.statements[self.index]

    def __str__(self) -> str:
        sid = self.statement.sid
        return f"{self.attached.name} statement {self.index + 1}{f' ({sid})' if sid else ''}"


@dataclass(frozen=True, slots=True)
class Decision:
    """`decided_by` is the policy type that denied or that allowed; None when undecided.

    `undecided_because` is not empty exactly when the outcome is UNDECIDED: the unknown layers and context keys
    on which the answer rests. `assumptions` are those of the layers that were supposed and that mattered.
    """

    outcome: Outcome
    decided_by: PolicyType | None
    determining: tuple[StatementRef, ...] = ()
    undecided_because: tuple[str, ...] = ()
    assumptions: tuple[str, ...] = ()

    @property
    def allowed(self) -> bool:
        return self.outcome is Outcome.ALLOWED
