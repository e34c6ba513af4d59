"""Asking before anything is written: on a terminal a question, elsewhere only with --yes."""

from __future__ import annotations

import sys

import click

from passrole.cli.exit_codes import ExitCode
from passrole.cli.say import is_terminal, talk
from passrole.cli.stopped import StoppedError
from passrole.errors import UsageError


def ask(question: str, *, yes: bool, why: str) -> None:
    """Return when the user agrees. Raises UsageError where nobody can be asked, StoppedError on Ctrl-C.

    On any other answer than yes the command ends with exit code 1. Only a terminal is asked: a piped stdin may be
    meant for another program.
    """
    if yes:
        return
    if not (is_terminal(sys.stdin) and is_terminal(sys.stderr)):
        raise UsageError(f"{why}, and nobody can be asked here; nothing was done", help="add --yes if you mean it")
    try:
        talk(f"{question} [y/N] ", newline=False)
        answer = sys.stdin.readline()
    except KeyboardInterrupt as error:
        talk()
        raise StoppedError("interrupted; nothing was done") from error
    if answer.strip().lower() not in ("y", "yes"):
        talk("nothing was done" if answer else "\nnothing was done")
        raise click.exceptions.Exit(ExitCode.FAILED)
