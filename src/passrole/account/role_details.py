"""Roles as authorization details show them, a page at once: a statement a table, and what has not changed made once.

A page is the roles of one account from one name to another, so that what hangs on them is found by that range, whatever
their number.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache

from sqlalchemy import bindparam, select

from passrole.account.context import AccountView
from passrole.account.documents import encoded_document
from passrole.account.entities import Entity, Kind, entity_of
from passrole.account.kept_pages import KeptPages
from passrole.account.params import KeptShape, Result
from passrole.account.policy_store import attachment_sort_key
from passrole.account.prepared import Prepared, Row
from passrole.account.profile_store import profiles_of_roles, roles_in_profiles
from passrole.account.role_store import Role
from passrole.account.shapes import (
    attached_policy_shape,
    boundary_if_any,
    instance_profile_shape,
    last_used_shape,
    role_shape,
)
from passrole.account.tables import attachments, inline_policies, instance_profile_roles, roles, tags, trust_principals
from passrole.account.tables import entities as entities_table
from passrole.account.tag_store import tag_list
from passrole.account.trust import ALL_PRINCIPALS, shown_documents

KEPT_ROLES = 20_000
"""Some 4 kB each; AWS lets an account have 10,000 roles at most."""
KEPT_ON_PAGES = 25_000
"""Rows. An account of 10,000 roles must find all of its pages again, which are a little more than its roles."""
Pairs = tuple[tuple[str, str], ...]
_pages = KeptPages(KEPT_ON_PAGES)

_holder = entities_table.alias("holder")
_of_account = (_holder.c.account_id == bindparam("account_id"), _holder.c.kind == bindparam("kind"))
_PAGE = Prepared(
    select(
        *_holder.c,
        roles.c.trust_policy,
        roles.c.max_session_seconds,
        roles.c.last_used_at,
        roles.c.last_used_region,
    )
    .join(roles, roles.c.role_id == _holder.c.id)
    .where(*_of_account, _holder.c.name_key > bindparam("after"))
    .order_by(_holder.c.name_key)
    .limit(bindparam("most"))
)
_range = (*_of_account, _holder.c.name_key >= bindparam("first"), _holder.c.name_key <= bindparam("last"))
_PRINCIPALS = Prepared(ALL_PRINCIPALS.join(_holder, _holder.c.id == trust_principals.c.role_id).where(*_range))
_INLINE = Prepared(
    select(inline_policies)
    .join(_holder, _holder.c.id == inline_policies.c.entity_id)
    .where(*_range)
    .order_by(inline_policies.c.name)
)
_ATTACHED = Prepared(select(attachments).join(_holder, _holder.c.id == attachments.c.entity_id).where(*_range))
_TAGS = Prepared(select(tags).join(_holder, _holder.c.id == tags.c.entity_id).where(*_range))
_IN_PROFILES = Prepared(
    select(instance_profile_roles.c.role_id)
    .join(_holder, _holder.c.id == instance_profile_roles.c.role_id)
    .where(*_range)
)


def role_rows(view: AccountView, *, after: str | None, limit: int) -> Sequence[Row]:
    """The account's roles from the first after the name key `after`, with the columns of `entities` and `roles`."""
    key = (view.account_id, view.partition, after, limit)
    found: Sequence[Row] | None = _pages.find(view.connection, key)
    if found is None:
        asked = {"account_id": view.account_id, "kind": Kind.ROLE.value, "after": after or "", "most": limit}
        found = _PAGE.all(view.connection, asked)
        _pages.keep(view.connection, key, found, len(found))
    return found


def role_details(view: AccountView, rows: Sequence[Row]) -> list[Result]:
    """The members of RoleDetailList for rows of `role_rows`, all that come after one another there."""
    if not rows:
        return []
    key = (view.account_id, view.partition, rows[0].id, rows[-1].id, len(rows))
    shapes: list[Result] | None = _pages.find(view.connection, key)
    if shapes is None:
        shapes = _made(view, rows)
        _pages.keep(view.connection, key, shapes, 0)
    return shapes


def _made(view: AccountView, rows: Sequence[Row]) -> list[Result]:
    connection = view.connection
    page = {
        "account_id": view.account_id,
        "kind": Kind.ROLE.value,
        "first": rows[0].name_key,
        "last": rows[-1].name_key,
    }
    inline: defaultdict[str, Pairs] = defaultdict(tuple)
    for row in _INLINE.all(connection, page):
        inline[row.entity_id] += ((row.name, row.document),)
    attached: defaultdict[str, tuple[str, ...]] = defaultdict(tuple)
    for row in _ATTACHED.all(connection, page):
        attached[row.entity_id] += (row.policy_arn,)
    tagged: defaultdict[str, Pairs] = defaultdict(tuple)
    for row in _TAGS.all(connection, page):
        tagged[row.entity_id] += ((row.key, row.value),)
    named = _PRINCIPALS.all(connection, page)
    ids = {row.role_id for row in named}
    trusts = shown_documents({row.id: row.trust_policy for row in rows if row.id in ids}, named)
    in_profiles = {row.role_id for row in _IN_PROFILES.all(connection, page)}
    shapes: list[Result] = [
        _kept(
            row,
            trusts.get(row.id, row.trust_policy),
            inline.get(row.id, ()),
            attached.get(row.id, ()),
            tagged.get(row.id, ()),
        )
        for row in rows
    ]
    if in_profiles:
        profiles = _profile_shapes(view, [entity_of(row) for row in rows if row.id in in_profiles])
        shapes = [
            shape | {"InstanceProfileList": profiles[row.id]} if row.id in in_profiles else shape
            for row, shape in zip(rows, shapes, strict=True)
        ]
    return shapes


@lru_cache(maxsize=KEPT_ROLES)
def _kept(row: Row, trust: str, inline: Pairs, attached: tuple[str, ...], tagged: Pairs) -> KeptShape:
    """The role in no instance profile. It follows from rows alone: the same rows are read, and make the same."""
    entity = entity_of(row)
    role = Role(entity, trust, row.max_session_seconds, row.last_used_at, row.last_used_region)
    arns = sorted(attached, key=attachment_sort_key)
    return KeptShape(
        role_shape(role)
        | {
            "InstanceProfileList": [],
            "RoleLastUsed": last_used_shape(role),
            "RolePolicyList": [{"PolicyName": name, "PolicyDocument": encoded_document(text)} for name, text in inline],
            "AttachedManagedPolicies": [attached_policy_shape(arn) for arn in arns],
            "Tags": tag_list(dict(tagged)),
        }
        | boundary_if_any(entity)
    )


def _profile_shapes(view: AccountView, holders: Sequence[Entity]) -> dict[str, list[Result]]:
    """By role id."""
    profiles = profiles_of_roles(view.connection, [role.id for role in holders])
    held = roles_in_profiles(view.connection, [profile for found in profiles.values() for profile in found])
    return {
        role_id: [instance_profile_shape(profile, held.get(profile.id, [])) for profile in found]
        for role_id, found in profiles.items()
    }
