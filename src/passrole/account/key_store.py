"""Access keys of users as rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Row, delete, insert, select, update

from passrole.account.entities import Entity
from passrole.account.tables import access_keys

_key = access_keys.c


@dataclass(frozen=True, slots=True)
class AccessKey:
    """Times are in seconds since 1970. The secret is not here: `callers` reads it, to verify a signature."""

    id: str
    user_id: str
    status: str
    created_at: int
    last_used_at: int | None
    last_used_service: str | None
    last_used_region: str | None


def keys_of(connection: Connection, user: Entity) -> list[AccessKey]:
    """Oldest first."""
    statement = select(access_keys).where(_key.user_id == user.id).order_by(_key.created_at, _key.id)
    return [_access_key(row) for row in connection.execute(statement)]


def find_key(connection: Connection, key_id: str) -> AccessKey | None:
    row = connection.execute(select(access_keys).where(_key.id == key_id)).first()
    return None if row is None else _access_key(row)


def key_ids_of_users(connection: Connection, user_ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Ids by user id, oldest first; a user without keys has no entry."""
    found: dict[str, tuple[str, ...]] = {}
    if not user_ids:
        return found
    statement = select(_key.user_id, _key.id).where(_key.user_id.in_(user_ids))
    for row in connection.execute(statement.order_by(_key.created_at, _key.id)):
        found[row.user_id] = (*found.get(row.user_id, ()), row.id)
    return found


def add_key(connection: Connection, user_id: str, key_id: str, secret: str, *, created_at: int) -> None:
    connection.execute(
        insert(access_keys).values(id=key_id, user_id=user_id, secret=secret, status="Active", created_at=created_at)
    )


def set_status(connection: Connection, user: Entity, key_id: str, status: str) -> bool:
    """Whether the user has such a key."""
    of_user = (_key.id == key_id, _key.user_id == user.id)
    return bool(connection.execute(update(access_keys).where(*of_user).values(status=status)).rowcount)


def delete_key(connection: Connection, user: Entity, key_id: str) -> bool:
    """Whether the user had such a key."""
    of_user = (_key.id == key_id, _key.user_id == user.id)
    return bool(connection.execute(delete(access_keys).where(*of_user)).rowcount)


def _access_key(row: Row[tuple[object, ...]]) -> AccessKey:
    return AccessKey(
        id=row.id,
        user_id=row.user_id,
        status=row.status,
        created_at=row.created_at,
        last_used_at=row.last_used_at,
        last_used_service=row.last_used_service,
        last_used_region=row.last_used_region,
    )
