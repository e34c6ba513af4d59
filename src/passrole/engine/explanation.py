"""The parts of an explanation: layers, policies, statements, elements; plain values for an edge to print."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from passrole.engine.decision import Decision, StatementRef
from passrole.engine.dependencies import Dependency
from passrole.engine.request import Request
from passrole.engine.stack import AttachedPolicy
from passrole.errors import Span
from passrole.policy.model import Effect, PolicyType

NOT_KNOWN = "(not known)"
"""In the place of a value that nobody has said; the first note tells which."""


class Match(Enum):
    YES = "matches"
    NO = "does not match"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class ElementExplanation:
    """One element of a statement: what the request has, what the policy wants."""

    element: str
    """As the document spells it: `NotAction`, `Condition StringEquals aws:username`."""
    match: Match
    seen: str | None
    """None for a condition key that the request does not have."""
    wanted: tuple[str, ...]
    """The policy's values, policy variables filled in where the request has their values."""
    span: Span | None
    notes: tuple[str, ...] = ()
    """Why it is undecided, or why a value counts for nothing."""


@dataclass(frozen=True, slots=True)
class StatementExplanation:
    ref: StatementRef
    effect: Effect
    match: Match
    elements: tuple[ElementExplanation, ...]
    """All of them, in the document's order: Principal, Action, Resource, then the conditions."""

    @property
    def failed(self) -> ElementExplanation | None:
        """The first element because of which the statement does not apply."""
        return next((element for element in self.elements if element.match is Match.NO), None)

    @property
    def unmet(self) -> tuple[ElementExplanation, ...]:
        """All elements that do not match, or of which it is not known."""
        return tuple(element for element in self.elements if element.match is not Match.YES)


@dataclass(frozen=True, slots=True)
class PolicyExplanation:
    attached: AttachedPolicy
    statements: tuple[StatementExplanation, ...]


class LayerAnswer(Enum):
    """What a layer comes to for this request."""

    DENIES = "denies"
    ALLOWS = "allows"
    SILENT = "has no statement for this request"
    UNDECIDED = "undecided"
    NOT_ASKED = "is not asked"
    NONE = "is not there"


@dataclass(frozen=True, slots=True)
class LayerExplanation:
    """One layer, in the place that AWS's evaluation gives it."""

    type: PolicyType
    level: int | None
    """Of SCPs and RCPs: counted from 1, the organization's root."""
    answer: LayerAnswer
    policies: tuple[PolicyExplanation, ...] = ()
    notes: tuple[str, ...] = ()
    """Why it is unknown, is not asked, or what was supposed of it."""


@dataclass(frozen=True, slots=True)
class MissingAllow:
    """What would allow a request that nothing denies: this Allow, in a policy of this type."""

    type: PolicyType
    action: str
    resource: str | None
    """None in a trust policy, which takes no Resource."""
    principal: tuple[str, str] | None
    """Kind and value of the Principal element, for the policy types that have one."""
    near: StatementExplanation | None = None
    """An Allow that names the action and fails in one element only."""
    level: int | None = None
    """Of a service control policy: the level that has no Allow, counted from 1."""

    def statement(self) -> dict[str, object]:
        """The statement as parsed JSON."""
        value: dict[str, object] = {"Effect": "Allow"}
        if self.principal is not None:
            kind, name = self.principal
            value["Principal"] = name if kind == "*" else {kind: name}
        value["Action"] = self.action
        if self.resource is not None:
            value["Resource"] = self.resource
        return value


@dataclass(frozen=True, slots=True)
class Denial:
    """What an explicit denial rests on, and what is left to do once it is out of the way."""

    statements: tuple[StatementExplanation, ...]
    """All that deny; every one of them must go, or not apply."""
    then: Decision
    """What the request would come to without them."""
    missing: tuple[MissingAllow, ...] = ()
    """Each Allow that would be missing then."""
    would_allow: tuple[Dependency, ...] = ()
    """The condition keys of these statements with the values with which the request would be allowed, if any would."""


@dataclass(frozen=True, slots=True)
class Explanation:
    request: Request
    decision: Decision
    layers: tuple[LayerExplanation, ...]
    missing: MissingAllow | None = None
    """Only for an implicit deny, and of its policy type only."""
    missing_too: tuple[MissingAllow, ...] = ()
    """Of the other policy types, and levels of SCPs, that lack an Allow as well."""
    denial: Denial | None = None
    """Only for an explicit deny by a statement."""
    dependencies: tuple[Dependency, ...] = ()
    """Only for an undecided answer: the context keys on which it rests."""
