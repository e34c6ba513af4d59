"""What keeps an entity from being deleted: IAM refuses until everything that hangs on it has been taken away."""

from __future__ import annotations

from sqlalchemy import Column, Connection, bindparam, select

from passrole.account.entities import Entity
from passrole.account.prepared import Prepared
from passrole.account.service_error import delete_conflict
from passrole.account.tables import (
    access_keys,
    attachments,
    inline_policies,
    instance_profile_roles,
    login_profiles,
    memberships,
    mfa_devices,
)

# In the order in which IAM is thought to look (a guess; each text is IAM's own).
_HINDRANCES: tuple[tuple[Column[str], str], ...] = (
    (attachments.c.entity_id, "must detach all policies first"),
    (inline_policies.c.entity_id, "must delete policies first"),
    (access_keys.c.user_id, "must delete access keys first"),
    (login_profiles.c.user_id, "must delete login profile first"),
    (mfa_devices.c.user_id, "must delete MFA device first"),
    (memberships.c.user_id, "must remove users from group first"),
    (memberships.c.group_id, "must remove users from group first"),
    (instance_profile_roles.c.role_id, "must remove roles from instance profile first"),
    (instance_profile_roles.c.instance_profile_id, "must remove roles from instance profile first"),
)
_HINDERING = tuple(
    (Prepared(select(column).where(column == bindparam("entity")).limit(1)), advice) for column, advice in _HINDRANCES
)


def refuse_deletion_in_use(connection: Connection, entity: Entity) -> None:
    """Raises DeleteConflict naming the first thing that must go before the entity can."""
    for statement, advice in _HINDERING:
        if statement.first(connection, {"entity": entity.id}) is not None:
            raise delete_conflict(f"Cannot delete entity, {advice}.")
