"""`passrole can`: one question to the engine, with the policies read from the account, and the whole why."""

from __future__ import annotations

import click

from passrole.cli.argument_types import TEXT
from passrole.cli.command import PassroleCommand
from passrole.cli.exit_codes import ExitCode
from passrole.cli.options import TargetChoice, output_option, target_options
from passrole.cli.output import print_json
from passrole.cli.say import say, talk


@click.command(cls=PassroleCommand)
@click.argument("principal", type=TEXT)
@click.argument("action", type=TEXT)
@click.argument("resource", type=TEXT)
@click.option(
    "--context",
    "context_settings",
    multiple=True,
    metavar="KEY=VALUE",
    help="A condition key of the request; repeat a key to give it several values.",
)
@target_options
@output_option
def can(
    principal: str,
    action: str,
    resource: str,
    context_settings: tuple[str, ...],
    target: TargetChoice,
    output: str,
) -> int:
    """Say whether PRINCIPAL may do ACTION on RESOURCE, and why.

    PRINCIPAL is an ARN, `user/NAME`, `role/NAME`, a service such as vmie.amazonaws.com, or `*` for anyone. To ask
    whether a service may assume a role, ask for sts:AssumeRole on the role.

    \b
    Examples:
      passrole can role/vmimport s3:GetObject arn:aws:s3:::disk-images/vm.ova
      passrole can vmie.amazonaws.com sts:AssumeRole role/vmimport --context sts:ExternalId=vmimport
    """
    from passrole.cli.decision_json import decision_value
    from passrole.cli.question import explain_question
    from passrole.cli.question_words import context_of
    from passrole.cli.target import account_value, open_account
    from passrole.cli.text.explanation import explanation_lines
    from passrole.engine.decision import Outcome

    context = context_of(context_settings)
    with open_account(target) as account:
        explanation = explain_question(account, principal, action, resource, context)
    if output == "json":
        print_json({"account": account_value(account), **decision_value(explanation)})
    else:
        for line in explanation_lines(explanation):
            say(line)
    if resource != "*" and ("*" in resource or "?" in resource):
        talk(f"note: `{resource}` was asked for as it is written; a pattern of resources has no one answer")
    outcome = explanation.decision.outcome
    if outcome is Outcome.UNDECIDED:
        return ExitCode.UNDECIDED
    return ExitCode.OK if outcome is Outcome.ALLOWED else ExitCode.FINDINGS
