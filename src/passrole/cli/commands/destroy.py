"""`passrole destroy`: removes exactly what apply made, and says what it leaves and why."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from passrole.cli.argument_types import TEXT
from passrole.cli.command import PassroleCommand
from passrole.cli.exit_codes import ExitCode
from passrole.cli.options import TargetChoice, output_option, recipe_folder_option, target_options, yes_option
from passrole.cli.output import print_json
from passrole.cli.say import say, talk
from passrole.errors import UsageError

if TYPE_CHECKING:
    from passrole.cli.target import OpenAccount
    from passrole.provision.changes import Plan
    from passrole.recipes.desired import DesiredState


@click.command(cls=PassroleCommand)
@click.argument("name", type=TEXT)
@target_options
@recipe_folder_option()
@yes_option
@output_option
def destroy(name: str, target: TargetChoice, recipe_folders: tuple[Path, ...], yes: bool, output: str) -> int:
    """Remove the set-up NAME: what passrole made for it, and nothing else.

    Entities that existed before stay, without the statements that passrole added; what others put on an entity that
    passrole made keeps that entity. The list is shown first.

    \b
    Examples:
      passrole destroy vm-import
      passrole destroy bastion --account-file team.db --yes
    """
    from passrole.cli.consent import ask
    from passrole.cli.job import run_plan
    from passrole.cli.target import account_value, open_account, safety_lines
    from passrole.cli.text.applied import result_text
    from passrole.cli.text.plan import plan_text
    from passrole.cli.values import applied_value

    with open_account(target) as account:
        plan = _plan(account, name, recipe_folders)
        show = say if output == "text" else talk
        show(safety_lines(account))
        show(plan_text(plan, full=True))
        result = None
        if plan.calls:
            ask("Remove this?", yes=yes, why="destroy deletes from the account")
        if plan.has_work or name in account.journal.set_ups:
            result = run_plan(account, plan)
    if output == "json":
        print_json({"account": account_value(account), "destroyed": applied_value(plan, result)})
    elif result and (text := result_text(result)):
        say(text)
    return ExitCode.FAILED if plan.blocked or (result and not result.complete) else ExitCode.OK


def _plan(account: OpenAccount, name: str, folders: tuple[Path, ...]) -> Plan:
    from passrole.provision.addressed import addressed_for_destroy
    from passrole.provision.destroy import make_destroy_plan
    from passrole.provision.observe import observe

    records = account.journal.records
    known = {*account.journal.set_ups, *(label for record in records.values() for label in record.set_ups)}
    if name not in known:
        raise UsageError(
            f"nothing is set up under `{name}` in account {account.identity.account_id}",
            causes=(f"the journal {account.journal.path} knows {', '.join(sorted(known)) or 'no set-up'}",),
            help=f"if another machine set it up, apply it here first: passrole apply {name} --set … finds by its tags "
            "what passrole made",
        )
    addressed = addressed_for_destroy(frozenset({name}), records, _desired(account, name, folders))
    return make_destroy_plan((name,), observe(account.clients, addressed, account.identity), account.journal)


def _desired(account: OpenAccount, name: str, folders: tuple[Path, ...]) -> tuple[DesiredState, ...]:
    """The set-up as its recipe has it, to find by their tags also entities that the journal does not know."""
    from passrole.cli.rendering import render_all
    from passrole.cli.set_ups import remembered_set_ups

    remembered = remembered_set_ups(account).get(name)
    if remembered is None:
        return ()
    try:
        return render_all((remembered,), folders, account)
    except UsageError as error:
        talk(f"note: {error.message}: what is removed is what the journal knows")
        return ()
