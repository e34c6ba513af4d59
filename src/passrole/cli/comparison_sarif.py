"""Comparisons and proofs as findings in SARIF, each at the statement that allows too much."""

from __future__ import annotations

from collections.abc import Iterator

from passrole.cli.sarif import Result
from passrole.engine.decision import Decision
from passrole.errors import Span
from passrole.prover.compare import Comparison
from passrole.prover.prove import Proof
from passrole.prover.witness import Witness


def comparison_results(comparison: Comparison, old: str, new: str) -> Iterator[Result]:
    for one in comparison.gained:
        text = f"{new} allows {_request(one)}, and {old} does not"
        yield Result("new-access", "error", text, new, _span(one.new, new))
    for one in comparison.lost:
        # A Deny of the new policy may be the reason.
        text = f"{old} allows {_request(one)}, and {new} does not"
        yield Result("lost-access", "warning", text, new, _span(one.new, new))
    for reason in comparison.undecided_because:
        yield Result("undecided", "warning", reason, new)


def deny_results(comparison: Comparison, old: str, new: str) -> Iterator[Result]:
    """Of a comparison beside a policy that allows everything."""
    for one in comparison.gained:
        text = f"{old} denies {_request(one)}, and {new} does not, so that another policy may allow it"
        yield Result("lost-deny", "error", text, new)
    for one in comparison.lost:
        text = f"{new} denies {_request(one)}, and {old} does not, whatever other policies allow"
        yield Result("new-deny", "warning", text, new, _span(one.new, new))
    for reason in comparison.undecided_because:
        yield Result("undecided", "warning", f"beside other policies: {reason}", new)


def proof_results(proof: Proof, file: str) -> Iterator[Result]:
    for one in proof.witnesses:
        text = f"{file} allows {_request(one)}; the rule: {proof.rule}"
        yield Result("rule-broken", "error", text, file, _span(one.new, file))
    for reason in proof.undecided_because:
        yield Result("undecided", "warning", f"{proof.rule}: {reason}", file)


def _request(witness: Witness) -> str:
    request = witness.request
    words = [f"{request.action} on {request.resource} by {request.principal.arn}"]
    words += [
        f"with {key}={value if isinstance(value, str) else list(value)}" for key, value in request.context.items()
    ]
    if request.absent_keys:
        words.append(f"without {', '.join(sorted(request.absent_keys))}")
    return " ".join(words)


def _span(decision: Decision, file: str) -> Span | None:
    spans = (ref.statement.span for ref in decision.determining)
    return next((span for span in spans if span is not None and span.source == file), None)
