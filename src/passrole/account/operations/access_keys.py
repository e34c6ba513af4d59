"""CreateAccessKey, ListAccessKeys, UpdateAccessKey, DeleteAccessKey, GetAccessKeyLastUsed."""

from __future__ import annotations

from sqlalchemy import Row, delete, insert, select, update

from passrole.account import entities
from passrole.account.asks import ask_about, named, on
from passrole.account.clock import moment
from passrole.account.context import CallContext
from passrole.account.entities import Entity, Kind
from passrole.account.operation import Ask, operation
from passrole.account.pages import page, page_request, rest_of
from passrole.account.params import Params, Result
from passrole.account.quotas import check_quota
from passrole.account.service_error import ServiceError, access_denied, invalid_input, no_such_entity
from passrole.account.tables import access_keys


@operation("iam", "CreateAccessKey", writes=True, asks=on(Kind.USER))
def create_access_key(ctx: CallContext, params: Params) -> Result:
    """The only answer that ever shows the secret."""
    user = entities.get(ctx.connection, Kind.USER, named(ctx, params, Kind.USER))
    check_quota("AccessKeysPerUser", len(_keys_of(ctx, user)) + 1, ctx.quotas.access_keys_of_user)
    key = {
        "id": ctx.ids.access_key_id("AKIA", ctx.account_id),
        "user_id": user.id,
        "secret": ctx.ids.secret(),
        "status": "Active",
        "created_at": ctx.now,
    }
    ctx.connection.execute(insert(access_keys).values(key))
    return {
        "AccessKey": {
            "UserName": user.name,
            "AccessKeyId": key["id"],
            "Status": key["status"],
            "SecretAccessKey": key["secret"],
            "CreateDate": moment(ctx.now),
        }
    }


@operation("iam", "ListAccessKeys", writes=False, asks=on(Kind.USER))
def list_access_keys(ctx: CallContext, params: Params) -> Result:
    user = entities.get(ctx.connection, Kind.USER, named(ctx, params, Kind.USER))
    keys = [
        {
            "UserName": user.name,
            "AccessKeyId": key.id,
            "Status": key.status,
            "CreateDate": moment(key.created_at),
        }
        for key in _keys_of(ctx, user)
    ]
    request = page_request(params)
    rest = rest_of(request, keys, sort_key=_key_id)
    return page(request, "AccessKeyMetadata", rest, sort_key=_key_id)


@operation("iam", "UpdateAccessKey", writes=True, asks=on(Kind.USER))
def update_access_key(ctx: CallContext, params: Params) -> Result:
    user = entities.get(ctx.connection, Kind.USER, named(ctx, params, Kind.USER))
    key_id, status = params.text("AccessKeyId"), params.text("Status")
    if status == "Expired":
        # AWS sets this status, a caller cannot. The text is a guess.
        raise invalid_input("The status Expired cannot be set.")
    of_user = (access_keys.c.id == key_id, access_keys.c.user_id == user.id)
    if not ctx.connection.execute(update(access_keys).where(*of_user).values(status=status)).rowcount:
        raise _not_found(key_id)
    return {}


@operation("iam", "DeleteAccessKey", writes=True, asks=on(Kind.USER))
def delete_access_key(ctx: CallContext, params: Params) -> Result:
    user = entities.get(ctx.connection, Kind.USER, named(ctx, params, Kind.USER))
    key_id = params.text("AccessKeyId")
    of_user = (access_keys.c.id == key_id, access_keys.c.user_id == user.id)
    if not ctx.connection.execute(delete(access_keys).where(*of_user)).rowcount:
        raise _not_found(key_id)
    return {}


def _asks_about_owner(ctx: CallContext, params: Params, action: str) -> tuple[Ask, ...]:
    """The resource is the user whose key it is; an unknown key is refused without asking, as AWS does."""
    key_id = params.text("AccessKeyId")
    owner_id = ctx.connection.execute(select(access_keys.c.user_id).where(access_keys.c.id == key_id)).scalar()
    owner = None if owner_id is None else entities.find_by_id(ctx.connection, owner_id)
    if owner is None:
        # The missing colon is AWS's (recorded).
        raise access_denied(
            f"User: {ctx.caller.principal.arn} is not authorized to perform {action} on resource: access key {key_id}"
        )
    return (ask_about(ctx, Kind.USER, owner.name, owner, action, {}),)


@operation("iam", "GetAccessKeyLastUsed", writes=False, asks=_asks_about_owner)
def get_access_key_last_used(ctx: CallContext, params: Params) -> Result:
    key = ctx.connection.execute(select(access_keys).where(access_keys.c.id == params.text("AccessKeyId"))).one()
    owner = entities.find_by_id(ctx.connection, key.user_id)
    assert owner is not None, "the foreign key deletes keys with their user"
    last_used: Result = {
        "Region": key.last_used_region or "N/A",
        "ServiceName": key.last_used_service or "N/A",
    }
    if key.last_used_at is not None:
        last_used["LastUsedDate"] = moment(key.last_used_at)
    return {"UserName": owner.name, "AccessKeyLastUsed": last_used}


def _keys_of(ctx: CallContext, user: Entity) -> list[Row[tuple[object, ...]]]:
    statement = select(access_keys).where(access_keys.c.user_id == user.id).order_by(access_keys.c.created_at)
    return list(ctx.connection.execute(statement))


def _key_id(key: Result) -> str:
    return str(key["AccessKeyId"])


def _not_found(key_id: str) -> ServiceError:
    return no_such_entity(f"The Access Key with id {key_id} cannot be found.")
