"""What one layer of policies says of a request: which statements deny, which allow, and how surely."""

from __future__ import annotations

from dataclasses import dataclass

from passrole.engine.compiled import compiled
from passrole.engine.decision import StatementRef
from passrole.engine.stack import Layer, Unknown
from passrole.engine.statements import Asked, grant_of, statement_truth
from passrole.engine.truth import Doubt, Truth, any_of, unknown
from passrole.policy.model import Effect, PolicyType


@dataclass(frozen=True, slots=True)
class Finding:
    """Whether some statement does it; `statements` are those that do for sure, `rule` what else does (a KMS grant)."""

    truth: Truth
    statements: tuple[StatementRef, ...] = ()
    rule: str | None = None


NOTHING = Finding(False)
EVERYTHING = Finding(True)
_NO_GRANTS = (NOTHING, NOTHING, NOTHING)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer of one layer.

    A resource-based policy (also a trust policy, a key policy) does not simply allow: see `statements.Grant` for
    its three grants. Of the other layers `allow` speaks, and the three are nothing.
    """

    type: PolicyType
    deny: Finding = NOTHING
    allow: Finding = NOTHING
    directly: Finding = NOTHING
    to_what_is_behind: Finding = NOTHING
    to_account: Finding = NOTHING
    assumption: str | None = None

    def anyhow(self) -> Finding:
        """What a resource-based policy grants, however it names the caller."""
        grants = (self.directly, self.to_what_is_behind, self.to_account)
        if grants == _NO_GRANTS:
            return NOTHING
        statements = dict.fromkeys(ref for grant in grants for ref in grant.statements)
        rule = next((grant.rule for grant in grants if grant.rule), None)
        return Finding(any_of(grant.truth for grant in grants), tuple(statements), rule)


class _Tally:
    """Collects the statements that do something; a sure one outweighs every doubt."""

    __slots__ = ("reasons", "statements")

    def __init__(self) -> None:
        self.statements: list[StatementRef] = []
        self.reasons: list[str] = []

    def add(self, truth: Truth, ref: StatementRef) -> None:
        if truth is True:
            self.statements.append(ref)
        elif isinstance(truth, Doubt):
            self.reasons += [f"{ref}: {reason}" for reason in truth.reasons]

    def finding(self) -> Finding:
        if self.statements:
            return Finding(True, tuple(self.statements))
        return Finding(Doubt(tuple(dict.fromkeys(self.reasons)))) if self.reasons else NOTHING


def verdict_of(layer: Layer, type: PolicyType, asked: Asked) -> Verdict:  # noqa: A002
    """What a layer without grants of its own kind says: every type but the resource-based ones."""
    if isinstance(layer, Unknown):
        return unknown_verdict(type, layer.reason)
    deny, allow = _Tally(), _Tally()
    for attached in layer.policies:
        for statement in compiled(attached.policy).statements:
            truth = statement_truth(statement, asked, attached.type)
            if truth is not False:
                tally = deny if statement.effect is Effect.DENY else allow
                tally.add(truth, StatementRef(attached, statement.index))
    return Verdict(type, deny.finding(), allow.finding(), assumption=layer.assumption)


def resource_verdict_of(layer: Layer, type: PolicyType, asked: Asked) -> Verdict:  # noqa: A002
    """What the resource-based policies say; `type` is RESOURCE, or TRUST for the role to be assumed."""
    if isinstance(layer, Unknown):
        return unknown_verdict(type, layer.reason)
    if not layer.policies:
        return Verdict(type, assumption=layer.assumption)
    deny, directly, behind, account = _Tally(), _Tally(), _Tally(), _Tally()
    for attached in layer.policies:
        for statement in compiled(attached.policy).statements:
            if statement.effect is Effect.DENY:
                truth = statement_truth(statement, asked, attached.type)
                if truth is not False:
                    deny.add(truth, StatementRef(attached, statement.index))
                continue
            grant = grant_of(statement, asked, attached.type)
            if grant.is_nothing:
                continue
            ref = StatementRef(attached, statement.index)
            directly.add(grant.directly, ref)
            behind.add(grant.to_what_is_behind, ref)
            account.add(grant.to_account, ref)
    return Verdict(
        type,
        deny.finding(),
        NOTHING,
        directly.finding(),
        behind.finding(),
        account.finding(),
        layer.assumption,
    )


def unknown_verdict(type: PolicyType, reason: str) -> Verdict:  # noqa: A002
    """Of a layer that may say anything."""
    doubt = Finding(unknown(f"{type.value}: {reason}"))
    return Verdict(type, doubt, doubt, doubt, doubt, doubt)


def supposed_away(verdict: Verdict) -> Verdict:
    """The same layer as if what is only supposed of it were not known."""
    return unknown_verdict(verdict.type, verdict.assumption) if verdict.assumption else verdict
