"""CreateRole, GetRole, ListRoles, UpdateRole, UpdateRoleDescription, UpdateAssumeRolePolicy, DeleteRole."""

from __future__ import annotations

from passrole.account import entities
from passrole.account.asks import creating, listing, on, present_boundary, requested_boundary
from passrole.account.context import CallContext
from passrole.account.creation import new_entity
from passrole.account.deletion import refuse_deletion_in_use
from passrole.account.entities import Kind
from passrole.account.operation import operation
from passrole.account.pages import page, page_request
from passrole.account.params import Params, Result
from passrole.account.role_store import (
    DEFAULT_MAX_SESSION_SECONDS,
    add_role,
    get_role,
    roles_of,
    set_max_session_seconds,
    set_trust_policy,
)
from passrole.account.shapes import (
    boundary_if_any,
    described,
    full_role_shape,
    listed_role_shape,
    role_shape,
    tags_if_any,
)
from passrole.account.tag_store import checked_tags, put_tags, tags_of
from passrole.account.trust import checked_trust_policy


@operation("iam", "CreateRole", writes=True, asks=creating(Kind.ROLE, requested_boundary))
def create_role(ctx: CallContext, params: Params) -> Result:
    tags = checked_tags(params, Kind.ROLE)
    trust = checked_trust_policy(ctx, params.text("AssumeRolePolicyDocument"))
    role = add_role(
        ctx.connection,
        new_entity(ctx, params, Kind.ROLE),
        trust,
        max_session_seconds=params.number("MaxSessionDuration") or DEFAULT_MAX_SESSION_SECONDS,
    )
    put_tags(ctx.connection, role.entity, tags)
    return {"Role": role_shape(role) | tags_if_any(tags) | boundary_if_any(role.entity)}


@operation("iam", "GetRole", writes=False, asks=on(Kind.ROLE))
def get_role_by_name(ctx: CallContext, params: Params) -> Result:
    role = get_role(ctx, params.text("RoleName"))
    return {"Role": full_role_shape(role, tags_of(ctx.connection, role.entity.id))}


@operation("iam", "ListRoles", writes=False, asks=listing(Kind.ROLE))
def list_roles(ctx: CallContext, params: Params) -> Result:
    request = page_request(params)
    found = entities.list_after(
        ctx,
        Kind.ROLE,
        path_prefix=params.optional_text("PathPrefix"),
        after=request.after,
        limit=request.limit,
    )
    return page(
        request,
        "Roles",
        roles_of(ctx.connection, found),
        sort_key=lambda role: entities.sort_key(role.entity),
        shape=listed_role_shape,
    )


@operation("iam", "UpdateRole", writes=True, asks=on(Kind.ROLE, present_boundary))
def update_role(ctx: CallContext, params: Params) -> Result:
    """A description that is left out stays; sessions that are left out return to an hour.

    Source: IAM API Reference, UpdateRole: "If you do not specify a value for this setting, the default value of one
    hour is applied" <https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateRole.html>
    """
    role = entities.get(ctx, Kind.ROLE, params.text("RoleName"))
    if params.has("Description"):
        entities.set_description(ctx.connection, role, params.text("Description") or None)
    seconds = params.number("MaxSessionDuration") or DEFAULT_MAX_SESSION_SECONDS
    set_max_session_seconds(ctx.connection, role.id, seconds)
    return {}


@operation("iam", "UpdateRoleDescription", writes=True, asks=on(Kind.ROLE, present_boundary))
def update_role_description(ctx: CallContext, params: Params) -> Result:
    role = entities.get(ctx, Kind.ROLE, params.text("RoleName"))
    entities.set_description(ctx.connection, role, params.text("Description") or None)
    updated = get_role(ctx, role.name)
    return {"Role": role_shape(updated) | described(updated.entity)}


@operation("iam", "UpdateAssumeRolePolicy", writes=True, asks=on(Kind.ROLE, present_boundary))
def update_assume_role_policy(ctx: CallContext, params: Params) -> Result:
    role = entities.get(ctx, Kind.ROLE, params.text("RoleName"))
    set_trust_policy(ctx.connection, role.id, checked_trust_policy(ctx, params.text("PolicyDocument")))
    return {}


@operation("iam", "DeleteRole", writes=True, asks=on(Kind.ROLE, present_boundary))
def delete_role(ctx: CallContext, params: Params) -> Result:
    role = entities.get(ctx, Kind.ROLE, params.text("RoleName"))
    refuse_deletion_in_use(ctx.connection, role)
    entities.remove(ctx.connection, role)
    return {}
