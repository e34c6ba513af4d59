"""`passrole decisions`: the calls to the embedded account from its log: who, what, on what, and what decided."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from passrole.cli.argument_types import TEXT
from passrole.cli.command import PassroleCommand
from passrole.cli.options import account_file_option, output_option
from passrole.cli.output import FORMAT_VERSION, print_json
from passrole.cli.say import is_heard, say, talk
from passrole.cli.since import since_option
from passrole.errors import UsageError

if TYPE_CHECKING:
    from passrole.account.decision_log.decision_log import DecisionLog
    from passrole.account.decision_log.logged_call import LoggedCall
    from passrole.account.decision_log.selection import Selection

_SHOWN: Final = 50
_SHOWN_BEFORE_NEW: Final = 10
_SECONDS_BETWEEN_LOOKS: Final = 0.3


@click.command(cls=PassroleCommand)
@click.option("--follow", "-f", is_flag=True, help="Go on with every new call, until Ctrl-C.")
@click.option("--denied", is_flag=True, help="Denied calls alone.")
@click.option("--unauthenticated", is_flag=True, help="In their place the requests that nobody is known to have made.")
@click.option(
    "--principal", type=TEXT, metavar="WHO", help="Calls of role/NAME, user/NAME or an ARN; * stands for any text."
)
@click.option("--action", type=TEXT, help="Calls that are, or ask for, this action, such as iam:Get*.")
@since_option
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    help="At most so many, the newest.  "
    f"[default: {_SHOWN}; with --since all; with --follow {_SHOWN_BEFORE_NEW} at first]",
)
@account_file_option
@output_option
def decisions(
    follow: bool,
    denied: bool,
    unauthenticated: bool,
    principal: str | None,
    action: str | None,
    since: int | None,
    limit: int | None,
    account_file: Path | None,
    output: str,
) -> None:
    """List the calls that the embedded account was asked to carry out, and what decided each.

    Oldest first. Under each call stand the permissions that it asked for, each with the statement that decided or with
    what is missing. The eight characters at the end of its line are its id: `passrole why ID` explains it in full.

    A call that was refused before anything was decided, because it was not understood or because nobody can tell what
    it asks, stands there as refused. Requests with a wrong key or signature are listed by --unauthenticated.

    With --follow and --output json, every line is one JSON document.

    \b
    Examples:
      passrole decisions --denied
      passrole decisions --follow --principal role/app
      passrole decisions --since 1h --action 's3:*' --output json
      passrole decisions --unauthenticated --since 15m
    """
    from passrole.account.decision_log.decision_log import DecisionLog, log_path
    from passrole.account.decision_log.selection import Selection
    from passrole.cli.target import account_file as path_of

    if unauthenticated and (denied or principal is not None):
        raise UsageError(
            "who was not authenticated is nobody that is known, and was asked for no permission",
            help="leave out --principal and --denied",
        )
    selection = Selection(principal, action, since, denied)
    path = path_of(account_file)
    log = DecisionLog(log_path(path))
    source = _Source(log, selection, unauthenticated)
    try:
        if follow:
            _follow(source, limit, output)
            return
        calls = source.calls(limit=limit or (None if since is not None else _SHOWN))
        others = 0 if unauthenticated or denied or principal is not None else len(log.failed(selection))
    finally:
        log.close()
    if output == "json":
        print_json(_document(calls))
        return
    if not calls:
        say(f"no such {'request' if unauthenticated else 'call'} is in the log of {path}")
    _print(calls, None)
    if others:
        talk(f"{others} not authenticated: passrole decisions --unauthenticated")


@dataclass(frozen=True, slots=True)
class _Source:
    """The calls of the log that are meant, or the requests of nobody."""

    log: DecisionLog
    selection: Selection
    unauthenticated: bool

    def calls(self, *, after: int = 0, limit: int | None = None) -> tuple[LoggedCall, ...]:
        read = self.log.failed if self.unauthenticated else self.log.calls
        return read(self.selection, after=after, limit=limit)

    def last_number(self) -> int:
        return self.log.last_failed_number() if self.unauthenticated else self.log.last_number()


def _follow(source: _Source, limit: int | None, output: str) -> None:
    """Until the reader has gone, or Ctrl-C, which is how this ends."""
    last = source.last_number()
    calls = source.calls(limit=limit or (None if source.selection.since is not None else _SHOWN_BEFORE_NEW))
    before: LoggedCall | None = None
    try:
        while True:
            if output == "json":
                heard = all(is_heard(_line(call)) for call in calls)
            else:
                heard = _print(calls, before)
            if not heard:
                return
            before = calls[-1] if calls else before
            last = max(last, calls[-1].number if calls else 0)
            time.sleep(_SECONDS_BETWEEN_LOOKS)
            seen, newest = last, source.last_number()
            calls = source.calls(after=seen)
            last = max(last, newest)
    except KeyboardInterrupt:
        return


def _print(calls: tuple[LoggedCall, ...], before: LoggedCall | None) -> bool:
    """Whether somebody reads it."""
    from passrole.cli.text.logged_calls import call_lines

    heard = True
    for call in calls:
        for line in call_lines(call, before):
            heard = is_heard(line) and heard
        before = call
    return heard


def _line(call: LoggedCall) -> str:
    return json.dumps({"format_version": FORMAT_VERSION, **_document((call,))})


def _document(calls: tuple[LoggedCall, ...]) -> dict[str, object]:
    from passrole.cli.logged_call_json import call_value

    return {"calls": [call_value(call) for call in calls]}
