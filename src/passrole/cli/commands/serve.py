"""`passrole serve`: the embedded account on a port of this machine."""

from __future__ import annotations

import click

from passrole.cli.exit_codes import EPILOG
from passrole.cli.options import account_file_option


@click.command(epilog=EPILOG)
@account_file_option
@click.option("--port", type=click.IntRange(0, 65535), default=4700, show_default=True, help="0 takes a free one.")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--allow-other-machines", is_flag=True, help="Permit a --host that other machines can reach.")
@click.option("--allow-host", "allowed_hosts", multiple=True, help="A further Host header to accept; may be repeated.")
@click.option("--account-id", help="The id of a new account.  [default: 111122223333]")
def serve(
    account_file: str | None,
    port: int,
    host: str,
    allow_other_machines: bool,
    allowed_hosts: tuple[str, ...],
    account_id: str | None,
) -> None:
    """Serve IAM and STS of the embedded account to the AWS CLI, boto3 and other clients.

    Every call is authenticated and authorized. What `passrole apply` did to the account is what clients see.

    \b
    Example:
      passrole serve
    """
    from pathlib import Path

    from passrole.cli.target import default_account_file
    from passrole.server.http import run_server

    def say(text: str) -> None:
        click.echo(text)
        # A person or a script waits for these lines while the server goes on running.
        click.get_text_stream("stdout").flush()

    run_server(
        Path(account_file) if account_file else default_account_file(),
        host=host,
        port=port,
        allow_other_machines=allow_other_machines,
        allowed_hosts=allowed_hosts,
        account_id=account_id,
        say=say,
    )
