"""`passrole export`: a set-up for those who do not use passrole, as JSON or as a script of AWS CLI commands."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from passrole.cli.argument_types import PATH
from passrole.cli.command import PassroleCommand
from passrole.cli.options import SetUpChoice, TargetChoice, set_up_options, target_options
from passrole.cli.say import say, talk
from passrole.errors import ConfigurationError, UsageError

if TYPE_CHECKING:
    from passrole.recipes.desired import DesiredState

SUFFIXES = {"json": ".json", "aws-cli": ".sh"}


@click.command(cls=PassroleCommand)
@set_up_options
@target_options
@click.option(
    "--format",
    "form",
    type=click.Choice(list(SUFFIXES)),
    default="json",
    show_default=True,
    help="One JSON document, or a shell script of AWS CLI commands.",
)
@click.option("--out", type=PATH, help="Write LABEL.json or LABEL.sh into this folder, for each set-up.")
def export(set_up: SetUpChoice, target: TargetChoice, form: str, out: Path | None) -> None:
    """Print the set-up NAME so that it can be used without passrole. Nothing is read of its state, nothing written.

    ARNs carry the account's id: that of --account, else that of the account that the options name.

    \b
    Examples:
      passrole export vm-import --set import_bucket=disk-images --account 111122223333 --format aws-cli
      passrole export --file passrole.toml --profile prod --out exported
    """
    desired = _rendered(set_up, target)
    if out is not None:
        for each in desired:
            _write(out, each, form)
        return
    if len(desired) > 1:
        raise UsageError(
            f"`{set_up.file or 'passrole.toml'}` has {len(desired)} set-ups, each of which is a document of its own",
            help="name one, or write all of them into a folder: --out FOLDER",
        )
    say(_text(desired[0], form), newline=False)


def _rendered(set_up: SetUpChoice, target: TargetChoice) -> tuple[DesiredState, ...]:
    from passrole.cli.rendering import place_of, place_without_account, render_for
    from passrole.cli.set_ups import choose, remembered_set_ups
    from passrole.cli.target import is_missing, open_account

    if is_missing(target):
        place, remembered = place_without_account(target), {}
        if target.expected_account is None:
            talk(f"note: there is no embedded account yet; ARNs carry the example {place.account_id}: add --account ID")
    else:
        with open_account(target) as account:
            place, remembered = place_of(account), remembered_set_ups(account)
    return render_for(choose(set_up, remembered), set_up.recipe_folders, place)


def _text(desired: DesiredState, form: str) -> str:
    from passrole.provision.export import export_aws_cli, export_json

    return export_json(desired) if form == "json" else export_aws_cli(desired)


def _write(folder: Path, desired: DesiredState, form: str) -> None:
    path = folder / f"{desired.label}{SUFFIXES[form]}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path.write_text(_text(desired, form), encoding="utf-8", newline="\n")
    except OSError as error:
        raise ConfigurationError(
            f"`{path}` cannot be written",
            causes=((error.strerror or str(error)).lower(),),
            help="name another folder: --out FOLDER",
        ) from error
    talk(f"written: {path}")
