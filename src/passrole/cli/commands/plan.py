"""`passrole plan`: what apply would do, shown, saved or as JSON; nothing is written to the account."""

from __future__ import annotations

from pathlib import Path

import click

from passrole.cli.exit_codes import EPILOG, ExitCode
from passrole.cli.options import SetUpChoice, TargetChoice, output_option, set_up_options, target_options


@click.command(epilog=EPILOG)
@set_up_options
@target_options
@click.option("--exclusive", is_flag=True, help="Also remove statements and policies that passrole did not make.")
@click.option("--out", type=click.Path(path_type=Path), help="Save the plan; `passrole apply FILE` does exactly it.")
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

    NAME is a recipe, or a set-up of passrole.toml; without it, all of passrole.toml is planned.

    \b
    Examples:
      passrole plan vm-import --set import_bucket=disk-images --set export_bucket=exports
      passrole plan --file passrole.toml --out change.plan
    """
    from passrole.cli.job import make_apply_plan
    from passrole.cli.set_ups import choose, remembered_set_ups, render_all
    from passrole.cli.target import open_account, safety_lines
    from passrole.cli.text.plan import plan_text
    from passrole.provision.plan_file import plan_to_json, save_plan

    with open_account(target) as account:
        desired = render_all(choose(set_up, remembered_set_ups(account)), set_up.recipe_folders, account)
        made = make_apply_plan(account, desired, exclusive=exclusive)
        if out:
            save_plan(made, out)
        if output == "json":
            click.echo(plan_to_json(made), nl=False)
        else:
            click.echo(safety_lines(account))
            click.echo(plan_text(made, full=full))
            if out:
                click.echo(f"saved; to do exactly this: passrole apply {out}")
    if made.blocked:
        return ExitCode.FAILED
    return ExitCode.FINDINGS if detailed_exitcode and made.has_work else ExitCode.OK
