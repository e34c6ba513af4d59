"""`passrole why`: a call to the embedded account from its log, and how each of its decisions came about."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import click

from passrole.cli.argument_types import TEXT
from passrole.cli.command import PassroleCommand
from passrole.cli.options import account_file_option, output_option
from passrole.cli.output import print_json
from passrole.cli.say import say
from passrole.errors import UsageError


@click.command(cls=PassroleCommand)
@click.argument("id", required=False, type=TEXT, metavar="[ID]")
@account_file_option
@output_option
def why(id: str | None, account_file: Path | None, output: str) -> None:  # noqa: A002
    """Explain the call ID of the embedded account; without ID, the last one that was denied.

    ID is the request id that every client shows with an error (the first six characters are enough), or an event id.
    The policies are those of the moment at which the call was decided, whatever has changed since. Of a request that
    was not authenticated it says why not, where the caller was told less; the newest few hundred are kept.

    \b
    Examples:
      passrole why
      passrole why 6f1c2a
    """
    from passrole.account.decision_log.decision_log import DecisionLog, log_path
    from passrole.cli.decision_json import decision_value
    from passrole.cli.target import account_file as path_of
    from passrole.cli.text.explanation import explanation_lines
    from passrole.engine.explain import explain

    path = path_of(account_file)
    log = DecisionLog(log_path(path))
    try:
        call = log.last_denied() if id is None else log.find(id)
    finally:
        log.close()
    if call is None:
        wanted = "no call was denied" if id is None else f"no call has the id `{id}`"
        raise UsageError(
            f"{wanted} in the log of `{path}`",
            help="name the account's file if it is another one: --account-file PATH",
        )
    explanations = [explain(each.request, each.stack) for each in call.decided]
    if output == "json":
        print_json({"event": dict(call.event), "decisions": [decision_value(each) for each in explanations]})
        return
    for line in _event_lines(call.event):
        say(line)
    if "passroleNotAuthenticated" in _additional(call.event):
        say(f"nobody is known to have made it: {_additional(call.event)['passroleNotAuthenticated']}")
    elif not explanations:
        say("it asked for no permission: nothing was decided by policies")
    for explanation in explanations:
        # What was allowed is told too when nothing was denied.
        if not call.denied or not explanation.decision.allowed:
            say("")
            for line in explanation_lines(explanation):
                say(line)


def _event_lines(event: Mapping[str, object]) -> list[str]:
    from passrole.account.decision_log.logged_call import caller_of

    identity = event["userIdentity"]
    assert isinstance(identity, Mapping)
    key = f"with key {identity['accessKeyId']} " if identity.get("accessKeyId") else ""
    lines = [
        f"{event['eventTime']}  {event['eventName'] or 'a request'} ({event['eventSource']}) by {caller_of(event)}",
        f"  {key}from {event['sourceIPAddress']}, request {event['requestID']}",
    ]
    additional = _additional(event)
    if additional.get("passroleUnsafeTestCredentials"):
        lines.append("  with well-known test credentials (passrole serve --unsafe-test-credentials)")
    if additional.get("passroleEnforcement") in ("soft", "off"):
        lines.append(
            f"  let through whatever policies say (passrole serve --enforcement {additional['passroleEnforcement']})"
        )
    if additional.get("passroleUnmapped"):
        lines.append(f"  {additional['passroleUnmapped']}")
    if "errorCode" in event:
        lines.append(f"  answered {event['errorCode']}: {event['errorMessage']}")
    return lines


def _additional(event: Mapping[str, object]) -> Mapping[str, object]:
    additional = event["additionalEventData"]
    assert isinstance(additional, Mapping)
    return additional
