"""A decision as a person reads it: the answer, the layers in AWS's order, and what to change."""

from __future__ import annotations

import json
from collections.abc import Iterable

import click

from passrole.cli.text.tables import heading, prose
from passrole.engine.decision import Decision, Outcome
from passrole.engine.dependencies import Dependency
from passrole.engine.explanation import (
    Explanation,
    LayerAnswer,
    LayerExplanation,
    Match,
    MissingAllow,
    StatementExplanation,
)
from passrole.engine.wording import denial_message
from passrole.errors import Span
from passrole.policy.model import Effect, PolicyType

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
    if explanation.missing:
        lines += _missing_lines(explanation.missing)
    return lines


def dependency_lines(dependencies: tuple[Dependency, ...]) -> list[str]:
    """Each key on which the answer rests, with what would allow; then how to say what it is."""
    lines = [line for each in dependencies for line in prose(f"depends on {dependency_text(each)}", 2, 2)]
    if dependencies:
        key = dependencies[0].key
        lines += prose(f"say what it is: --context {key}=VALUE, or --without {key} when the request has none", 2, 2)
    return lines


def dependency_text(dependency: Dependency) -> str:
    """`aws:SourceIp: allowed with 203.0.113.0/24`."""
    words = list(dependency.would_allow)
    words += ["any other value"] if dependency.others_allow else []
    words += ["no such key"] if dependency.absent_allows else []
    return f"{dependency.key}: {f'allowed with {_or(words)}' if words else 'no value of it alone allows'}"


def _or(words: Iterable[str]) -> str:
    return " or ".join(words)


def outcome_word(decision: Decision) -> str:
    return click.style(decision.outcome.value, fg=_COLORS[decision.outcome], bold=True)


def _layer_lines(layer: LayerExplanation, decision: Decision) -> list[str]:
    if layer.answer in (LayerAnswer.NONE, LayerAnswer.NOT_ASKED) and not layer.notes:
        return []
    name = f"{layer.type.value}, level {layer.level}" if layer.level is not None else layer.type.value
    color = {LayerAnswer.DENIES: "red", LayerAnswer.ALLOWS: "green"}.get(layer.answer)
    lines = [f"  {name}: {click.style(layer.answer.value, fg=color) if color else layer.answer.value}"]
    lines += [line for note in layer.notes for line in prose(note, 6, 2)]
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
    where = _place(statement.ref.statement.span)
    lines = prose(f"{word} of {statement.ref} {statement.match.value}{where}", 6, 2)
    for element in statement.elements:
        if element.match is Match.YES:
            continue
        seen = "the request has no such key" if element.seen is None else f"the request has {element.seen}"
        lines += prose(
            f"{element.element}{_place(element.span)}: {seen}; the policy wants {' or '.join(element.wanted)}", 10, 2
        )
        lines += [line for note in element.notes for line in prose(note, 12, 2)]
    return lines


def _missing_lines(missing: MissingAllow) -> list[str]:
    """What to change. Where a statement comes near, only that: one beside it would lack its conditions."""
    lines = ["", heading("What would allow it")]
    if missing.near and missing.near.failed:
        failed = missing.near.failed
        wanted = " or ".join(failed.wanted)
        return lines + prose(
            f"{missing.near.ref} allows the action but for its {failed.element}{_place(failed.span)}: "
            f"ask for what it wants ({wanted}), or change it there",
            2,
            2,
        )
    where = "one of the caller's policies" if missing.type is PolicyType.IDENTITY else f"the {missing.type.value}"
    lines += prose(f"this statement in {where}:", 2, 2)
    text = json.dumps(missing.statement(), indent=2)
    return lines + [f"    {line}" for line in text.splitlines()]


def _place(span: Span | None) -> str:
    """Where in a file; a document that came from an account has no lines that anyone has seen."""
    return f"  ({span})" if span and span.source != "<policy>" else ""
