"""GetAccountAuthorizationDetails: every user, group, role and managed policy with its policies, page by page."""

from __future__ import annotations

from collections.abc import Sequence

from passrole.account import entities
from passrole.account.asks import account_wide
from passrole.account.context import CallContext
from passrole.account.documents import encoded_document
from passrole.account.entities import Entity, Kind
from passrole.account.managed import (
    ManagedPolicy,
    attachment_counts,
    aws_policies,
    boundary_counts,
    own_policies,
    versions_of,
)
from passrole.account.membership import group_names_of_users
from passrole.account.operation import operation
from passrole.account.pages import page, page_request
from passrole.account.params import Params, Result
from passrole.account.policy_store import attached_arns_of_many, inline_documents_of_many
from passrole.account.prepared import Row
from passrole.account.role_details import role_details, role_rows
from passrole.account.shapes import (
    attached_policy_shape,
    boundary_if_any,
    described_policy,
    group_shape,
    policy_shape,
    user_shape,
    version_shape,
)
from passrole.account.tag_store import tag_list, tags_of_many

# The order of a page's sort keys: users first, policies last.
_SECTIONS = {Kind.USER: "1", Kind.GROUP: "2", Kind.ROLE: "3", Kind.POLICY: "4"}
_FILTERS = {"User": Kind.USER, "Group": Kind.GROUP, "Role": Kind.ROLE}
Item = Entity | Row | ManagedPolicy
"""Of a role its row."""


@operation("iam", "GetAccountAuthorizationDetails", writes=False, asks=account_wide)
def get_account_authorization_details(ctx: CallContext, params: Params) -> Result:
    """Of AWS's own managed policies it shows those that are in use here."""
    request = page_request(params)
    after, room = request.after or "", request.limit
    found: dict[Kind, Sequence[Item]] = {}
    for kind, section in _SECTIONS.items():
        rest = after[1:] if after[:1] == section else None
        found[kind] = _items(ctx, kind, params.texts("Filter"), rest, room) if room and after[:1] <= section else ()
        room -= len(found[kind])
    keys = [section + _sort_key(item) for kind, section in _SECTIONS.items() for item in found[kind]]
    result = page(request, "Keys", keys, sort_key=str)
    del result["Keys"]
    if not room:
        # One more than is shown: it only told that there is more.
        last = max((kind for kind in found if found[kind]), key=_SECTIONS.__getitem__)
        found[last] = found[last][:-1]
    return result | {
        "UserDetailList": _details(ctx, Kind.USER, found[Kind.USER]),
        "GroupDetailList": _details(ctx, Kind.GROUP, found[Kind.GROUP]),
        "RoleDetailList": role_details(ctx, found[Kind.ROLE]),
        "Policies": _policy_details(ctx, found[Kind.POLICY]),
    }


def _items(ctx: CallContext, kind: Kind, filters: tuple[str, ...], after: str | None, limit: int) -> Sequence[Item]:
    if kind is not Kind.POLICY:
        if filters and not any(_FILTERS.get(name) is kind for name in filters):
            return []
        if kind is Kind.ROLE:
            return role_rows(ctx, after=after, limit=limit)
        return list(entities.list_after(ctx, kind, path_prefix=None, after=after, limit=limit))
    found: list[ManagedPolicy] = []
    if not filters or "LocalManagedPolicy" in filters:
        own = entities.list_after(ctx, kind, path_prefix=None, after=None, limit=None)
        found += own_policies(ctx.connection, own)
    if not filters or "AWSManagedPolicy" in filters:
        used = attachment_counts(ctx).keys() | boundary_counts(ctx).keys()
        found += [policy for policy in aws_policies(ctx.partition, used=used) if policy.arn in used]
    found.sort(key=lambda policy: policy.sort_key)
    rest: list[Item] = [policy for policy in found if after is None or policy.sort_key > after]
    return rest[:limit]


def _sort_key(item: Item) -> str:
    if isinstance(item, ManagedPolicy):
        return item.sort_key
    return entities.sort_key(item) if isinstance(item, Entity) else str(item.name_key)


def _details(ctx: CallContext, kind: Kind, items: Sequence[Item]) -> list[Result]:
    """Of users or groups."""
    found = [item for item in items if isinstance(item, Entity)]
    ids = [entity.id for entity in found]
    inline = inline_documents_of_many(ctx.connection, ids)
    attached = attached_arns_of_many(ctx.connection, ids)
    tags = tags_of_many(ctx.connection, ids)
    word = kind.value.capitalize()
    shapes = _shapes(ctx, kind, found)
    for entity, shape in zip(found, shapes, strict=True):
        documents = inline.get(entity.id, {})
        # A user without inline policies has no list of them (recorded); groups and roles have an empty one.
        if documents or kind is not Kind.USER:
            shape[f"{word}PolicyList"] = [
                {"PolicyName": name, "PolicyDocument": encoded_document(text)} for name, text in documents.items()
            ]
        shape["AttachedManagedPolicies"] = [attached_policy_shape(arn) for arn in attached.get(entity.id, ())]
        if kind is not Kind.GROUP:
            shape["Tags"] = tag_list(tags.get(entity.id, {}))
            shape.update(boundary_if_any(entity))
    return shapes


def _shapes(ctx: CallContext, kind: Kind, found: list[Entity]) -> list[Result]:
    if kind is Kind.GROUP:
        return [group_shape(group) for group in found]
    groups = group_names_of_users(ctx.connection, [user.id for user in found])
    return [user_shape(user) | {"GroupList": list(groups.get(user.id, ()))} for user in found]


def _policy_details(ctx: CallContext, items: Sequence[Item]) -> list[Result]:
    found = [item for item in items if isinstance(item, ManagedPolicy)]
    if not found:
        return []
    attached, bounding = attachment_counts(ctx), boundary_counts(ctx)
    return [
        policy_shape(policy, attachments=attached.get(policy.arn, 0), boundaries=bounding.get(policy.arn, 0))
        | described_policy(policy)
        | {"PolicyVersionList": [version_shape(v, with_document=True) for v in versions_of(ctx, policy)]}
        for policy in found
    ]
