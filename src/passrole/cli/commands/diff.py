"""`passrole diff`: two policies compared by what they allow, with requests that show the difference."""

from __future__ import annotations

from pathlib import Path

import click

from passrole.cli.argument_types import PATH
from passrole.cli.command import PassroleCommand
from passrole.cli.compared_policies import (
    actions_of,
    actions_option,
    output_option,
    read_policies,
    seconds_left,
    steps_option,
    time_limit_option,
    type_option,
)
from passrole.cli.output import print_json
from passrole.cli.say import say


@click.command(cls=PassroleCommand)
@click.argument("old", type=PATH)
@click.argument("new", type=PATH)
@type_option
@actions_option
@click.option(
    "--witnesses",
    type=click.IntRange(1, 50),
    default=3,
    show_default=True,
    help="At most so many requests each way.",
)
@steps_option
@time_limit_option
@output_option
def diff(
    old: Path,
    new: Path,
    type_: str | None,
    actions: str,
    witnesses: int,
    steps: int,
    time_limit: float | None,
    output: str,
) -> int:
    """Say what the policy in the file NEW allows, compared with the one in OLD.

    The answer is about the new policy: equivalent, broader, narrower, incomparable or disjoint, and it holds for all
    requests. Where they differ it shows requests that one allows and the other does not, each confirmed by the engine.
    What cannot be told for sure is `undecided`, with the reason. A Deny also takes from what other policies allow: a
    difference there is told, too. It exits with 0 for equivalent, 2 for a difference, 3 for undecided.

    \b
    Examples:
      passrole diff old.json new.json
      passrole diff trust-before.json trust-after.json --type trust
      passrole diff old.json new.json --output sarif > policy.sarif
    """
    from passrole.cli.whole_comparison import exit_code_of, whole_lines, whole_results, whole_value
    from passrole.prover.beside import compare_wholly

    before, after = read_policies((old, new), type_)
    comparison = compare_wholly(
        before,
        after,
        actions=actions_of(actions),
        witnesses=witnesses,
        steps=steps,
        seconds_left=seconds_left(time_limit),
    )
    if output == "json":
        print_json({"old": str(old), "new": str(new), "type": before.type.value, **whole_value(comparison)})
    elif output == "sarif":
        from passrole.cli.sarif import print_sarif

        print_sarif(whole_results(comparison, str(old), str(new)))
    else:
        for line in whole_lines(comparison, str(old), str(new)):
            say(line)
    return exit_code_of(comparison)
