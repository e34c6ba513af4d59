"""What an operation is given beside its parameters: the transaction, the caller, the time and new identifiers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from passrole.account.callers import Caller
from passrole.account.decided import Decided
from passrole.account.entities import Kind, arn_of
from passrole.account.ids import Ids
from passrole.account.quotas import AccountQuotas
from passrole.engine.request import ContextValue

if TYPE_CHECKING:
    from passrole.account.decision_log.decision_log import DecisionLog


@dataclass(frozen=True, slots=True)
class AccountView:
    """One account as a transaction sees it: what is found by name is found in it alone."""

    connection: Connection
    account_id: str
    partition: str

    def arn(self, kind: Kind, path: str, name: str) -> str:
        return arn_of(self.partition, self.account_id, kind, path, name)

    def of_account(self, account_id: str) -> AccountView:
        """Another account of the same file, in the same transaction. All accounts of a file are in one partition."""
        return AccountView(self.connection, account_id, self.partition)


def no_pause() -> None:
    """Nobody waits for the call."""


@dataclass(frozen=True, slots=True)
class CallContext(AccountView):
    """One call, in its caller's account. `now` is in seconds since 1970; `region` the one the caller addressed.

    `request_context` holds the condition keys that only who received the request knows: aws:SourceIp, aws:UserAgent,
    aws:SecureTransport.
    """

    caller: Caller
    now: int
    ids: Ids
    quotas: AccountQuotas
    region: str = "us-east-1"
    request_context: Mapping[str, ContextValue] = field(default_factory=dict)
    decided: list[Decided] = field(default_factory=list)
    """Every question that was asked for this call so far, with its answer; the last one may be a denial."""
    decisions: DecisionLog | None = None
    """The log of earlier calls; None where none is kept."""
    pause: Callable[[], None] = no_pause
    """For a call that takes long to call between its parts: others are answered there."""
