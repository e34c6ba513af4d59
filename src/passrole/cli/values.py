"""The JSON of what the commands answer; the schemas in `cli/schemas` describe it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from passrole.cli.decision_json import ref_value, unmet_value
from passrole.cli.verdict_code import verdict_of
from passrole.provision.set_up_json import set_up_to_value

if TYPE_CHECKING:
    from passrole.activity.necessity import Need
    from passrole.activity.rehearse import Question, Rehearsal, StepResult
    from passrole.provision.apply import ApplyResult
    from passrole.provision.changes import Change, Plan


def rehearsal_value(rehearsal: Rehearsal) -> dict[str, object]:
    desired = rehearsal.desired
    return {
        "recipe": desired.recipe,
        "label": desired.label,
        "variant": desired.variant,
        "parameters": dict(desired.parameters),
        "verdict": verdict_of(rehearsal).name.lower(),
        "assumptions": list(rehearsal.assumptions),
        "workflows": [
            {
                "id": workflow.workflow.id,
                "title": workflow.workflow.title,
                "verdict": workflow.verdict.name.lower(),
                "steps": [_step_value(result) for result in workflow.steps],
            }
            for workflow in rehearsal.workflows
        ],
    }


def _step_value(result: StepResult) -> dict[str, object]:
    step = result.step
    return {
        "number": step.number,
        "kind": step.kind.value,
        "actor": step.actor,
        "action": step.action,
        "resources": list(step.resources),
        "evidence": step.evidence,
        "only_if": step.only_if,
        "verdict": result.verdict.name.lower(),
        "missing": result.missing,
        "decisions": [
            {
                "principal": question.request.principal.arn,
                "resource": question.request.resource,
                "outcome": question.decision.outcome.value,
                "decided_by": question.decision.decided_by.value if question.decision.decided_by else None,
                "determining": [ref_value(ref) for ref in question.decision.determining],
                "undecided_because": list(question.decision.undecided_because),
                "nearest": _nearest_value(question),
            }
            for question in result.questions
        ],
        "failures": list(step.on_deny) if result.verdict.name == "DENIED" else [],
    }


def _nearest_value(question: Question) -> dict[str, object] | None:
    if question.decision.outcome.value != "implicit deny":
        return None
    from passrole.engine.explain import explain
    from passrole.engine.nearest import nearest_allow

    nearest = nearest_allow(explain(question.request, question.stack))
    return None if nearest is None else unmet_value(nearest)


def needs_value(needs: tuple[Need, ...]) -> list[dict[str, object]]:
    return [
        {
            "policy": need.policy,
            "statement": need.statement_number or None,
            "sid": need.sid,
            "action": need.action,
            "breaks": need.breaks,
            "keep": need.keep,
            "by_recipe": need.by_recipe,
        }
        for need in needs
    ]


def applied_value(plan: Plan, result: ApplyResult | None) -> dict[str, object]:
    """What came of a plan; `result` is None when there was nothing to do."""
    seen = result.read_back if result else None
    return {
        "set_ups": [set_up_to_value(each) for each in plan.set_ups],
        "complete": not plan.blocked and (result is None or result.complete),
        "done": [_change_value(change) for change in (result.done if result else ())],
        "left": [{"address": str(left.address), "reason": left.reason} for left in (result.left if result else ())],
        "blocked": [_change_value(change) for change in plan.blocked],
        "not_seen_yet": [str(address) for address in (seen.unseen if seen else ())],
        "not_read_back": [
            {"address": str(each.address), "action": each.what.action, "reason": each.what.reason}
            for each in (seen.unread if seen else ())
        ],
        "cannot_be_observed": list(seen.unobservable if seen else ()),
        "access_keys": [
            {"user": user, "access_key_id": key.key_id, "secret_file": key.file}
            for user, key in (result.saved_keys if result else {}).items()
        ],
    }


def _change_value(change: Change) -> dict[str, object]:
    return {"address": str(change.address), "action": change.action.value, "reason": change.reason}
