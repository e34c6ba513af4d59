"""A call as the log of decisions takes it, gathered while the gate carries it out; a denied caller learns its ids."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from passrole.account.callers import Credential
from passrole.account.context import CallContext
from passrole.account.decided import Decided
from passrole.account.decision_log.failed_authentication import FailedAuthentication
from passrole.account.decision_log.recorded_call import RecordedCall
from passrole.account.enforcement import Enforcement
from passrole.account.ids import random_uuid
from passrole.account.operation import Operation
from passrole.account.operations import OPERATIONS
from passrole.account.service_error import AuthenticationFailure, ServiceError
from passrole.server.authentication import Signed
from passrole.server.message import HttpRequest
from passrole.server.test_credentials import TEST_CREDENTIALS
from passrole.server.wire.decode import Target
from passrole.server.wire.models import SERVICES

_MESSAGE_BYTES: Final = 192
NOT_CARRIED_OUT: Final = ("InternalFailure", "The call could not be carried out")


@dataclass(slots=True)
class Received:
    """A request as far as it can be told before anybody is asked who sent it: `refusal` is why it goes no further."""

    request: HttpRequest
    request_id: str
    pairs: tuple[tuple[str, str], ...] = ()
    signed: Signed | None = None
    target: Target | None = None
    refusal: ServiceError | None = None

    @property
    def writes(self) -> bool:
        """Whether it is for an operation that changes something."""
        return self._operation is not None and self._operation.writes

    @property
    def takes_long(self) -> bool:
        """Whether nobody is to wait for it but who sent it."""
        return self._operation is not None and self._operation.takes_long

    @property
    def _operation(self) -> Operation | None:
        return None if self.target is None else OPERATIONS.get((self.target.service, self.target.operation))


@dataclass(slots=True)
class CallInProgress:
    """How far a call has come; what is None or empty it has not reached. `output` is there when it is on disk."""

    target: Target
    request: HttpRequest
    request_id: str
    region: str
    credential: Credential | None = None
    context: CallContext | None = None
    params: Mapping[str, object] = field(default_factory=dict)
    output: Mapping[str, object] | None = None


def recorded(call: CallInProgress, refusal: ServiceError | None, enforcement: Enforcement, *, now: int) -> RecordedCall:
    """The call of a known caller once it is answered. A denial gets an encoded message and its id as details."""
    assert call.credential is not None, "only calls of known callers are noted"
    operation = OPERATIONS.get((call.target.service, call.target.operation))
    decided = () if call.context is None else tuple(call.context.decided)
    message: str | None = None
    if refusal is not None and enforcement is Enforcement.ENFORCE and _is_denial(refusal, decided):
        message = secrets.token_urlsafe(_MESSAGE_BYTES)
        refusal.details["EncodedAuthorizationMessage"] = message
        refusal.details["DecisionId"] = call.request_id
    return RecordedCall(
        event_id=random_uuid(),
        request_id=call.request_id,
        now=now,
        service=call.target.service,
        operation=call.target.operation,
        writes=operation is not None and operation.writes,
        region=call.region,
        caller=call.credential.caller,
        access_key_id=call.credential.access_key_id,
        parameters=call.params,
        output=call.output,
        error=_error(call, refusal),
        decided=decided,
        source_ip=call.request.source_ip,
        user_agent=call.request.header("user-agent"),
        authorization_message=message,
        # No account has a key of such a name: it was let in by the switch.
        unsafe_credentials=call.credential.access_key_id in TEST_CREDENTIALS,
        enforcement=None if enforcement is Enforcement.ENFORCE else enforcement.value,
    )


def failed(
    request: HttpRequest,
    request_id: str,
    refusal: AuthenticationFailure,
    signed: Signed | None,
    target: Target | None,
    *,
    now: int,
    home: str,
) -> FailedAuthentication:
    """A request of nobody that is known. `home` is the account that is meant where none is named."""
    claim = None if signed is None else signed.claim
    return FailedAuthentication(
        event_id=random_uuid(),
        request_id=request_id,
        now=now,
        service=SERVICES[0] if target is None else target.service,
        operation=None if target is None else target.operation,
        region=None if claim is None else claim.region,
        access_key_id=None if claim is None else claim.access_key_id,
        error=(refusal.code, refusal.message),
        reason=refusal.reason,
        source_ip=request.source_ip,
        user_agent=request.header("user-agent"),
        account_id=home,
    )


def _error(call: CallInProgress, refusal: ServiceError | None) -> tuple[str, str] | None:
    if refusal is not None:
        return refusal.code, refusal.message
    # Neither refused nor carried out: a fault of ours, or of the disk.
    return None if call.output is not None else NOT_CARRIED_OUT


def _is_denial(refusal: ServiceError, decided: tuple[Decided, ...]) -> bool:
    """Whether policies refused the call: the last question was answered with no, and nothing else was wrong."""
    return refusal.code == "AccessDenied" and bool(decided) and not decided[-1].decision.allowed
