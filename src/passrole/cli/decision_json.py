"""A decision with its reasons, in JSON."""

from __future__ import annotations

from passrole.cli.text.places import is_seen
from passrole.engine.decision import StatementRef
from passrole.engine.dependencies import Dependency
from passrole.engine.explanation import (
    NOT_KNOWN,
    Denial,
    ElementExplanation,
    Explanation,
    LayerExplanation,
    MissingAllow,
    StatementExplanation,
)
from passrole.errors import Span


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
        "missing": missing_values(explanation),
        "denial": None if explanation.denial is None else _denial_value(explanation.denial),
    }


def ref_value(ref: StatementRef) -> dict[str, object]:
    return {
        "policy": ref.attached.name,
        "statement": ref.index + 1,
        "sid": ref.statement.sid,
        "place": _place_value(ref.statement.span),
    }


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


def missing_values(explanation: Explanation) -> list[dict[str, object]]:
    """Every Allow that is missing."""
    missing = () if explanation.missing is None else (explanation.missing, *explanation.missing_too)
    return [_missing_value(each) for each in missing]


def _missing_value(missing: MissingAllow) -> dict[str, object]:
    return {
        "type": missing.type.value,
        "level": missing.level,
        "statement": missing.statement(),
        "near": None if missing.near is None else _near_value(missing.near),
    }


def _near_value(near: StatementExplanation) -> dict[str, object]:
    return {**ref_value(near.ref), "failed": None if near.failed is None else _element_value(near.failed)}


def unmet_value(statement: StatementExplanation) -> dict[str, object]:
    """A statement that does not apply, with the elements because of which it does not."""
    return {**ref_value(statement.ref), "unmet": [_element_value(each) for each in statement.unmet]}


def _denial_value(denial: Denial) -> dict[str, object]:
    return {
        "statements": [
            {**ref_value(each.ref), "elements": [_element_value(element) for element in each.elements]}
            for each in denial.statements
        ],
        "then": denial.then.outcome.value,
        "missing": [_missing_value(each) for each in denial.missing],
        "depends_on": dependencies_value(denial.would_allow),
    }


def _layer_value(layer: LayerExplanation) -> dict[str, object]:
    return {
        "type": layer.type.value,
        "level": layer.level,
        "answer": layer.answer.name.lower().replace("_", " "),
        "notes": list(layer.notes),
        "statements": [
            {
                **ref_value(statement.ref),
                "effect": statement.effect.value,
                "match": statement.match.name.lower(),
                "elements": [_element_value(element) for element in statement.elements],
            }
            for policy in layer.policies
            for statement in policy.statements
        ],
    }


def _element_value(element: ElementExplanation) -> dict[str, object]:
    return {
        "element": element.element,
        "match": element.match.name.lower(),
        "seen": None if element.seen == NOT_KNOWN else element.seen,
        "wanted": list(element.wanted),
        "notes": list(element.notes),
        "place": _place_value(element.span),
    }


def _place_value(span: Span | None) -> dict[str, object] | None:
    """None for a document that is in no file."""
    if span is None or not is_seen(span):
        return None
    return {"file": span.source, "line": span.line, "column": span.column}
