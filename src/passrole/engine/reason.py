"""The reason of a decision in one sentence: the statement that decided, or what came nearest and where it failed."""

from __future__ import annotations

from passrole.engine.decision import Outcome
from passrole.engine.explanation import Explanation, StatementExplanation
from passrole.errors import Span


def reason_of(explanation: Explanation) -> str:
    """For a person, without a full stop."""
    decision = explanation.decision
    statements = " and ".join(f"{ref}{_place(ref.statement.span)}" for ref in decision.determining)
    match decision.outcome:
        case Outcome.ALLOWED:
            return f"allowed by {statements or decision.rule or 'the account, whose root user asks'}"
        case Outcome.EXPLICIT_DENY:
            return f"denied by {statements or decision.rule}"
        case Outcome.IMPLICIT_DENY:
            lacking = decision.rule or (
                f"no {decision.decided_by.value} allows {explanation.request.action}" if decision.decided_by else ""
            )
            near = explanation.missing.near if explanation.missing else None
            return f"{lacking}{_nearest(near) if near else ''}"
        case Outcome.UNDECIDED:
            keys = "; ".join(f"it depends on {each}" for each in explanation.dependencies)
            return keys or "; ".join(decision.undecided_because)


def _nearest(near: StatementExplanation) -> str:
    failed = near.failed
    if failed is None:
        return ""
    seen = "no such key" if failed.seen is None else failed.seen
    return (
        f"; nearest is {near.ref}: its {failed.element}{_place(failed.span)} wants {' or '.join(failed.wanted)}, "
        f"and the request has {seen}"
    )


def _place(span: Span | None) -> str:
    """Where in a file; a document that came without one has no lines that anyone has seen."""
    return f" ({span})" if span and span.source != "<policy>" else ""
