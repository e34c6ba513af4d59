"""`passrole serve`: the embedded account on a port of this machine."""

from __future__ import annotations

from pathlib import Path

import click

from passrole.cli.argument_types import ACCOUNT_ID, TEXT
from passrole.cli.command import PassroleCommand
from passrole.cli.options import account_file_option
from passrole.cli.say import say


@click.command(cls=PassroleCommand)
@account_file_option
@click.option("--port", type=click.IntRange(0, 65535), default=4700, show_default=True, help="0 takes a free one.")
@click.option("--host", type=TEXT, default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--allow-other-machines", is_flag=True, help="Permit a --host that other machines can reach.")
@click.option(
    "--allow-host", "allowed_hosts", type=TEXT, multiple=True, help="A further Host header to accept; may be repeated."
)
@click.option("--account-id", type=ACCOUNT_ID, help="The id of a new account.  [default: 111122223333]")
def serve(
    account_file: Path | None,
    port: int,
    host: str,
    allow_other_machines: bool,
    allowed_hosts: tuple[str, ...],
    account_id: str | None,
) -> None:
    """Serve IAM and STS of the embedded account to the AWS CLI, boto3 and other clients.

    Every call is authenticated and authorized. What `passrole apply` did to the account is what clients see.

    \b
    Examples:
      passrole serve
      passrole serve --account-file demo.db --port 4800
    """
    from passrole.cli.target import account_file as path_of
    from passrole.server.http import run_server

    run_server(
        path_of(account_file),
        host=host,
        port=port,
        allow_other_machines=allow_other_machines,
        allowed_hosts=allowed_hosts,
        account_id=account_id,
        say=say,
    )
