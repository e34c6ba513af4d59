"""Options of the commands that ask the engine: what is said of the request, and where its policies come from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import update_wrapper
from pathlib import Path
from typing import Any, TypeVar

import click

from passrole.cli.argument_types import ACCOUNT_ID, PATH, TEXT
from passrole.cli.options import TargetChoice
from passrole.errors import UsageError

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class RequestChoice:
    """What the command line says of a request beside principal, action and resource."""

    context_settings: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    called_via: tuple[str, ...] = ()
    resource_account: str | None = None


@dataclass(frozen=True, slots=True)
class FileChoice:
    """The files of policies that the command line names; organization policies as `FILE` or `LEVEL=FILE`."""

    policies: tuple[Path, ...] = ()
    boundary: Path | None = None
    session: Path | None = None
    resource: Path | None = None
    trust: Path | None = None
    endpoint: Path | None = None
    scps: tuple[str, ...] = ()
    rcps: tuple[str, ...] = ()
    grants: Path | None = None
    restrict_public_buckets: bool = False

    @property
    def any(self) -> bool:
        return self != FileChoice()


def request_options(command: F) -> F:
    """Add what is said of the request; the command receives it as one `asked: RequestChoice`."""

    def wrapped(
        *args: Any,
        context_settings: tuple[str, ...],
        without: tuple[str, ...],
        called_via: tuple[str, ...],
        resource_account: str | None,
        **kwargs: Any,
    ) -> Any:
        return command(*args, asked=RequestChoice(context_settings, without, called_via, resource_account), **kwargs)

    options = (
        click.option(
            "--context",
            "context_settings",
            multiple=True,
            metavar="KEY=VALUE",
            help="A condition key of the request; repeat a key to give it several values.",
        ),
        click.option(
            "--without",
            multiple=True,
            type=TEXT,
            metavar="KEY",
            help="A key that the request does not have; '*' for every key not given. What is not said is not known.",
        ),
        click.option(
            "--called-via",
            multiple=True,
            type=TEXT,
            metavar="SERVICE",
            help="A service that makes the call with the caller's credentials, such as athena.amazonaws.com.",
        ),
        click.option(
            "--resource-account", type=ACCOUNT_ID, metavar="ID", help="Who owns the resource, if not the ARN."
        ),
    )
    return _apply(wrapped, command, options)


def file_options(command: F) -> F:
    """Add the files of policies; the command receives them as one `files: FileChoice`."""

    def wrapped(
        *args: Any,
        policies: tuple[Path, ...],
        boundary: Path | None,
        session_policy: Path | None,
        resource_policy: Path | None,
        trust_policy: Path | None,
        endpoint_policy: Path | None,
        scps: tuple[str, ...],
        rcps: tuple[str, ...],
        key_grants: Path | None,
        restrict_public_buckets: bool,
        **kwargs: Any,
    ) -> Any:
        files = FileChoice(
            policies,
            boundary,
            session_policy,
            resource_policy,
            trust_policy,
            endpoint_policy,
            scps,
            rcps,
            key_grants,
            restrict_public_buckets,
        )
        return command(*args, files=files, **kwargs)

    file, level = "FILE", "[LEVEL=]FILE"
    options = (
        click.option(
            "--policy",
            "policies",
            multiple=True,
            type=PATH,
            metavar=file,
            help="An identity-based policy of PRINCIPAL.",
        ),
        click.option("--boundary", type=PATH, metavar=file, help="Its permissions boundary."),
        click.option("--session-policy", type=PATH, metavar=file, help="The policy that its session was made with."),
        click.option("--resource-policy", type=PATH, metavar=file, help="The resource's own policy."),
        click.option("--trust-policy", type=PATH, metavar=file, help="The trust policy of the role to be assumed."),
        click.option("--endpoint-policy", type=PATH, metavar=file, help="The policy of the VPC endpoint."),
        click.option(
            "--scp",
            "scps",
            multiple=True,
            type=TEXT,
            metavar=level,
            help="A service control policy over PRINCIPAL's account, from the root down; each a level of its own, or "
            "together with others of the same LEVEL.",
        ),
        click.option(
            "--rcp",
            "rcps",
            multiple=True,
            type=TEXT,
            metavar=level,
            help="A resource control policy over the resource's account, in the same way.",
        ),
        click.option(
            "--key-grants", type=PATH, metavar=file, help="The grants on the key: what `aws kms list-grants` prints."
        ),
        click.option(
            "--restrict-public-buckets",
            is_flag=True,
            help="S3 Block Public Access: RestrictPublicBuckets is on for the bucket.",
        ),
    )
    return _apply(wrapped, command, options)


def details_option(command: F) -> F:
    return click.option(
        "--authorization-details",
        "details",
        type=PATH,
        metavar="FILE",
        help="The account as `aws iam get-account-authorization-details` prints it, in place of an account.",
    )(command)


def names_account(target: TargetChoice) -> bool:
    """Whether the command line itself chooses an account, the embedded one included."""
    source = click.get_current_context().get_parameter_source("account_file")
    return not target.embedded or source is click.core.ParameterSource.COMMANDLINE


def refuse_two_accounts(details: Path | None, target: TargetChoice) -> None:
    """Raises UsageError where a file of authorization details and an account are both to be asked."""
    if details is not None and names_account(target):
        raise UsageError(
            "`--authorization-details` names an account, and so do --account-file, --aws, --profile, --endpoint-url",
            help="give one of them",
        )


def _apply(wrapped: Callable[..., Any], command: F, options: tuple[Callable[[F], F], ...]) -> F:
    result: Any = update_wrapper(wrapped, command)
    for option in reversed(options):
        result = option(result)
    return result  # type: ignore[no-any-return]  # a decorator keeps the type of what it decorates
