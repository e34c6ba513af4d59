"""`passrole what-can`: what one user or role may do, and on what."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from passrole.cli.argument_types import TEXT
from passrole.cli.command import PassroleCommand
from passrole.cli.exit_codes import ExitCode
from passrole.cli.options import TargetChoice, output_option, target_options
from passrole.cli.output import print_json
from passrole.cli.question_options import RequestChoice, details_option, refuse_two_accounts, request_options
from passrole.cli.say import say, talk

if TYPE_CHECKING:
    from passrole.engine.stack import Layer


@click.command("what-can", cls=PassroleCommand)
@click.argument("principal", type=TEXT)
@click.option("--service", "services", multiple=True, type=TEXT, help="Only this service's actions, such as s3.")
@request_options
@details_option
@target_options
@output_option
def what_can(
    principal: str,
    services: tuple[str, ...],
    asked: RequestChoice,
    details: Path | None,
    target: TargetChoice,
    output: str,
) -> int:
    """List what PRINCIPAL (`user/NAME`, `role/NAME` or an ARN) may do, by its own policies, and on which resources.

    Asked is every action that AWS publishes and that one of its policies allows, on an example of each resource that
    the policy names. What a bucket's, key's or other resource's policy gives besides is not seen here: ask `passrole
    can`. The exit code is 3 when an answer is not decided, else 0.

    \b
    Examples:
      passrole what-can role/vmimport
      passrole what-can user/ana --service s3 --service kms
      passrole what-can role/app --authorization-details account.json --output json
    """
    from passrole.account.access import what_can as ask
    from passrole.account.asking import EVERY_OTHER_KEY
    from passrole.cli.access_json import what_value
    from passrole.cli.asked import not_supposed_of_others, said_of
    from passrole.cli.policy_files import FileLayers
    from passrole.cli.question_snapshot import NOT_READ, layer_in
    from passrole.cli.text.access import what_lines
    from passrole.cli.whole_source import open_whole
    from passrole.cli.whole_words import actions_to_ask, one_of_the_account
    from passrole.engine.decision import Outcome
    from passrole.policy.arn import account_in

    refuse_two_accounts(details, target)
    said = said_of(asked, FileLayers(), EVERY_OTHER_KEY)
    actions = actions_to_ask(services)
    with open_whole(details, target) as source:

        def layer(action: str, resource: str) -> Layer:
            found = layer_in(source.snapshot, action, resource, NOT_READ)
            return not_supposed_of_others(
                found, resource, asked.resource_account or account_in(resource), source.snapshot
            )

        named = one_of_the_account(source.snapshot, principal)
        answers = ask(
            source.snapshot,
            named,
            actions,
            context=said.context,
            circumstances=said.circumstances,
            resource_layer=layer,
            organization=source.organization,
        )
    if output == "json":
        print_json({"account": source.account, **what_value(named, answers)})
    else:
        for line in what_lines(named, answers, services):
            say(line)
        for gap in source.gaps:
            talk(f"note: {gap}")
    undecided = any(answer.decision.outcome is Outcome.UNDECIDED for answer in answers)
    return ExitCode.UNDECIDED if undecided else ExitCode.OK
