"""Options that several commands share, spelled as the AWS CLI spells them."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click

from passrole.cli.argument_types import ACCOUNT_ID, PATH, TEXT
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

    def as_typed(self) -> str:
        """The options that choose this account again, with a space before each; to be pasted."""
        words = ["--aws"] if self.aws else []
        for option, value in (
            ("--account-file", self.account_file),
            ("--profile", self.profile),
            ("--region", self.region),
            ("--endpoint-url", self.endpoint_url),
            ("--account", self.expected_account),
        ):
            words += [option, shlex.quote(str(value))] if value is not None else []
        return "".join(f" {word}" for word in words)


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
        if not choice.embedded and _written(account_file, "account_file"):
            raise UsageError(
                "`--account-file` names an embedded account, and --aws, --profile or --endpoint-url another one",
                help="give one of them",
            )
        return command(*args, target=choice, **kwargs)

    options = (
        account_file_option,
        click.option("--aws", is_flag=True, help="Work on real AWS, with credentials found as the AWS CLI finds them."),
        click.option("--profile", type=TEXT, help="Work on AWS (or the endpoint) that this profile names."),
        click.option("--region", type=TEXT, help="The Region; decides the partition.  [embedded: us-east-1]"),
        click.option("--endpoint-url", type=TEXT, help="Work on this AWS-compatible endpoint."),
        click.option(
            "--account", type=ACCOUNT_ID, metavar="ID", help="This account and no other; the id of a new one."
        ),
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
        click.argument("name", required=False, type=TEXT),
        click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", help="A parameter; may be repeated."),
        click.option(
            "--file", "-f", type=PATH, help="Set-ups and their parameters.  [default: passrole.toml if it is here]"
        ),
        click.option(
            "--label",
            type=TEXT,
            help="The set-up's name in the account, to have a recipe twice.  [default: the recipe's]",
        ),
        click.option(
            "--variant",
            type=click.Choice(["corrected", "documented"]),
            help="`corrected` (the default) carries the repairs of AWS's page, `documented` says what the page says.",
        ),
        recipe_folder_option(),
    )
    return _apply_options(wrapped, command, options)


def recipe_folder_option() -> Callable[[F], F]:
    return click.option(
        "--recipes",
        "recipe_folders",
        multiple=True,
        type=PATH,
        envvar="PASSROLE_RECIPES",
        help="A folder with recipes of your own; may be repeated.  [env: PASSROLE_RECIPES]",
    )


def account_file_option(command: F) -> F:
    return click.option(
        "--account-file",
        type=PATH,
        envvar="PASSROLE_ACCOUNT_FILE",
        help="The embedded account's file.  [env: PASSROLE_ACCOUNT_FILE; default: in your data directory]",
    )(command)


def output_option(command: F) -> F:
    return click.option(
        "--output", type=click.Choice(["text", "json"]), default="text", help="For people or for programs."
    )(command)


def yes_option(command: F) -> F:
    return click.option("--yes", is_flag=True, help="Do not ask; needed where nobody can answer.")(command)


def _written(value: object, name: str) -> bool:
    """Whether an option stands on the command line itself, and not in the environment only."""
    source = click.get_current_context().get_parameter_source(name)
    return value is not None and source is click.core.ParameterSource.COMMANDLINE


def _apply_options(wrapped: Callable[..., Any], command: F, options: tuple[Callable[[F], F], ...]) -> F:
    from functools import update_wrapper

    result: Any = update_wrapper(wrapped, command)
    for option in reversed(options):
        result = option(result)
    return result  # type: ignore[no-any-return]  # a decorator keeps the type of what it decorates
