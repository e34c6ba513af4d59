"""A rehearsal as a person reads it: each call, its answer and the statement behind it; then what nobody needed."""

from __future__ import annotations

import click

from passrole.activity.rehearse import Rehearsal, StepResult, Verdict, WorkflowResult
from passrole.cli.text.denials import denial_lines
from passrole.cli.text.tables import columns, heading, prose, short_name

_MARK = {
    Verdict.ALLOWED: ("ok", "green"),
    Verdict.DENIED: ("DENIED", "red"),
    Verdict.TOLERATED: ("denied", "yellow"),
    Verdict.UNDECIDED: ("undecided", "yellow"),
    Verdict.OUTSIDE: ("outside", "blue"),
}


def rehearsal_text(rehearsal: Rehearsal, *, brief: bool = False) -> str:
    """The whole rehearsal; `brief` leaves out the calls that were allowed."""
    lines: list[str] = []
    told: set[str] = set()
    for workflow in rehearsal.workflows:
        lines += _workflow_lines(workflow, told, brief=brief)
    if rehearsal.assumptions:
        lines.append(heading("These answers suppose"))
        lines += [line for text in rehearsal.assumptions for line in prose(f"- {text}", hanging=2)]
    lines.append(summary_line(rehearsal))
    return "\n".join(lines)


def summary_line(rehearsal: Rehearsal) -> str:
    """One line: how many calls, and how they came out."""
    if not rehearsal.workflows:
        label = click.style("not verified", fg="yellow", bold=True)
        return f"{rehearsal.desired.label}: {label}: the recipe tells no workflow, so there is nothing to replay"
    counts = dict.fromkeys(Verdict, 0)
    for result in rehearsal.step_results():
        counts[result.verdict] += 1
    parts = [f"{counts[Verdict.ALLOWED]} allowed"]
    for verdict, word in (
        (Verdict.DENIED, "denied"),
        (Verdict.UNDECIDED, "undecided"),
        (Verdict.TOLERATED, "denied without harm"),
        (Verdict.OUTSIDE, "decided outside IAM"),
    ):
        if counts[verdict]:
            parts.append(f"{counts[verdict]} {word}")
    total = sum(counts.values())
    verdict = rehearsal.verdict
    word, color = {
        Verdict.ALLOWED: ("verified", "green"),
        Verdict.DENIED: ("not enough", "red"),
    }.get(verdict, ("undecided", "yellow"))
    label = click.style(word, fg=color, bold=True)
    workflows = len(rehearsal.workflows)
    plural = "workflow" if workflows == 1 else "workflows"
    return f"{rehearsal.desired.label}: {label}: {total} calls in {workflows} {plural}: {', '.join(parts)}"


def _workflow_lines(workflow: WorkflowResult, told: set[str], *, brief: bool) -> list[str]:
    """`told` is what `denial_lines` has told further up."""
    lines = [f"{heading(workflow.workflow.title)}  ({workflow.workflow.id})"]
    rows, after = [], []
    for result in workflow.steps:
        if brief and result.verdict is Verdict.ALLOWED:
            continue
        word, color = _MARK[result.verdict]
        rows.append(
            (
                f"{result.step.number:>3}",
                click.style(word, fg=color),
                result.step.actor,
                result.step.action,
                "by " + _by(result) if result.verdict is Verdict.ALLOWED else _resource(result),
            )
        )
        after.append(denial_lines(result, told))
    for row, why in zip(columns(rows), after, strict=True):
        lines.append(row)
        lines += why
    if brief and not rows:
        lines.append(f"  {click.style('ok', fg='green')} all {len(workflow.steps)} calls allowed")
    return [*lines, ""]


def _by(result: StepResult) -> str:
    names = dict.fromkeys(
        short_name(str(ref)) for question in result.questions for ref in question.decision.determining
    )
    rules = dict.fromkeys(question.decision.rule for question in result.questions if question.decision.rule)
    return "; ".join([*names, *rules]) or "no policy is asked"


def _resource(result: StepResult) -> str:
    return "on " + ", ".join(result.step.resources)
