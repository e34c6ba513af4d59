"""CreateUser, GetUser, ListUsers, UpdateUser, DeleteUser."""

from __future__ import annotations

from passrole.account import entities
from passrole.account.asks import (
    ask_about,
    creating,
    listing,
    named,
    on,
    present_boundary,
    requested_boundary,
)
from passrole.account.context import CallContext
from passrole.account.creation import new_entity
from passrole.account.deletion import refuse_deletion_in_use
from passrole.account.entities import Kind
from passrole.account.operation import Ask, operation
from passrole.account.pages import page, page_request
from passrole.account.params import Params, Result
from passrole.account.shapes import boundary_if_any, tags_if_any, user_shape
from passrole.account.tag_store import checked_tags, put_tags, tags_of


@operation("iam", "CreateUser", writes=True, asks=creating(Kind.USER, requested_boundary))
def create_user(ctx: CallContext, params: Params) -> Result:
    tags = checked_tags(params, Kind.USER)
    user = new_entity(ctx, params, Kind.USER)
    entities.add(ctx.connection, user)
    put_tags(ctx.connection, user, tags)
    return {"User": user_shape(user) | tags_if_any(tags) | boundary_if_any(user)}


@operation("iam", "GetUser", writes=False, asks=on(Kind.USER))
def get_user(ctx: CallContext, params: Params) -> Result:
    user = entities.get(ctx, Kind.USER, named(ctx, params, Kind.USER))
    return {"User": user_shape(user) | tags_if_any(tags_of(ctx.connection, user.id)) | boundary_if_any(user)}


@operation("iam", "ListUsers", writes=False, asks=listing(Kind.USER))
def list_users(ctx: CallContext, params: Params) -> Result:
    request = page_request(params)
    users = entities.list_after(
        ctx,
        Kind.USER,
        path_prefix=params.optional_text("PathPrefix"),
        after=request.after,
        limit=request.limit,
    )
    return page(request, "Users", users, sort_key=entities.sort_key, shape=user_shape)


def _asks_to_update(ctx: CallContext, params: Params, action: str) -> tuple[Ask, ...]:
    """Renaming needs the right to both names.

    Source: IAM API Reference, UpdateUser
    <https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateUser.html>
    """
    name = params.text("UserName")
    user = entities.find(ctx, Kind.USER, name)
    asks = (ask_about(ctx, Kind.USER, name, user, action, {}),)
    if user is None or not (params.has("NewUserName") or params.has("NewPath")):
        return asks
    new_name = params.optional_text("NewUserName") or user.name
    new_arn = ctx.arn(Kind.USER, params.optional_text("NewPath") or user.path, new_name)
    return (*asks, Ask(action, new_arn, asks[0].context))


@operation("iam", "UpdateUser", writes=True, asks=_asks_to_update)
def update_user(ctx: CallContext, params: Params) -> Result:
    user = entities.get(ctx, Kind.USER, params.text("UserName"))
    name = params.optional_text("NewUserName") or user.name
    path = params.optional_text("NewPath") or user.path
    entities.move(ctx.connection, user, name=name, path=path, arn=ctx.arn(Kind.USER, path, name))
    return {}


@operation("iam", "DeleteUser", writes=True, asks=on(Kind.USER, present_boundary))
def delete_user(ctx: CallContext, params: Params) -> Result:
    user = entities.get(ctx, Kind.USER, params.text("UserName"))
    refuse_deletion_in_use(ctx.connection, user)
    entities.remove(ctx.connection, user)
    return {}
