"""Of the statements that could have allowed a request, the one that comes nearest to it."""

from __future__ import annotations

from passrole.engine.decision import Outcome
from passrole.engine.explanation import Explanation, Match, StatementExplanation
from passrole.policy.model import Effect


def nearest_allow(explanation: Explanation) -> StatementExplanation | None:
    """Of the Allow statements for the action, in the type of policy that lacks one, that which fails in the least.

    None unless the denial is implicit, and where no statement is for the action.
    """
    decision = explanation.decision
    if decision.outcome is not Outcome.IMPLICIT_DENY:
        return None
    candidates = [
        statement
        for layer in explanation.layers
        if layer.type is decision.decided_by
        for policy in layer.policies
        for statement in policy.statements
        if statement.effect is Effect.ALLOW and statement.match is not Match.YES and _is_for_the_action(statement)
    ]
    return min(candidates, key=lambda statement: len(statement.unmet), default=None)


def _is_for_the_action(statement: StatementExplanation) -> bool:
    return all(each.match is Match.YES for each in statement.elements if each.element in ("Action", "NotAction"))
