"""Which role is in which instance profile."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, delete, insert, select

from passrole.account import entities
from passrole.account.entities import Entity
from passrole.account.role_store import Role, roles_of
from passrole.account.tables import entities as entities_table
from passrole.account.tables import instance_profile_roles

_held = instance_profile_roles.c


def roles_in_profiles(connection: Connection, profiles: Sequence[Entity]) -> dict[str, list[Role]]:
    """Roles by the id of the instance profile; an empty one has no entry."""
    if not profiles:
        return {}
    ids = [profile.id for profile in profiles]
    statement = select(instance_profile_roles).where(_held.instance_profile_id.in_(ids))
    pairs = [(row.instance_profile_id, row.role_id) for row in connection.execute(statement)]
    held = entities.list_by_ids(connection, [role_id for _, role_id in pairs])
    roles = {role.entity.id: role for role in roles_of(connection, held)}
    found: dict[str, list[Role]] = {}
    for profile_id, role_id in pairs:
        found.setdefault(profile_id, []).append(roles[role_id])
    return found


def profiles_after(connection: Connection, role: Entity, *, after: str | None, limit: int | None) -> list[Entity]:
    """The instance profiles that hold a role, in the order of their names, after the name key `after`."""
    holds = _held.instance_profile_id == entities_table.c.id
    statement = select(entities_table).join(instance_profile_roles, holds).where(_held.role_id == role.id)
    return entities.fetch_after(connection, statement, after=after, limit=limit)


def profiles_of_roles(connection: Connection, role_ids: Sequence[str]) -> dict[str, list[Entity]]:
    """Instance profiles by role id, in the order of their names; a role in none has no entry."""
    if not role_ids:
        return {}
    statement = select(instance_profile_roles).where(_held.role_id.in_(role_ids))
    holders: dict[str, list[str]] = {}
    for row in connection.execute(statement):
        holders.setdefault(row.instance_profile_id, []).append(row.role_id)
    found: dict[str, list[Entity]] = {}
    for profile in entities.list_by_ids(connection, list(holders)):
        for role_id in holders[profile.id]:
            found.setdefault(role_id, []).append(profile)
    return found


def add_role(connection: Connection, profile: Entity, role: Entity) -> None:
    connection.execute(insert(instance_profile_roles).values(instance_profile_id=profile.id, role_id=role.id))


def remove_role(connection: Connection, profile: Entity, role: Entity) -> bool:
    """Whether it was there."""
    deleted = connection.execute(
        delete(instance_profile_roles).where(_held.instance_profile_id == profile.id, _held.role_id == role.id)
    )
    return bool(deleted.rowcount)
