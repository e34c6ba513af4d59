"""A decision as a person reads it: the answer, the layers in AWS's order, and what to change."""

from __future__ import annotations

import click

from passrole.cli.text.places import place
from passrole.cli.text.policy_values import value_text, values_text
from passrole.cli.text.question_keys import dependency_lines
from passrole.cli.text.remedy import remedy_lines
from passrole.cli.text.tables import heading, prose
from passrole.engine.decision import Decision, Outcome
from passrole.engine.explanation import (
    NOT_KNOWN,
    Explanation,
    LayerAnswer,
    LayerExplanation,
    Match,
    StatementExplanation,
)
from passrole.engine.wording import denial_message
from passrole.policy.model import Effect

_COLORS = {
    Outcome.ALLOWED: "green",
    Outcome.EXPLICIT_DENY: "red",
    Outcome.IMPLICIT_DENY: "red",
    Outcome.UNDECIDED: "yellow",
}


def explanation_lines(explanation: Explanation) -> list[str]:
    """The outcome first, then why, then what would change it."""
    decision, request = explanation.decision, explanation.request
    question = f"{request.principal.arn}  {request.action}  on {request.resource}"
    lines = prose(f"{outcome_word(decision)}  {question}", 0, 2)
    lines += [line for ref in decision.determining for line in prose(f"by {ref}", 2, 2)]
    if decision.rule is not None:
        lines += prose(f"by {decision.rule}", 2, 2)
    if decision.outcome is Outcome.UNDECIDED:
        lines += dependency_lines(explanation.dependencies) or [
            line for reason in decision.undecided_because for line in prose(f"rests on: {reason}", 2, 2)
        ]
    elif not decision.allowed:
        lines += prose(f"AWS says: {denial_message(request, decision, name_policy=True)}", 2, 2)
    lines += [line for text in decision.assumptions for line in prose(f"supposes: {text}", 2, 2)]
    lines += ["", heading("How AWS comes to it")]
    for layer in explanation.layers:
        lines += _layer_lines(layer, decision)
    return lines + remedy_lines(explanation)


def outcome_word(decision: Decision) -> str:
    return click.style(decision.outcome.value, fg=_COLORS[decision.outcome], bold=True)


def _layer_lines(layer: LayerExplanation, decision: Decision) -> list[str]:
    if layer.answer in (LayerAnswer.NONE, LayerAnswer.NOT_ASKED) and not layer.notes:
        return []
    name = f"{layer.type.value}, level {layer.level}" if layer.level is not None else layer.type.value
    color = {LayerAnswer.DENIES: "red", LayerAnswer.ALLOWS: "green"}.get(layer.answer)
    lines = [f"  {name}: {click.style(layer.answer.value, fg=color) if color else layer.answer.value}"]
    supposed = {f"supposed: {text}" for text in decision.assumptions}
    lines += [line for note in layer.notes if note not in supposed for line in prose(note, 6, 2)]
    for policy in layer.policies:
        for statement in policy.statements:
            if _is_worth_telling(statement, decision):
                lines += _statement_lines(statement)
    return lines


def _is_worth_telling(statement: StatementExplanation, decision: Decision) -> bool:
    """Statements that apply, may apply, or name the action and fail elsewhere; the rest is only counted by AWS."""
    if statement.match is not Match.NO:
        return True
    failed = statement.failed
    return not decision.allowed and failed is not None and not failed.element.endswith("Action")


def _statement_lines(statement: StatementExplanation) -> list[str]:
    word = "Allow" if statement.effect is Effect.ALLOW else "Deny"
    where = place(statement.ref.statement.span)
    lines = prose(f"{word} of {statement.ref} {statement.match.value}{where}", 6, 2)
    for element in statement.elements:
        if element.match is Match.YES:
            continue
        seen = "the request has no such key" if element.seen is None else f"the request has {value_text(element.seen)}"
        notes = element.notes
        if element.seen == NOT_KNOWN:
            seen, notes = "what the request has is not known", notes[1:]
        wants = f"wants {values_text(element.wanted)}" if element.wanted else "has none"
        lines += prose(f"{element.element}{place(element.span)}: {seen}; the policy {wants}", 10, 2)
        lines += [line for note in notes for line in prose(note, 12, 2)]
    return lines
