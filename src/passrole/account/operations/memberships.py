"""AddUserToGroup, RemoveUserFromGroup, ListGroupsForUser."""

from __future__ import annotations

from passrole.account import entities
from passrole.account.asks import on
from passrole.account.context import CallContext
from passrole.account.entities import Kind
from passrole.account.membership import add_member, groups_after, groups_of, remove_member
from passrole.account.operation import operation
from passrole.account.pages import page, page_request
from passrole.account.params import Params, Result
from passrole.account.quotas import check_quota
from passrole.account.shapes import group_shape


@operation("iam", "AddUserToGroup", writes=True, asks=on(Kind.GROUP))
def add_user_to_group(ctx: CallContext, params: Params) -> Result:
    """Adding a member again changes nothing."""
    user = entities.get(ctx, Kind.USER, params.text("UserName"))
    group = entities.get(ctx, Kind.GROUP, params.text("GroupName"))
    present = groups_of(ctx.connection, user)
    if all(other.id != group.id for other in present):
        check_quota("GroupsPerUser", len(present) + 1, ctx.quotas.groups_of_user)
        add_member(ctx.connection, group, user)
    return {}


@operation("iam", "RemoveUserFromGroup", writes=True, asks=on(Kind.GROUP))
def remove_user_from_group(ctx: CallContext, params: Params) -> Result:
    """Removing who is no member succeeds."""
    user = entities.get(ctx, Kind.USER, params.text("UserName"))
    group = entities.get(ctx, Kind.GROUP, params.text("GroupName"))
    remove_member(ctx.connection, group, user)
    return {}


@operation("iam", "ListGroupsForUser", writes=False, asks=on(Kind.USER))
def list_groups_for_user(ctx: CallContext, params: Params) -> Result:
    user = entities.get(ctx, Kind.USER, params.text("UserName"))
    request = page_request(params)
    groups = groups_after(ctx.connection, user, after=request.after, limit=request.limit)
    return page(request, "Groups", groups, sort_key=entities.sort_key, shape=group_shape)
