"""Which users are in which groups."""

from __future__ import annotations

from sqlalchemy import Connection, delete, insert, select

from passrole.account import entities
from passrole.account.entities import Entity
from passrole.account.tables import entities as entities_table
from passrole.account.tables import memberships


def add_member(connection: Connection, group: Entity, user: Entity) -> None:
    connection.execute(insert(memberships).values(group_id=group.id, user_id=user.id))


def remove_member(connection: Connection, group: Entity, user: Entity) -> None:
    connection.execute(
        delete(memberships).where(memberships.c.group_id == group.id, memberships.c.user_id == user.id)
    )


def groups_of(connection: Connection, user: Entity) -> list[Entity]:
    return groups_after(connection, user, after=None, limit=None)


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
