"""The section of a failed test's report: what was denied while it ran, and the statements that would allow it."""

from __future__ import annotations

import shlex
from collections.abc import Iterable

import click

from passrole.account.decided import Decided
from passrole.account.decision_log.logged_call import LoggedCall
from passrole.account.decision_log.selection import Selection
from passrole.activity.tighten.asked import owner_of_policies
from passrole.cli.text.logged_calls import SHORT_ID
from passrole.cli.text.remedy import remedy_lines
from passrole.engine.explain import explain
from passrole.engine.reason import reason_of
from passrole.pytest_plugin.served import PassroleServer

_MOST = 10
"""Different denials that are told in full."""


def denials_text(server: PassroleServer, *, after: int) -> str:
    """Empty where nothing was denied since the call with the number `after`."""
    calls = server.store.decisions.calls(Selection(denied=True), after=after)
    if not calls:
        return ""
    different = _different(calls)
    lines = [line for call, decided, times in different[:_MOST] for line in _lines(call, decided, times)]
    lines += [f"{call.caller} was denied {call.operation}: {call.unmapped}\n" for call in calls if call.unmapped]
    if len(different) > _MOST:
        lines.append(f"and {len(different) - _MOST} more different denials")
    file = shlex.quote(str(server.account_file))
    lines.append(f"in full: passrole why {calls[0].request_id[:SHORT_ID]} --account-file {file}")
    return "\n".join(lines)


def let_through_lines(server: PassroleServer, calls: Iterable[LoggedCall]) -> list[str]:
    """A line for each permission that was lacking, and whose call was carried out all the same; then what to type."""
    lines: list[str] = []
    hints: dict[str, None] = {}
    file = shlex.quote(str(server.account_file))
    for call in calls:
        if call.refused or not call.denied:
            continue
        for decided in call.decided:
            if not decided.decision.allowed:
                who = (owner_of_policies(decided.request.principal) or decided.request.principal.arn).rpartition(":")[2]
                reason = reason_of(explain(decided.request, decided.stack))
                lines.append(f"{who}: {decided.request.action} on {decided.request.resource}: {reason}")
                if owner_of_policies(decided.request.principal) is not None:
                    policy = f"passrole tighten --principal {who} --with-denied --account-file {file}"
                    hints[f"the least policy of {who}: {policy}"] = None
    return [*lines, *hints]


def _different(calls: Iterable[LoggedCall]) -> list[tuple[LoggedCall, Decided, int]]:
    """Each question that was denied once, with the first call that asked it and how often it came."""
    found: dict[tuple[str, str, str], tuple[LoggedCall, Decided, int]] = {}
    for call in calls:
        for decided in call.decided:
            if decided.decision.allowed:
                continue
            request = decided.request
            key = (request.principal.arn, request.action, request.resource)
            first, first_decided, times = found.get(key, (call, decided, 0))
            found[key] = (first, first_decided, times + 1)
    return list(found.values())


def _lines(call: LoggedCall, decided: Decided, times: int) -> list[str]:
    explanation = explain(decided.request, decided.stack)
    request = decided.request
    often = f" ({times} times)" if times > 1 else ""
    asked = "" if request.action.lower() == call.operation.lower() else f" (asked by {call.operation})"
    return [
        f"{request.principal.arn} was denied {request.action} on {request.resource}{asked}{often}",
        f"  {reason_of(explanation)}",
        *(f"  {click.unstyle(line)}" for line in remedy_lines(explanation) if line),
        "",
    ]
