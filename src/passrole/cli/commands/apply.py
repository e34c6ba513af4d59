"""`passrole apply`: shows the plan, asks, makes its calls, reads back, and rehearses the service's workflow."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from passrole.cli.command import PassroleCommand
from passrole.cli.exit_codes import ExitCode
from passrole.cli.options import SetUpChoice, TargetChoice, output_option, set_up_options, target_options, yes_option
from passrole.cli.output import print_json
from passrole.cli.say import say, talk
from passrole.errors import PassroleError, UsageError

if TYPE_CHECKING:
    from passrole.activity.rehearse import Rehearsal
    from passrole.cli.target import OpenAccount
    from passrole.provision.apply import ApplyResult
    from passrole.provision.changes import Plan
    from passrole.recipes.desired import DesiredState


@click.command(cls=PassroleCommand)
@set_up_options
@target_options
@click.option("--exclusive", is_flag=True, help="Also remove statements and policies that passrole did not make.")
@yes_option
@click.option("--no-verify", is_flag=True, help="Do not rehearse the workflow afterwards.")
@output_option
def apply(set_up: SetUpChoice, target: TargetChoice, exclusive: bool, yes: bool, no_verify: bool, output: str) -> int:
    """Make the account what the set-up wants, and verify it.

    NAME is a recipe, a set-up of passrole.toml or of the account, or a plan that `passrole plan --out` saved. Stopped
    at any moment, the same command goes on where it stopped.

    \b
    Examples:
      passrole apply vm-import --set import_bucket=disk-images --set export_bucket=exports
      passrole apply change.plan --account 111122223333 --aws
    """
    from passrole.cli.consent import ask
    from passrole.cli.job import make_apply_plan, rehearse_set_up, run_plan
    from passrole.cli.rendering import check_before_making, render_all
    from passrole.cli.set_ups import choose, remembered_set_ups
    from passrole.cli.target import open_account, safety_lines
    from passrole.cli.text.plan import blocked_text, plan_text
    from passrole.provision.guards import refuse_other_target

    file = _plan_file(set_up)
    saved = _load(file, set_up, exclusive) if file else None
    if saved is None:
        check_before_making(set_up, target)
    with open_account(target, make=saved is None) as account:
        if saved is not None:
            refuse_other_target(saved, account.identity)
            plan, desired = saved, _desired_of(saved, set_up, account)
        else:
            desired = render_all(choose(set_up, remembered_set_ups(account)), set_up.recipe_folders, account)
            plan = make_apply_plan(account, desired, exclusive=exclusive)
        show = say if output == "text" else talk
        show(safety_lines(account))
        show(plan_text(plan))
        result = None
        if plan.calls:
            ask("Apply this plan?", yes=yes, why="apply writes to the account")
        if plan.has_work:
            result = run_plan(account, plan)
        rehearsals: list[Rehearsal] = []
        unverified: PassroleError | None = None
        try:
            rehearsals += [] if no_verify else [rehearse_set_up(account, each) for each in desired]
        except PassroleError as error:
            unverified = error  # What was applied, and where a new key is, has to be told first.
    _report(account, plan, result, rehearsals, output)
    if plan.blocked:
        talk(blocked_text(plan) if result else f"{blocked_text(plan)}\nnothing was done")
    if unverified is not None:
        talk(f"note: {'the plan was applied' if result else 'nothing had to be done'}; what failed is its verification")
        raise unverified
    return _exit_code(plan, result, rehearsals)


def _plan_file(set_up: SetUpChoice) -> Path | None:
    from passrole.cli.plan_argument import plan_file_of

    return plan_file_of(set_up.name, lambda: _known_names(set_up)) if set_up.name is not None else None


def _known_names(set_up: SetUpChoice) -> set[str]:
    """The names of recipes and of the file's set-ups; those that an account remembers are not known yet."""
    from passrole.cli.set_ups import file_entries
    from passrole.recipes.load import built_in_recipe_names, load_recipes

    folders = set_up.recipe_folders
    return {*(load_recipes(folders) if folders else built_in_recipe_names()), *file_entries(set_up)}


def _load(file: Path, set_up: SetUpChoice, exclusive: bool) -> Plan:
    from passrole.provision.plan_file import load_plan

    if set_up.settings or set_up.file or set_up.label or set_up.variant or exclusive:
        raise UsageError(
            f"`{file}` is a saved plan, which is applied as it is",
            help="leave out --set, --file, --label, --variant and --exclusive, or make another plan",
        )
    return load_plan(file)


def _desired_of(plan: Plan, set_up: SetUpChoice, account: OpenAccount) -> tuple[DesiredState, ...]:
    """The set-ups of a saved plan, rendered again for the rehearsal only; the plan's calls stay what they are.

    A plan also tells what was not applied; nothing is rehearsed after a plan that destroys, or one whose recipe is
    not here.
    """
    from passrole.cli.rendering import render_all
    from passrole.cli.set_ups import ChosenSetUp

    if plan.kind != "apply":
        return ()
    chosen = [ChosenSetUp(each.recipe, each.label, each.variant, each.parameters) for each in plan.set_ups]
    try:
        return render_all(chosen, set_up.recipe_folders, account)
    except UsageError as error:
        talk(f"note: nothing will be rehearsed: {error.message}")
        return ()


def _report(
    account: OpenAccount, plan: Plan, result: ApplyResult | None, rehearsals: list[Rehearsal], output: str
) -> None:
    from passrole.cli.text.applied import result_text
    from passrole.cli.text.rehearsal import rehearsal_text

    if output == "json":
        from passrole.cli.target import account_value
        from passrole.cli.values import applied_value, rehearsal_value

        print_json(
            {
                "account": account_value(account),
                "applied": applied_value(plan, result),
                "verified": [rehearsal_value(each) for each in rehearsals],
            }
        )
        return
    if result and (text := result_text(result)):
        say(text)
    for rehearsal in rehearsals:
        say()
        say(rehearsal_text(rehearsal, brief=True))


def _exit_code(plan: Plan, result: ApplyResult | None, rehearsals: list[Rehearsal]) -> int:
    from passrole.cli.verdict_code import code_of

    if plan.blocked or (result and not result.complete):
        return ExitCode.FAILED
    # A recipe without a workflow can be applied; only verify has to say that it showed nothing.
    return code_of(each for each in rehearsals if each.workflows)
