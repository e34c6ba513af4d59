"""A call of the gateway as the log of decisions takes it; a denied caller learns its ids."""

from __future__ import annotations

import json
import re
import secrets
import uuid
from typing import TYPE_CHECKING, Final

from passrole.account.decision_log.failed_authentication import FailedAuthentication
from passrole.account.decision_log.recorded_call import RecordedCall
from passrole.account.decision_log.redaction import event_source
from passrole.account.service_error import AuthenticationFailure, ServiceError
from passrole.server.gateway.enforcement import GatewayMode
from passrole.server.gateway.operation_names import only_reads
from passrole.server.gateway.recognise import Recognised
from passrole.server.gateway.refusals import Shape, Spoken
from passrole.server.message import HttpRequest, HttpResponse
from passrole.server.signature import SignatureClaim
from passrole.server.test_credentials import TEST_CREDENTIALS

if TYPE_CHECKING:
    from passrole.server.gateway.gateway_call import GatewayCall

_MESSAGE_BYTES: Final = 192
_CODE: Final = re.compile(rb"<Code>([^<]{1,128})</Code>")
_MESSAGE: Final = re.compile(rb"<Message>([^<]{1,2048})</Message>")
_SHOWN: Final = 65_536
"""Of an error's body, in bytes."""


def recorded(call: GatewayCall, refusal: ServiceError | None, mode: GatewayMode, *, now: int) -> RecordedCall:
    """The call of a known or anonymous caller once it is answered. A denial gets an encoded message and its id."""
    authenticated, verdict = call.authenticated, call.verdict
    assert authenticated is not None, "only calls of known callers are noted"
    message: str | None = None
    denied = verdict is not None and not verdict.allowed and verdict.refused is None
    if refusal is not None and refusal.code == "AccessDenied" and denied:
        message = secrets.token_urlsafe(_MESSAGE_BYTES)
        refusal.details["EncodedAuthorizationMessage"] = message
        refusal.details["DecisionId"] = call.request_id
    key = "" if authenticated.credential is None else authenticated.credential.access_key_id
    model = call.recognised.model
    return RecordedCall(
        event_id=str(uuid.uuid4()),
        request_id=call.request_id,
        now=now,
        service=call.recognised.service,
        operation=model.name,
        writes=not only_reads(model.name),
        region=call.region,
        caller=authenticated.caller,
        access_key_id=key,
        parameters=call.parameters,
        output=None,
        error=_error(call, refusal),
        decided=() if call.context is None else tuple(call.context.decided),
        source_ip=call.request.source_ip,
        user_agent=call.request.header("user-agent"),
        authorization_message=message,
        unsafe_credentials=key in TEST_CREDENTIALS,
        account_id=None if call.context is None else call.context.account_id,
        enforcement=mode.enforcement.value,
        unmapped=None if verdict is None or verdict.refused is None else verdict.refused.reason,
    )


def not_authenticated(
    request: HttpRequest,
    request_id: str,
    refusal: AuthenticationFailure,
    claim: SignatureClaim | None,
    recognised: Recognised | None,
    *,
    now: int,
    home: str,
) -> FailedAuthentication:
    """A request of nobody that is known. `home` is the account that is meant where none is named."""
    return FailedAuthentication(
        event_id=str(uuid.uuid4()),
        request_id=request_id,
        now=now,
        service="s3" if recognised is None else event_source(recognised.service),
        operation=None if recognised is None else recognised.model.name,
        region=None if claim is None else claim.region,
        access_key_id=None if claim is None else claim.access_key_id,
        error=(refusal.code, refusal.message),
        reason=refusal.reason,
        source_ip=request.source_ip,
        user_agent=request.header("user-agent"),
        account_id=home,
    )


def with_ids(refusal: ServiceError, spoken: Spoken) -> ServiceError:
    """EC2's clients find the encoded message at the end of the message itself, as at AWS."""
    encoded = refusal.details.get("EncodedAuthorizationMessage")
    if spoken.shape is not Shape.EC2 or encoded is None:
        return refusal
    del refusal.details["EncodedAuthorizationMessage"]
    found = ServiceError(
        refusal.code, f"{refusal.message} Encoded authorization failure message: {encoded}", refusal.http_status
    )
    found.details.update(refusal.details)
    return found


def _error(call: GatewayCall, refusal: ServiceError | None) -> tuple[str, str] | None:
    if refusal is not None:
        return refusal.code, refusal.message
    if call.answer is None:
        return "InternalFailure", "The call could not be carried out"
    return _answered(call.answer) if call.answer.status >= 400 else None


def _answered(answer: HttpResponse) -> tuple[str, str]:
    """Code and message of the backend's error."""
    body = answer.body[:_SHOWN]
    code, message = _CODE.search(body), _MESSAGE.search(body)
    if code is not None:
        return code[1].decode("utf-8", "replace"), "" if message is None else message[1].decode("utf-8", "replace")
    try:
        value = json.loads(body)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        return str(answer.status), ""
    header = next((text for name, text in answer.headers if name.lower() == "x-amzn-errortype"), "")
    name = str(value.get("__type") or value.get("code") or header or answer.status)
    return name.rpartition("#")[2], str(value.get("message") or value.get("Message") or "")
