"""`passrole show`: a recipe with its parameters, what it makes, and the reason and source of every statement."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from passrole.cli.argument_types import ACCOUNT_ID, TEXT
from passrole.cli.command import PassroleCommand
from passrole.cli.options import SetUpChoice, output_option, set_up_options
from passrole.cli.output import print_json
from passrole.cli.say import say, talk
from passrole.errors import UsageError

if TYPE_CHECKING:
    from passrole.recipes.desired import DesiredState

EXAMPLE_ACCOUNT = "111122223333"
"""The account id of AWS's own examples: `show` looks at no account."""
TASKS = ("apply", "change", "verify", "destroy", "pass-role")
TASKS_OF_APPLY = ("apply", "verify", "pass-role")
"""`passrole apply` also verifies, and whoever sets a service up hands it its roles."""


@click.command(cls=PassroleCommand)
@set_up_options
@click.option("--account", type=ACCOUNT_ID, metavar="ID", help=f"The account to show it for.  [{EXAMPLE_ACCOUNT}]")
@click.option("--region", type=TEXT, default="us-east-1", show_default=True, help="The Region; decides the partition.")
@click.option("--difference", is_flag=True, help="What `corrected` changes of AWS's page, and why.")
@click.option("--operator-policy", is_flag=True, help="The smallest policy of a person who runs apply.")
@click.option(
    "--task",
    "tasks",
    multiple=True,
    type=click.Choice(TASKS),
    help="What the --operator-policy is for; may be repeated.  [apply, verify and pass-role]",
)
@output_option
def show(
    set_up: SetUpChoice,
    account: str | None,
    region: str,
    difference: bool,
    operator_policy: bool,
    tasks: tuple[str, ...],
    output: str,
) -> None:
    """Show what the recipe NAME takes and makes. Where a parameter is not given, the recipe's example stands in.

    \b
    Examples:
      passrole show vm-import
      passrole show vm-import --variant documented
      passrole show session-manager --difference
      passrole show vm-import --set import_bucket=disk-images --account 111122223333 --operator-policy
    """
    from passrole.catalog.partitions import partition_of_region
    from passrole.cli.rendering import Place, recipe_of, render_for
    from passrole.cli.set_ups import choose
    from passrole.recipes.examples import example_values

    if set_up.name is None:
        raise UsageError("no recipe is named", help="see all of them: passrole recipes")
    if difference and operator_policy:
        raise UsageError("`--difference` and `--operator-policy` are two questions", help="ask one of them")
    if tasks and not operator_policy:
        raise UsageError("`--task` says what the operator's policy is for", help="add --operator-policy")
    if difference and set_up.variant:
        raise UsageError("`--difference` compares both variants", help="leave out --variant")
    (chosen,) = choose(set_up)
    recipe = recipe_of(chosen, set_up.recipe_folders)
    examples = [name for name in recipe.demo if name not in chosen.values]
    place = Place(account or EXAMPLE_ACCOUNT, partition_of_region(region), region)
    shown = example_values(recipe, account_id=place.account_id, partition=place.partition, region=place.region)
    chosen = replace(chosen, values={**shown, **chosen.values})
    if difference:
        from passrole.cli.text.difference import difference_text, difference_value
        from passrole.recipes.difference import difference as compare
        from passrole.recipes.difference import parameters_that_part

        found = compare(
            recipe, chosen.values, account_id=place.account_id, partition=place.partition, region=place.region
        )
        if output == "json":
            print_json(difference_value(found))
        else:
            parting = (
                parameters_that_part(
                    recipe, chosen.values, account_id=place.account_id, partition=place.partition, region=place.region
                )
                if found.is_empty
                else ()
            )
            say(difference_text(found, parting))
        return
    (desired,) = render_for((chosen,), set_up.recipe_folders, place)
    if operator_policy:
        _print_operator_policy(desired, tasks, examples, given_account=account is not None, output=output)
    elif output == "json":
        from passrole.provision.export import export_json

        say(export_json(desired), newline=False)
    else:
        from passrole.cli.text.recipe import recipe_text

        say(recipe_text(recipe, desired, set(examples)))


def _print_operator_policy(
    desired: DesiredState, tasks: tuple[str, ...], examples: list[str], *, given_account: bool, output: str
) -> None:
    """The policy alone on stdout, to be piped into a file; what in it is only an example is said beside it."""
    from passrole.provision.operator_needs import OperatorTask
    from passrole.provision.operator_policy import operator_policy

    chosen = frozenset(OperatorTask(task.replace("-", " ")) for task in tasks or TASKS_OF_APPLY)
    policy = operator_policy(desired, chosen)
    if output == "json":
        print_json(
            {
                "recipe": desired.recipe,
                "label": desired.label,
                "account_id": desired.account_id,
                "tasks": sorted(task.value.replace(" ", "-") for task in chosen),
                "policy": policy,
            }
        )
    else:
        say(json.dumps(policy, indent=4))
    supposed = [f"{name}={desired.parameters[name]}" for name in examples if name in desired.parameters]
    if not given_account:
        supposed.append(f"account {desired.account_id} (--account ID names yours)")
    if supposed:
        talk(f"note: this policy is for the example {', '.join(supposed)}")
