"""CreateAccessKey, ListAccessKeys, UpdateAccessKey, DeleteAccessKey, GetAccessKeyLastUsed."""

from __future__ import annotations

from passrole.account import entities
from passrole.account.asks import ask_about, named, on
from passrole.account.clock import moment
from passrole.account.context import CallContext
from passrole.account.entities import Kind
from passrole.account.key_store import add_key, delete_key, find_key, keys_of, set_status
from passrole.account.operation import Ask, operation
from passrole.account.pages import page, page_request, rest_of
from passrole.account.params import Params, Result
from passrole.account.quotas import check_quota
from passrole.account.service_error import ServiceError, access_denied, invalid_input, no_such_entity


@operation("iam", "CreateAccessKey", writes=True, asks=on(Kind.USER))
def create_access_key(ctx: CallContext, params: Params) -> Result:
    """The only answer that ever shows the secret."""
    user = entities.get(ctx, Kind.USER, named(ctx, params, Kind.USER))
    check_quota("AccessKeysPerUser", len(keys_of(ctx.connection, user)) + 1, ctx.quotas.access_keys_of_user)
    key_id, secret = ctx.ids.access_key_id("AKIA", ctx.account_id), ctx.ids.secret()
    add_key(ctx.connection, user.id, key_id, secret, created_at=ctx.now)
    return {
        "AccessKey": {
            "UserName": user.name,
            "AccessKeyId": key_id,
            "Status": "Active",
            "SecretAccessKey": secret,
            "CreateDate": moment(ctx.now),
        }
    }


@operation("iam", "ListAccessKeys", writes=False, asks=on(Kind.USER))
def list_access_keys(ctx: CallContext, params: Params) -> Result:
    user = entities.get(ctx, Kind.USER, named(ctx, params, Kind.USER))
    keys = [
        {
            "UserName": user.name,
            "AccessKeyId": key.id,
            "Status": key.status,
            "CreateDate": moment(key.created_at),
        }
        for key in keys_of(ctx.connection, user)
    ]
    request = page_request(params)
    rest = rest_of(request, keys, sort_key=_key_id)
    return page(request, "AccessKeyMetadata", rest, sort_key=_key_id)


@operation("iam", "UpdateAccessKey", writes=True, asks=on(Kind.USER))
def update_access_key(ctx: CallContext, params: Params) -> Result:
    user = entities.get(ctx, Kind.USER, named(ctx, params, Kind.USER))
    key_id, status = params.text("AccessKeyId"), params.text("Status")
    if status == "Expired":
        # AWS sets this status, a caller cannot. The text is a guess.
        raise invalid_input("The status Expired cannot be set.")
    if not set_status(ctx.connection, user, key_id, status):
        raise _not_found(key_id)
    return {}


@operation("iam", "DeleteAccessKey", writes=True, asks=on(Kind.USER))
def delete_access_key(ctx: CallContext, params: Params) -> Result:
    user = entities.get(ctx, Kind.USER, named(ctx, params, Kind.USER))
    key_id = params.text("AccessKeyId")
    if not delete_key(ctx.connection, user, key_id):
        raise _not_found(key_id)
    return {}


def _asks_about_owner(ctx: CallContext, params: Params, action: str) -> tuple[Ask, ...]:
    """The resource is the user whose key it is; an unknown key is refused without asking, as AWS does."""
    key_id = params.text("AccessKeyId")
    key = find_key(ctx.connection, key_id)
    owner = None if key is None else entities.find_by_id(ctx.connection, key.user_id)
    if owner is None or owner.account_id != ctx.account_id:
        # The missing colon is AWS's (recorded).
        raise access_denied(
            f"User: {ctx.caller.principal.arn} is not authorized to perform {action} on resource: access key {key_id}"
        )
    return (ask_about(ctx, Kind.USER, owner.name, owner, action, {}),)


@operation("iam", "GetAccessKeyLastUsed", writes=False, asks=_asks_about_owner)
def get_access_key_last_used(ctx: CallContext, params: Params) -> Result:
    key = find_key(ctx.connection, params.text("AccessKeyId"))
    assert key is not None, "authorization has found it in the same transaction"
    owner = entities.find_by_id(ctx.connection, key.user_id)
    assert owner is not None, "the foreign key deletes keys with their user"
    last_used: Result = {
        "Region": key.last_used_region or "N/A",
        "ServiceName": key.last_used_service or "N/A",
    }
    if key.last_used_at is not None:
        last_used["LastUsedDate"] = moment(key.last_used_at)
    return {"UserName": owner.name, "AccessKeyLastUsed": last_used}


def _key_id(key: Result) -> str:
    return str(key["AccessKeyId"])


def _not_found(key_id: str) -> ServiceError:
    return no_such_entity(f"The Access Key with id {key_id} cannot be found.")
