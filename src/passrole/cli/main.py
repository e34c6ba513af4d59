"""The `passrole` command: the table of commands, and the one place that turns failures into exit codes."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence

import click

from passrole import __version__
from passrole.cli.exit_codes import EPILOG, ExitCode
from passrole.cli.lazy import LazyCommand, LazyGroup
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
    "conformance": LazyCommand(
        _ASK, "Run files of evaluation cases through the engine.", f"{_COMMANDS}.conformance:conformance"
    ),
    "serve": LazyCommand(
        _SERVE, "Serve the embedded account's IAM and STS to AWS clients.", f"{_COMMANDS}.serve:serve"
    ),
    "env": LazyCommand(_SERVE, "The export lines that point AWS clients at `passrole serve`.", f"{_COMMANDS}.env:env"),
    "data": LazyCommand(_MORE, "Which of AWS's facts are shipped, and from when.", f"{_COMMANDS}.data:data"),
    "schema": LazyCommand(_MORE, "The JSON Schemas of recipes and of every JSON output.", f"{_COMMANDS}.schema:schema"),
}

KNOWN_ENVIRONMENT = frozenset({"PASSROLE_ACCOUNT_FILE", "PASSROLE_RECIPES"})


@click.group(
    cls=LazyGroup,
    table=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    epilog="\b\nExamples:\n  passrole demo\n  passrole show vm-import\n"
    "  passrole plan vm-import --set import_bucket=disk-images --set export_bucket=exports\n\n" + EPILOG,
)
@click.version_option(__version__, "--version", message="passrole %(version)s")
@click.option("--debug", is_flag=True, help="Show tracebacks.")
@click.option("--color", type=click.Choice(["auto", "on", "off"]), default="auto", help="Colour in text output.")
@click.pass_context
def cli(ctx: click.Context, debug: bool, color: str) -> None:
    """Make the AWS permissions that a service needs, and show that they are enough and no more.

    Without --aws, --profile or --endpoint-url every command works on the embedded account: a file on this machine,
    from which nothing leaves.
    """
    ctx.color = _color(color)
    _refuse_unknown_environment()


def _color(choice: str) -> bool | None:
    """None lets click decide by the terminal. Source of the variables: https://no-color.org, bixense.com/clicolors."""
    if choice != "auto":
        return choice == "on"
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR") or os.environ.get("CLICOLOR_FORCE", "0") != "0":
        return True
    return None


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
    debug = "--debug" in arguments
    try:
        result = cli.main(list(arguments), prog_name="passrole", standalone_mode=False)
    except click.exceptions.Exit as exit_:
        return exit_.exit_code
    except click.Abort:
        click.echo("\ninterrupted; `passrole apply` goes on where it stopped", err=True)
        return ExitCode.INTERRUPTED
    except KeyboardInterrupt:
        click.echo("\ninterrupted; `passrole apply` goes on where it stopped", err=True)
        return ExitCode.INTERRUPTED
    except click.ClickException as error:
        _report_usage(error)
        return ExitCode.USAGE
    except PassroleError as error:
        if debug:
            traceback.print_exc()
        from passrole.cli.text.failures import failure_text

        click.echo(failure_text(error), err=True)
        return error.exit_code
    except BrokenPipeError:
        # The reader of our output has gone (`| head`): nothing is left to say to it.
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115 - the interpreter flushes stdout at exit
        return ExitCode.OK
    except Exception as error:
        if debug:
            raise
        click.echo(
            f"error: passrole has a fault of its own: {type(error).__name__}: {error}\n"
            "  help: run the command again with `--debug` and report what it prints",
            err=True,
        )
        return ExitCode.FAILED
    return int(result) if isinstance(result, int) else ExitCode.OK


def _report_usage(error: click.ClickException) -> None:
    click.echo(f"error: {error.format_message()}", err=True)
    ctx = getattr(error, "ctx", None)
    path = ctx.command_path if isinstance(ctx, click.Context) else "passrole"
    click.echo(f"  help: `{path} --help` shows what it takes", err=True)


def run() -> None:
    sys.exit(main(sys.argv[1:]))
