"""Managed policies of the account's own, and their versions, as rows."""

from __future__ import annotations

from sqlalchemy import Connection, delete, insert, select, update

from passrole.account import entities
from passrole.account.entities import Entity
from passrole.account.tables import policies, policy_versions


def add_policy(connection: Connection, entity: Entity, document: str) -> None:
    """A policy with its first version. Raises EntityAlreadyExists."""
    entities.add(connection, entity)
    connection.execute(
        insert(policies).values(policy_id=entity.id, default_version=1, last_version=1, updated_at=entity.created_at)
    )
    connection.execute(
        insert(policy_versions).values(policy_id=entity.id, number=1, document=document, created_at=entity.created_at)
    )


def add_version(connection: Connection, policy_id: str, document: str, *, created_at: int, set_default: bool) -> int:
    """The number of the new version. A number is never given twice, even when its version has been deleted."""
    last: int = connection.execute(
        select(policies.c.last_version).where(policies.c.policy_id == policy_id)
    ).scalar_one()
    number = last + 1
    connection.execute(
        insert(policy_versions).values(policy_id=policy_id, number=number, document=document, created_at=created_at)
    )
    connection.execute(
        update(policies).where(policies.c.policy_id == policy_id).values(last_version=number, updated_at=created_at)
    )
    if set_default:
        set_default_version(connection, policy_id, number, updated_at=created_at)
    return number


def set_default_version(connection: Connection, policy_id: str, number: int, *, updated_at: int) -> None:
    connection.execute(
        update(policies).where(policies.c.policy_id == policy_id).values(default_version=number, updated_at=updated_at)
    )


def delete_version(connection: Connection, policy_id: str, number: int) -> None:
    connection.execute(
        delete(policy_versions).where(policy_versions.c.policy_id == policy_id, policy_versions.c.number == number)
    )
