"""`passrole credentials`: a role's credentials where a workload on EC2 or ECS looks for them."""

from __future__ import annotations

import os
import shlex
import subprocess
from pathlib import Path

import click

from passrole.cli.argument_types import ACCOUNT_ID, TEXT
from passrole.cli.command import PassroleCommand
from passrole.cli.exit_codes import ExitCode
from passrole.cli.options import account_file_option
from passrole.cli.say import say, talk
from passrole.errors import ConfigurationError, UsageError
from passrole.server.stop_signals import told_to_stop

_SECONDS_BETWEEN_LOOKS = 0.05
_IN_THE_WAY = (
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_PROFILE",
    "AWS_ROLE_ARN",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_EC2_METADATA_DISABLED",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
)
"""Variables by which SDKs find other credentials first, or none."""


@click.command(cls=PassroleCommand)
@click.argument("command", nargs=-1, type=click.UNPROCESSED, metavar="[-- COMMAND]")
@click.option("--role", type=TEXT, metavar="NAME", help="The role whose credentials they are.")
@click.option("--instance-profile", type=TEXT, metavar="NAME", help="With --imds: the instance's profile.")
@click.option("--imds", is_flag=True, help="As on an EC2 instance: the instance metadata service, version 2.")
@click.option("--container", is_flag=True, help="As in a task of ECS: the endpoint of container credentials.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="On 127.0.0.1.  [default: a free one]")
@click.option(
    "--hop-limit", type=click.IntRange(1, 64), default=1, show_default=True, help="Of the metadata service's answers."
)
@click.option("--region", type=TEXT, help="Where the workload runs.  [default: the account's home Region]")
@click.option(
    "--endpoint-url",
    type=TEXT,
    default="http://127.0.0.1:4700",
    show_default=True,
    help="Where `passrole serve` listens, for the workload's calls.",
)
@click.option("--account-id", type=ACCOUNT_ID, help="Another account of the file.")
@account_file_option
def credentials(
    command: tuple[str, ...],
    role: str | None,
    instance_profile: str | None,
    imds: bool,
    container: bool,
    port: int,
    hop_limit: int,
    region: str | None,
    endpoint_url: str,
    account_id: str | None,
    account_file: Path | None,
) -> int:
    """Give a workload the credentials of a role as EC2 or ECS would.

    COMMAND is run as that workload, and its exit code is this one's. Without it the export lines for a workload go to
    standard output, and the credentials are there until Ctrl-C. AWS SDKs find them, and their calls go to
    `passrole serve`. Credentials last an hour, and new ones are there twenty minutes before. The role's trust
    policy must let ec2.amazonaws.com or ecs-tasks.amazonaws.com in, and an instance gets its role by an instance
    profile, as on AWS.

    \b
    Examples:
      passrole credentials --role app --imds -- aws sts get-caller-identity
      passrole credentials --role app --container > app.env
    """
    from passrole.account.store import AccountStore
    from passrole.catalog.partitions import iam_region, is_region
    from passrole.cli.target import account_file as path_of
    from passrole.server.metadata.workload import instance_credentials, task_credentials

    if imds == container:
        raise UsageError("where the workload runs is not said", help="give one of --imds and --container")
    if (role is None) == (instance_profile is None):
        raise UsageError("whose credentials they are is not said", help="give --role NAME or --instance-profile NAME")
    if region is not None and not is_region(region):
        raise UsageError(f"`{region}` is no Region", help="it is like us-east-1")
    path = path_of(account_file)
    if not path.exists():
        raise ConfigurationError(f"there is no account file `{path}`", help="name it: --account-file PATH")
    store = AccountStore.open(path, account_id=account_id)
    try:
        here = region or iam_region(store.partition)
        if imds:
            source = instance_credentials(
                store, role=role, profile=instance_profile, region=here, port=port, hop_limit=hop_limit
            )
        elif role is not None:
            source = task_credentials(store, role=role, region=here, port=port)
        else:
            raise UsageError("a task has a role, and no instance profile", help="give --role NAME")
        with source as workload:
            what = "the instance metadata service" if imds else "container credentials"
            talk(f"{what} at {workload.url}: {workload.session_arn}")
            variables = {**workload.variables, **_calls_to(endpoint_url, here)}
            if command:
                return _run(command, variables)
            with told_to_stop() as stop:
                say(_export_lines(variables))
                stop.wait()
            talk("stopped")
            return ExitCode.OK
    finally:
        store.close()


def _run(command: tuple[str, ...], variables: dict[str, str]) -> int:
    """The exit code of the command, as a shell tells it. A signal to end is the command's to obey."""
    kept = {name: value for name, value in os.environ.items() if name not in _IN_THE_WAY}
    with told_to_stop() as stop:
        try:
            running = subprocess.Popen(command, env={**kept, **variables})  # noqa: S603 (what the user typed)
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise UsageError(f"`{command[0]}` cannot be run", causes=(reason,), help="write -- COMMAND") from error
        while running.poll() is None:
            if stop.wait(_SECONDS_BETWEEN_LOOKS):
                # Ctrl-C has reached it by itself, and then this says it a second time.
                running.terminate()
                running.wait()
    return running.returncode if running.returncode >= 0 else 128 - running.returncode


def _calls_to(endpoint_url: str, region: str) -> dict[str, str]:
    return {
        "AWS_ENDPOINT_URL": endpoint_url,
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        # A person's own profiles would be found first; on an instance and in a task there are none.
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_CONFIG_FILE": os.devnull,
    }


def _export_lines(variables: dict[str, str]) -> str:
    lines = [f"export {name}={shlex.quote(value)}" for name, value in variables.items()]
    return "\n".join([f"unset {' '.join(_IN_THE_WAY)}", *lines])
