"""Options that several commands share, spelled as the AWS CLI spells them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click

from passrole.errors import UsageError

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class TargetChoice:
    """Which account a command is to work on, as the command line says it; the embedded one when nothing is said."""

    account_file: Path | None
    aws: bool
    profile: str | None
    region: str | None
    endpoint_url: str | None
    expected_account: str | None

    @property
    def embedded(self) -> bool:
        return not (self.aws or self.profile or self.endpoint_url)


@dataclass(frozen=True, slots=True)
class SetUpChoice:
    """Which set-ups a command is about: a recipe by name with `--set`, or those of a passrole.toml."""

    name: str | None
    settings: tuple[str, ...]
    file: Path | None
    label: str | None
    variant: str | None
    recipe_folders: tuple[Path, ...]


def target_options(command: F) -> F:
    """Add the options that choose an account; the command receives them as one `target: TargetChoice`."""

    def wrapped(
        *args: Any,
        account_file: Path | None,
        aws: bool,
        profile: str | None,
        region: str | None,
        endpoint_url: str | None,
        account: str | None,
        **kwargs: Any,
    ) -> Any:
        choice = TargetChoice(account_file, aws, profile, region, endpoint_url, account)
        if account_file and not choice.embedded:
            raise UsageError(
                "`--account-file` names an embedded account, and --aws, --profile or --endpoint-url another one",
                help="give one of them",
            )
        if account is not None and not (account.isascii() and account.isdigit() and len(account) == 12):
            raise UsageError(
                f"`{account}` is not an account id", help="an account id has 12 digits: --account 111122223333"
            )
        return command(*args, target=choice, **kwargs)

    options = (
        click.option(
            "--account-file",
            type=click.Path(path_type=Path, dir_okay=True),
            envvar="PASSROLE_ACCOUNT_FILE",
            help="The embedded account's file.  [default: in your data directory]",
        ),
        click.option("--aws", is_flag=True, help="Work on real AWS, with credentials found as the AWS CLI finds them."),
        click.option("--profile", help="Work on AWS (or the endpoint) that this profile names."),
        click.option("--region", help="The Region; decides the partition.  [default: us-east-1 when embedded]"),
        click.option("--endpoint-url", help="Work on this AWS-compatible endpoint."),
        click.option("--account", metavar="ID", help="Refuse to work on any account but this one."),
    )
    return _apply_options(wrapped, command, options)


def set_up_options(command: F) -> F:
    """Add the options that choose set-ups; the command receives them as one `set_up: SetUpChoice`."""

    def wrapped(
        *args: Any,
        name: str | None,
        settings: tuple[str, ...],
        file: Path | None,
        label: str | None,
        variant: str | None,
        recipe_folders: tuple[Path, ...],
        **kwargs: Any,
    ) -> Any:
        return command(*args, set_up=SetUpChoice(name, settings, file, label, variant, recipe_folders), **kwargs)

    options = (
        click.argument("name", required=False),
        click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", help="A parameter; may be repeated."),
        click.option(
            "--file",
            "-f",
            type=click.Path(path_type=Path, exists=False, dir_okay=False),
            help="Set-ups and their parameters.  [default: passrole.toml when no parameter is given]",
        ),
        click.option(
            "--label", help="The set-up's name in the account, to have a recipe twice.  [default: the recipe's]"
        ),
        click.option(
            "--variant",
            type=click.Choice(["corrected", "documented"]),
            help="`corrected` carries the repairs of AWS's page, `documented` says what the page says.",
        ),
        recipe_folder_option(),
    )
    return _apply_options(wrapped, command, options)


def recipe_folder_option() -> Callable[[F], F]:
    return click.option(
        "--recipes",
        "recipe_folders",
        multiple=True,
        type=click.Path(path_type=Path),
        envvar="PASSROLE_RECIPES",
        help="A folder with recipes of your own; may be repeated.",
    )


def account_file_option(command: F) -> F:
    """For commands that know only the embedded account."""
    return click.option(
        "--account-file",
        type=click.Path(),
        envvar="PASSROLE_ACCOUNT_FILE",
        help="The embedded account's file.  [default: in your data directory]",
    )(command)


def output_option(command: F) -> F:
    return click.option(
        "--output", type=click.Choice(["text", "json"]), default="text", help="For people or for programs."
    )(command)


def _apply_options(wrapped: Callable[..., Any], command: F, options: tuple[Callable[[F], F], ...]) -> F:
    from functools import update_wrapper

    result: Any = update_wrapper(wrapped, command)
    for option in reversed(options):
        result = option(result)
    return result  # type: ignore[no-any-return]  # a decorator keeps the type of what it decorates
