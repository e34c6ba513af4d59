"""GetCallerIdentity, GetSessionToken."""

from __future__ import annotations

from passrole.account.asks import account_wide, nothing
from passrole.account.context import CallContext
from passrole.account.operation import operation
from passrole.account.params import Params, Result
from passrole.account.service_error import access_denied
from passrole.account.sessions import open_session

DEFAULT_SECONDS = 12 * 3600


@operation("sts", "GetCallerIdentity", writes=False, asks=nothing)
def get_caller_identity(ctx: CallContext, _params: Params) -> Result:
    return {"UserId": ctx.caller.user_id, "Account": ctx.account_id, "Arn": ctx.caller.principal.arn}


@operation("sts", "GetSessionToken", writes=True, asks=account_wide)
def get_session_token(ctx: CallContext, params: Params) -> Result:
    if ctx.caller.entity is None or ctx.caller.session is not None:
        raise access_denied("Cannot call GetSessionToken with session credentials")
    if params.has("SerialNumber") or params.has("TokenCode"):
        raise no_such_mfa_device()
    seconds = params.number("DurationSeconds") or DEFAULT_SECONDS
    made = open_session(ctx, ctx.caller.entity, name=None, seconds=seconds, now=ctx.now, ids=ctx.ids)
    return {"Credentials": made.shape()}


def no_such_mfa_device() -> Exception:
    """This account keeps no MFA devices yet, so none can be associated with anyone."""
    return access_denied(
        "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid "
        "and associated with this user."
    )
