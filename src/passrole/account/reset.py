"""An account as it was when it was made: nobody but the administrator, who keeps its keys."""

from __future__ import annotations

from sqlalchemy import Column, Connection, delete, select, update

from passrole.account import entities
from passrole.account.administrator import ADMINISTRATOR_NAME, create_administrator
from passrole.account.context import AccountView
from passrole.account.entities import Entity, Kind
from passrole.account.ids import Ids
from passrole.account.tables import access_keys, account_file, accounts, entity_counts, metadata
from passrole.account.tables import entities as entities_table


def reset_account(view: AccountView, *, now: int, ids: Ids) -> None:
    """Whoever signs with the administrator's keys can go on. Every other key and every session is void."""
    connection = view.connection
    administrator = entities.find(view, Kind.USER, ADMINISTRATOR_NAME)
    kept = "" if administrator is None else administrator.id
    connection.execute(
        delete(entities_table).where(entities_table.c.account_id == view.account_id, entities_table.c.id != kept)
    )
    for table in reversed(metadata.sorted_tables):
        if table not in (accounts, account_file, entities_table) and "account_id" in table.c:
            connection.execute(delete(table).where(table.c.account_id == view.account_id))
    if administrator is not None:
        _take_everything_but_keys(connection, administrator)
    create_administrator(connection, account_id=view.account_id, partition=view.partition, now=now, ids=ids)
    connection.execute(delete(entity_counts).where(entity_counts.c.account_id == view.account_id))
    connection.execute(entity_counts.insert().values(account_id=view.account_id, kind=Kind.USER.value, number=1))


def is_untouched(view: AccountView) -> bool:
    """Whether the account has nobody but its administrator."""
    others = select(entities_table.c.id).where(
        entities_table.c.account_id == view.account_id,
        ~((entities_table.c.kind == Kind.USER.value) & (entities_table.c.name == ADMINISTRATOR_NAME)),
    )
    return view.connection.execute(others.limit(1)).first() is None


def _take_everything_but_keys(connection: Connection, administrator: Entity) -> None:
    for table in metadata.sorted_tables:
        if table is access_keys:
            continue
        for column in table.columns:
            if _belongs_to_entity(column):
                connection.execute(delete(table).where(column == administrator.id))
    values = {"path": "/", "arn": _plain_arn(administrator), "boundary_arn": None, "description": None}
    connection.execute(update(entities_table).where(entities_table.c.id == administrator.id).values(values))


def _belongs_to_entity(column: Column[str]) -> bool:
    return any(key.column is entities_table.c.id for key in column.foreign_keys)


def _plain_arn(administrator: Entity) -> str:
    partition = administrator.arn.split(":", 2)[1]
    return entities.arn_of(partition, administrator.account_id, Kind.USER, "/", ADMINISTRATOR_NAME)
