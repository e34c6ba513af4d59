"""What to change so that a denied request is allowed: a statement to paste, an element to widen, a Deny to avoid."""

from __future__ import annotations

import json

from passrole.cli.text.names import name_of
from passrole.cli.text.places import place
from passrole.cli.text.policy_values import value_text, values_text
from passrole.cli.text.question_keys import dependency_text, is_plain
from passrole.cli.text.tables import heading, prose, short_name
from passrole.engine.decision import Outcome
from passrole.engine.explanation import (
    Denial,
    ElementExplanation,
    Explanation,
    MissingAllow,
    StatementExplanation,
)
from passrole.policy.model import PolicyType

_ORGANIZATION = (PolicyType.SCP, PolicyType.RCP)


def remedy_lines(explanation: Explanation) -> list[str]:
    """Nothing for what is allowed or undecided, or where no policy can help."""
    if explanation.denial is not None:
        return ["", heading("What would allow it"), *_denial_lines(explanation.denial, explanation)]
    if explanation.missing is not None:
        missing = (explanation.missing, *explanation.missing_too)
        title = "What would allow it" if len(missing) == 1 else f"What would allow it: all {len(missing)} of these"
        return ["", heading(title), *(line for each in missing for line in _missing_lines(each, explanation))]
    return []


def _denial_lines(denial: Denial, explanation: Explanation) -> list[str]:
    lines: list[str] = []
    for statement in denial.statements:
        ref = statement.ref
        lines += prose(f"{ref}{place(ref.statement.span)} must not apply: no Allow outweighs a Deny", 2, 2)
        conditions = [each for each in statement.elements if each.element.startswith("Condition")]
        for each in conditions:
            lines += prose(f"it applies by its {each.element}{place(each.span)}: {_seen_and_named(each)}", 6, 2)
        if not conditions:
            lines += prose("it has no condition: narrow it, or take it out", 6, 2)
        if ref.attached.type in _ORGANIZATION:
            lines += prose("those who administer the organization can change it", 6, 2)
    lines += [line for each in denial.would_allow for line in prose(dependency_text(each), 2, 2)]
    match denial.then.outcome:
        case Outcome.ALLOWED:
            lines += prose("nothing else is in the way", 2, 2)
        case Outcome.UNDECIDED:
            because = "; ".join(denial.then.undecided_because)
            lines += prose(f"whether that is enough is not known: {because}", 2, 2)
        case Outcome.IMPLICIT_DENY | Outcome.EXPLICIT_DENY:
            by = denial.then.decided_by
            lacking = f"no {by.value} allows the action" if by else denial.then.rule
            lines += prose(f"that alone is not enough: {lacking}", 2, 2)
            lines += [line for each in denial.missing for line in _missing_lines(each, explanation)]
    return lines


def _missing_lines(missing: MissingAllow, explanation: Explanation) -> list[str]:
    """Where a statement comes near, only that: one beside it would lack its conditions."""
    near = missing.near
    if near and near.failed:
        return _near_lines(near, near.failed, missing)
    lines = prose(f"this statement in {_where(missing, explanation)}:", 2, 2)
    lines += [f"    {line}" for line in json.dumps(missing.statement(), indent=2, ensure_ascii=False).splitlines()]
    return lines


def _near_lines(near: StatementExplanation, failed: ElementExplanation, missing: MissingAllow) -> list[str]:
    """The one element that fails, and both ways out: another request, or a change there."""
    where = place(failed.span) or place(near.ref.statement.span)
    lines = prose(f"{near.ref} allows the action but for its {failed.element}{where}:", 2, 2)
    lines += prose(_seen_and_named(failed), 6, 2)
    match failed.element.split()[0]:
        case "Resource":
            change = f"add {_quoted(missing.resource or failed.seen or '')} to its Resource"
        case "NotResource" | "NotPrincipal":
            change = f"take what covers {failed.seen} out of its {failed.element}"
        case "Principal" if missing.principal:
            kind, name = missing.principal
            change = f"add {_quoted(name)} to its Principal{'' if kind == '*' else f', under {_quoted(kind)}'}"
        case _:
            key = failed.element.split()[-1]
            value = failed.wanted[0] if len(failed.wanted) == 1 and is_plain(failed.wanted[0]) else "VALUE"
            asks = f"make the request with such a value (to ask for it: --context {key}={value})"
            return lines + prose(f"{asks}, or change the condition", 6, 2)
    return lines + prose(f"{change}, or ask for what it covers", 6, 2)


def _seen_and_named(element: ElementExplanation) -> str:
    seen = "the request has no such key" if element.seen is None else f"the request has {value_text(element.seen)}"
    return f"{seen}; the policy names {values_text(element.wanted) or 'none'}"


def _where(missing: MissingAllow, explanation: Explanation) -> str:
    """The document that takes the statement: by its name where there is just one that its owner can edit."""
    layers = [layer for layer in explanation.layers if layer.type is missing.type]
    if missing.type in _ORGANIZATION:
        at = f" at level {missing.level}" if missing.level is not None and len(layers) > 1 else ""
        return f"a {missing.type.value}{at} (those who administer the organization can add it)"
    names = [policy.attached.name for layer in layers for policy in layer.policies]
    own = [name for name in names if ":iam::aws:policy/" not in name]
    if missing.type is PolicyType.IDENTITY:
        caller = explanation.request.principal
        who = name_of(caller) if caller.role_arn is None else caller.role_arn.rpartition(":")[2]
        others = f" ({short_name(own[0])})" if len(own) == 1 else ""
        return f"a policy of {who}{others}"
    return f"the {missing.type.value}{f' ({short_name(own[0])})' if len(own) == 1 else ''}"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
