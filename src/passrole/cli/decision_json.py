"""A decision with its reasons, in JSON."""

from __future__ import annotations

from passrole.engine.decision import StatementRef
from passrole.engine.dependencies import Dependency
from passrole.engine.explanation import Explanation, LayerExplanation, StatementExplanation


def decision_value(explanation: Explanation) -> dict[str, object]:
    """The JSON of a decision: outcome, deciding policy type, determining statements, and the layers' answers."""
    decision, request = explanation.decision, explanation.request
    return {
        "outcome": decision.outcome.value,
        "decided_by": decision.decided_by.value if decision.decided_by else None,
        "principal": request.principal.arn,
        "action": request.action,
        "resource": request.resource,
        "context": {key: list(value) if isinstance(value, tuple) else value for key, value in request.context.items()},
        "rule": decision.rule,
        "determining": [ref_value(ref) for ref in decision.determining],
        "undecided_because": list(decision.undecided_because),
        "depends_on": dependencies_value(explanation.dependencies),
        "assumptions": list(decision.assumptions),
        "layers": [_layer_value(layer) for layer in explanation.layers],
        "missing": explanation.missing.statement() if explanation.missing else None,
        "near": _near_value(explanation.missing.near) if explanation.missing and explanation.missing.near else None,
    }


def ref_value(ref: StatementRef) -> dict[str, object]:
    return {"policy": ref.attached.name, "statement": ref.index + 1, "sid": ref.statement.sid}


def dependencies_value(dependencies: tuple[Dependency, ...]) -> list[dict[str, object]]:
    """The context keys on which an undecided answer rests, with the values that would allow."""
    return [
        {
            "key": each.key,
            "would_allow": list(each.would_allow),
            "others_allow": each.others_allow,
            "absent_allows": each.absent_allows,
        }
        for each in dependencies
    ]


def _near_value(near: StatementExplanation) -> dict[str, object] | None:
    failed = near.failed
    if failed is None:
        return None
    return {
        "policy": near.ref.attached.name,
        "statement": near.ref.index + 1,
        "element": failed.element,
        "seen": failed.seen,
        "wanted": list(failed.wanted),
    }


def _layer_value(layer: LayerExplanation) -> dict[str, object]:
    return {
        "type": layer.type.value,
        "level": layer.level,
        "answer": layer.answer.name.lower().replace("_", " "),
        "notes": list(layer.notes),
        "statements": [
            {
                "policy": statement.ref.attached.name,
                "statement": statement.ref.index + 1,
                "effect": statement.effect.value,
                "match": statement.match.name.lower(),
                "failed": None
                if statement.failed is None
                else {
                    "element": statement.failed.element,
                    "seen": statement.failed.seen,
                    "wanted": list(statement.failed.wanted),
                },
            }
            for policy in layer.policies
            for statement in policy.statements
        ],
    }
