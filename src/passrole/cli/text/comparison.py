"""A comparison of policies, and a proof, as a person reads them: the answer, then requests that show it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import click

from passrole.cli.say import colourless
from passrole.cli.text.tables import prose
from passrole.engine.decision import Decision, Outcome
from passrole.engine.request import ContextValue, Request
from passrole.prover.compare import Comparison, Relation
from passrole.prover.prove import Proof, Verdict
from passrole.prover.witness import USER

_SENTENCES = {
    Relation.EQUIVALENT: "{new} and {old} allow the same requests",
    Relation.BROADER: "{new} allows all that {old} allows, and more",
    Relation.NARROWER: "{new} allows less than {old}",
    Relation.INCOMPARABLE: "{new} allows what {old} does not, and does not allow all that {old} does",
    Relation.DISJOINT: "no request is allowed by both {new} and {old}",
    Relation.UNDECIDED: "how {new} and {old} compare is not decided",
}
_DIFFERENT = "{new} and {old} differ; whether each allows something that the other does not is not decided"
_COLORS = {Relation.EQUIVALENT: "green", Relation.NARROWER: "green", Relation.UNDECIDED: "yellow"}
_VERDICT_COLORS = {Verdict.PROVEN: "green", Verdict.REFUTED: "red", Verdict.UNDECIDED: "yellow"}


def comparison_lines(comparison: Comparison, old: str, new: str) -> list[str]:
    """The relation in a word and a sentence, witnesses each way, and what it rests on."""
    relation = comparison.relation
    word = click.style(relation.value, fg=_COLORS.get(relation, "red"), bold=True)
    sentence = _SENTENCES[relation]
    if relation is Relation.UNDECIDED and (comparison.gained or comparison.lost):
        sentence = _DIFFERENT
    lines = prose(f"{word}  {sentence.format(old=old, new=new)}", 0, 2)
    for title, witnesses in (
        (f"{new} allows, and {old} does not", comparison.gained),
        (f"{old} allows, and {new} does not", comparison.lost),
    ):
        if witnesses:
            lines += ["", title]
            for one in witnesses:
                lines += witness_lines(one.request, (one.old, one.new))
    return lines + _grounds(comparison.assumptions, comparison.undecided_because)


def deny_lines(comparison: Comparison, old: str, new: str) -> list[str]:
    """How two policies compare beside one that allows everything: what a Deny takes from other policies."""
    relation = comparison.relation
    word = click.style(relation.value, fg=_COLORS.get(relation, "red"), bold=True)
    lines = prose(f"beside other policies {word}: a Deny takes from what they allow", 0, 2)
    for title, witnesses in (
        (f"{old} denies, and {new} does not", comparison.gained),
        (f"{new} denies, and {old} does not", comparison.lost),
    ):
        if witnesses:
            lines += ["", title]
            for one in witnesses:
                denied = [each for each in (one.old, one.new) if each.outcome is Outcome.EXPLICIT_DENY]
                lines += witness_lines(one.request, denied)
    return lines + _grounds(comparison.assumptions, comparison.undecided_because)


def proof_lines(proof: Proof) -> list[str]:
    word = click.style(proof.verdict.value, fg=_VERDICT_COLORS[proof.verdict], bold=True)
    lines = prose(f"{word}  {proof.rule}", 0, 2)
    for one in proof.witnesses:
        lines += witness_lines(one.request, (one.new,))
    return lines + _grounds(proof.assumptions, proof.undecided_because)


def witness_lines(request: Request, decisions: Sequence[Decision]) -> list[str]:
    """A request with its context, and by which statements it is allowed and denied."""
    lines = prose(f"{request.action} on {colourless(request.resource)}", 2, 2)
    if request.principal != USER:
        # Of identity-based policies anyone can be the caller, but where their conditions name one.
        lines += prose(f"by {colourless(request.principal.arn)}", 6, 2)
    if request.resource_account is not None:
        lines += prose(f"on a resource of account {request.resource_account}", 6, 2)
    for key, value in sorted(request.context.items()):
        lines += prose(f"with {key} = {colourless(_shown(value))}", 6, 2)
    if request.absent_keys:
        lines += prose(f"without {', '.join(sorted(request.absent_keys))}", 6, 2)
    return lines + [line for decision in decisions for line in _decision_lines(decision)]


def _shown(value: ContextValue) -> str:
    if isinstance(value, str):
        return value or "an empty text"
    return ", ".join(each or "an empty text" for each in value) if value else "an empty list"


def _decision_lines(decision: Decision) -> Iterable[str]:
    for ref in decision.determining:
        word = "allowed" if decision.outcome is Outcome.ALLOWED else "denied"
        span = ref.statement.span
        where = f"  ({span})" if span and span.source != "<policy>" else ""
        yield from prose(f"{word} by {ref}{where}", 6, 2)


def _grounds(assumptions: Iterable[str], reasons: Iterable[str]) -> list[str]:
    lines = [line for text in assumptions for line in prose(f"supposes: {text}", 2, 2)]
    return lines + [line for text in reasons for line in prose(f"not decided: {colourless(text)}", 2, 2)]
