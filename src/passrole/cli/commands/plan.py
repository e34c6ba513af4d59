"""`passrole plan`: what apply would do, shown, saved or as JSON; nothing is written to the account."""

from __future__ import annotations

from pathlib import Path

import click

from passrole.cli.argument_types import PATH
from passrole.cli.command import PassroleCommand
from passrole.cli.exit_codes import ExitCode
from passrole.cli.options import SetUpChoice, TargetChoice, output_option, set_up_options, target_options
from passrole.cli.say import say, talk


@click.command(cls=PassroleCommand)
@set_up_options
@target_options
@click.option("--exclusive", is_flag=True, help="Also remove statements and policies that passrole did not make.")
@click.option("--out", type=PATH, help="Save the plan; `passrole apply FILE` does exactly it.")
@click.option("--detailed-exitcode", is_flag=True, help="Exit 2 when there is something to do.")
@click.option("--full", is_flag=True, help="Also show what is already as wanted.")
@output_option
def plan(
    set_up: SetUpChoice,
    target: TargetChoice,
    exclusive: bool,
    out: Path | None,
    detailed_exitcode: bool,
    full: bool,
    output: str,
) -> int:
    """Show what `apply` would change, each change and each statement with its reason.

    NAME is a recipe, or a set-up of passrole.toml or of the account; without it, all of passrole.toml is planned.

    \b
    Examples:
      passrole plan vm-import --set import_bucket=disk-images --set export_bucket=exports
      passrole plan --file passrole.toml --out change.plan
    """
    from passrole.cli.job import make_apply_plan
    from passrole.cli.rendering import check_before_making, render_all
    from passrole.cli.set_ups import choose, remembered_set_ups
    from passrole.cli.target import open_account, safety_lines
    from passrole.cli.text.plan import blocked_text, plan_text
    from passrole.provision.plan_file import plan_to_json, save_plan

    check_before_making(set_up, target)
    with open_account(target, make=True) as account:
        desired = render_all(choose(set_up, remembered_set_ups(account)), set_up.recipe_folders, account)
        made = make_apply_plan(account, desired, exclusive=exclusive)
    if out:
        save_plan(made, out)
    if output == "json":
        say(plan_to_json(made), newline=False)
    else:
        say(safety_lines(account))
        say(plan_text(made, full=full))
    if out:
        talk(f"saved; to do exactly this: passrole apply {out}{target.as_typed()}")
    if made.blocked:
        talk(blocked_text(made))
        return ExitCode.FAILED
    return ExitCode.FINDINGS if detailed_exitcode and made.has_work else ExitCode.OK
