"""A call that is not simply allowed, as a person reads it: why, what comes nearest, and what it looks like on AWS."""

from __future__ import annotations

import re
from collections.abc import Iterable

from passrole.activity.failures import Failure, get_failure
from passrole.activity.rehearse import Question, StepResult, Verdict
from passrole.cli.text.tables import prose, short_name
from passrole.engine.decision import Outcome
from passrole.engine.explain import explain
from passrole.engine.nearest import nearest_allow
from passrole.engine.stack import Known
from passrole.engine.wording import denial_message
from passrole.policy.model import PolicyType

_GRADES = (
    ("aws-doc-current", "AWS's newest page"),
    ("aws-doc", "AWS's documentation"),
    ("sar", "AWS's Service Authorization Reference"),
    ("managed-policy", "an AWS managed policy"),
    ("agent-source", "source of the SSM Agent"),
    ("plugin-source", "source of the Session Manager plugin"),
    ("ec2-behaviour", "how Amazon EC2 behaves"),
    ("s3-behaviour", "how Amazon S3 behaves"),
)
"""The grades of evidence that recipes use, spelt out."""


def denial_lines(result: StepResult, told: set[str]) -> list[str]:
    """Below a step: the reason, the statement that comes nearest, the failure that it becomes, and what to do.

    `told` are the ids of failures, and the missing entities, that were told further up; it grows.
    """
    if result.verdict is Verdict.ALLOWED:
        return []
    lines: list[str] = []
    if result.missing:
        lines += _line(result.missing)
        if result.missing in told:
            return lines
        told.add(result.missing)
    for question in result.questions:
        lines += _question_lines(question)
    why = result.step.why
    if result.verdict is Verdict.OUTSIDE and why:
        lines += _line(why)
    if result.verdict is Verdict.TOLERATED:
        lines += _line(f"this does no harm{f': {why}' if why else ''}")
    if result.verdict is Verdict.DENIED:
        if result.step.only_if:
            lines += _line(f"only if: {result.step.only_if}")
        lines += _line(f"evidence that the service makes this call: {_spelt_out(result.step.evidence)}")
        lines += _failure_lines(result.step.on_deny, told, _what_else_to_do(result))
    return lines


def _question_lines(question: Question) -> list[str]:
    decision = question.decision
    if decision.outcome is Outcome.UNDECIDED:
        return [line for text in decision.undecided_because for line in _line(f"rests on: {text}")]
    if decision.allowed:
        return []
    lines = _line(denial_message(question.request, decision))
    lines += [line for ref in decision.determining for line in _line(f"denied by: {short_name(str(ref))}")]
    if decision.decided_by is PolicyType.BOUNDARY and isinstance(question.stack.boundary, Known):
        names = ", ".join(short_name(policy.name) for policy in question.stack.boundary.policies)
        lines += _line(f"the permissions boundary is: {names}")
    if nearest := nearest_allow(explain(question.request, question.stack)):
        failing = [
            f"its {each.element} wants {' or '.join(each.wanted)}, and the call has {each.seen or 'no such key'}"
            for each in nearest.unmet
        ]
        lines += _line(f"nearest: {short_name(str(nearest.ref))}: {'; '.join(failing)}")
    return lines


def _what_else_to_do(result: StepResult) -> str | None:
    """What helps where no Allow does; None where one is all that is missing."""
    for question in result.questions:
        decision = question.decision
        if decision.outcome is Outcome.EXPLICIT_DENY:
            return "change the statement that denies; no Allow outweighs it"
        if decision.decided_by is PolicyType.BOUNDARY:
            return "widen the permissions boundary; nothing else that is granted goes beyond it"
        if decision.decided_by in (PolicyType.SCP, PolicyType.RCP):
            return "ask those who administer the organization; nothing in the account goes beyond its policies"
    return None


def _failure_lines(ids: Iterable[str], told: set[str], instead: str | None) -> list[str]:
    """What users see, each symptom once with all the failures that show in it; what was told before only by its ids.

    `instead` takes the place of the failures' own advice.
    """
    lines: list[str] = []
    groups: list[list[Failure]] = []
    for failure in filter(None, map(get_failure, ids)):
        same = next((group for group in groups if _same_symptom(group[0], failure)), None)
        if same is None:
            groups.append([failure])
        else:
            same.append(failure)
    again: list[str] = []
    for group in groups:
        first, names = group[0], ", ".join(failure.id for failure in group)
        if first.id in told:
            again.append(names)
            continue
        told.add(first.id)
        lines += _line(f"what you would see ({names}): {first.symptoms[0]}")
        if instead is None:
            lines += _line(f"what to do: {first.fix}")
    if again:
        lines += _line(f"what you would see: as above ({', '.join(again)})")
    return lines + (_line(f"what to do: {instead}") if instead else [])


def _same_symptom(one: Failure, other: Failure) -> bool:
    """Whether a person who sees the one cannot tell it from the other; what stands in brackets is our own."""
    texts = [failure.symptoms[0].split(" (")[0] for failure in (one, other)]
    return texts[0] in texts[1] or texts[1] in texts[0]


def _spelt_out(evidence: str) -> str:
    for grade, words in _GRADES:
        evidence = re.sub(rf"(?<![\w-]){grade}(?![\w-])\s*", f"{words} ", evidence)
    return re.sub(r" +(?=[,:;)]|$)", "", evidence)


def _line(text: str) -> list[str]:
    return prose(text, indent=8, hanging=2)
