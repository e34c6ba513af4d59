"""Chosen set-ups rendered for a place; the mistakes of all of them are told together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from passrole.cli.options import SetUpChoice, TargetChoice
from passrole.cli.set_ups import ChosenSetUp, choose
from passrole.cli.target import OpenAccount, is_missing

if TYPE_CHECKING:
    from passrole.recipes.desired import DesiredState
    from passrole.recipes.model import Recipe


@dataclass(frozen=True, slots=True)
class Place:
    """Where a set-up is rendered for: ARNs carry these."""

    account_id: str
    partition: str
    region: str


def place_of(account: OpenAccount) -> Place:
    return Place(account.identity.account_id, account.identity.partition, account.region)


def render_all(
    chosen: Sequence[ChosenSetUp], folders: tuple[Path, ...], account: OpenAccount
) -> tuple[DesiredState, ...]:
    """The set-ups for this account. Raises RecipeError, or ParameterError with the findings about all of them."""
    return render_for(chosen, folders, place_of(account))


def render_for(chosen: Sequence[ChosenSetUp], folders: tuple[Path, ...], place: Place) -> tuple[DesiredState, ...]:
    """As `render_all`, for a place that no account needs to be opened for."""
    from passrole.recipes.problems import ParameterError

    rendered, refused = [], []
    for each in chosen:
        try:
            rendered.append(_render(each, folders, place))
        except ParameterError as error:
            refused.append((each, error))
    if len(refused) == 1:
        raise refused[0][1]
    if refused:
        found = tuple(diagnostic for _, error in refused for diagnostic in error.diagnostics)
        names = " and ".join(f"`{each.label}`" for each, _ in refused)
        recipes = dict.fromkeys(each.recipe for each, _ in refused)
        raise ParameterError(
            f"{len(found)} problems with the parameters of {names}",
            diagnostics=found,
            help=f"see every parameter: {'; '.join(f'passrole show {recipe}' for recipe in recipes)}",
        )
    return tuple(rendered)


def recipe_of(each: ChosenSetUp, folders: tuple[Path, ...]) -> Recipe:
    """The recipe of a set-up. Raises RecipeError, which tells who names a recipe that is not there."""
    from passrole.recipes.load import load_recipe
    from passrole.recipes.problems import RecipeError

    try:
        return load_recipe(each.recipe, folders)
    except RecipeError as error:
        if error.diagnostics or each.origin is None:
            raise
        raise RecipeError(
            error.message,
            causes=(*error.causes, f"the set-up `{each.label}` needs it, says {each.origin}"),
            help="; ".join(
                filter(None, (error.help, None if folders else "name the folder of your recipes: --recipes FOLDER"))
            ),
        ) from error


def _render(each: ChosenSetUp, folders: tuple[Path, ...], place: Place) -> DesiredState:
    from passrole.recipes.render import render

    return render(
        recipe_of(each, folders),
        each.values,
        account_id=place.account_id,
        partition=place.partition,
        region=place.region,
        variant=each.variant,
        label=each.label,
        spans=each.spans,
    )


def place_without_account(target: TargetChoice) -> Place:
    """Where an embedded account that is not there yet will be. Raises UnknownRegionError."""
    from passrole.account.opening import DEFAULT_ACCOUNT_ID
    from passrole.catalog.partitions import partition_of_region

    region = target.region or "us-east-1"
    return Place(target.expected_account or DEFAULT_ACCOUNT_ID, partition_of_region(region), region)


def check_before_making(set_up: SetUpChoice, target: TargetChoice) -> None:
    """Render for an embedded account that is not there yet, so that none is made for a command line that is wrong.

    Raises what `choose` and `render_all` raise.
    """
    if is_missing(target):
        render_for(choose(set_up), set_up.recipe_folders, place_without_account(target))
