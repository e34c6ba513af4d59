"""DecodeAuthorizationMessage: what an encoded authorization message of this account says, from the log of decisions."""

from __future__ import annotations

from passrole.account.asks import account_wide
from passrole.account.context import CallContext
from passrole.account.decision_log.authorization_message import decoded_message
from passrole.account.operation import operation
from passrole.account.params import Params, Result
from passrole.account.service_error import ServiceError


@operation("sts", "DecodeAuthorizationMessage", writes=False, asks=account_wide)
def decode_authorization_message(ctx: CallContext, params: Params) -> Result:
    """A message that was never given out, or longer ago than the log goes back, is not valid."""
    if ctx.decisions is None:
        raise ServiceError("InvalidAuthorizationMessageException", "Message is not valid")
    return {"DecodedMessage": decoded_message(ctx.decisions, params.text("EncodedMessage"), ctx.account_id)}
