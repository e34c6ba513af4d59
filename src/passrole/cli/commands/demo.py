"""`passrole demo`: the main job in one go, on a fresh embedded account, explained as it happens."""

from __future__ import annotations

from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import click

from passrole.cli.argument_types import PATH
from passrole.cli.command import PassroleCommand
from passrole.cli.exit_codes import ExitCode
from passrole.cli.options import TargetChoice
from passrole.cli.say import say

if TYPE_CHECKING:
    from passrole.activity.rehearse import Rehearsal
    from passrole.cli.target import OpenAccount
    from passrole.recipes.desired import DesiredState
    from passrole.recipes.model import Recipe

FIRST = "vm-import"


@click.command(cls=PassroleCommand)
@click.option(
    "--account-file",
    type=PATH,
    help="Keep the demo's account in this new file.  [default: a temporary one, deleted at the end]",
)
def demo(account_file: Path | None) -> int:
    """Set up every service that passrole knows on a fresh embedded account, and show that it works.

    Nothing leaves this machine, and no account but the demo's own is touched.

    \b
    Examples:
      passrole demo
      passrole demo --account-file demo.db
    """
    import tempfile

    from passrole.activity.rehearse import Verdict
    from passrole.errors import UsageError
    from passrole.recipes.load import load_recipes

    if account_file is not None and account_file.exists():
        raise UsageError(f"`{account_file}` exists, and the demo needs a fresh account", help="name a new file")
    recipes = load_recipes()
    with ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="passrole-demo-")))
        kept = account_file or scratch / "account.db"
        first = _explain_first(kept, recipes[FIRST])
        others = [_set_up_briefly(kept, recipe) for name, recipe in recipes.items() if name != FIRST]
        _show_documented(scratch, list(recipes.values()))
    verified = all(rehearsal.verdict is Verdict.ALLOWED for rehearsal in [first, *others])
    _closing([first, *others], account_file)
    return ExitCode.OK if verified else ExitCode.FAILED


def _explain_first(file: Path, recipe: Recipe) -> Rehearsal:
    from passrole.activity.necessity import needs
    from passrole.cli.asked import nothing_else
    from passrole.cli.job import make_apply_plan, rehearse_set_up, run_plan
    from passrole.cli.question import explain_question
    from passrole.cli.target import safety_lines
    from passrole.cli.text.applied import result_text
    from passrole.cli.text.explanation import explanation_lines
    from passrole.cli.text.necessity import needs_text
    from passrole.cli.text.plan import plan_text
    from passrole.cli.text.rehearsal import rehearsal_text

    with _open(file) as account:
        _section(
            "1. An account", "a file on this machine that answers IAM and STS calls as AWS does; nothing leaves it"
        )
        say(safety_lines(account))
        desired = _rendered(recipe, account)
        _section(f"2. passrole plan {recipe.name}", "what will be made, and why; nothing is written yet")
        plan = make_apply_plan(account, (desired,))
        say(plan_text(plan))
        _section(f"3. passrole apply {recipe.name}", "exactly the plan's calls, then reading back until IAM shows them")
        say(result_text(run_plan(account, plan, quiet=True)))
        _section(
            f"4. passrole verify {recipe.name}", "every call of the service's workflow, asked of the policies read back"
        )
        rehearsal = rehearse_set_up(account, desired)
        say(rehearsal_text(rehearsal))
        say(needs_text(needs(rehearsal), brief=True))
        _section("5. passrole can …", "any question, with the reason; here the external id is wrong")
        wrong_id = nothing_else({"sts:ExternalId": "vm-import"})
        explanation = explain_question(account, "vmie.amazonaws.com", "sts:AssumeRole", "role/vmimport", wrong_id)
        for line in explanation_lines(explanation):
            say(line)
        return rehearsal


def _set_up_briefly(file: Path, recipe: Recipe) -> Rehearsal:
    from passrole.cli.job import make_apply_plan, rehearse_set_up, run_plan
    from passrole.cli.text.plan import plan_summary
    from passrole.cli.text.rehearsal import rehearsal_text

    with _open(file) as account:
        desired = _rendered(recipe, account)
        _section(f"passrole apply {recipe.name}", recipe.title)
        plan = make_apply_plan(account, (desired,))
        for change in plan.changes:
            if change.has_work:
                say(f"  {click.style('+', fg='green')} {change.address}")
        say(plan_summary(plan))
        run_plan(account, plan, quiet=True)
        rehearsal = rehearse_set_up(account, desired)
        say(rehearsal_text(rehearsal, brief=True))
        return rehearsal


def _show_documented(folder: Path, recipes: list[Recipe]) -> None:
    """Set up each page as it stands, in an account of its own, and tell the calls that it leaves denied."""
    from passrole.activity.rehearse import Verdict
    from passrole.cli.job import make_apply_plan, rehearse_set_up, run_plan

    _section("What AWS's pages leave denied", "the same services as the pages say, without the corrections")
    for recipe in recipes:
        # One account each: what another set-up grants the same user would hide what this page lacks.
        with _open(folder / f"documented-{recipe.name}.db") as account:
            desired = _rendered(recipe, account, variant="documented")
            run_plan(account, make_apply_plan(account, (desired,)), quiet=True)
            denied = [
                f"{result.step.actor}: {result.step.action}"
                for result in rehearse_set_up(account, desired).step_results()
                if result.verdict is Verdict.DENIED
            ]
        if denied:
            say(f"  {recipe.name}: {click.style('denied', fg='red')} {', '.join(dict.fromkeys(denied))}")
            say(f"    why: passrole show {recipe.name} --difference")
        else:
            say(f"  {recipe.name}: {click.style('ok', fg='green')} nothing of the workflow")


def _closing(rehearsals: list[Rehearsal], kept: Path | None) -> None:
    from passrole.cli.text.rehearsal import summary_line
    from passrole.cli.text.tables import columns

    _section("Result", "")
    for rehearsal in rehearsals:
        say(f"  {summary_line(rehearsal)}")
    say("\nNext:")
    rows = [
        ("passrole show vm-import", "what a recipe takes and makes"),
        ("passrole plan vm-import --set import_bucket=BUCKET", "on your own embedded account"),
        ("passrole plan vm-import --set import_bucket=BUCKET --profile NAME", "on AWS; plan only reads"),
    ]
    if kept:
        rows.append((f"passrole serve --account-file {kept}", "the demo's account, for the AWS CLI and boto3"))
    for line in columns(rows):
        say(line)


def _open(file: Path) -> AbstractContextManager[OpenAccount]:
    from passrole.cli.target import open_account

    choice = TargetChoice(file, aws=False, profile=None, region=None, endpoint_url=None, expected_account=None)
    return open_account(choice, make=True, tell=lambda text: None)


def _section(title: str, text: str) -> None:
    from passrole.cli.text.tables import heading

    say(f"\n{heading(title)}{f'  {text}' if text else ''}")


def _rendered(recipe: Recipe, account: OpenAccount, variant: str = "corrected") -> DesiredState:
    from passrole.recipes.examples import example_values
    from passrole.recipes.render import render

    identity = account.identity
    values = example_values(recipe, account_id=identity.account_id, partition=identity.partition, region=account.region)
    return render(
        recipe,
        values,
        account_id=identity.account_id,
        partition=identity.partition,
        region=account.region,
        variant=variant,
    )
