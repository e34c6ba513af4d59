"""`passrole drift`: an account's policies, or one in a file, against the AWS managed policies that they came from."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import click

from passrole.cli.argument_types import PATH, TEXT
from passrole.cli.command import PassroleCommand
from passrole.cli.compared_policies import actions_of, actions_option, output_option, steps_option
from passrole.cli.options import TargetChoice, recipe_folder_option, target_options
from passrole.cli.output import print_json
from passrole.cli.question_options import details_option, refuse_two_accounts
from passrole.cli.say import say, talk
from passrole.errors import UsageError


@click.command(cls=PassroleCommand)
@click.argument("policy", type=PATH, required=False)
@click.option("--from", "origin", type=TEXT, metavar="NAME", help="The AWS managed policy that POLICY came from.")
@click.option(
    "--since",
    type=click.DateTime(("%Y-%m-%d",)),
    metavar="DATE",
    help="Tell of managed policies in use that AWS changed since.  [default: since passrole's catalogue]",
)
@click.option("--write", "folder", type=PATH, metavar="FOLDER", help="Write there the policies that close each gap.")
@actions_option
@steps_option
@recipe_folder_option()
@details_option
@target_options
@output_option
def drift(
    policy: Path | None,
    origin: str | None,
    since: datetime | None,
    folder: Path | None,
    actions: str,
    steps: int,
    recipe_folders: tuple[Path, ...],
    details: Path | None,
    target: TargetChoice,
    output: str,
) -> int:
    """Compare an account, by meaning, with what AWS publishes and what recipes make: which of its policies came from
    AWS's and differ from those now, which managed policies in use moved, and which set-ups are not as they should be.

    With the file POLICY and --from NAME it compares that policy alone. It tells which version of the managed policy it
    equals, how it compares with the current one, and the statements that would close the gap. It exits with 0 when
    nothing differs, 2 when something does, 3 when that is undecided.

    \b
    Examples:
      passrole drift
      passrole drift --aws --since 2026-06-01 --write closed
      passrole drift dms-vpc-role.json --from AmazonDMSVPCManagementRole
    """
    if (policy is None) is not (origin is None):
        raise UsageError(
            "a policy's file and the managed policy that it came from are given together",
            help="passrole drift FILE --from NAME; without both, the account is looked through",
        )
    if policy is not None and origin is not None:
        return _of_file(policy, origin, actions, steps, output)
    from passrole.cli.account_drift import drift_lines, drift_of_account, drift_value, write_closed
    from passrole.prover.prove import Limits

    refuse_two_accounts(details, target)
    moment = since.replace(tzinfo=UTC) if since else None
    limits = Limits(actions=actions_of(actions), steps=steps)
    found = drift_of_account(details, target, moment, limits, recipe_folders)
    written = write_closed(found, folder) if folder is not None else []
    if output == "json":
        print_json(drift_value(found))
    elif output == "sarif":
        from passrole.cli.drift_sarif import drift_results
        from passrole.cli.sarif import print_sarif

        print_sarif(drift_results(found))
    else:
        for line in drift_lines(found):
            say(line)
        for gap in found.gaps:
            talk(f"note: {gap}")
    for path in written:
        talk(f"written: {path}")
    return found.exit_code


def _of_file(policy: Path, origin: str, actions: str, steps: int, output: str) -> int:
    from passrole.cli.managed_policy import managed_policy
    from passrole.cli.policy_files import attached_policy
    from passrole.cli.whole_comparison import exit_code_of, whole_lines, whole_results, whole_value
    from passrole.policy.model import PolicyType
    from passrole.policy.printing import statement_to_value
    from passrole.prover.beside import compare_wholly
    from passrole.prover.gap import missing_statements
    from passrole.provision.drift import attached_version, equal_version

    own = attached_policy(policy, PolicyType.IDENTITY)
    published = managed_policy(origin)
    current = attached_version(published, published.default_version)
    comparison = compare_wholly(current, own, actions=actions_of(actions), steps=steps)
    equal = equal_version(own, published, steps)
    lacking = () if comparison.equivalent else missing_statements(own, current, steps)
    gap = (
        {"Version": current.policy.version, "Statement": [statement_to_value(each) for each in lacking]}
        if lacking
        else None
    )
    if output == "json":
        print_json(
            {
                "policy": str(policy),
                "managed_policy": published.arn,
                "current_version": published.default_version_id,
                "equals_version": equal,
                **whole_value(comparison),
                "gap": gap,
            }
        )
    elif output == "sarif":
        from passrole.cli.sarif import print_sarif

        print_sarif(whole_results(comparison, current.name, str(policy)))
    else:
        for line in whole_lines(comparison, current.name, str(policy)):
            say(line)
        if equal is not None and equal != published.default_version_id:
            say(f"  it equals {published.name} {equal}; AWS has moved on since")
        if gap is not None:
            say(f"\nWhat {current.name} allows and {policy} lacks")
            say(json.dumps(gap, indent=2))
    return exit_code_of(comparison)
