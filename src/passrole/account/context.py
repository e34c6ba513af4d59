"""What an operation is given beside its parameters: the transaction, the caller, the time and new identifiers."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from passrole.account.callers import Caller
from passrole.account.entities import Entity, Kind, arn_of
from passrole.account.ids import Ids
from passrole.account.quotas import AccountQuotas


@dataclass(frozen=True, slots=True)
class CallContext:
    """One call. `now` is in seconds since 1970; `region` the one the caller addressed."""

    connection: Connection
    account_id: str
    partition: str
    caller: Caller
    now: int
    ids: Ids
    quotas: AccountQuotas
    region: str = "us-east-1"

    def arn(self, kind: Kind, path: str, name: str) -> str:
        return arn_of(self.partition, self.account_id, kind, path, name)

    @property
    def root_arn(self) -> str:
        """The principal that stands for the whole account."""
        return f"arn:{self.partition}:iam::{self.account_id}:root"

    def aws_policy_arn(self, path_and_name: str) -> str:
        return f"arn:{self.partition}:iam::aws:policy/{path_and_name}"

    def caller_is(self, entity: Entity) -> bool:
        return self.caller.entity is not None and self.caller.entity.id == entity.id
