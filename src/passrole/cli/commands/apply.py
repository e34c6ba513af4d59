"""`passrole apply`: shows the plan, asks, makes its calls, reads back, and rehearses the service's workflow."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from passrole.cli.exit_codes import EPILOG, ExitCode
from passrole.cli.options import SetUpChoice, TargetChoice, output_option, set_up_options, target_options
from passrole.cli.output import print_json
from passrole.errors import UsageError

if TYPE_CHECKING:
    from passrole.activity.rehearse import Rehearsal
    from passrole.cli.target import OpenAccount
    from passrole.provision.apply import ApplyResult
    from passrole.provision.changes import Plan
    from passrole.recipes.desired import DesiredState


@click.command(epilog=EPILOG)
@set_up_options
@target_options
@click.option("--exclusive", is_flag=True, help="Also remove statements and policies that passrole did not make.")
@click.option("--yes", is_flag=True, help="Do not ask; needed where nobody can answer.")
@click.option("--no-verify", is_flag=True, help="Do not rehearse the workflow afterwards.")
@output_option
def apply(set_up: SetUpChoice, target: TargetChoice, exclusive: bool, yes: bool, no_verify: bool, output: str) -> int:
    """Make the account what the set-up wants, and verify it.

    NAME is a recipe, a set-up of passrole.toml, or a plan that `passrole plan --out` saved. Stopped at any moment,
    the same command goes on where it stopped.

    \b
    Examples:
      passrole apply vm-import --set import_bucket=disk-images --set export_bucket=exports
      passrole apply change.plan --account 111122223333 --aws
    """
    from passrole.cli.consent import ask
    from passrole.cli.job import make_apply_plan, run_plan
    from passrole.cli.set_ups import choose, remembered_set_ups, render_all
    from passrole.cli.target import open_account, safety_lines
    from passrole.cli.text.applied import progress_line
    from passrole.cli.text.plan import plan_text

    talk = output == "text"
    with open_account(target) as account:
        saved = _saved_plan(set_up)
        if saved is not None:
            _refuse_options_beside(set_up, exclusive)
            plan, desired = saved, _desired_of(saved, set_up, account)
        else:
            desired = render_all(choose(set_up, remembered_set_ups(account)), set_up.recipe_folders, account)
            plan = make_apply_plan(account, desired, exclusive=exclusive)
        if talk or not yes:
            click.echo(safety_lines(account), err=not talk)
            click.echo(plan_text(plan), err=not talk)
        result = None
        if plan.has_work:
            ask("Apply this plan?", yes=yes, why="apply writes to the account")
            result = run_plan(
                account,
                plan,
                lambda progress: click.echo(progress_line(progress), err=True) if progress.state == "done" else None,
            )
        rehearsals = [] if no_verify else [_rehearsed(account, each) for each in desired]
    return _report(plan, result, rehearsals, talk=talk)


def _saved_plan(set_up: SetUpChoice) -> Plan | None:
    """The plan that NAME names: a file, told from a recipe by its being one."""
    if set_up.name is None or not Path(set_up.name).is_file():
        return None
    from passrole.provision.plan_file import load_plan

    return load_plan(Path(set_up.name))


def _refuse_options_beside(set_up: SetUpChoice, exclusive: bool) -> None:
    if set_up.settings or set_up.file or set_up.label or set_up.variant or exclusive:
        raise UsageError(
            f"`{set_up.name}` is a saved plan, which is applied as it is",
            help="leave out --set, --file, --label, --variant and --exclusive, or make another plan",
        )


def _desired_of(plan: Plan, set_up: SetUpChoice, account: OpenAccount) -> tuple[DesiredState, ...]:
    """The set-ups of a saved plan, rendered again for the rehearsal only; the plan's calls stay what they are."""
    from passrole.cli.set_ups import ChosenSetUp, render_all

    chosen = tuple(
        ChosenSetUp(each.recipe, each.label, each.variant, each.parameters) for each in plan.set_ups if each.recipe
    )
    return render_all(chosen, set_up.recipe_folders, account) if plan.kind == "apply" else ()


def _rehearsed(account: OpenAccount, desired: DesiredState) -> Rehearsal:
    from passrole.cli.job import rehearse_set_up

    return rehearse_set_up(account, desired)


def _report(plan: Plan, result: ApplyResult | None, rehearsals: list[Rehearsal], *, talk: bool) -> int:
    from passrole.activity.rehearse import Verdict
    from passrole.cli.text.applied import result_text
    from passrole.cli.text.rehearsal import rehearsal_text

    if talk:
        if result and (text := result_text(result)):
            click.echo(text)
        for rehearsal in rehearsals:
            click.echo()
            click.echo(rehearsal_text(rehearsal, brief=True))
    else:
        from passrole.cli.values import applied_value, rehearsal_value

        print_json({"applied": applied_value(plan, result), "verified": [rehearsal_value(each) for each in rehearsals]})
    sys.stdout.flush()
    if plan.blocked or (result and not result.complete):
        return ExitCode.FAILED
    verdicts = {rehearsal.verdict for rehearsal in rehearsals}
    if Verdict.DENIED in verdicts:
        return ExitCode.FINDINGS
    return ExitCode.UNDECIDED if Verdict.UNDECIDED in verdicts else ExitCode.OK
