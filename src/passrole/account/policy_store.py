"""Policies of users, roles and groups: inline documents, and attachments of managed policies."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, Select, and_, bindparam, delete, func, insert, or_, select, update

from passrole.account import entities
from passrole.account.context import AccountView
from passrole.account.entities import Entity
from passrole.account.prepared import Prepared
from passrole.account.tables import attachments, inline_policies
from passrole.account.tables import entities as entities_table

_INLINE = Prepared(
    select(inline_policies.c.name, inline_policies.c.document)
    .where(inline_policies.c.entity_id == bindparam("id"))
    .order_by(inline_policies.c.name)
)
_of_one = (inline_policies.c.entity_id == bindparam("of_entity"), inline_policies.c.name == bindparam("of_name"))
_REPLACE_INLINE = Prepared(update(inline_policies).where(*_of_one).values(document=bindparam("document")))
_ADD_INLINE = Prepared(insert(inline_policies), values=("entity_id", "name", "document"))
_DELETE_INLINE = Prepared(delete(inline_policies).where(*_of_one))
_ATTACHED = Prepared(select(attachments.c.policy_arn).where(attachments.c.entity_id == bindparam("id")))
_ATTACH = Prepared(insert(attachments), values=("entity_id", "policy_arn"))
_DETACH = Prepared(
    delete(attachments).where(
        attachments.c.entity_id == bindparam("of_entity"), attachments.c.policy_arn == bindparam("arn")
    )
)


def inline_documents(connection: Connection, entity_id: str) -> dict[str, str]:
    """Document by policy name, in the order of the names."""
    return {row.name: row.document for row in _INLINE.all(connection, {"id": entity_id})}


def inline_documents_of_many(connection: Connection, entity_ids: Sequence[str]) -> dict[str, dict[str, str]]:
    """Documents by policy name, by entity id; an entity without inline policies has no entry."""
    statement = (
        select(inline_policies).where(inline_policies.c.entity_id.in_(entity_ids)).order_by(inline_policies.c.name)
    )
    found: dict[str, dict[str, str]] = {}
    if not entity_ids:
        return found
    for row in connection.execute(statement):
        found.setdefault(row.entity_id, {})[row.name] = row.document
    return found


def put_inline_document(connection: Connection, entity: Entity, name: str, document: str) -> None:
    if not _REPLACE_INLINE.write(connection, {"of_entity": entity.id, "of_name": name, "document": document}):
        _ADD_INLINE.write(connection, {"entity_id": entity.id, "name": name, "document": document})


def delete_inline_document(connection: Connection, entity: Entity, name: str) -> bool:
    """Whether there was one."""
    return bool(_DELETE_INLINE.write(connection, {"of_entity": entity.id, "of_name": name}))


def attached_arns(connection: Connection, entity_id: str) -> tuple[str, ...]:
    """ARNs of managed policies, in the order of the policies' names."""
    arns = [row.policy_arn for row in _ATTACHED.all(connection, {"id": entity_id})]
    return tuple(sorted(arns, key=attachment_sort_key))


def attached_arns_of_many(connection: Connection, entity_ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """ARNs by entity id; an entity without attachments has no entry."""
    found: dict[str, list[str]] = {}
    if not entity_ids:
        return {}
    for row in connection.execute(select(attachments).where(attachments.c.entity_id.in_(entity_ids))):
        found.setdefault(row.entity_id, []).append(row.policy_arn)
    return {entity_id: tuple(sorted(arns, key=attachment_sort_key)) for entity_id, arns in found.items()}


def attachment_sort_key(policy_arn: str) -> str:
    """Unique among an entity's attachments: a policy of the account's own may be called like one of AWS's."""
    owner = policy_arn.split(":")[4]
    return f"{policy_arn.rpartition('/')[2].lower()}\n{owner}"


def attach(connection: Connection, entity: Entity, policy_arn: str) -> None:
    _ATTACH.write(connection, {"entity_id": entity.id, "policy_arn": policy_arn})


def detach(connection: Connection, entity: Entity, policy_arn: str) -> bool:
    """Whether it was attached."""
    return bool(_DETACH.write(connection, {"of_entity": entity.id, "arn": policy_arn}))


def count_attachments(view: AccountView, policy_arn: str) -> int:
    """In this account alone: one of AWS's policies may be attached in several."""
    return view.connection.execute(
        select(func.count()).select_from(_attached(view, policy_arn).subquery())
    ).scalar_one()


def count_boundaries(view: AccountView, policy_arn: str) -> int:
    """Users and roles of the account whose permissions boundary it is."""
    statement = select(func.count()).select_from(entities_table).where(*_bounded(view, policy_arn))
    return view.connection.execute(statement).scalar_one()


def users_of_policy(view: AccountView, policy_arn: str, *, usage: str | None) -> list[Entity]:
    """Who has the policy attached (usage PermissionsPolicy), as boundary (PermissionsBoundary), or either (None)."""
    attached = entities_table.c.id.in_(_attached(view, policy_arn))
    bounded = and_(*_bounded(view, policy_arn))
    condition = {"PermissionsPolicy": attached, "PermissionsBoundary": bounded}.get(usage or "", or_(attached, bounded))
    return entities.fetch_after(view.connection, select(entities_table).where(condition), after=None, limit=None)


def _attached(view: AccountView, policy_arn: str) -> Select[tuple[str]]:
    """The ids of the account's entities that have it attached."""
    return (
        select(attachments.c.entity_id)
        .join(entities_table, entities_table.c.id == attachments.c.entity_id)
        .where(attachments.c.policy_arn == policy_arn, entities_table.c.account_id == view.account_id)
    )


def _bounded(view: AccountView, policy_arn: str) -> tuple[ColumnElement[bool], ...]:
    return entities_table.c.boundary_arn == policy_arn, entities_table.c.account_id == view.account_id
