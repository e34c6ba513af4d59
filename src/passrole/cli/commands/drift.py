"""`passrole drift`: a policy of one's own against the AWS managed policy that it came from."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from passrole.cli.argument_types import PATH, TEXT
from passrole.cli.command import PassroleCommand
from passrole.cli.compared_policies import actions_of, actions_option, steps_option
from passrole.cli.output import print_json
from passrole.cli.say import say

if TYPE_CHECKING:
    from passrole.catalog.managed_policies import AwsManagedPolicy
    from passrole.engine.stack import AttachedPolicy


@click.command(cls=PassroleCommand)
@click.argument("policy", type=PATH)
@click.option("--from", "origin", type=TEXT, required=True, metavar="NAME", help="The AWS managed policy it came from.")
@actions_option
@steps_option
@click.option(
    "--output", type=click.Choice(("text", "json")), default="text", show_default=True, help="Form of the result."
)
def drift(policy: Path, origin: str, actions: str, steps: int, output: str) -> int:
    """Compare the policy in the file POLICY, by meaning, with the AWS managed policy that it was made from.

    It tells which version of the managed policy it equals, if one, how it compares with the current one, and the
    statements that would close the gap. It exits with 0 when it equals the current version, 2 when it does not, 3 when
    that is undecided.

    \b
    Examples:
      passrole drift dms-vpc-role.json --from AmazonDMSVPCManagementRole
    """
    from passrole.cli.managed_policy import managed_policy, managed_version
    from passrole.cli.policy_files import attached_policy
    from passrole.cli.whole_comparison import compare_wholly
    from passrole.policy.model import PolicyType
    from passrole.policy.printing import statement_to_value
    from passrole.prover.gap import missing_statements

    own = attached_policy(policy, PolicyType.IDENTITY)
    published = managed_policy(origin)
    current = managed_version(published, None)
    comparison = compare_wholly(current, own, actions=actions_of(actions), steps=steps)
    equal = _equal_version(own, published, steps)
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
                **comparison.value(),
                "gap": gap,
            }
        )
    else:
        for line in comparison.lines(current.name, str(policy)):
            say(line)
        if equal is not None and equal != published.default_version_id:
            say(f"  it equals {published.name} {equal}; AWS has moved on since")
        if gap is not None:
            say(f"\nWhat {current.name} allows and {policy} lacks")
            say(json.dumps(gap, indent=2))
    return comparison.exit_code


def _equal_version(own: AttachedPolicy, published: AwsManagedPolicy, steps: int) -> str | None:
    """The newest version that means the same."""
    from passrole.cli.managed_policy import managed_version
    from passrole.prover.compare import Relation, compare, policy_side

    side = policy_side(own.policy, own.type, own.name)
    for version in reversed(published.versions):
        other = managed_version(published, version.version_id)
        found = compare(side, policy_side(other.policy, other.type, other.name), witnesses=1, steps=steps)
        if found.relation is Relation.EQUIVALENT:
            return version.version_id
    return None
