"""`passrole tighten`: the least policy for calls that were made, checked, and held against the policies of today."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from passrole.cli.argument_types import PATH, TEXT
from passrole.cli.command import PassroleCommand
from passrole.cli.exit_codes import ExitCode
from passrole.cli.options import account_file_option, output_option
from passrole.cli.output import print_json
from passrole.cli.say import say, talk
from passrole.cli.since import since_option
from passrole.errors import UsageError

if TYPE_CHECKING:
    from passrole.account.decision_log.decision_log import DecisionLog
    from passrole.account.decision_log.logged_call import LoggedCall
    from passrole.activity.tighten.least_policy import Shape


@click.command(cls=PassroleCommand)
@click.argument("ids", nargs=-1, type=TEXT, metavar="[ID]...")
@click.option("--role", type=TEXT, metavar="NAME", help="What every session of this role did.")
@click.option("--principal", type=TEXT, metavar="WHO", help="What role/NAME, user/NAME or an ARN did.")
@since_option
@click.option(
    "--each", "folder", type=PATH, metavar="FOLDER", help="A file for every user and role that did something."
)
@click.option("--with-denied", is_flag=True, help="Allow also what was denied.")
@click.option(
    "--widen",
    "patterns",
    type=TEXT,
    multiple=True,
    metavar="PATTERN",
    help="Write this pattern of ARNs in place of the resources that it covers; may be repeated.",
)
@click.option(
    "--condition",
    "keys",
    type=TEXT,
    multiple=True,
    metavar="KEY",
    help="Keep the values that this condition key had; may be repeated.",
)
@account_file_option
@output_option
def tighten(
    ids: tuple[str, ...],
    role: str | None,
    principal: str | None,
    since: int | None,
    folder: Path | None,
    with_denied: bool,
    patterns: tuple[str, ...],
    keys: tuple[str, ...],
    account_file: Path | None,
    output: str,
) -> int:
    """Print the least policy that allows again what a role or user was seen to do.

    The calls come from the log of decisions: all of a role, of a user or of a time, or those with these IDs. The policy
    goes to standard output and holds every action with just the resources that it was asked for, no wildcard unless
    --widen names it, and no condition unless --condition names its key. The engine is asked whether it allows every one
    of those calls. What else it allows, what the policies of today allow that nobody used, and what it leaves out is
    told beside it.

    With --each every user and role that did something gets a policy of its own, in a file of the folder.

    It exits with 2 when a call cannot be allowed by a policy of the role or user.

    \b
    Examples:
      passrole tighten --role app > app.json
      passrole tighten --role app --since 1h --with-denied --widen 'arn:aws:s3:::disk-images/*'
      passrole tighten 6f1c2a8e 0b91d3f7 --with-denied
      passrole tighten --each policies --since 1h
    """
    from passrole.account.decision_log.decision_log import DecisionLog, log_path
    from passrole.activity.tighten.least_policy import Shape, check_pattern
    from passrole.activity.tighten.seen_conditions import check_key
    from passrole.cli.target import account_file as path_of
    from passrole.cli.tightened import tightened

    for pattern in patterns:
        check_pattern(pattern)
    for key in keys:
        check_key(key)
    path = path_of(account_file)
    if folder is not None and (ids or role is not None or principal is not None or output == "json"):
        raise UsageError(
            "`--each` is for everyone who did something, and writes files",
            help="leave out ids, --role, --principal and --output",
        )
    log = DecisionLog(log_path(path))
    try:
        calls = _by_id(log, ids, role or principal, since) if ids else _of_principal(log, role, principal, since)
    finally:
        log.close()
    if ids and not with_denied and (denied := [call for call in calls if call.denied]):
        raise UsageError(
            f"the call `{denied[0].request_id}` was denied", help="to allow it all the same: --with-denied"
        )
    if folder is not None:
        return _each(path, calls, Shape(patterns, keys), folder, with_denied=with_denied)
    result = tightened(path, calls, Shape(patterns, keys), with_denied=with_denied)
    if output == "json":
        from passrole.cli.tightened_json import tightened_value

        print_json(tightened_value(result))
    else:
        from passrole.cli.text.tightened import policy_text, tightened_lines

        if result.least.document["Statement"]:
            say(policy_text(result))
        for line in tightened_lines(result):
            talk(line)
    return ExitCode.FINDINGS if result.impossible else ExitCode.OK


def _each(path: Path, calls: tuple[LoggedCall, ...], shape: Shape, folder: Path, *, with_denied: bool) -> ExitCode:
    from passrole.cli.text.tightened import policy_text, tightened_lines
    from passrole.cli.tightened import Tightened
    from passrole.cli.tightened_each import calls_by_owner, each_tightened, files_for

    files = files_for(folder, list(calls_by_owner(calls)))
    if not files:
        raise UsageError(
            f"the log of `{path}` has no call of a user or role that asks for a permission",
            help="see what it has: passrole decisions",
        )
    code = ExitCode.OK
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for owner, result in each_tightened(path, calls, shape, with_denied=with_denied):
            if not isinstance(result, Tightened):
                talk(f"no file for {owner.rpartition(':')[2]}: {result.message}")
                continue
            if result.least.document["Statement"]:
                files[owner].write_text(f"{policy_text(result)}\n")
                say(str(files[owner]))
            for line in tightened_lines(result):
                talk(line)
            code = ExitCode.FINDINGS if result.impossible else code
    except OSError as error:
        raise UsageError(
            f"the folder `{folder}` cannot be written", causes=((error.strerror or str(error)).lower(),)
        ) from error
    return code


def _of_principal(
    log: DecisionLog, role: str | None, principal: str | None, since: int | None
) -> tuple[LoggedCall, ...]:
    from passrole.account.decision_log.selection import Selection

    if role is not None and principal is not None:
        raise UsageError("`--role` and `--principal` both say whose calls are meant", help="give one of them")
    who = f"role/{role}" if role is not None else principal
    return log.calls(Selection(principal=who, since=since))


def _by_id(log: DecisionLog, ids: tuple[str, ...], who: str | None, since: int | None) -> tuple[LoggedCall, ...]:
    if who is not None or since is not None:
        raise UsageError("ids say which calls are meant", help="leave out --role, --principal and --since")
    calls = {}
    for each in ids:
        call = log.find(each)
        if call is None:
            raise UsageError(f"no call has the id `{each}`", help="list them: passrole decisions")
        calls[call.event_id] = call
    return tuple(calls.values())
