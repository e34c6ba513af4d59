"""Who can, and what can, as a person reads it: names first, then the statement or the key that makes it so."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import click

from passrole.account.access import Access, ActionAccess
from passrole.catalog.actions import actions_of
from passrole.cli.text.names import name_of
from passrole.cli.text.question_keys import dependency_text
from passrole.cli.text.tables import columns, heading, prose
from passrole.engine.decision import Decision, Outcome
from passrole.engine.dependencies import depends_on
from passrole.engine.request import Principal, PrincipalType

MANY_ACTIONS, MANY_SERVICES = 8, 12
"""What is more than so many is only counted; `--service` lists the actions."""
DENIED = (Outcome.EXPLICIT_DENY, Outcome.IMPLICIT_DENY)


def who_lines(action: str, resource: str, answers: Sequence[Access], *, everyone: bool) -> list[str]:
    """Those who may, those who may by some value of a key, those of whom it is not known; then how many may not."""
    allowed = [answer for answer in answers if answer.decision.allowed]
    undecided = [answer for answer in answers if answer.decision.outcome is Outcome.UNDECIDED]
    open_ = [(answer, depends_on(answer.request, answer.stack)) for answer in undecided]
    denied = [answer for answer in answers if answer.decision.outcome in DENIED]
    lines = prose(f"{action} on {resource}", 0, 2)
    lines += _section(
        "allowed", "green", [[name_of(each.principal), why_allowed(each.decision, each.principal)] for each in allowed]
    )
    lines += _section(
        "depends on the request",
        "yellow",
        [[name_of(each.principal), "; ".join(map(dependency_text, keys))] for each, keys in open_ if keys],
    )
    lines += _section(
        "not known",
        "yellow",
        [[name_of(each.principal), "; ".join(each.decision.undecided_because)] for each, keys in open_ if not keys],
    )
    if everyone:
        lines += _section("denied", "red", [[name_of(each.principal), why_denied(each.decision)] for each in denied])
    unknown = sum(1 for _, keys in open_ if not keys)
    counts = [f"{len(allowed)} allowed", f"{len(open_) - unknown} depending on the request", f"{unknown} not known"]
    more = "" if everyone or not denied else " (--all lists them)"
    lines += ["", f"{', '.join(counts)}, {len(denied)} denied{more}"]
    return lines + _suppositions(answer.decision for answer in answers)


def what_lines(principal: Principal, answers: Sequence[ActionAccess], services: Sequence[str]) -> list[str]:
    """By resource pattern and reason: the actions, those of a whole service in one word."""
    lines = prose(f"{principal.arn} may", 0, 2)
    groups: dict[tuple[str, str, str], list[str]] = {}
    for answer in answers:
        if answer.decision.outcome in DENIED:
            continue
        key = (answer.reach.pattern, *_reason(answer))
        groups.setdefault(key, []).append(answer.action)
    for (pattern, reason, color), actions in groups.items():
        lines += ["", *prose(f"on {pattern}", 2, 2)]
        lines += prose(click.style(reason, fg=color), 4, 2)
        lines += prose(", ".join(_shortened(actions, in_full=bool(services))), 6, 2)
    denied = sum(1 for answer in answers if answer.decision.outcome in DENIED)
    if not groups:
        of = f" of {', '.join(services)}" if services else ""
        lines += ["", f"  nothing{of}: no policy of its own allows an action"]
    if denied:
        lines += [
            "",
            *prose(f"{denied} more that a policy allows another one denies; `passrole can` says why", 0, 2),
        ]
    return lines + _suppositions(answer.decision for answer in answers)


def why_allowed(decision: Decision, principal: Principal) -> str:
    if decision.determining:
        return "; ".join(str(ref) for ref in decision.determining)
    is_root = principal.type is PrincipalType.ROOT_USER
    return decision.rule or ("may do everything in its account" if is_root else "no policy is needed")


def why_denied(decision: Decision) -> str:
    if decision.determining:
        return f"denied by {'; '.join(str(ref) for ref in decision.determining)}"
    return decision.rule or (f"no {decision.decided_by.value} allows it" if decision.decided_by else "denied")


def _reason(answer: ActionAccess) -> tuple[str, str]:
    limits = f"; not where {' or '.join(str(ref) for ref in answer.reach.limits)} denies" if answer.reach.limits else ""
    if answer.decision.allowed:
        granted = answer.reach.granted_by
        return f"by {granted}{limits}" if granted else f"as the root user{limits}", "green"
    keys = depends_on(answer.request, answer.stack)
    words = "; ".join(map(dependency_text, keys)) or "; ".join(answer.decision.undecided_because)
    return f"{'depends on' if keys else 'not known:'} {words}{limits}", "yellow"


def _shortened(actions: Sequence[str], *, in_full: bool) -> Iterator[str]:
    """`s3:*` where all actions of a service are there; of others, unless `in_full`, many are only counted."""
    by_service: dict[str, list[str]] = {}
    for action in actions:
        by_service.setdefault(action.partition(":")[0], []).append(action)
    whole = {service for service, found in by_service.items() if len(found) == len(actions_of(service))}
    if len(whole) > MANY_SERVICES:
        yield f"all actions of {len(whole)} services"
    for service, found in by_service.items():
        if service in whole:
            if len(whole) <= MANY_SERVICES:
                yield f"{service}:*" if len(found) > 1 else found[0]
        elif in_full or len(found) <= MANY_ACTIONS:
            yield from found
        else:
            yield f"{len(found)} actions of {service}"


def _section(title: str, color: str, rows: list[list[str]]) -> list[str]:
    return ["", click.style(heading(title), fg=color), *columns(rows)] if rows else []


def _suppositions(decisions: Iterable[Decision]) -> list[str]:
    found = dict.fromkeys(text for decision in decisions for text in decision.assumptions)
    return [line for text in found for line in prose(f"supposes: {text}", 0, 2)]
