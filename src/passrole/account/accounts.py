"""The accounts of a file: which there are, and which one is meant where none is named."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, insert, select

from passrole.account.context import AccountView
from passrole.account.prepared import Prepared
from passrole.account.tables import account_file, accounts

_ALL = Prepared(select(accounts).order_by(accounts.c.account_id))


@dataclass(frozen=True, slots=True)
class AccountIdentity:
    account_id: str
    partition: str


def home_account(connection: Connection) -> AccountIdentity | None:
    """The file's first account, or its organization's management account; None for a file that has lost its rows."""
    statement = select(accounts).join(account_file, account_file.c.home_account_id == accounts.c.account_id)
    row = connection.execute(statement).first()
    return None if row is None else AccountIdentity(row.account_id, row.partition)


def find_account(connection: Connection, account_id: str) -> AccountIdentity | None:
    row = connection.execute(select(accounts).where(accounts.c.account_id == account_id)).first()
    return None if row is None else AccountIdentity(row.account_id, row.partition)


def list_accounts(connection: Connection) -> list[AccountIdentity]:
    """In the order of their ids."""
    return [AccountIdentity(row.account_id, row.partition) for row in _ALL.all(connection, {})]


def is_account_here(view: AccountView, account_id: str) -> bool:
    return account_id == view.account_id or find_account(view.connection, account_id) is not None


def add_account(connection: Connection, made: AccountIdentity, *, now: int) -> None:
    connection.execute(insert(accounts).values(account_id=made.account_id, partition=made.partition, created_at=now))
