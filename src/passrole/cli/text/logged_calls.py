"""Calls of the log, a few lines each: when, who and what, then every permission that was asked for and its answer."""

from __future__ import annotations

from typing import assert_never

import click

from passrole.account.decided import Decided
from passrole.account.decision_log.logged_call import Answered, LoggedCall
from passrole.cli.say import colourless
from passrole.cli.text.tables import heading, prose, short_name
from passrole.engine.explain import explain
from passrole.engine.reason import reason_of

_INDENT = 10
SHORT_ID = 8


def call_lines(call: LoggedCall, before: LoggedCall | None) -> list[str]:
    """The lines of one call; its day stands over it where the call `before` it was on another."""
    day, _, clock = str(call.event["eventTime"]).rstrip("Z").partition("T")
    lines: list[str] = []
    if before is None or not str(before.event["eventTime"]).startswith(day):
        lines.append(heading(f"{day} (UTC)"))
    who = colourless(_who(call, before))
    lines += prose(f"{clock}  {_word(call)}  {call.operation}  by {who}  {call.request_id[:SHORT_ID]}", 0, _INDENT)
    for why in (call.not_authenticated, call.unmapped):
        if why is not None:
            lines += prose(colourless(why), _INDENT, 2)
    if call.unsafe_credentials:
        lines += prose("with well-known test credentials", _INDENT, 2)
    for each in call.decided:
        lines += prose(colourless(_asked(call, each)), _INDENT, 2)
    if not call.refused and "errorCode" in call.event:
        lines += prose(colourless(f"answered {call.event['errorCode']}: {call.event['errorMessage']}"), _INDENT, 2)
    elif call.enforcement == "off":
        lines += prose("not decided: nothing is enforced (--enforcement off)", _INDENT, 2)
    elif not call.decided and call.unmapped is None:
        lines += prose("asked for no permission", _INDENT, 2)
    return lines


def _word(call: LoggedCall) -> str:
    """The usual ones are equally wide, so that what follows begins in one column."""
    match call.answered:
        case Answered.ALLOWED:
            return click.style("allowed", fg="green")
        case Answered.DENIED:
            return click.style("denied ", fg="red", bold=True)
        case Answered.REFUSED:
            return click.style("refused", fg="red", bold=True)
        case Answered.NOT_AUTHENTICATED:
            return click.style("not authenticated", fg="red", bold=True)
        case Answered.LET_THROUGH:
            # By soft enforcement or --unmapped allow; with no enforcement nobody knows.
            told = "let through, would be denied" if call.denied else "let through"
            return click.style(told, fg="yellow", bold=True)
        case _:
            assert_never(call.answered)


def _who(call: LoggedCall, before: LoggedCall | None) -> str:
    """`user/ana`, `assumed-role/app/session`; with its account where that is not the one of the call before."""
    account, name = call.caller_account, call.caller.rpartition(":")[2]
    if account is None:
        return "anyone (*)" if name == "anonymous" else name
    return name if before is None or before.caller_account in (None, account) else f"{account}:{name}"


def _asked(call: LoggedCall, decided: Decided) -> str:
    """`iam:PassRole on ARN: why`, the action only where the call does not tell it."""
    request, decision = decided.request, decided.decision
    action = "" if request.action.lower() == call.operation.lower() else f"{request.action} "
    if decision.allowed:
        grants = " and ".join(
            f"{short_name(ref.attached.name)}{_place(ref.index, ref.statement.sid)}" for ref in decision.determining
        )
        why = f"allowed by {grants or decision.rule or 'the account, whose root user asks'}"
    else:
        why = reason_of(explain(request, decided.stack))
    return f"{action}on {request.resource}: {why}"


def _place(index: int, sid: str | None) -> str:
    return f" statement {index + 1}{f' ({sid})' if sid else ''}"
