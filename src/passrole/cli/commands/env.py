"""`passrole env`: the lines that point AWS clients at a served account, for the owner of its file."""

from __future__ import annotations

import click

from passrole.cli.exit_codes import EPILOG
from passrole.cli.options import account_file_option


@click.command(epilog=EPILOG)
@account_file_option
@click.option(
    "--endpoint-url", default="http://127.0.0.1:4700", show_default=True, help="Where `passrole serve` listens."
)
def env(account_file: str | None, endpoint_url: str) -> None:
    """Print the export lines of the account's administrator; they hold its secret.

    \b
    Example:
      eval "$(passrole env)"
    """
    from pathlib import Path

    from passrole.cli.target import default_account_file
    from passrole.server.client_environment import OLD_CLIENTS_WARNING
    from passrole.server.http import environment_of

    path = Path(account_file) if account_file else default_account_file()
    click.echo(environment_of(path, endpoint_url).export_lines())
    click.echo(f"note: {OLD_CLIENTS_WARNING}", err=True)
