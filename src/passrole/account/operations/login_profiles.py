"""CreateLoginProfile, GetLoginProfile, UpdateLoginProfile, DeleteLoginProfile, ChangePassword."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import select

from passrole.account import entities
from passrole.account.account_settings import find_password_policy, password_policy_layer
from passrole.account.asks import ask_about, named, on
from passrole.account.clock import moment
from passrole.account.context import CallContext
from passrole.account.entities import Entity, Kind
from passrole.account.login_store import (
    LoginProfile,
    add_login,
    change_password,
    delete_login,
    find_login,
    past_of,
    require_reset,
)
from passrole.account.operation import Ask, operation
from passrole.account.params import Params, Result
from passrole.account.passwords import check_password, hashed, matches, violation
from passrole.account.service_error import (
    ServiceError,
    access_denied,
    entity_already_exists,
    no_such_entity,
    validation_error,
)
from passrole.account.tables import account_aliases


@operation("iam", "CreateLoginProfile", writes=True, asks=on(Kind.USER))
def create_login_profile(ctx: CallContext, params: Params) -> Result:
    user = entities.get(ctx, Kind.USER, named(ctx, params, Kind.USER))
    if find_login(ctx.connection, user) is not None:
        raise entity_already_exists(f"Login Profile for user {user.name} already exists.")
    if not params.has("Password"):
        # "This parameter must be omitted when you make the request with an AssumeRoot session. It is required in all
        # other cases." The text is that of a member that the model requires.
        raise validation_error(
            "1 validation error detected: Value at 'password' failed to satisfy constraint: Member must not be null"
        )
    password = _accepted(ctx, user, params.text("Password"))
    login = LoginProfile(password, ctx.now, ctx.now, params.flag("PasswordResetRequired"))
    add_login(ctx.connection, user, login)
    return {"LoginProfile": _shape(user, login)}


@operation("iam", "GetLoginProfile", writes=False, asks=on(Kind.USER))
def get_login_profile(ctx: CallContext, params: Params) -> Result:
    user = entities.get(ctx, Kind.USER, named(ctx, params, Kind.USER))
    return {"LoginProfile": _shape(user, _login(ctx, user))}


@operation("iam", "UpdateLoginProfile", writes=True, asks=on(Kind.USER))
def update_login_profile(ctx: CallContext, params: Params) -> Result:
    user = entities.get(ctx, Kind.USER, params.text("UserName"))
    _login(ctx, user)
    if params.has("Password"):
        change_password(ctx.connection, user, _accepted(ctx, user, params.text("Password")), now=ctx.now)
    if params.has("PasswordResetRequired"):
        require_reset(ctx.connection, user, params.flag("PasswordResetRequired"))
    return {}


@operation("iam", "DeleteLoginProfile", writes=True, asks=on(Kind.USER))
def delete_login_profile(ctx: CallContext, params: Params) -> Result:
    user = entities.get(ctx, Kind.USER, named(ctx, params, Kind.USER))
    if not delete_login(ctx.connection, user):
        raise _not_found(user)
    return {}


def _asks_to_change(ctx: CallContext, _params: Params, action: str) -> tuple[Ask, ...]:
    """About the user who calls. Raises InvalidUserType: "Only users can change their own password"."""
    user = ctx.caller.entity
    if user is None or user.kind is not Kind.USER or ctx.caller.is_federated:
        # The code is in the API's list; the text is a guess.
        raise ServiceError("InvalidUserType", "Only IAM Users can change their own password.")
    ask = ask_about(ctx, Kind.USER, user.name, user, action, {})
    return (replace(ask, resource_layer=password_policy_layer(ctx, user.arn, action, user.arn)),)


@operation("iam", "ChangePassword", writes=True, asks=_asks_to_change)
def change_own_password(ctx: CallContext, params: Params) -> Result:
    user = ctx.caller.entity
    assert user is not None, "authorization has asked about it"
    login = _login(ctx, user)
    if not matches(params.text("OldPassword"), login.password):
        # Code and text are a guess: the API's list of errors has none for it.
        raise access_denied("The old password was incorrect.")
    change_password(ctx.connection, user, _accepted(ctx, user, params.text("NewPassword")), now=ctx.now)
    require_reset(ctx.connection, user, False)
    return {}


def _accepted(ctx: CallContext, user: Entity, password: str) -> str:
    """The hash of a password that the account's policy accepts. Raises PasswordPolicyViolation."""
    policy = find_password_policy(ctx)
    aliases = select(account_aliases.c.alias).where(account_aliases.c.account_id == ctx.account_id)
    check_password(password, policy, (ctx.account_id, *ctx.connection.execute(aliases).scalars()))
    looked_back = 0 if policy is None else int(str(policy.get("PasswordReusePrevention") or 0))
    if any(matches(password, kept) for kept in past_of(ctx.connection, user, looked_back)):
        raise violation("Password does not conform to the account password policy: it was used before")
    return hashed(password)


def _login(ctx: CallContext, user: Entity) -> LoginProfile:
    found = find_login(ctx.connection, user)
    if found is None:
        raise _not_found(user)
    return found


def _not_found(user: Entity) -> ServiceError:
    return no_such_entity(f"Login Profile for User {user.name} cannot be found.")


def _shape(user: Entity, login: LoginProfile) -> Result:
    return {
        "UserName": user.name,
        "CreateDate": moment(login.created_at),
        "PasswordResetRequired": login.reset_required,
    }
