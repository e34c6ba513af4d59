"""The answers of `who-can` and `what-can` in JSON."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from passrole.account.access import Access, ActionAccess
from passrole.cli.decision_json import dependencies_value, ref_value
from passrole.engine.decision import Decision
from passrole.engine.dependencies import depends_on
from passrole.engine.request import Principal, Request
from passrole.engine.stack import PolicyStack


def who_value(action: str, resource: str, answers: Iterable[Access], gaps: Sequence[str]) -> dict[str, object]:
    """One entry for everyone who was asked for, in order; `gaps` say who could not be."""
    return {
        "action": action,
        "resource": resource,
        "principals": [
            {
                "principal": answer.principal.arn,
                "type": answer.principal.type.value,
                **_answer_value(answer.decision, answer.request, answer.stack),
            }
            for answer in answers
        ],
        "gaps": list(gaps),
    }


def what_value(principal: Principal, answers: Iterable[ActionAccess]) -> dict[str, object]:
    """One entry for each action and resource pattern that a policy of the principal allows."""
    return {
        "principal": principal.arn,
        "access": [
            {
                "action": answer.action,
                "resources": answer.reach.pattern,
                "asked": answer.request.resource,
                "limited_by": [ref_value(ref) for ref in answer.reach.limits],
                **_answer_value(answer.decision, answer.request, answer.stack),
            }
            for answer in answers
        ],
    }


def _answer_value(decision: Decision, request: Request, stack: PolicyStack) -> dict[str, object]:
    return {
        "outcome": decision.outcome.value,
        "decided_by": decision.decided_by.value if decision.decided_by else None,
        "rule": decision.rule,
        "determining": [ref_value(ref) for ref in decision.determining],
        "undecided_because": list(decision.undecided_because),
        "depends_on": dependencies_value(depends_on(request, stack) if decision.undecided_because else ()),
        "assumptions": list(decision.assumptions),
    }
