"""From the command line to set-ups: a recipe by name, an entry of passrole.toml, or what the journal remembers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from passrole.cli.options import SetUpChoice
from passrole.errors import Span, UsageError

if TYPE_CHECKING:
    from passrole.cli.target import OpenAccount
    from passrole.recipes.desired import DesiredState, Json

DEFAULT_FILE = Path("passrole.toml")


@dataclass(frozen=True, slots=True)
class ChosenSetUp:
    """A recipe with values, not yet rendered: where it will be set up is not needed to choose it."""

    recipe: str
    label: str
    variant: str
    values: Mapping[str, Json]
    spans: Mapping[str, Span] = field(default_factory=dict)

    def render(self, folders: tuple[Path, ...], *, account_id: str, partition: str, region: str) -> DesiredState:
        """Raises RecipeError for an unknown recipe, ParameterError for bad values."""
        from passrole.recipes.load import load_recipe
        from passrole.recipes.render import render

        return render(
            load_recipe(self.recipe, folders),
            self.values,
            account_id=account_id,
            partition=partition,
            region=region,
            variant=self.variant,
            label=self.label,
            spans=self.spans,
        )


def choose(choice: SetUpChoice, journal_set_ups: Mapping[str, ChosenSetUp] | None = None) -> tuple[ChosenSetUp, ...]:
    """The set-ups that the command line means.

    Without a name: all of the file. With a name: the file's entry of that label; else, when no parameter is given
    and the journal remembers a set-up of that label, that one; else the recipe with the given parameters. Values of
    `--set` go over those of the file. Raises UsageError.
    """
    settings = parse_settings(choice.settings)
    entries = _file_entries(choice)
    if choice.name is None:
        if not entries:
            raise UsageError(
                "no recipe is named, and there is no `passrole.toml` here",
                help="name one: passrole plan vm-import --set import_bucket=disk-images; all of them: passrole recipes",
            )
        if settings or choice.label:
            raise UsageError("`--set` and `--label` need the name of the recipe they are for", help="name a recipe")
        return tuple(entries.values())
    entry = entries.get(choice.label or choice.name)
    if entry is None and choice.file is not None:
        raise UsageError(
            f"`{choice.file}` has no set-up `{choice.label or choice.name}`", help=f"it has {', '.join(entries)}"
        )
    remembered = (journal_set_ups or {}).get(choice.label or choice.name)
    base = entry or (remembered if not settings else None)
    if base is None:
        base = ChosenSetUp(choice.name, choice.label or choice.name, "corrected", {})
    spans = {name: span for name, span in base.spans.items() if name not in settings}
    return (ChosenSetUp(base.recipe, base.label, choice.variant or base.variant, {**base.values, **settings}, spans),)


def render_all(
    chosen: tuple[ChosenSetUp, ...], folders: tuple[Path, ...], account: OpenAccount
) -> tuple[DesiredState, ...]:
    """The set-ups for this account."""
    return tuple(
        each.render(
            folders,
            account_id=account.identity.account_id,
            partition=account.identity.partition,
            region=account.region,
        )
        for each in chosen
    )


def remembered_set_ups(account: OpenAccount) -> dict[str, ChosenSetUp]:
    """What the journal knows to be set up here, with the parameters it was set up with."""
    return {
        label: ChosenSetUp(each.set_up.recipe, label, each.set_up.variant, each.set_up.parameters)
        for label, each in account.journal.set_ups.items()
        if each.set_up.recipe
    }


def parse_settings(settings: tuple[str, ...]) -> dict[str, Json]:
    """`NAME=VALUE` words; the values stay text and are read by their parameter's type. Raises UsageError."""
    values: dict[str, Json] = {}
    for setting in settings:
        name, equals, value = setting.partition("=")
        if not equals or not name:
            raise UsageError(f"`{setting}` is not NAME=VALUE", help="for example: --set import_bucket=disk-images")
        if name in values:
            raise UsageError(f"`{name}` is set twice", help="give a list in one --set, parted by commas")
        values[name] = value
    return values


def _file_entries(choice: SetUpChoice) -> dict[str, ChosenSetUp]:
    path = choice.file or (DEFAULT_FILE if DEFAULT_FILE.is_file() else None)
    if path is None:
        return {}
    from passrole.recipes.setup_file import read_set_up_file

    return {
        entry.label: ChosenSetUp(entry.recipe, entry.label, choice.variant or entry.variant, entry.values, entry.spans)
        for entry in read_set_up_file(path)
    }
