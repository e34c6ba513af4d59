"""CreateGroup, GetGroup, ListGroups, UpdateGroup, DeleteGroup."""

from __future__ import annotations

from passrole.account import entities
from passrole.account.asks import ask_about, creating, listing, on
from passrole.account.context import CallContext
from passrole.account.creation import new_entity
from passrole.account.deletion import refuse_deletion_in_use
from passrole.account.entities import Kind
from passrole.account.membership import members_after
from passrole.account.operation import Ask, operation
from passrole.account.pages import page, page_request
from passrole.account.params import Params, Result
from passrole.account.shapes import group_shape, user_shape


@operation("iam", "CreateGroup", writes=True, asks=creating(Kind.GROUP))
def create_group(ctx: CallContext, params: Params) -> Result:
    group = new_entity(ctx, params, Kind.GROUP)
    entities.add(ctx.connection, group)
    return {"Group": group_shape(group)}


@operation("iam", "GetGroup", writes=False, asks=on(Kind.GROUP))
def get_group(ctx: CallContext, params: Params) -> Result:
    """The group and one page of its members."""
    group = entities.get(ctx, Kind.GROUP, params.text("GroupName"))
    request = page_request(params)
    users = members_after(ctx.connection, group, after=request.after, limit=request.limit)
    return {"Group": group_shape(group)} | page(request, "Users", users, sort_key=entities.sort_key, shape=user_shape)


@operation("iam", "ListGroups", writes=False, asks=listing(Kind.GROUP))
def list_groups(ctx: CallContext, params: Params) -> Result:
    request = page_request(params)
    groups = entities.list_after(
        ctx,
        Kind.GROUP,
        path_prefix=params.optional_text("PathPrefix"),
        after=request.after,
        limit=request.limit,
    )
    return page(request, "Groups", groups, sort_key=entities.sort_key, shape=group_shape)


def _asks_to_update(ctx: CallContext, params: Params, action: str) -> tuple[Ask, ...]:
    """Renaming needs the right to both names, as for users."""
    name = params.text("GroupName")
    group = entities.find(ctx, Kind.GROUP, name)
    asks = (ask_about(ctx, Kind.GROUP, name, group, action, {}),)
    if group is None or not (params.has("NewGroupName") or params.has("NewPath")):
        return asks
    new_name = params.optional_text("NewGroupName") or group.name
    return (*asks, Ask(action, ctx.arn(Kind.GROUP, params.optional_text("NewPath") or group.path, new_name)))


@operation("iam", "UpdateGroup", writes=True, asks=_asks_to_update)
def update_group(ctx: CallContext, params: Params) -> Result:
    group = entities.get(ctx, Kind.GROUP, params.text("GroupName"))
    name = params.optional_text("NewGroupName") or group.name
    path = params.optional_text("NewPath") or group.path
    entities.move(ctx.connection, group, name=name, path=path, arn=ctx.arn(Kind.GROUP, path, name))
    return {}


@operation("iam", "DeleteGroup", writes=True, asks=on(Kind.GROUP))
def delete_group(ctx: CallContext, params: Params) -> Result:
    group = entities.get(ctx, Kind.GROUP, params.text("GroupName"))
    refuse_deletion_in_use(ctx.connection, group)
    entities.remove(ctx.connection, group)
    return {}
