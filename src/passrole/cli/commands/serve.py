"""`passrole serve`: the embedded account on a port of this machine."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from passrole.cli.argument_types import ACCOUNT_ID, PATH, QUOTA, TEXT
from passrole.cli.command import PassroleCommand, Settings
from passrole.cli.options import account_file_option, recipe_folder_option
from passrole.cli.say import say
from passrole.errors import UsageError

if TYPE_CHECKING:
    from passrole.server.gateway.opening import GatewayOptions


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
@click.option(
    "--quota",
    "quotas",
    type=QUOTA,
    multiple=True,
    metavar="NAME=NUMBER",
    help="Another value for a quota, by GetAccountSummary's name: RolesQuota=5000; may be repeated.",
)
@click.option("--backend", metavar="URL", help="An AWS endpoint that carries calls out.  [default: moto, in process]")
@click.option(
    "--enforcement",
    type=click.Choice(["enforce", "soft", "off"]),
    default="enforce",
    show_default=True,
    help="Of what policies deny: soft decides, logs, and lets it pass; off does not decide.",
)
@click.option(
    "--unmapped",
    type=click.Choice(["refuse", "allow"]),
    default="refuse",
    show_default=True,
    help="What becomes of calls that passrole cannot tell the permissions of.",
)
@click.option(
    "--allow-reset", is_flag=True, help="Let POST /_passrole/reset empty accounts and moto: for suites, between tests."
)
@click.option(
    "--init",
    "init_path",
    type=PATH,
    metavar="FOLDER",
    help="Run its scripts (*.sh) and apply its set-ups (*.toml), by name, before the server is ready.",
)
@recipe_folder_option()
@click.option("--no-gateway", is_flag=True, help="Answer IAM and STS alone.")
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
    quotas: tuple[tuple[str, int], ...],
    backend: str | None,
    enforcement: str,
    unmapped: str,
    allow_reset: bool,
    init_path: Path | None,
    recipe_folders: tuple[Path, ...],
    no_gateway: bool,
) -> None:
    """Serve the embedded account to the AWS CLI, boto3 and other clients: IAM and STS, and every other service.

    Every call is authenticated and authorized. IAM and STS are passrole's own; calls to other services are carried out
    by moto (pip install 'passrole[gateway]') or by another endpoint, once they are allowed. What `passrole apply` did
    to the account is what clients see. A file may hold several accounts: whose a call is follows from the credentials
    that sign it.

    The scripts of --init are run by bash as the account's administrator, with AWS_ENDPOINT_URL set, at every start. The
    first command that fails ends the server with exit code 1.

    \b
    Examples:
      passrole serve
      passrole serve --account-file demo.db --port 4800
      passrole serve --organization organization.toml
      passrole serve --port 4566 --account-id 000000000000 --enforcement soft
      passrole serve --quota RolesQuota=5000 --quota GroupsQuota=500
      passrole serve --backend http://127.0.0.1:9000
      passrole serve --init ./aws-init
    """
    from passrole.account.enforcement import Enforcement
    from passrole.account.quotas import with_quotas
    from passrole.catalog.partitions import partition_of_region
    from passrole.cli.init_files import init_folder
    from passrole.cli.target import account_file as path_of
    from passrole.server.http import run_server
    from passrole.server.organization_file import read_organization

    _log_more()
    folder = None if init_path is None else init_folder(init_path, recipe_folders)
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
        quotas=with_quotas(_once(quotas)),
        gateway=None if no_gateway else _gateway(backend, enforcement, unmapped),
        allow_reset=allow_reset,
        enforcement=Enforcement(enforcement),
        prepare=None if folder is None else folder.apply,
        say=_loudly,
    )


def _log_more() -> None:
    """With --debug: every request in a line, and tracebacks of what failed."""
    settings = click.get_current_context().find_object(Settings)
    if settings is not None and settings.debug:
        import logging

        logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s")
        logging.getLogger("passrole").setLevel(logging.DEBUG)


def _once(quotas: tuple[tuple[str, int], ...]) -> dict[str, int]:
    """Raises UsageError for a quota that is given twice: nobody can tell which value is meant."""
    found = dict(quotas)
    for name, value in quotas:
        if found[name] != value:
            raise UsageError(f"`--quota {name}` is given twice, with {value} and {found[name]}", help="give it once")
    return found


def _gateway(backend: str | None, enforcement: str, unmapped: str) -> GatewayOptions | None:
    """None where nothing could carry calls out and nothing was asked for: IAM and STS are served then."""
    from passrole.account.enforcement import Enforcement
    from passrole.server.gateway.enforcement import GatewayMode, Unmapped
    from passrole.server.gateway.moto_backend import is_installed
    from passrole.server.gateway.opening import GatewayOptions

    mode = GatewayMode(Enforcement(enforcement), Unmapped(unmapped))
    if backend is None and mode.unmapped is Unmapped.REFUSE and not is_installed():
        return None
    return GatewayOptions(mode, backend)


def _loudly(text: str) -> None:
    """Print what a start tells; that nothing is enforced, in red."""
    from passrole.server.enforcement_told import OFF

    lines = text.split("\n")
    say("\n".join(click.style(line, fg="red", bold=True) if line.startswith(OFF) else line for line in lines))
