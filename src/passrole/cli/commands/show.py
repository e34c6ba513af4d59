"""`passrole show`: a recipe with its parameters, what it makes, and the reason and source of every statement."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from passrole.cli.exit_codes import EPILOG
from passrole.cli.options import SetUpChoice, output_option, set_up_options
from passrole.cli.output import print_json

if TYPE_CHECKING:
    from passrole.recipes.desired import DesiredState
    from passrole.recipes.difference import Difference
    from passrole.recipes.model import Recipe

EXAMPLE_ACCOUNT = "111122223333"
"""The account id of AWS's own examples: `show` looks at no account."""


@click.command(epilog=EPILOG)
@set_up_options
@click.option("--account", default=EXAMPLE_ACCOUNT, show_default=True, metavar="ID", help="The account id to print.")
@click.option("--region", default="us-east-1", show_default=True, help="The Region to print; decides the partition.")
@click.option("--difference", is_flag=True, help="What `corrected` changes of AWS's page, and why.")
@click.option("--operator-policy", is_flag=True, help="The smallest policy of a person who runs apply.")
@output_option
def show(set_up: SetUpChoice, account: str, region: str, difference: bool, operator_policy: bool, output: str) -> None:
    """Show what the recipe NAME takes and makes. Where a parameter is not given, the recipe's example stands in.

    \b
    Examples:
      passrole show vm-import
      passrole show vm-import --variant documented
      passrole show session-manager --difference
      passrole show vm-import --set import_bucket=disk-images --operator-policy
    """
    from passrole.catalog.partitions import partition_of_region
    from passrole.cli.set_ups import ChosenSetUp, choose
    from passrole.errors import UsageError
    from passrole.recipes.load import load_recipe

    if set_up.name is None:
        raise UsageError("no recipe is named", help="see all of them: passrole recipes")
    if not (account.isascii() and account.isdigit() and len(account) == 12):
        raise UsageError(f"`{account}` is not an account id", help="an account id has 12 digits")
    (chosen,) = choose(set_up)
    recipe = load_recipe(chosen.recipe, set_up.recipe_folders)
    values = {**recipe.demo, **chosen.values}

    place = partition_of_region(region)
    desired = ChosenSetUp(chosen.recipe, chosen.label, chosen.variant, values, chosen.spans).render(
        set_up.recipe_folders, account_id=account, partition=place, region=region
    )
    if operator_policy:
        from passrole.provision.operator_policy import operator_policy as policy_of

        click.echo(json.dumps(policy_of(desired), indent=4))
    elif difference:
        from passrole.recipes.difference import difference as compare

        _print_difference(compare(recipe, values, account_id=account, partition=place, region=region), output)
    elif output == "json":
        from passrole.provision.export import export_json

        print_json(json.loads(export_json(desired)))
    else:
        _print_recipe(recipe, desired, set(recipe.demo) - set(chosen.values))


def _print_recipe(recipe: Recipe, desired: DesiredState, examples: set[str]) -> None:
    from passrole.cli.text.parameters import parameter_lines
    from passrole.cli.text.recipe import desired_text
    from passrole.cli.text.tables import heading, prose

    click.echo(f"{heading(recipe.name)}  {recipe.title}  ({desired.variant})")
    for line in prose(recipe.summary):
        click.echo(line)
    if desired.retirement:
        for line in prose(
            f"{click.style('retired', fg='red')} on {desired.retirement.on}: {desired.retirement.message} "
            f"Successor: {desired.retirement.successor}"
        ):
            click.echo(line)
    click.echo(f"\n{heading('Parameters')}")
    for line in parameter_lines(recipe, desired, examples):
        click.echo(line)
    click.echo(f"\n{heading('What it makes')}  in account {desired.account_id}, with the values above")
    click.echo(desired_text(desired))


def _print_difference(found: Difference, output: str) -> None:
    from passrole.cli.text.difference import difference_text, difference_value

    if output == "json":
        print_json(difference_value(found))
    else:
        click.echo(difference_text(found))
