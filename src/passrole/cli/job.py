"""The main job's steps on an open account, as several commands run them: plan, apply, rehearse."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from passrole.cli.say import talk
from passrole.cli.stopped import StoppedError
from passrole.cli.target import OpenAccount

if TYPE_CHECKING:
    from passrole.activity.rehearse import Rehearsal
    from passrole.provision.apply import ApplyResult, Progress
    from passrole.provision.changes import Plan
    from passrole.recipes.desired import DesiredState


def make_apply_plan(account: OpenAccount, desired: Sequence[DesiredState], *, exclusive: bool = False) -> Plan:
    """Observe what the set-ups address and plan them together; nothing is written."""
    from passrole.provision.addressed import addressed_by
    from passrole.provision.observe import observe
    from passrole.provision.plan import make_plan
    from passrole.provision.secrets import SecretStore

    observation = observe(account.clients, addressed_by(desired, account.journal.records), account.identity)
    return make_plan(
        desired,
        observation,
        account.journal,
        exclusive=exclusive,
        saved_keys=SecretStore(account.secrets_folder).saved_keys(),
    )


def run_plan(account: OpenAccount, plan: Plan, *, quiet: bool = False) -> ApplyResult:
    """Make the plan's calls, telling each change that has come to its end, and read back.

    Raises StoppedError on Ctrl-C, with what was done until then; the journal knows it too.
    """
    from passrole.cli.text.applied import progress_line
    from passrole.provision.apply import apply_plan
    from passrole.provision.secrets import SecretStore

    done: list[str] = []

    def note(progress: Progress) -> None:
        if progress.state == "done":
            done.append(str(progress.change.address))
            if not quiet:
                talk(progress_line(progress))

    try:
        return apply_plan(plan, account.clients, account.journal, SecretStore(account.secrets_folder), note)
    except KeyboardInterrupt as error:
        raise StoppedError(
            "interrupted",
            causes=(f"done: {', '.join(done) or 'nothing for certain'}",),
            help="run the same command again: it goes on where this one stopped",
        ) from error


def rehearse_set_up(account: OpenAccount, desired: DesiredState) -> Rehearsal:
    """Read the set-up's entities back from the account and replay its workflows against them."""
    from passrole.activity.rehearse import rehearse
    from passrole.provision.addressed import addressed_for_verify
    from passrole.provision.observe import observe
    from passrole.provision.organization import known_organization, organization_policies
    from passrole.provision.resource_policies import resource_layers

    account_id, partition = account.identity.account_id, account.identity.partition
    observation = observe(account.clients, addressed_for_verify(desired), account.identity)
    snapshot = replace(observation.snapshot, organization_policies=organization_policies(account.clients, account_id))
    layers = resource_layers(account.clients, account_id, partition)
    return rehearse(desired, snapshot, layers, known_organization(account.clients))
