"""`passrole recipes`: what can be set up, and its state in this account."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from passrole.cli.exit_codes import EPILOG
from passrole.cli.options import TargetChoice, output_option, recipe_folder_option, target_options
from passrole.cli.output import print_json

if TYPE_CHECKING:
    from passrole.cli.target import OpenAccount


@click.command(epilog=EPILOG)
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
    from passrole.cli.target import default_account_file, open_account
    from passrole.cli.text.tables import columns
    from passrole.recipes.load import load_recipes

    known = load_recipes(recipe_folders)
    states: dict[str, dict[str, str]] = {}
    where = None
    if target.embedded and not (target.account_file or default_account_file()).exists():
        # Listing makes no account: nothing is set up where there is none.
        where = "there is no embedded account yet; `passrole apply` makes it"
    else:
        with open_account(target) as account:
            where = account.identity.safety_line()
            states = _states(account, recipe_folders)
    if output == "json":
        print_json(
            {
                "recipes": [
                    {
                        "name": recipe.name,
                        "title": recipe.title,
                        "service": recipe.service,
                        "summary": recipe.summary,
                        "built_in": recipe.built_in,
                        "retired": recipe.retired.on if recipe.retired else None,
                        "set_ups": states.get(recipe.name, {}),
                    }
                    for recipe in known.values()
                ]
            }
        )
        return
    click.echo(where)
    rows = []
    for recipe in known.values():
        state = "; ".join(
            text if label == recipe.name else f"{label}: {text}" for label, text in states.get(recipe.name, {}).items()
        )
        retired = f" (retired {recipe.retired.on})" if recipe.retired else ""
        rows.append((click.style(recipe.name, bold=True), state or "not set up", recipe.title + retired))
    for line in columns(rows):
        click.echo(line)
    click.echo("more about one: passrole show NAME")


def _states(account: OpenAccount, folders: tuple[Path, ...]) -> dict[str, dict[str, str]]:
    """By recipe and label, what is left to do for each set-up that the journal knows."""
    from passrole.cli.job import make_apply_plan
    from passrole.cli.set_ups import remembered_set_ups, render_all
    from passrole.errors import UsageError

    found: dict[str, dict[str, str]] = {}
    for label, chosen in remembered_set_ups(account).items():
        try:
            plan = make_apply_plan(account, render_all((chosen,), folders, account))
        except UsageError as error:
            text = click.style(f"cannot be checked: {error.message}", fg="yellow")
        else:
            calls = len(plan.calls)
            if plan.blocked:
                text = click.style(f"blocked at {plan.blocked[0].address}", fg="red")
            elif plan.unread:
                text = click.style("set up, as far as can be read", fg="yellow")
            elif calls:
                text = click.style(f"drifted: {calls} {'call' if calls == 1 else 'calls'} to mend", fg="yellow")
            else:
                text = click.style("set up", fg="green")
        found.setdefault(chosen.recipe, {})[label] = text
    return found
