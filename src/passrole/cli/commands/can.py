"""`passrole can`: one question to the engine, with the policies of an account or of files, and the whole why."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from passrole.cli.argument_types import TEXT
from passrole.cli.command import PassroleCommand
from passrole.cli.exit_codes import ExitCode
from passrole.cli.options import TargetChoice, output_option, target_options
from passrole.cli.output import print_json
from passrole.cli.question_options import (
    FileChoice,
    RequestChoice,
    details_option,
    file_options,
    names_account,
    refuse_two_accounts,
    request_options,
)
from passrole.cli.say import say, talk

if TYPE_CHECKING:
    from passrole.cli.asked import Said
    from passrole.engine.explanation import Explanation


@click.command(cls=PassroleCommand)
@click.argument("principal", type=TEXT)
@click.argument("action", type=TEXT)
@click.argument("resource", type=TEXT)
@request_options
@details_option
@file_options
@target_options
@output_option
def can(
    principal: str,
    action: str,
    resource: str,
    asked: RequestChoice,
    details: Path | None,
    files: FileChoice,
    target: TargetChoice,
    output: str,
) -> int:
    """Say whether PRINCIPAL may do ACTION on RESOURCE, and why.

    PRINCIPAL is an ARN, `user/NAME`, `role/NAME`, a service such as vmie.amazonaws.com, an identity provider's ARN, or
    `*` for anyone. To ask whether a service may assume a role, ask for sts:AssumeRole on the role.

    The policies are those of the account, of a file of authorization details, or, where neither is named and files of
    policies are, those files and nothing else. Beside an account, --policy adds to the principal's policies, and every
    other file takes the place of what the account has.

    Where the caller comes from, and how it signed in, is not known unless --context says it: an answer that rests on it
    is undecided, and tells which values would allow.

    \b
    Examples:
      passrole can role/vmimport s3:GetObject arn:aws:s3:::disk-images/vm.ova
      passrole can vmie.amazonaws.com sts:AssumeRole role/vmimport --context sts:ExternalId=vmimport
      passrole can user/ana s3:GetObject arn:aws:s3:::reports/a.csv --policy ana.json --boundary b.json
    """
    from passrole.cli.asked import SURROUNDINGS, said_of
    from passrole.cli.context_notes import context_notes, owner_note, resource_note
    from passrole.cli.decision_json import decision_value
    from passrole.cli.policy_files import read_layers
    from passrole.cli.question_words import check_owner
    from passrole.cli.text.explanation import explanation_lines
    from passrole.engine.decision import Outcome

    refuse_two_accounts(details, target)
    check_owner(resource, asked.resource_account)
    said = said_of(asked, read_layers(files, action, resource), SURROUNDINGS)
    only_files = files.any and details is None and not names_account(target)
    account, explanation = _ask(principal, action, resource, said, details, target, only_files=only_files)
    if output == "json":
        print_json({"account": account, **decision_value(explanation)})
    else:
        for line in explanation_lines(explanation):
            say(line)
    request = explanation.request
    owned = owner_note(request.resource, asked.resource_account)
    for note in (owned, resource_note(action, request.resource), *context_notes(said.context, request.principal)):
        if note:
            talk(f"note: {note}")
    outcome = explanation.decision.outcome
    if outcome is Outcome.UNDECIDED:
        return ExitCode.UNDECIDED
    return ExitCode.OK if outcome is Outcome.ALLOWED else ExitCode.FINDINGS


def _ask(
    principal: str,
    action: str,
    resource: str,
    said: Said,
    details: Path | None,
    target: TargetChoice,
    *,
    only_files: bool,
) -> tuple[dict[str, object] | None, Explanation]:
    """The answer, and the account that was asked for it; None where files were."""
    from passrole.cli.question_snapshot import (
        NO_FILE,
        NOT_IN_DETAILS,
        explain_in_snapshot,
        snapshot_for_files,
        snapshot_in,
    )

    if details is not None:
        return None, explain_in_snapshot(snapshot_in(details), principal, action, resource, said, NOT_IN_DETAILS)
    if only_files:
        snapshot = snapshot_for_files(principal, target.expected_account)
        return None, explain_in_snapshot(snapshot, principal, action, resource, said, NO_FILE)
    from passrole.cli.question import explain_question
    from passrole.cli.target import account_value, open_account

    with open_account(target) as account:
        return account_value(account), explain_question(account, principal, action, resource, said)
