"""`passrole managed`: an AWS managed policy's versions, and what AWS changed from one to another."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from passrole.cli.argument_types import TEXT
from passrole.cli.command import PassroleCommand
from passrole.cli.compared_policies import (
    actions_of,
    actions_option,
    output_option,
    seconds_left,
    steps_option,
    time_limit_option,
)
from passrole.cli.exit_codes import ExitCode
from passrole.cli.options import TargetChoice, target_options
from passrole.cli.output import print_json
from passrole.cli.say import say
from passrole.errors import UsageError

if TYPE_CHECKING:
    from passrole.catalog.managed_policies import AwsManagedPolicy
    from passrole.provision.policy_history import PolicyHistory


@click.command(cls=PassroleCommand)
@click.argument("name", type=TEXT)
@click.option("--diff", "versions", type=(TEXT, TEXT), metavar="OLD NEW", help="Compare two versions, as in v3 v4.")
@actions_option
@steps_option
@time_limit_option
@click.option(
    "--from",
    "source",
    type=click.Choice(("packages", "account")),
    default="packages",
    show_default=True,
    help="Where the versions come from: packages of AWS's history, or besides what the account lists.",
)
@target_options
@output_option
def managed(
    name: str,
    versions: tuple[str, str] | None,
    actions: str,
    steps: int,
    time_limit: float | None,
    source: str,
    target: TargetChoice,
    output: str,
) -> int:
    """List the versions of the AWS managed policy NAME that passrole has, or compare two of them by meaning.

    With --from account the versions are those that its IAM lists (ListPolicyVersions), which can be newer than
    passrole's catalogue, and the catalogue's older ones; NAME may be the ARN of any managed policy then.

    With --diff it exits as `passrole diff` does: 0 for equivalent, 2 for a difference, 3 for undecided.

    \b
    Examples:
      passrole managed AmazonDMSVPCManagementRole
      passrole managed AmazonDMSVPCManagementRole --diff v3 v4
      passrole managed AmazonDMSVPCManagementRole --from account --aws
    """
    if source == "account":
        from passrole.cli.managed_policy import history_of_account
        from passrole.cli.target import open_account

        with open_account(target) as account:
            history, published = history_of_account(account, name)
            return _told(history, published, versions, actions, steps, time_limit, output)
    if not target.embedded:
        raise UsageError("an account is named and not asked", help="add --from account")
    from passrole.cli.managed_policy import managed_policy
    from passrole.provision.policy_history import catalogue_history

    policy = managed_policy(name)
    return _told(catalogue_history(policy), policy, versions, actions, steps, time_limit, output)


def _told(
    history: PolicyHistory,
    published: AwsManagedPolicy | None,
    versions: tuple[str, str] | None,
    actions: str,
    steps: int,
    time_limit: float | None,
    output: str,
) -> int:
    if versions is None:
        if output == "sarif":
            raise UsageError("a list of versions is no finding", help="--output sarif goes with --diff OLD NEW")
        deprecated = published.deprecated if published else None
        if output == "json":
            values = [
                {
                    "version": each.version_id,
                    "created": each.create_date.isoformat() if each.create_date else None,
                    "current": each.is_default,
                    "from": "account" if each.in_account else "catalogue",
                }
                for each in history.versions
            ]
            print_json({"name": history.name, "arn": history.arn, "deprecated": deprecated, "versions": values})
        else:
            say(history.arn + (" (AWS no longer lists it)" if deprecated else ""))
            mixed = any(each.in_account for each in history.versions)
            for each in history.versions:
                day = each.create_date.date().isoformat() if each.create_date else "date not known"
                origin = "  from passrole's catalogue" if mixed and not each.in_account else ""
                say(f"  {each.version_id:<5} {day}{'  current' if each.is_default else ''}{origin}")
        return ExitCode.OK
    from passrole.cli.managed_policy import version_of
    from passrole.cli.whole_comparison import exit_code_of, whole_lines, whole_results, whole_value
    from passrole.prover.beside import compare_wholly

    old, new = (version_of(history, version) for version in versions)
    comparison = compare_wholly(
        old, new, actions=actions_of(actions), steps=steps, seconds_left=seconds_left(time_limit)
    )
    if output == "json":
        print_json({"old": old.name, "new": new.name, "type": old.type.value, **whole_value(comparison)})
    elif output == "sarif":
        from passrole.cli.sarif import print_sarif

        print_sarif(whole_results(comparison, old.name, new.name, is_file=False))
    else:
        for line in whole_lines(comparison, old.name, new.name):
            say(line)
    return exit_code_of(comparison)
