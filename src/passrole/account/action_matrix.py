"""Every role and user of an account against every action: who may do what at all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from passrole.account.compiled_account import principals_of
from passrole.account.snapshot import AccountSnapshot
from passrole.account.uncollected import collector_paused
from passrole.account.who import stack_for
from passrole.catalog.actions import expand_action_pattern
from passrole.engine.fast.action_sets import ActionList
from passrole.engine.fast.reach import Reach, reach_of
from passrole.engine.request import Principal


@dataclass(frozen=True, slots=True)
class ActionMatrix:
    """A row for each principal, a column for each action. What a cell says is in `engine.fast.reach.Reach`."""

    principals: tuple[Principal, ...]
    actions: ActionList
    reaches: tuple[Reach, ...]
    """One for each of `principals`."""

    def who(self, action: str) -> tuple[tuple[Principal, bool], ...]:
        """Those who may do it at all, each with whether that is so for every resource and context.

        Nobody when the action is not among `actions`.
        """
        column = self.actions.matching(action)
        return tuple(
            (principal, bool(reach.every & column))
            for principal, reach in zip(self.principals, self.reaches, strict=True)
            if reach.some & column
        )

    def what(self, principal: Principal) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The actions that it may do for some requests, and of those the ones for every request.

        Raises ValueError for a principal that is not in the matrix.
        """
        reach = self.reaches[self.principals.index(principal)]
        return self.actions.names_in(reach.some), self.actions.names_in(reach.every)


def action_matrix(
    snapshot: AccountSnapshot, actions: Iterable[str] | None = None, principals: Sequence[Principal] | None = None
) -> ActionMatrix:
    """All actions that AWS publishes when none are given, and all principals of the account likewise.

    Raises UnknownPrincipalError; ValueError for a principal without policies of its own (a service, the anonymous).
    """
    with collector_paused():
        return _matrix(snapshot, actions, principals)


def _matrix(
    snapshot: AccountSnapshot, actions: Iterable[str] | None, principals: Sequence[Principal] | None
) -> ActionMatrix:
    columns = ActionList(expand_action_pattern("*") if actions is None else actions)
    rows = tuple(principals_of(snapshot) if principals is None else principals)
    return ActionMatrix(rows, columns, tuple(reach_of(stack_for(snapshot, row), row.type, columns) for row in rows))
