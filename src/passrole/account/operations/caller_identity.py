"""GetCallerIdentity, GetAccessKeyInfo, GetSessionToken."""

from __future__ import annotations

from passrole.account.asks import account_wide, nothing
from passrole.account.callers import SessionTerms
from passrole.account.context import CallContext
from passrole.account.ids import account_of_access_key
from passrole.account.mfa import check_mfa, use_mfa_code
from passrole.account.operation import operation
from passrole.account.params import Params, Result
from passrole.account.service_error import access_denied, validation_error
from passrole.account.sessions import open_session

DEFAULT_SECONDS = 12 * 3600


@operation("sts", "GetCallerIdentity", writes=False, asks=nothing)
def get_caller_identity(ctx: CallContext, _params: Params) -> Result:
    return {"UserId": ctx.caller.user_id, "Account": ctx.account_id, "Arn": ctx.caller.principal.arn}


@operation("sts", "GetAccessKeyInfo", writes=False, asks=account_wide)
def get_access_key_info(_ctx: CallContext, params: Params) -> Result:
    """The account is in the id itself, so that the answer does not tell whether the key is there.

    Source: STS API Reference, GetAccessKeyInfo
    <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetAccessKeyInfo.html>
    """
    account = account_of_access_key(params.text("AccessKeyId"))
    if account is None:
        # The text is a guess.
        raise validation_error("The access key ID is not valid.")
    return {"Account": account}


@operation("sts", "GetSessionToken", writes=True, asks=nothing)
def get_session_token(ctx: CallContext, params: Params) -> Result:
    """No policy can deny it: "You cannot use policies to control authentication operations."

    Source: STS API Reference, GetSessionToken
    <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html>
    """
    if ctx.caller.entity is None or ctx.caller.session is not None:
        raise access_denied("Cannot call GetSessionToken with session credentials")
    terms = SessionTerms(mfa_at=ctx.now if check_mfa(ctx, params) else None)
    use_mfa_code(ctx, params)
    seconds = params.number("DurationSeconds") or DEFAULT_SECONDS
    made = open_session(ctx, ctx.caller.entity, name=None, seconds=seconds, now=ctx.now, ids=ctx.ids, terms=terms)
    return {"Credentials": made.shape()}
