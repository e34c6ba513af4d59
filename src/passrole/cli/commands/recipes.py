"""`passrole recipes`: what can be set up, and its state in this account."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

import click

from passrole.cli.command import PassroleCommand
from passrole.cli.options import TargetChoice, output_option, recipe_folder_option, target_options
from passrole.cli.output import print_json
from passrole.cli.say import say

if TYPE_CHECKING:
    from passrole.cli.states import SetUpState
    from passrole.recipes.model import Recipe


@click.command(cls=PassroleCommand)
@target_options
@recipe_folder_option()
@output_option
def recipes(target: TargetChoice, recipe_folders: tuple[Path, ...], output: str) -> None:
    """List the recipes, and what the account has of the set-ups that were made with them.

    \b
    Examples:
      passrole recipes
      passrole recipes --recipes ./our-recipes --output json
    """
    from passrole.cli.target import account_value, is_missing, open_account, safety_lines
    from passrole.recipes.load import load_recipes

    known = load_recipes(recipe_folders).values()
    if is_missing(target):
        # Listing makes no account: nothing is set up where there is none.
        states: tuple[SetUpState, ...] = ()
        where, account_json = "there is no embedded account yet; `passrole apply` makes it", None
    else:
        from passrole.cli.states import set_up_states

        with open_account(target) as account:
            states = set_up_states(account, recipe_folders)
            where, account_json = safety_lines(account), account_value(account)
    if output == "json":
        print_json(_value(known, states, account_json))
        return
    from passrole.cli.text.recipes import recipes_text

    say(where)
    say(recipes_text(known, states))


def _value(
    known: Collection[Recipe], states: tuple[SetUpState, ...], account: dict[str, object] | None
) -> dict[str, object]:
    from passrole.cli.states import worst

    return {
        "account": account,
        "recipes": [
            {
                "name": recipe.name,
                "title": recipe.title,
                "service": recipe.service,
                "summary": recipe.summary,
                "built_in": recipe.built_in,
                "retired": {"on": recipe.retired.on, "successor": recipe.retired.successor} if recipe.retired else None,
                "state": worst(each for each in states if each.recipe == recipe.name).value,
            }
            for recipe in known
        ],
        "set_ups": [each.value() for each in states],
    }
