"""`passrole can`: one question to the engine, with the policies read from the account, and the whole why."""

from __future__ import annotations

import click

from passrole.cli.argument_types import TEXT
from passrole.cli.command import PassroleCommand
from passrole.cli.exit_codes import ExitCode
from passrole.cli.options import TargetChoice, output_option, target_options
from passrole.cli.output import print_json
from passrole.cli.say import say
from passrole.errors import UsageError


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
    from passrole.cli.question import decision_value, explain_question
    from passrole.cli.target import account_value, open_account
    from passrole.cli.text.explanation import explanation_lines
    from passrole.engine.decision import Outcome

    context = _context(context_settings)
    with open_account(target) as account:
        explanation = explain_question(account, principal, action, resource, context)
    if output == "json":
        print_json({"account": account_value(account), **decision_value(explanation)})
    else:
        for line in explanation_lines(explanation):
            say(line)
    outcome = explanation.decision.outcome
    if outcome is Outcome.UNDECIDED:
        return ExitCode.UNDECIDED
    return ExitCode.OK if outcome is Outcome.ALLOWED else ExitCode.FINDINGS


def _context(settings: tuple[str, ...]) -> dict[str, str | tuple[str, ...]]:
    values: dict[str, list[str]] = {}
    for setting in settings:
        key, equals, value = setting.partition("=")
        if not equals or ":" not in key:
            raise UsageError(
                f"`{setting}` is no condition key with a value", help="write it as --context aws:SourceIp=203.0.113.7"
            )
        values.setdefault(key, []).append(value)
    return {key: given[0] if len(given) == 1 else tuple(given) for key, given in values.items()}
