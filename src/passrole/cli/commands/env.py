"""`passrole env`: the lines that point AWS clients at a served account, for the owner of its file."""

from __future__ import annotations

from pathlib import Path

import click

from passrole.cli.argument_types import ACCOUNT_ID, TEXT
from passrole.cli.command import PassroleCommand
from passrole.cli.options import account_file_option
from passrole.cli.say import say, talk


@click.command(cls=PassroleCommand)
@account_file_option
@click.option(
    "--endpoint-url",
    type=TEXT,
    default="http://127.0.0.1:4700",
    show_default=True,
    help="Where `passrole serve` listens.",
)
@click.option("--account-id", type=ACCOUNT_ID, help="Another account of the file, for its administrator.")
def env(account_file: Path | None, endpoint_url: str, account_id: str | None) -> None:
    """Print the export lines of the account's administrator; they hold its secret.

    \b
    Examples:
      eval "$(passrole env)"
      passrole env --account-file demo.db > demo.env
    """
    from passrole.cli.target import account_file as path_of
    from passrole.server.client_environment import OLD_CLIENTS_WARNING
    from passrole.server.http import environment_of

    say(environment_of(path_of(account_file), endpoint_url, account_id).export_lines())
    talk(f"note: {OLD_CLIENTS_WARNING}")
