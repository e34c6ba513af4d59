"""UpdateAccountPasswordPolicy, GetAccountPasswordPolicy, DeleteAccountPasswordPolicy."""

from __future__ import annotations

from passrole.account.account_settings import find_password_policy, password_policy_layer, set_password_policy
from passrole.account.asks import account_wide
from passrole.account.context import CallContext
from passrole.account.entities import Kind
from passrole.account.operation import Ask, operation
from passrole.account.params import Params, Result
from passrole.account.passwords import DEFAULT_LENGTH
from passrole.account.service_error import no_such_entity

_FLAGS = (
    "RequireSymbols",
    "RequireNumbers",
    "RequireUppercaseCharacters",
    "RequireLowercaseCharacters",
    "AllowUsersToChangePassword",
)


@operation("iam", "UpdateAccountPasswordPolicy", writes=True, asks=account_wide)
def update_account_password_policy(ctx: CallContext, params: Params) -> Result:
    """ "This operation does not support partial updates": what is left out returns to its default."""
    policy: dict[str, object] = {"MinimumPasswordLength": params.number("MinimumPasswordLength") or DEFAULT_LENGTH}
    policy |= {name: params.flag(name) for name in _FLAGS}
    for name in ("MaxPasswordAge", "PasswordReusePrevention"):
        if params.has(name):
            policy[name] = params.number(name)
    if params.has("HardExpiry"):
        policy["HardExpiry"] = params.flag("HardExpiry")
    set_password_policy(ctx, policy)
    return {}


def _asks_to_get(ctx: CallContext, _params: Params, action: str) -> tuple[Ask, ...]:
    """Who may change its password may read what it must look like."""
    user = ctx.caller.entity
    if user is None or user.kind is not Kind.USER or ctx.caller.is_federated:
        return (Ask(action, "*"),)
    return (Ask(action, "*", resource_layer=password_policy_layer(ctx, user.arn, action, "*")),)


@operation("iam", "GetAccountPasswordPolicy", writes=False, asks=_asks_to_get)
def get_account_password_policy(ctx: CallContext, _params: Params) -> Result:
    policy = find_password_policy(ctx)
    if policy is None:
        raise no_such_entity(f"The Password Policy with domain name {ctx.account_id} cannot be found.")
    return {"PasswordPolicy": {**policy, "ExpirePasswords": "MaxPasswordAge" in policy}}


@operation("iam", "DeleteAccountPasswordPolicy", writes=True, asks=account_wide)
def delete_account_password_policy(ctx: CallContext, _params: Params) -> Result:
    if find_password_policy(ctx) is None:
        raise no_such_entity("The account policy with name PasswordPolicy cannot be found.")
    set_password_policy(ctx, None)
    return {}
