"""`passrole prove`: rules that a policy keeps for every request, or a request that breaks them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from passrole.cli.argument_types import PATH, TEXT
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
from passrole.cli.exit_codes import ExitCode
from passrole.cli.output import print_json
from passrole.cli.say import say
from passrole.errors import UsageError

if TYPE_CHECKING:
    from passrole.engine.stack import AttachedPolicy
    from passrole.prover.prove import Limits, Proof


@click.command(cls=PassroleCommand)
@click.argument("policy", type=PATH)
@click.option("--no-new-access", "baseline", type=PATH, metavar="FILE", help="It allows nothing that FILE does not.")
@click.option("--no-public-access", is_flag=True, help="It allows nothing to callers of whom it names nothing.")
@click.option(
    "--cannot",
    "forbidden",
    type=(TEXT, TEXT),
    multiple=True,
    metavar="ACTION RESOURCE",
    help="It never allows such an action on such a resource; both may have wildcards.",
)
@click.option("--only-from-org", "organization", type=TEXT, metavar="ID", help="Only callers of this organization.")
@type_option
@actions_option
@steps_option
@time_limit_option
@output_option
def prove(
    policy: Path,
    baseline: Path | None,
    no_public_access: bool,
    forbidden: tuple[tuple[str, str], ...],
    organization: str | None,
    type_: str | None,
    actions: str,
    steps: int,
    time_limit: float | None,
    output: str,
) -> int:
    """Prove that the policy in the file POLICY keeps rules, for all requests, or show a request that breaks one.

    --no-public-access and --only-from-org are about policies that name principals: of a resource, or a role's trust
    policy. It exits with 0 when every rule is proven, 2 when one is broken, 3 when one is undecided and none broken.

    \b
    Examples:
      passrole prove policy.json --no-new-access baseline.json
      passrole prove policy.json --cannot s3:DeleteBucket '*' --cannot 'iam:*' '*'
      passrole prove bucket.json --no-public-access --only-from-org o-a1b2c3d4e5
    """
    from passrole.cli.question_words import check_patterns
    from passrole.prover.prove import Limits, Verdict

    if not (baseline or no_public_access or forbidden or organization):
        raise UsageError(
            "there is no rule to prove",
            help="add --no-new-access FILE, --no-public-access, --cannot ACTION RESOURCE or --only-from-org ID",
        )
    for patterns in forbidden:
        check_patterns(*patterns)
    attached, *others = read_policies((policy, baseline) if baseline else (policy,), type_)
    proofs = _proofs(
        attached,
        others,
        no_public_access,
        forbidden,
        organization,
        limits=Limits(actions_of(actions), steps=steps, seconds_left=seconds_left(time_limit)),
        file=policy,
    )
    if output == "json":
        from passrole.cli.comparison_json import proof_value

        print_json(
            {"policy": str(policy), "type": attached.type.value, "proofs": [proof_value(each) for each in proofs]}
        )
    elif output == "sarif":
        from passrole.cli.comparison_sarif import proof_results
        from passrole.cli.sarif import print_sarif

        print_sarif(result for each in proofs for result in proof_results(each, str(policy)))
    else:
        from passrole.cli.text.comparison import proof_lines

        for each in proofs:
            for line in proof_lines(each):
                say(line)
    verdicts = {each.verdict for each in proofs}
    if Verdict.REFUTED in verdicts:
        return ExitCode.FINDINGS
    return ExitCode.UNDECIDED if Verdict.UNDECIDED in verdicts else ExitCode.OK


def _proofs(
    attached: AttachedPolicy,
    others: list[AttachedPolicy],
    no_public: bool,
    forbidden: tuple[tuple[str, str], ...],
    organization: str | None,
    *,
    limits: Limits,
    file: Path,
) -> list[Proof]:
    from passrole.engine.statements import NAMING_PRINCIPALS
    from passrole.prover import prove as rules
    from passrole.prover.compare import policy_side

    side = policy_side(attached.policy, attached.type, attached.name)
    if (no_public or organization) and attached.type not in NAMING_PRINCIPALS:
        raise UsageError(
            f"`{file}` names no principals: who has its permissions is decided where it is attached",
            help="ask --no-public-access and --only-from-org of a resource's policy or of a trust policy",
        )
    proofs = [rules.no_new_access(side, policy_side(other.policy, other.type, other.name), limits) for other in others]
    if no_public:
        proofs.append(rules.no_public_access(side, limits))
    proofs += [rules.cannot(side, (action,), (resource,), limits) for action, resource in forbidden]
    if organization:
        proofs.append(rules.only_from_organization(side, organization, limits))
    return proofs
