"""`passrole managed`: an AWS managed policy's versions, and what AWS changed from one to another."""

from __future__ import annotations

import click

from passrole.cli.argument_types import TEXT
from passrole.cli.command import PassroleCommand
from passrole.cli.compared_policies import actions_of, actions_option, seconds_left, steps_option, time_limit_option
from passrole.cli.exit_codes import ExitCode
from passrole.cli.output import print_json
from passrole.cli.say import say


@click.command(cls=PassroleCommand)
@click.argument("name", type=TEXT)
@click.option("--diff", "versions", type=(TEXT, TEXT), metavar="OLD NEW", help="Compare two versions, as in v3 v4.")
@actions_option
@steps_option
@time_limit_option
@click.option(
    "--output", type=click.Choice(("text", "json")), default="text", show_default=True, help="Form of the result."
)
def managed(
    name: str, versions: tuple[str, str] | None, actions: str, steps: int, time_limit: float | None, output: str
) -> int:
    """List the versions of the AWS managed policy NAME that passrole has, or compare two of them by meaning.

    With --diff it exits as `passrole diff` does: 0 for equivalent, 2 for a difference, 3 for undecided.

    \b
    Examples:
      passrole managed AmazonDMSVPCManagementRole
      passrole managed AmazonDMSVPCManagementRole --diff v3 v4
    """
    from passrole.cli.managed_policy import managed_policy, managed_version

    policy = managed_policy(name)
    if versions is None:
        rows = [(each.version_id, each.create_date, each.is_default) for each in policy.versions]
        if output == "json":
            values = [
                {"version": id_, "created": date.isoformat() if date else None, "current": current}
                for id_, date, current in rows
            ]
            print_json({"name": policy.name, "arn": policy.arn, "deprecated": policy.deprecated, "versions": values})
        else:
            say(policy.arn + (" (AWS no longer lists it)" if policy.deprecated else ""))
            for id_, date, current in rows:
                day = date.date().isoformat() if date else "date not known"
                say(f"  {id_:<5} {day}{'  current' if current else ''}")
        return ExitCode.OK
    from passrole.cli.whole_comparison import exit_code_of, whole_lines, whole_value
    from passrole.prover.beside import compare_wholly

    old, new = (managed_version(policy, version) for version in versions)
    comparison = compare_wholly(
        old, new, actions=actions_of(actions), steps=steps, seconds_left=seconds_left(time_limit)
    )
    if output == "json":
        print_json({"old": old.name, "new": new.name, "type": old.type.value, **whole_value(comparison)})
    else:
        for line in whole_lines(comparison, old.name, new.name):
            say(line)
    return exit_code_of(comparison)
