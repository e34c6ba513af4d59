"""CreatePolicy, GetPolicy, ListPolicies, DeletePolicy, ListEntitiesForPolicy."""

from __future__ import annotations

from passrole.account import entities
from passrole.account.asks import creating, listing_policies, on_policy
from passrole.account.context import CallContext
from passrole.account.creation import new_entity
from passrole.account.documents import checked_document
from passrole.account.entities import Kind
from passrole.account.managed import (
    ManagedPolicy,
    attachment_counts,
    aws_policies,
    boundary_counts,
    get_policy,
    own_policies,
    versions_of,
)
from passrole.account.operation import operation
from passrole.account.pages import page, page_request, rest_of
from passrole.account.params import Params, Result
from passrole.account.policy_store import count_attachments, count_boundaries, users_of_policy
from passrole.account.quotas import check_quota
from passrole.account.service_error import access_denied, delete_conflict
from passrole.account.shapes import described_policy, policy_shape, tags_if_any
from passrole.account.tag_store import checked_tags, put_tags, tag_list, tags_of
from passrole.account.version_store import add_policy
from passrole.catalog.quotas import policy_size
from passrole.policy.model import PolicyType


@operation("iam", "CreatePolicy", writes=True, asks=creating(Kind.POLICY))
def create_policy(ctx: CallContext, params: Params) -> Result:
    tags = checked_tags(params, Kind.POLICY)
    document = params.text("PolicyDocument")
    checked_document(document, PolicyType.IDENTITY, partition=ctx.partition, managed=True)
    check_quota("PolicySize", policy_size(document), ctx.quotas.managed_policy_size)
    entity = new_entity(ctx, params, Kind.POLICY)
    add_policy(ctx.connection, entity, document)
    put_tags(ctx.connection, entity, tags)
    policy = get_policy(ctx, entity.arn)
    return {"Policy": policy_shape(policy, attachments=0, boundaries=0) | tags_if_any(tags)}


@operation("iam", "GetPolicy", writes=False, asks=on_policy())
def get_policy_by_arn(ctx: CallContext, params: Params) -> Result:
    policy = get_policy(ctx, params.text("PolicyArn"))
    tags = tags_of(ctx.connection, policy.entity.id) if policy.entity else {}
    shape = policy_shape(
        policy,
        attachments=count_attachments(ctx, policy.arn),
        boundaries=count_boundaries(ctx, policy.arn),
    )
    return {"Policy": shape | described_policy(policy) | {"Tags": tag_list(tags)}}


@operation("iam", "ListPolicies", writes=False, asks=listing_policies)
def list_policies(ctx: CallContext, params: Params) -> Result:
    """The account's own and AWS's, as `Scope` says, in the order of their names."""
    scope = params.optional_text("Scope") or "All"
    attached = attachment_counts(ctx)
    bounding = boundary_counts(ctx)
    used = {"PermissionsPolicy": attached, "PermissionsBoundary": bounding}
    usage = params.optional_text("PolicyUsageFilter")
    prefix = params.optional_text("PathPrefix") or "/"

    def is_wanted(policy: ManagedPolicy) -> bool:
        if not policy.path.startswith(prefix):
            return False
        if usage is not None and policy.arn not in used[usage]:
            return False
        return not params.flag("OnlyAttached") or policy.arn in attached

    found: list[ManagedPolicy] = []
    if scope in ("All", "Local"):
        own = entities.list_after(ctx, Kind.POLICY, path_prefix=None, after=None, limit=None)
        found += own_policies(ctx.connection, own)
    if scope in ("All", "AWS"):
        found += aws_policies(ctx.partition, used=attached.keys() | bounding.keys())
    request = page_request(params)
    return page(
        request,
        "Policies",
        rest_of(
            request,
            [policy for policy in found if is_wanted(policy)],
            sort_key=lambda policy: policy.sort_key,
        ),
        sort_key=lambda policy: policy.sort_key,
        shape=lambda policy: policy_shape(
            policy, attachments=attached.get(policy.arn, 0), boundaries=bounding.get(policy.arn, 0)
        ),
    )


@operation("iam", "DeletePolicy", writes=True, asks=on_policy())
def delete_policy(ctx: CallContext, params: Params) -> Result:
    policy = get_policy(ctx, params.text("PolicyArn"))
    if policy.entity is None:
        raise access_denied("Cannot delete policies outside your own account.")
    if count_attachments(ctx, policy.arn) or count_boundaries(ctx, policy.arn):
        raise delete_conflict("Cannot delete a policy attached to entities.")
    if len(versions_of(ctx, policy)) > 1:
        raise delete_conflict(
            "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. "
            "The default version is deleted with the policy."
        )
    entities.remove(ctx.connection, policy.entity)
    return {}


_ENTITY_LISTS = (
    (Kind.GROUP, "Group", "PolicyGroups"),
    (Kind.ROLE, "Role", "PolicyRoles"),
    (Kind.USER, "User", "PolicyUsers"),
)


@operation("iam", "ListEntitiesForPolicy", writes=False, asks=on_policy())
def list_entities_for_policy(ctx: CallContext, params: Params) -> Result:
    """Groups, roles and users that have the policy, one list of each; a page runs through all three."""
    policy = get_policy(ctx, params.text("PolicyArn"))
    prefix = params.optional_text("PathPrefix") or "/"
    wanted = params.optional_text("EntityFilter")
    found = [
        entity
        for entity in users_of_policy(ctx, policy.arn, usage=params.optional_text("PolicyUsageFilter"))
        if entity.path.startswith(prefix) and wanted in (None, entity.kind.value.capitalize())
    ]
    request = page_request(params)
    rest = rest_of(request, found, sort_key=_entity_key)
    whole = page(request, "Entities", rest, sort_key=_entity_key)
    shown = rest[: request.max_items]
    for kind, word, member in _ENTITY_LISTS:
        whole[member] = [
            {f"{word}Name": entity.name, f"{word}Id": entity.id} for entity in shown if entity.kind is kind
        ]
    del whole["Entities"]
    return whole


def _entity_key(entity: entities.Entity) -> str:
    return f"{entity.kind.value}\n{entities.sort_key(entity)}"
