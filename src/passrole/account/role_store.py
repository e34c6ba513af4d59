"""Roles with what only they have: trust policy, session length, last use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from passrole.account import entities
from passrole.account.context import AccountView
from passrole.account.entities import Entity, Kind
from passrole.account.prepared import Prepared, PreparedForMany
from passrole.account.tables import roles
from passrole.account.trust import (
    TrustPolicy,
    add_principals,
    keep_principals,
    shown_trust_policies,
    shown_trust_policy,
)

DEFAULT_MAX_SESSION_SECONDS = 3600
_ROLES = PreparedForMany(lambda ids: select(roles).where(roles.c.role_id.in_(ids)))
_ROLE = Prepared(select(roles).where(roles.c.role_id == bindparam("id")))
_ADD = Prepared(insert(roles), values=("role_id", "trust_policy", "max_session_seconds"))


@dataclass(frozen=True, slots=True)
class Role:
    """`trust_policy` is the text as GetRole shows it today. `last_used_at` is in seconds since 1970."""

    entity: Entity
    trust_policy: str
    max_session_seconds: int
    last_used_at: int | None
    last_used_region: str | None


def get_role(view: AccountView, name: str) -> Role:
    """Raises NoSuchEntity."""
    return role_of(view.connection, entities.get(view, Kind.ROLE, name))


def role_of(connection: Connection, entity: Entity) -> Role:
    row = _ROLE.first(connection, {"id": entity.id})
    assert row is not None, "a role has its row"
    return _role(entity, row, shown_trust_policy(connection, entity.id, row.trust_policy))


def find_role_by_arn(connection: Connection, arn: str) -> Role | None:
    """In whichever account of the file."""
    entity = entities.find_by_arn(connection, arn)
    return None if entity is None or entity.kind is not Kind.ROLE else role_of(connection, entity)


def roles_of(connection: Connection, found: Sequence[Entity]) -> list[Role]:
    """The roles of these entities, in their order."""
    if not found:
        return []
    ids = [entity.id for entity in found]
    rows = {row.role_id: row for row in _ROLES.all(connection, ids)}
    trusts = shown_trust_policies(connection, {role_id: row.trust_policy for role_id, row in rows.items()})
    return [_role(entity, rows[entity.id], trusts[entity.id]) for entity in found]


def add_role(connection: Connection, entity: Entity, trust: TrustPolicy, *, max_session_seconds: int) -> Role:
    """Raises EntityAlreadyExists."""
    entities.add(connection, entity)
    _ADD.write(
        connection,
        {"role_id": entity.id, "trust_policy": trust.document, "max_session_seconds": max_session_seconds},
    )
    add_principals(connection, entity.id, trust)
    return Role(entity, trust.document, max_session_seconds, None, None)


def set_trust_policy(connection: Connection, role_id: str, trust: TrustPolicy) -> None:
    connection.execute(update(roles).where(roles.c.role_id == role_id).values(trust_policy=trust.document))
    keep_principals(connection, role_id, trust)


def set_max_session_seconds(connection: Connection, role_id: str, seconds: int) -> None:
    connection.execute(update(roles).where(roles.c.role_id == role_id).values(max_session_seconds=seconds))


def record_role_use(connection: Connection, role_id: str, *, used_at: int, region: str) -> None:
    connection.execute(
        update(roles).where(roles.c.role_id == role_id).values(last_used_at=used_at, last_used_region=region)
    )


def _role(entity: Entity, row: Any, trust_policy: str) -> Role:
    return Role(entity, trust_policy, row.max_session_seconds, row.last_used_at, row.last_used_region)
