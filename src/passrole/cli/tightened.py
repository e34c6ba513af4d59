"""Calls of the log to the least policy of the one user or role that made them, and what is to be told beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from passrole.account.decided import Decided
from passrole.account.decision_log.logged_call import LoggedCall
from passrole.activity.tighten.against_existing import AgainstExisting, against_existing
from passrole.activity.tighten.asked import Impossible, owner_of_policies, sort_decisions
from passrole.activity.tighten.least_policy import LeastPolicy, Shape, least_policy, not_allowed_by
from passrole.engine.decision import StatementRef
from passrole.engine.stack import Known, Layer, Unknown
from passrole.errors import PassroleError, UsageError


class NotAllowedError(PassroleError):
    """The engine does not allow a decision with the policy that was made for it: a fault of passrole."""


class NothingToAllowError(UsageError):
    """None of the calls asked for a permission and was given it."""


@dataclass(frozen=True, slots=True)
class Tightened:
    """`owner` is the ARN of the user or role. `left_out` are calls that were denied and are not to be allowed.

    `against` is None where the existing policies are not known; `why_not` says why.
    """

    owner: str
    shape: Shape
    least: LeastPolicy
    needed: tuple[Decided, ...]
    free: tuple[Decided, ...]
    impossible: tuple[Impossible, ...]
    denied_by: tuple[StatementRef, ...]
    left_out: int
    with_denied: bool
    against: AgainstExisting | None
    why_not: str | None


def tightened(path: Path, calls: Sequence[LoggedCall], shape: Shape, *, with_denied: bool) -> Tightened:
    """Raises UsageError where no call is left, or where they are of several users and roles."""
    owner = _owner_of(calls, path)
    meant = [call for call in calls if with_denied or not call.denied]
    sorted_ = sort_decisions(each for call in meant for each in call.decided)
    if not (sorted_.needed or sorted_.free or sorted_.impossible):
        help_ = "to allow what was denied: --with-denied" if len(meant) < len(calls) else None
        raise NothingToAllowError(f"`{owner}` was allowed nothing that asks for a permission", help=help_)
    least = least_policy(sorted_.needed, shape)
    if sorted_.needed and (wrong := not_allowed_by(least, sorted_.needed)):
        request = wrong[0].request
        raise NotAllowedError(f"no policy could be made that allows {request.action} on `{request.resource}`")
    existing = _existing(path, owner, sorted_.needed)
    against: AgainstExisting | None = None
    if sorted_.needed and isinstance(existing, Known):
        against = against_existing(existing.policies, least, sorted_.needed, kept_keys=shape.keys)
    return Tightened(
        owner=owner,
        shape=shape,
        least=least,
        needed=sorted_.needed,
        free=sorted_.free,
        impossible=sorted_.impossible,
        denied_by=sorted_.denied_by,
        left_out=len(calls) - len(meant),
        with_denied=with_denied,
        against=against,
        why_not=existing.reason if isinstance(existing, Unknown) else None,
    )


def _owner_of(calls: Sequence[LoggedCall], path: Path) -> str:
    decided = [each for call in calls for each in call.decided]
    if not decided:
        raise UsageError(
            f"the log of `{path}` has no such call that asks for a permission",
            help="see what it has: passrole decisions",
        )
    owners = dict.fromkeys(owner_of_policies(each.request.principal) for each in decided)
    if None in owners:
        callers = [each.request.principal for each in decided if owner_of_policies(each.request.principal) is None]
        raise UsageError(
            f"`{callers[0].arn}` made one of these calls, and has no policies of its own",
            help="choose a user's or a role's calls: --role NAME or --principal user/NAME",
        )
    names = [owner for owner in owners if owner is not None]
    if len(names) > 1:
        shown = ", ".join(name.rpartition(":")[2] for name in names[:5])
        more = f" and {len(names) - 5} more" if len(names) > 5 else ""
        raise UsageError(
            f"these calls are of several users and roles: {shown}{more}",
            help=f"choose one's: --principal {names[0].rpartition(':')[2]}; or a file for each: --each FOLDER",
        )
    return names[0]


def _existing(path: Path, owner: str, needed: Sequence[Decided]) -> Layer:
    """The identity-based policies of today; where user or role is gone, those of its last call."""
    from passrole.account.snapshot_of import snapshot_of
    from passrole.account.store import AccountStore
    from passrole.account.who import UnknownPrincipalError, stack_for

    if path.exists():
        store = AccountStore.open(path)
        try:
            account_id = owner.split(":")[4]
            if any(account.account_id == account_id for account in store.accounts()):
                return stack_for(snapshot_of(store, account_id), owner).identity
        except UnknownPrincipalError:
            pass
        finally:
            store.close()
    return needed[-1].stack.identity if needed else Unknown("nothing was asked of them")
