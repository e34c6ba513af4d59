"""Which users are in which groups."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, delete, insert, select

from passrole.account import entities
from passrole.account.entities import Entity, entity_of
from passrole.account.prepared import Prepared
from passrole.account.tables import entities as entities_table
from passrole.account.tables import memberships

_GROUPS_OF = Prepared(
    select(entities_table)
    .join(memberships, memberships.c.group_id == entities_table.c.id)
    .where(memberships.c.user_id == bindparam("user"))
    .order_by(entities_table.c.name_key)
)


def add_member(connection: Connection, group: Entity, user: Entity) -> None:
    connection.execute(insert(memberships).values(group_id=group.id, user_id=user.id))


def remove_member(connection: Connection, group: Entity, user: Entity) -> None:
    connection.execute(delete(memberships).where(memberships.c.group_id == group.id, memberships.c.user_id == user.id))


def groups_of(connection: Connection, user: Entity) -> list[Entity]:
    """In the order of their names."""
    return [entity_of(row) for row in _GROUPS_OF.all(connection, {"user": user.id})]


def groups_after(connection: Connection, user: Entity, *, after: str | None, limit: int | None) -> list[Entity]:
    """The user's groups in the order of their names, from the first after the name key `after`."""
    member = memberships.c.group_id == entities_table.c.id
    statement = select(entities_table).join(memberships, member).where(memberships.c.user_id == user.id)
    return entities.fetch_after(connection, statement, after=after, limit=limit)


def members_after(connection: Connection, group: Entity, *, after: str | None, limit: int | None) -> list[Entity]:
    """The group's users in the order of their names, from the first after the name key `after`."""
    member = memberships.c.user_id == entities_table.c.id
    statement = select(entities_table).join(memberships, member).where(memberships.c.group_id == group.id)
    return entities.fetch_after(connection, statement, after=after, limit=limit)


def group_names_of_users(connection: Connection, user_ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Names of groups by user id, in order; a user in none has no entry."""
    statement = (
        select(memberships.c.user_id, entities_table.c.name)
        .join(entities_table, entities_table.c.id == memberships.c.group_id)
        .where(memberships.c.user_id.in_(user_ids))
        .order_by(entities_table.c.name_key)
    )
    found: dict[str, tuple[str, ...]] = {}
    if not user_ids:
        return found
    for row in connection.execute(statement):
        found[row.user_id] = (*found.get(row.user_id, ()), row.name)
    return found
