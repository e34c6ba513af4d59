"""`passrole destroy`: removes exactly what apply made, and says what it leaves and why."""

from __future__ import annotations

from pathlib import Path

import click

from passrole.cli.exit_codes import EPILOG, ExitCode
from passrole.cli.options import TargetChoice, output_option, recipe_folder_option, target_options
from passrole.cli.output import print_json


@click.command(epilog=EPILOG)
@click.argument("name")
@target_options
@recipe_folder_option()
@click.option("--yes", is_flag=True, help="Do not ask; needed where nobody can answer.")
@output_option
def destroy(name: str, target: TargetChoice, recipe_folders: tuple[Path, ...], yes: bool, output: str) -> int:
    """Remove the set-up NAME: what passrole made for it, and nothing else.

    Entities that existed before stay, without the statements that passrole added; what others put on an entity that
    passrole made keeps that entity. The list is shown first.

    \b
    Example:
      passrole destroy vm-import
    """
    from passrole.cli.consent import ask
    from passrole.cli.job import run_plan
    from passrole.cli.set_ups import remembered_set_ups, render_all
    from passrole.cli.target import open_account, safety_lines
    from passrole.cli.text.applied import progress_line, result_text
    from passrole.cli.text.plan import plan_text
    from passrole.cli.values import applied_value
    from passrole.errors import UsageError
    from passrole.provision.addressed import addressed_for_destroy
    from passrole.provision.destroy import make_destroy_plan
    from passrole.provision.observe import observe

    talk = output == "text"
    with open_account(target) as account:
        remembered = remembered_set_ups(account).get(name)
        records = account.journal.records
        if remembered is None and not any(name in record.set_ups for record in records.values()):
            known = ", ".join(account.journal.set_ups) or "none"
            raise UsageError(
                f"nothing is set up under `{name}` in account {account.identity.account_id}, as far as the journal "
                f"{account.journal.path} knows",
                help=f"set up here: {known}; what another machine made is removed there, or by hand",
            )
        desired = render_all((remembered,), recipe_folders, account) if remembered else ()
        observation = observe(account.clients, addressed_for_destroy((name,), records, desired), account.identity)
        plan = make_destroy_plan((name,), observation, account.journal)
        click.echo(safety_lines(account), err=not talk)
        click.echo(plan_text(plan, full=True), err=not talk)
        result = None
        if plan.has_work or name in account.journal.set_ups:
            ask("Remove this?", yes=yes, why="destroy deletes from the account")
            result = run_plan(
                account,
                plan,
                lambda progress: click.echo(progress_line(progress), err=True) if progress.state == "done" else None,
            )
    if not talk:
        print_json({"destroyed": applied_value(plan, result)})
    elif result and (text := result_text(result)):
        click.echo(text)
    return ExitCode.FAILED if plan.blocked or (result and not result.complete) else ExitCode.OK
