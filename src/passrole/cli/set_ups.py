"""From the command line to set-ups: a recipe by name, an entry of passrole.toml, or what the journal remembers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from passrole.cli.argument_types import unreadable_text
from passrole.cli.options import SetUpChoice
from passrole.errors import Span, UsageError

if TYPE_CHECKING:
    from passrole.cli.target import OpenAccount
    from passrole.recipes.desired import Json

DEFAULT_FILE = Path("passrole.toml")
LABEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
"""As set-up-file.schema.json has it: a label goes into a tag, into the journal, and is typed by hand."""


@dataclass(frozen=True, slots=True)
class ChosenSetUp:
    """A recipe with values, not yet rendered: where it will be set up is not needed to choose it.

    `origin` says who names the recipe, for the message when there is none of that name.
    """

    recipe: str
    label: str
    variant: str
    values: Mapping[str, Json]
    spans: Mapping[str, Span] = field(default_factory=dict)
    origin: str | None = None


def choose(
    choice: SetUpChoice,
    journal_set_ups: Mapping[str, ChosenSetUp] | None = None,
    *,
    over_remembered: bool = False,
) -> tuple[ChosenSetUp, ...]:
    """The set-ups that the command line means.

    Without a name: all of the file. With a name: the file's entry of that label; else, when no parameter is given
    and the journal remembers a set-up of that label, that one; else the recipe with the given parameters. Values of
    `--set` go over those of the file, and with `over_remembered` over those of the journal: what is asked of a set-up
    is asked of it as it stands, while `plan` and `apply` take what is said to be all. Raises UsageError.
    """
    settings = parse_settings(choice.settings)
    if choice.label is not None and not LABEL.fullmatch(choice.label):
        raise UsageError(
            f"`{choice.label}` cannot name a set-up",
            help="a label is made of up to 64 letters, digits, dots, hyphens and underscores: --label web-1",
        )
    entries = file_entries(choice)
    if choice.name is None:
        return _all_of_the_file(choice, entries, bool(settings))
    label = choice.label or choice.name
    remembered = journal_set_ups or {}
    base = entries.get(label)
    if base is None and choice.file is not None:
        raise UsageError(f"`{choice.file}` has no set-up `{label}`", help=f"it has {', '.join(entries)}")
    if base is None and (over_remembered or not settings):
        base = remembered.get(label)
        if base is None and choice.label is None and not settings:
            _refuse_ambiguous(choice.name, {**remembered, **entries})
    if base is None:
        base = ChosenSetUp(choice.name, label, "corrected", {})
    elif choice.name not in (base.recipe, label):
        raise UsageError(
            f"the set-up `{label}` is of the recipe `{base.recipe}`, not of `{choice.name}`",
            help="give another --label, or leave the recipe's name out",
        )
    spans = {name: span for name, span in base.spans.items() if name not in settings}
    return (
        ChosenSetUp(
            base.recipe, base.label, choice.variant or base.variant, {**base.values, **settings}, spans, base.origin
        ),
    )


def _all_of_the_file(
    choice: SetUpChoice, entries: Mapping[str, ChosenSetUp], has_settings: bool
) -> tuple[ChosenSetUp, ...]:
    if not entries:
        raise UsageError(
            "no recipe is named, and there is no `passrole.toml` here",
            help="see what can be named: passrole recipes",
        )
    if has_settings or choice.label:
        raise UsageError(
            "`--set` and `--label` need the name of the set-up they are for",
            help=f"name one of {', '.join(entries)}",
        )
    return tuple(entries.values())


def _refuse_ambiguous(name: str, known: Mapping[str, ChosenSetUp]) -> None:
    """`session-manager`, where the only set-ups of that recipe are called `web` and `build`, may mean either."""
    labels = [label for label, each in known.items() if each.recipe == name]
    if name not in known and labels:
        raise UsageError(
            f"`{name}` is set up under other names: {', '.join(labels)}",
            help=f"name one of them; for another set-up of the recipe add --label {name} and its --set",
        )


def remembered_set_ups(account: OpenAccount) -> dict[str, ChosenSetUp]:
    """What the journal knows to be set up here, with the parameters it was set up with."""
    return {
        label: ChosenSetUp(
            each.set_up.recipe,
            label,
            each.set_up.variant,
            each.set_up.parameters,
            origin=f"the journal {account.journal.path}",
        )
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
        if problem := unreadable_text(setting):
            raise UsageError(f"`{name}` cannot be set so: {problem}", help="type the value anew")
        if name in values:
            raise UsageError(f"`{name}` is set twice", help="give a list in one --set, parted by commas")
        values[name] = value
    return values


def file_entries(choice: SetUpChoice) -> dict[str, ChosenSetUp]:
    """The set-ups of `--file`, or of the passrole.toml of this folder, by label. Raises SetUpFileError."""
    path = choice.file or (DEFAULT_FILE if DEFAULT_FILE.exists() else None)
    if path is None:
        return {}
    from passrole.recipes.setup_file import read_set_up_file

    return {
        entry.label: ChosenSetUp(
            entry.recipe, entry.label, choice.variant or entry.variant, entry.values, entry.spans, f"{entry.span}"
        )
        for entry in read_set_up_file(path)
    }
