"""What must hold before anything is planned or written."""

from __future__ import annotations

from passrole.provision.changes import Change, Mark, Plan
from passrole.provision.clients import Target
from passrole.provision.errors import PlanFileError, RetiredServiceError, WrongAccountError
from passrole.provision.identity import Identity
from passrole.provision.operations import Effect
from passrole.provision.planning import Planning
from passrole.provision.record import Record
from passrole.recipes.desired import DesiredState


def refuse_retired(desired: DesiredState, target: Target) -> None:
    """Raises RetiredServiceError for a service that AWS has ended, on real AWS; elsewhere it can be set up."""
    retirement = desired.retirement
    if retirement is None or target.kind != "real AWS":
        return
    raise RetiredServiceError(
        f"`{desired.recipe}` cannot be set up on real AWS: the service ended on {retirement.on}",
        causes=(retirement.message,) if retirement.message else (),
        help=f"its successor is {retirement.successor}; without --aws, `{desired.recipe}` is set up in the "
        "embedded account",
    )


def refuse_other_account(desired: DesiredState, identity: Identity) -> None:
    """Raises WrongAccountError when the set-up was rendered for another account or partition."""
    if (desired.account_id, desired.partition) != (identity.account_id, identity.partition):
        raise WrongAccountError(
            f"`{desired.label}` was rendered for account {desired.account_id} ({desired.partition}), and your "
            f"credentials lead to {identity.account_id} ({identity.partition})",
            help="choose other credentials: --profile NAME",
        )


def refuse_other_target(plan: Plan, identity: Identity) -> None:
    """Raises WrongAccountError when a plan was made for another account, or for the same one elsewhere.

    Two emulators may both be account 123456789012, so the endpoint counts; real AWS is one place however it is
    reached.
    """
    here, planned = identity.target, plan.target
    same_place = here.kind == planned.kind and (here.kind == "real AWS" or here.endpoint == planned.endpoint)
    if same_place and (plan.account_id, plan.partition) == (identity.account_id, identity.partition):
        return
    raise WrongAccountError(
        f"this plan was made for account {plan.account_id} on {planned}, and your credentials lead to "
        f"account {identity.account_id} on {here}; nothing was done",
        help="choose the credentials and the endpoint of the plan, or make a new plan: passrole plan",
    )


def refuse_false_claims(plan: Plan, planning: Planning) -> None:
    """Raises PlanFileError when a plan calls something passrole's that neither it makes nor passrole has made.

    A later destroy would delete it. No plan of passrole's own does that; an altered plan file may.
    """
    for change in plan.changes:
        record, known = change.record_after, planning.records.get(change.address)
        if record is None or record == known or planning.made_by_passrole(change.address):
            continue
        makes = any(call.row.effect is Effect.MAKES for call in change.calls)
        if (record.made and not makes) or not _is_grounded(change, record, known, makes=makes):
            raise PlanFileError(
                f"the plan says that passrole made `{change.address}`, which it did not; nothing was done",
                help="make the plan again: passrole plan",
            )


def _is_grounded(change: Change, record: Record, known: Record | None, *, makes: bool) -> bool:
    """Whether all that `record` claims was claimed before, or is brought by the change itself."""
    if record.statements:
        brought: list[object] = [line.body for line in change.statements if line.mark is Mark.ADDED]
        brought += [statement.body for statement in known.statements] if known else []
        return all(statement.body in brought for statement in record.statements)
    if record.key is not None and record.key.key_id is not None:
        begun = known.key if known else None
        return begun is not None and begun.key_id in (None, record.key.key_id)
    return change.address.part is None or makes or known is not None
