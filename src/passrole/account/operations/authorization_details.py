"""GetAccountAuthorizationDetails: every user, group, role and managed policy with its policies, page by page."""

from __future__ import annotations

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
from passrole.account.profile_store import profiles_of_roles, roles_in_profiles
from passrole.account.role_store import roles_of
from passrole.account.shapes import (
    attached_policy_shape,
    boundary_if_any,
    described_policy,
    group_shape,
    instance_profile_shape,
    last_used_shape,
    policy_shape,
    role_shape,
    user_shape,
    version_shape,
)
from passrole.account.tag_store import tag_list, tags_of_many

# The order of a page's sort keys: users first, policies last.
_SECTIONS = {Kind.USER: "1", Kind.GROUP: "2", Kind.ROLE: "3", Kind.POLICY: "4"}
_FILTERS = {"User": Kind.USER, "Group": Kind.GROUP, "Role": Kind.ROLE}
_MEMBERS = {
    Kind.USER: "UserDetailList",
    Kind.GROUP: "GroupDetailList",
    Kind.ROLE: "RoleDetailList",
    Kind.POLICY: "Policies",
}
Item = Entity | ManagedPolicy


@operation("iam", "GetAccountAuthorizationDetails", writes=False, asks=account_wide)
def get_account_authorization_details(ctx: CallContext, params: Params) -> Result:
    """Of AWS's own managed policies it shows those that are in use here."""
    request = page_request(params)
    after, limit = request.after or "", request.limit
    items: list[Item] = []
    for kind, section in _SECTIONS.items():
        if len(items) < limit and after[:1] <= section:
            rest = after[1:] if after[:1] == section else None
            items += _items(ctx, kind, params.texts("Filter"), rest, limit - len(items))
    shown = items[: request.max_items]
    result = page(request, "Items", items, sort_key=_sort_key)
    del result["Items"]
    by_kind = {kind: [item for item in shown if _kind(item) is kind] for kind in _SECTIONS}
    for kind, member in _MEMBERS.items():
        found = by_kind[kind]
        result[member] = (
            _policy_details(ctx, [item for item in found if isinstance(item, ManagedPolicy)])
            if kind is Kind.POLICY
            else _details(ctx, kind, [item for item in found if isinstance(item, Entity)])
        )
    return result


def _items(ctx: CallContext, kind: Kind, filters: tuple[str, ...], after: str | None, limit: int) -> list[Item]:
    if kind is not Kind.POLICY:
        if filters and not any(_FILTERS.get(name) is kind for name in filters):
            return []
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


def _kind(item: Item) -> Kind:
    return item.kind if isinstance(item, Entity) else Kind.POLICY


def _sort_key(item: Item) -> str:
    key = item.sort_key if isinstance(item, ManagedPolicy) else entities.sort_key(item)
    return _SECTIONS[_kind(item)] + key


def _details(ctx: CallContext, kind: Kind, found: list[Entity]) -> list[Result]:
    ids = [entity.id for entity in found]
    inline = inline_documents_of_many(ctx.connection, ids)
    attached = attached_arns_of_many(ctx.connection, ids)
    tags = tags_of_many(ctx.connection, ids)
    shapes = _role_shapes(ctx, found) if kind is Kind.ROLE else _other_shapes(ctx, kind, found)
    word = kind.value.capitalize()
    for entity, shape in zip(found, shapes, strict=True):
        documents = inline.get(entity.id, {})
        # A user without inline policies has no list of them (recorded); roles and groups have an empty one.
        if documents or kind is not Kind.USER:
            shape[f"{word}PolicyList"] = [
                {"PolicyName": name, "PolicyDocument": encoded_document(text)} for name, text in documents.items()
            ]
        shape["AttachedManagedPolicies"] = [attached_policy_shape(arn) for arn in attached.get(entity.id, ())]
        if kind is not Kind.GROUP:
            shape["Tags"] = tag_list(tags.get(entity.id, {}))
            shape.update(boundary_if_any(entity))
    return shapes


def _other_shapes(ctx: CallContext, kind: Kind, found: list[Entity]) -> list[Result]:
    if kind is Kind.GROUP:
        return [group_shape(group) for group in found]
    groups = group_names_of_users(ctx.connection, [user.id for user in found])
    return [user_shape(user) | {"GroupList": list(groups.get(user.id, ()))} for user in found]


def _role_shapes(ctx: CallContext, found: list[Entity]) -> list[Result]:
    profiles = profiles_of_roles(ctx.connection, [role.id for role in found])
    held = roles_in_profiles(ctx.connection, [profile for list_ in profiles.values() for profile in list_])
    return [
        role_shape(role)
        | {
            "InstanceProfileList": [
                instance_profile_shape(profile, held.get(profile.id, []))
                for profile in profiles.get(role.entity.id, [])
            ],
            "RoleLastUsed": last_used_shape(role),
        }
        for role in roles_of(ctx.connection, found)
    ]


def _policy_details(ctx: CallContext, found: list[ManagedPolicy]) -> list[Result]:
    attached, bounding = attachment_counts(ctx), boundary_counts(ctx)
    return [
        policy_shape(policy, attachments=attached.get(policy.arn, 0), boundaries=bounding.get(policy.arn, 0))
        | described_policy(policy)
        | {"PolicyVersionList": [version_shape(v, with_document=True) for v in versions_of(ctx, policy)]}
        for policy in found
    ]
