"""The one door to an account: a request is identified, authenticated, decoded, authorized and carried out, or refused.

There is no way around it: the HTTP endpoint and the embedded account both come through here, and what is not understood
is refused. The embedded account always enforces; a server may have been started to let through what policies deny.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Final

from sqlalchemy import Connection

from passrole.account.callers import Credential, find_credential
from passrole.account.dispatch import carry_out, find_operation
from passrole.account.enforcement import Enforcement
from passrole.account.ids import random_uuid
from passrole.account.last_used import LastUsed
from passrole.account.operations import OPERATIONS
from passrole.account.service_error import AuthenticationFailure, ServiceError
from passrole.account.stack_cache import StackCache
from passrole.account.store import AccountStore
from passrole.account.work_turns import WorkTurns
from passrole.account.write_batch import WritersBusy
from passrole.catalog.partitions import iam_region
from passrole.server.authentication import Signed, authenticate, check_claim, missing_authentication_token
from passrole.server.call_record import CallInProgress, Received, failed, recorded
from passrole.server.incidents import log_incident
from passrole.server.message import HttpRequest, HttpResponse
from passrole.server.request_context import request_context
from passrole.server.signature import read_claim
from passrole.server.test_credentials import TEST_CREDENTIALS, test_credential
from passrole.server.toolbox.door import answer_toolbox, is_for_toolbox
from passrole.server.turn import OwnTurn, SharedTurn, Turn
from passrole.server.wire.decode import Target, decode_parameters, find_target
from passrole.server.wire.encode import encode_error, encode_json_error, encode_output
from passrole.server.wire.faults import service_failure, unknown_operation
from passrole.server.wire.form import parse_form
from passrole.server.wire.models import SERVICES

_FORM: Final = "application/x-www-form-urlencoded"
_log = logging.getLogger(__name__)


def new_request_id() -> str:
    return random_uuid()


class Gate:
    """Answers requests to the accounts of one file; safe to use from several threads.

    `unsafe_test_credentials` lets everybody in who knows two well-known keys (see `test_credentials`). `enforcement` is
    of what policies say.
    """

    services: Final = SERVICES

    def __init__(
        self,
        store: AccountStore,
        request_ids: Callable[[], str] = new_request_id,
        *,
        unsafe_test_credentials: bool = False,
        enforcement: Enforcement = Enforcement.ENFORCE,
    ) -> None:
        self.enforcement = enforcement
        self.unsafe_test_credentials = unsafe_test_credentials
        self.store = store
        self.stacks = StackCache()
        self.last_used = LastUsed(store)
        self._own_turn = OwnTurn(store, self.last_used)
        self._request_ids = request_ids
        self._home_region = iam_region(store.partition)

    @property
    def at_work(self) -> WorkTurns:
        """For whoever answers within a shared turn to hold meanwhile."""
        return self.store.at_work

    @property
    def account_id(self) -> str:
        return self.store.account_id

    @property
    def partition(self) -> str:
        return self.store.partition

    @property
    def home_region(self) -> str:
        """The region in which IAM lives in the account's partition."""
        return self._home_region

    def answer(self, request: HttpRequest, now: datetime) -> HttpResponse:
        """The answer to a request that came at `now` (UTC). Never raises: a fault of ours is a 500 with an id."""
        try:
            return self.answer_in_process(request, now)
        except Exception as error:
            return self.fault(error)

    def answer_in_process(self, request: HttpRequest, now: datetime) -> HttpResponse:
        """The same for a caller in this process, who sees a fault as the exception that it is.

        Raises ConfigurationError when the account's file cannot be read or written.
        """
        return self._answered(self.received(request), now, self._own_turn)

    def answer_within(self, call: Received, now: datetime, turn: SharedTurn) -> HttpResponse:
        """The answer to one of several calls, not to be sent before the turn is kept. Raises WritersBusy alone."""
        try:
            return self._answered(call, now, turn)
        except WritersBusy:
            raise
        except Exception as error:
            return self.fault(error)

    def shared_turn(self) -> SharedTurn:
        return SharedTurn(self.store, self.last_used)

    def fault(self, error: BaseException) -> HttpResponse:
        """The answer for one of ours: the client learns an id and nothing else, the log has the rest."""
        incident_id = self._request_ids()
        log_incident(_log, incident_id, error)
        return self.refuse(service_failure(incident_id))

    def received(self, request: HttpRequest) -> Received:
        """What a request asks for, or why it asks for nothing that is here."""
        call = Received(request, self._request_ids())
        if is_for_toolbox(request):
            return call
        try:
            call.pairs, call.signed = _read(request)
            call.target = find_target(call.pairs, call.signed.claim.service if call.signed else None)
        except ServiceError as refusal:
            call.refusal = refusal
        return call

    def _answered(self, call: Received, now: datetime, turn: Turn) -> HttpResponse:
        request, request_id, target = call.request, call.request_id, call.target
        if is_for_toolbox(request):
            return answer_toolbox(self, request, now, request_id, turn)
        try:
            if call.refusal is not None or target is None:
                raise call.refusal or AssertionError("a call has a target or a refusal")
            answer = self._carry_out(target, call.pairs, request, call.signed, now, request_id, turn)
            return _xml(200, answer, request_id)
        except ServiceError as refusal:
            if isinstance(refusal, AuthenticationFailure):
                now_seconds = self.store.clock()
                self.store.decisions.record_failure(
                    failed(request, request_id, refusal, call.signed, target, now=now_seconds, home=self.account_id)
                )
            if _speaks_json(request):
                return _json(refusal.http_status, encode_json_error(refusal), request_id)
            service = SERVICES[0] if target is None else target.service
            return _xml(refusal.http_status, encode_error(refusal, service, request_id), request_id)

    def reset(self, account_id: str | None = None) -> None:
        """Take everything out of an account, or of all of the file, but the administrator and its keys."""
        self.store.reset(account_id)

    def refuse(self, refusal: ServiceError) -> HttpResponse:
        """An error that the transport found before a request could be made of what it read."""
        request_id = self._request_ids()
        return _xml(refusal.http_status, encode_error(refusal, SERVICES[0], request_id), request_id)

    def _carry_out(
        self,
        target: Target,
        pairs: tuple[tuple[str, str], ...],
        request: HttpRequest,
        signed: Signed | None,
        now: datetime,
        request_id: str,
        turn: Turn,
    ) -> bytes:
        if signed is None:
            # Two operations of STS take no signature: a token of another identity provider vouches for the caller.
            if target.model.auth_type == "none":
                find_operation(target.service, target.operation)
            raise missing_authentication_token()
        check_claim(signed, service=target.service, partition=self.partition, now=now)
        # IAM is a global service: whatever its clients sign for, their requests are made in its home region.
        region = self.home_region if target.service == "iam" else signed.claim.region
        call = CallInProgress(target, request, request_id, region)
        refusal: ServiceError | None = None
        try:
            operation = OPERATIONS.get((target.service, target.operation))
            with turn.transaction(writes=operation is not None and operation.writes) as connection:
                call.credential = authenticate(
                    connection, signed, now_seconds=self.store.clock(), find=partial(self.find_credential, signed)
                )
                operation = find_operation(target.service, target.operation)
                call.context = ctx = self.store.context(
                    connection,
                    call.credential.caller,
                    region=region,
                    request_context=request_context(request),
                    pause=turn.pause,
                )
                call.params = decode_parameters(pairs, target)
                output = carry_out(ctx, operation, call.params, self.stacks, self.enforcement)
                # Encoded inside the transaction: an output that does not fit the model must not leave a change behind.
                answer = encode_output(target.model, output, request_id)
            call.output = output
            return answer
        except ServiceError as error:
            refusal = error
            raise
        finally:
            # A refused call used its key too.
            if call.credential is not None:
                turn.used(call.credential, service=target.service, region=region)
                turn.ended(recorded(call, refusal, self.enforcement, now=self.store.clock()))

    def find_credential(self, signed: Signed, connection: Connection, access_key_id: str) -> Credential | None:
        """Whose a key is, also a well-known one where these are taken."""
        if self.unsafe_test_credentials and access_key_id in TEST_CREDENTIALS:
            return test_credential(self.store.view(connection), access_key_id, signed.claim.session_token)
        return find_credential(connection, access_key_id)


def _read(request: HttpRequest) -> tuple[tuple[tuple[str, str], ...], Signed | None]:
    """The request's parameters and its signature claim. Raises ServiceError for what is not for IAM or STS."""
    query = parse_form(request.query)
    claim = read_claim(request, query)
    if claim is not None and claim.service not in SERVICES:
        # AWS_ENDPOINT_URL sends the calls of every service here.
        raise unknown_operation(
            f"This account answers {' and '.join(SERVICES)}; it has no {claim.service[:64]}; "
            "passrole serve answers every service with moto: pip install 'passrole[gateway]'"
        )
    if request.method not in {"GET", "POST"}:
        raise unknown_operation("The query protocol takes GET and POST")
    if request.path not in {"/", ""}:
        raise unknown_operation("The query protocol has one path, which is /")
    content_type = _content_type(request)
    if request.header("x-amz-target") is not None or (request.body and content_type not in {"", _FORM}):
        raise unknown_operation(f"IAM and STS speak the query protocol: send {_FORM}")
    return (*query, *parse_form(request.body)), None if claim is None else Signed(claim, request, query)


def _content_type(request: HttpRequest) -> str:
    return (request.header("content-type") or "").partition(";")[0].strip().lower()


def _speaks_json(request: HttpRequest) -> bool:
    return _content_type(request).startswith("application/x-amz-json-")


def _xml(status: int, body: bytes, request_id: str) -> HttpResponse:
    return HttpResponse(status, (("Content-Type", "text/xml"), ("x-amzn-RequestId", request_id)), body)


def _json(status: int, body: bytes, request_id: str) -> HttpResponse:
    return HttpResponse(
        status, (("Content-Type", "application/x-amz-json-1.1"), ("x-amzn-RequestId", request_id)), body
    )
