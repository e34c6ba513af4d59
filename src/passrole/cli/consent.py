"""Asking before anything is written: on a terminal a question, elsewhere only with --yes."""

from __future__ import annotations

import sys

import click

from passrole.errors import UsageError


def ask(question: str, *, yes: bool, why: str) -> None:
    """Return when the user agrees. Raises UsageError where nobody can be asked, click.Abort on a no."""
    if yes:
        return
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UsageError(f"{why}, and nobody can be asked here; nothing was done", help="add --yes if you mean it")
    if not click.confirm(question, err=True):
        click.echo("nothing was done", err=True)
        raise click.exceptions.Exit(1)
