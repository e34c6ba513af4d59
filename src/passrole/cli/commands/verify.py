"""`passrole verify`: the workflow of a set-up replayed against the account, then what it needs and what not."""

from __future__ import annotations

import click

from passrole.cli.command import PassroleCommand
from passrole.cli.options import SetUpChoice, TargetChoice, output_option, set_up_options, target_options
from passrole.cli.output import print_json
from passrole.cli.say import say, talk


@click.command(cls=PassroleCommand)
@set_up_options
@target_options
@click.option("--brief", is_flag=True, help="Leave out the calls that are allowed.")
@output_option
def verify(set_up: SetUpChoice, target: TargetChoice, brief: bool, output: str) -> int:
    """Replay every call of the service's workflow against the policies read back from the account.

    Each call is allowed by a statement, or denied with the failure that you would see. Then each granted statement
    and action is dropped in turn: what breaks without it, and what no call of the workflow needs.

    --set asks about the set-up as it stands with this one value changed.

    \b
    Examples:
      passrole verify vm-import
      passrole verify session-manager --set logging=s3 --set log_bucket=session-logs --output json
    """
    from passrole.activity.necessity import needs
    from passrole.cli.job import rehearse_set_up
    from passrole.cli.rendering import render_all
    from passrole.cli.set_ups import choose, remembered_set_ups
    from passrole.cli.target import account_value, open_account, safety_lines
    from passrole.cli.text.necessity import needs_text
    from passrole.cli.text.rehearsal import rehearsal_text
    from passrole.cli.values import needs_value, rehearsal_value
    from passrole.cli.verdict_code import code_of

    with open_account(target) as account:
        remembered = remembered_set_ups(account)
        chosen = choose(set_up, remembered, over_remembered=True)
        for each in chosen:
            if each.label not in remembered:
                talk(f"note: no set-up `{each.label}` is known in account {account.identity.account_id}")
        rehearsals = [
            rehearse_set_up(account, desired) for desired in render_all(chosen, set_up.recipe_folders, account)
        ]
    if output == "json":
        verified = [{**rehearsal_value(each), "necessity": needs_value(needs(each))} for each in rehearsals]
        print_json({"account": account_value(account), "verified": verified})
        return code_of(rehearsals)
    say(safety_lines(account))
    for rehearsal in rehearsals:
        say()
        say(rehearsal_text(rehearsal, brief=brief))
        if rehearsal.workflows:
            say(needs_text(needs(rehearsal), brief=brief))
    return code_of(rehearsals)
