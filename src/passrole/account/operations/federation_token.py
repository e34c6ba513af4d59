"""GetFederationToken: a session of a user of another system, with the permissions of the IAM user who asks for it.

Source: STS API Reference, GetFederationToken
<https://docs.aws.amazon.com/STS/latest/APIReference/API_GetFederationToken.html>
"""

from __future__ import annotations

from passrole.account.asks import request_tags
from passrole.account.callers import SessionTerms
from passrole.account.context import CallContext
from passrole.account.operation import Ask, operation
from passrole.account.params import Params, Result
from passrole.account.service_error import access_denied
from passrole.account.session_terms import packed_percent, requested_policies, requested_tags
from passrole.account.sessions import open_session

DEFAULT_SECONDS = 12 * 3600


def _arn(ctx: CallContext, params: Params) -> str:
    return f"arn:{ctx.partition}:sts::{ctx.account_id}:federated-user/{params.text('Name')}"


def _asks(ctx: CallContext, params: Params, action: str) -> tuple[Ask, ...]:
    actions = [action, "sts:TagSession"] if params.tags() else [action]
    context = request_tags(ctx, params, None)
    return tuple(Ask(each, _arn(ctx, params), context) for each in actions)


@operation("sts", "GetFederationToken", writes=True, asks=_asks)
def get_federation_token(ctx: CallContext, params: Params) -> Result:
    """Without a session policy the session may do nothing; the engine sees to that."""
    if ctx.caller.entity is None or ctx.caller.session is not None:
        raise access_denied("Cannot call GetFederationToken with session credentials")
    policies, arns = requested_policies(ctx, params, ctx)
    name = params.text("Name")
    terms = SessionTerms(policies, arns, requested_tags(params), federated_name=name)
    percent = packed_percent(ctx, terms)
    seconds = params.number("DurationSeconds") or DEFAULT_SECONDS
    made = open_session(ctx, ctx.caller.entity, name=None, seconds=seconds, now=ctx.now, ids=ctx.ids, terms=terms)
    user = {"FederatedUserId": f"{ctx.account_id}:{name}", "Arn": _arn(ctx, params)}
    result: Result = {"Credentials": made.shape(), "FederatedUser": user}
    return result if percent is None else result | {"PackedPolicySize": percent}
