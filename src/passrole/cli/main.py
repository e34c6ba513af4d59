"""The `passrole` command: the table of commands, and the one place that turns failures into exit codes."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence

import click

from passrole import __version__
from passrole.cli.command import Settings, color_of
from passrole.cli.exit_codes import EPILOG, ExitCode
from passrole.cli.lazy import LazyCommand, LazyGroup
from passrole.cli.say import talk
from passrole.cli.usage import usage_error
from passrole.errors import PassroleError, UsageError

_COMMANDS = "passrole.cli.commands"
_SET_UP, _ASK, _SERVE, _MORE = "Set up a service", "Ask about permissions", "Serve an account", "More"

COMMANDS = {
    "demo": LazyCommand(_SET_UP, "The main job on a fresh embedded account, explained.", f"{_COMMANDS}.demo:demo"),
    "recipes": LazyCommand(
        _SET_UP, "What can be set up, and its state in this account.", f"{_COMMANDS}.recipes:recipes"
    ),
    "show": LazyCommand(_SET_UP, "A recipe: parameters, what it makes, reasons, sources.", f"{_COMMANDS}.show:show"),
    "plan": LazyCommand(_SET_UP, "What apply would change, and nothing else.", f"{_COMMANDS}.plan:plan"),
    "apply": LazyCommand(_SET_UP, "Show the plan, ask, apply it, verify it.", f"{_COMMANDS}.apply:apply"),
    "verify": LazyCommand(_SET_UP, "Replay the service's workflow against the account.", f"{_COMMANDS}.verify:verify"),
    "export": LazyCommand(_SET_UP, "The set-up as JSON or as AWS CLI commands.", f"{_COMMANDS}.export:export"),
    "destroy": LazyCommand(_SET_UP, "Remove exactly what apply made.", f"{_COMMANDS}.destroy:destroy"),
    "can": LazyCommand(_ASK, "May PRINCIPAL do ACTION on RESOURCE, and why?", f"{_COMMANDS}.can:can"),
    "who-can": LazyCommand(_ASK, "Everyone who may do ACTION on RESOURCE, and why.", f"{_COMMANDS}.who_can:who_can"),
    "what-can": LazyCommand(_ASK, "What PRINCIPAL may do, and on which resources.", f"{_COMMANDS}.what_can:what_can"),
    "why": LazyCommand(_ASK, "Why a call to the embedded account was denied.", f"{_COMMANDS}.why:why"),
    "decisions": LazyCommand(
        _ASK, "Calls to the embedded account, and what decided each.", f"{_COMMANDS}.decisions:decisions"
    ),
    "tighten": LazyCommand(
        _ASK, "The least policy for what a role or user was seen to do.", f"{_COMMANDS}.tighten:tighten"
    ),
    "diff": LazyCommand(_ASK, "What one policy allows and another does not, by meaning.", f"{_COMMANDS}.diff:diff"),
    "prove": LazyCommand(_ASK, "Rules that a policy keeps for every request.", f"{_COMMANDS}.prove:prove"),
    "managed": LazyCommand(
        _ASK, "An AWS managed policy's versions, and what AWS changed in them.", f"{_COMMANDS}.managed:managed"
    ),
    "drift": LazyCommand(_ASK, "An account, or one policy, against AWS's own policies.", f"{_COMMANDS}.drift:drift"),
    "conformance": LazyCommand(
        _ASK, "Run files of evaluation cases through the engine.", f"{_COMMANDS}.conformance:conformance"
    ),
    "serve": LazyCommand(_SERVE, "Serve the embedded account to AWS clients.", f"{_COMMANDS}.serve:serve"),
    "account": LazyCommand(
        _SERVE, "Export, import, snapshot, restore or reset the embedded account.", f"{_COMMANDS}.account:account"
    ),
    "env": LazyCommand(_SERVE, "The export lines that point AWS clients at `passrole serve`.", f"{_COMMANDS}.env:env"),
    "credentials": LazyCommand(
        _SERVE, "A role's credentials, where a workload on EC2 or ECS looks.", f"{_COMMANDS}.credentials:credentials"
    ),
    "data": LazyCommand(_MORE, "Which of AWS's facts are shipped, and from when.", f"{_COMMANDS}.data:data"),
    "schema": LazyCommand(_MORE, "The JSON Schemas of recipes and of every JSON output.", f"{_COMMANDS}.schema:schema"),
}

KNOWN_ENVIRONMENT = frozenset(
    {
        "PASSROLE_ACCOUNT_FILE",
        "PASSROLE_BACKEND_ACCESS_KEY_ID",
        "PASSROLE_BACKEND_SECRET_ACCESS_KEY",
        "PASSROLE_RECIPES",
    }
)


@click.group(
    cls=LazyGroup,
    table=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    epilog="\b\nExamples:\n  passrole demo\n  passrole show vm-import\n"
    "  passrole plan vm-import --set import_bucket=disk-images --set export_bucket=exports\n\n" + EPILOG,
)
@click.version_option(__version__, "--version", message="passrole %(version)s")
def cli() -> None:
    """Make the AWS permissions that a service needs, and show that they are enough and no more.

    Without --aws, --profile or --endpoint-url every command works on the embedded account: a file on this machine,
    from which nothing leaves.
    """
    _refuse_unknown_environment()


def _refuse_unknown_environment() -> None:
    """A mistyped PASSROLE_ variable would be obeyed by nobody and noticed by nobody."""
    for name in sorted(os.environ):
        if name.startswith("PASSROLE_") and name not in KNOWN_ENVIRONMENT:
            raise UsageError(
                f"the environment variable `{name}` is not one that passrole reads",
                help=f"unset it; passrole reads {', '.join(sorted(KNOWN_ENVIRONMENT))}",
            )


def main(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit code; nothing else in passrole exits."""
    settings = Settings(color=color_of("auto"))
    try:
        result = cli.main(
            list(arguments), prog_name="passrole", standalone_mode=False, obj=settings, color=settings.color
        )
    except click.exceptions.Exit as exit_:
        return exit_.exit_code
    except (click.Abort, KeyboardInterrupt):
        talk("interrupted")
        return ExitCode.INTERRUPTED
    except click.ClickException as error:
        return _failed(usage_error(error), settings)
    except PassroleError as error:
        return _failed(error, settings)
    except Exception as error:
        if settings.debug:
            raise
        talk(
            f"error: passrole has a fault of its own: {type(error).__name__}: {error}\n"
            "  help: run the command again with `--debug` and report what it prints"
        )
        return ExitCode.FAILED
    return int(result) if isinstance(result, int) else ExitCode.OK


def _failed(error: PassroleError, settings: Settings) -> int:
    from passrole.cli.text.failures import failure_text

    if settings.debug:
        traceback.print_exception(error)
    talk(failure_text(error), color=settings.color)
    return error.exit_code


def run() -> None:
    """The program itself. A character that the output's encoding lacks is escaped, and ends nothing."""
    for stream in (sys.stdout, sys.stderr):
        if stream is not None and hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    sys.exit(main(sys.argv[1:]))
