"""`passrole who-can`: everyone in an account who may do one thing, and by which statement."""

from __future__ import annotations

from pathlib import Path

import click

from passrole.cli.argument_types import TEXT
from passrole.cli.command import PassroleCommand
from passrole.cli.exit_codes import ExitCode
from passrole.cli.options import TargetChoice, output_option, target_options
from passrole.cli.output import print_json
from passrole.cli.question_options import RequestChoice, details_option, refuse_two_accounts, request_options
from passrole.cli.say import say, talk


@click.command("who-can", cls=PassroleCommand)
@click.argument("action", type=TEXT)
@click.argument("resource", type=TEXT)
@request_options
@click.option("--all", "everyone", is_flag=True, help="List those who may not, too, with what keeps them out.")
@details_option
@target_options
@output_option
def who_can(
    action: str,
    resource: str,
    asked: RequestChoice,
    everyone: bool,
    details: Path | None,
    target: TargetChoice,
    output: str,
) -> int:
    """List who may do ACTION on RESOURCE: users, roles, the root user, and whom the resource's policy names.

    A condition key that --context does not give is not known: who is let in by some value of it is listed under
    `depends`, with the value. The exit code is 3 when somebody's answer is not decided, or not everyone could be
    listed, else 0.

    \b
    Examples:
      passrole who-can s3:GetObject arn:aws:s3:::disk-images/vm.ova
      passrole who-can sts:AssumeRole role/vmimport
      passrole who-can iam:PassRole role/vmimport --authorization-details account.json
    """
    from passrole.account.access import who_can as ask
    from passrole.account.asking import EVERY_OTHER_KEY
    from passrole.account.unlisted import unlisted
    from passrole.cli.access_json import who_value
    from passrole.cli.asked import not_supposed_of_others, said_of
    from passrole.cli.context_notes import context_notes, owner_note, resource_note
    from passrole.cli.policy_files import FileLayers
    from passrole.cli.question_snapshot import resource_in
    from passrole.cli.question_words import check_action, check_owner
    from passrole.cli.text.access import who_lines
    from passrole.cli.whole_source import open_whole
    from passrole.engine.decision import Outcome
    from passrole.policy.arn import account_in

    refuse_two_accounts(details, target)
    check_action(action)
    check_owner(resource, asked.resource_account)
    said = said_of(asked, FileLayers(), EVERY_OTHER_KEY)
    with open_whole(details, target) as source:
        resource = resource_in(source.snapshot, resource)
        owner = asked.resource_account or account_in(resource)
        layer = not_supposed_of_others(source.resource_layer(action, resource), resource, owner, source.snapshot)
        circumstances = source.circumstances(said.circumstances, resource)
        beside = source.around(said.circumstances, action, resource, layer)
        answers = ask(
            source.snapshot,
            action,
            resource,
            context=said.context,
            resource_layer=layer,
            circumstances=circumstances,
            beside=beside,
        )
        others = unlisted(
            source.snapshot,
            action,
            resource,
            context=said.context,
            resource_layer=layer,
            circumstances=circumstances,
            beside=beside,
        )
        gaps = (*source.gaps, *others)
    if output == "json":
        print_json({"account": source.account, **who_value(action, resource, answers, gaps)})
    else:
        for line in who_lines(action, resource, answers, everyone=everyone):
            say(line)
        for gap in gaps:
            talk(f"note: {gap}")
    for note in (
        owner_note(resource, asked.resource_account),
        resource_note(action, resource),
        *context_notes(said.context),
    ):
        if note:
            talk(f"note: {note}")
    undecided = any(answer.decision.outcome is Outcome.UNDECIDED for answer in answers)
    return ExitCode.UNDECIDED if undecided or gaps else ExitCode.OK
