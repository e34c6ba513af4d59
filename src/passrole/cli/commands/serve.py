"""`passrole serve`: the embedded account on a port of this machine."""

from __future__ import annotations

from pathlib import Path

import click

from passrole.cli.argument_types import ACCOUNT_ID, PATH, TEXT
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
@click.option("--region", type=TEXT, help="A Region of the partition that a new account is in.  [default: us-east-1]")
@click.option(
    "--organization",
    "organization_file",
    type=PATH,
    metavar="FILE",
    help="Accounts, units and organization policies from a TOML file; missing accounts are made.",
)
@click.option(
    "--unsafe-test-credentials",
    is_flag=True,
    help="Take test/test and testing/testing as the administrator's keys, for suites that have them written in.",
)
def serve(
    account_file: Path | None,
    port: int,
    host: str,
    allow_other_machines: bool,
    allowed_hosts: tuple[str, ...],
    account_id: str | None,
    region: str | None,
    organization_file: Path | None,
    unsafe_test_credentials: bool,
) -> None:
    """Serve IAM and STS of the embedded account to the AWS CLI, boto3 and other clients.

    Every call is authenticated and authorized. What `passrole apply` did to the account is what clients see. A file may
    hold several accounts: whose a call is follows from the credentials that sign it.

    \b
    Examples:
      passrole serve
      passrole serve --account-file demo.db --port 4800
      passrole serve --organization organization.toml
    """
    from passrole.catalog.partitions import partition_of_region
    from passrole.cli.target import account_file as path_of
    from passrole.server.http import run_server
    from passrole.server.organization_file import read_organization

    run_server(
        path_of(account_file),
        host=host,
        port=port,
        allow_other_machines=allow_other_machines,
        allowed_hosts=allowed_hosts,
        account_id=account_id,
        partition=None if region is None else partition_of_region(region),
        organization=None if organization_file is None else read_organization(organization_file),
        unsafe_test_credentials=unsafe_test_credentials,
        say=say,
    )
