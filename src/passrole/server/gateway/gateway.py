"""Calls to services other than IAM and STS: recognised, authenticated, decoded, decided, and carried out by a backend.

What is not understood is refused, and what the backend is sent is written anew from what was decided on.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime
from typing import Final

from sqlalchemy import Connection

from passrole.account.callers import Credential
from passrole.account.enforcement import Enforcement
from passrole.account.last_used import LastUsed
from passrole.account.service_error import AuthenticationFailure, ServiceError
from passrole.account.stack_cache import StackCache
from passrole.account.store import AccountStore
from passrole.activity.bind.model import ApiCall
from passrole.catalog.partitions import iam_region
from passrole.server.authentication import Signed, missing_authentication_token
from passrole.server.gateway.admission import Admission, account_of
from passrole.server.gateway.backend import Backend, Forgetful, ForwardedCall
from passrole.server.gateway.batches import nothing_done, with_errors
from passrole.server.gateway.caller_of import ANONYMOUS, Authenticated, authenticate_call, check_claim
from passrole.server.gateway.connection_keys import connection_keys
from passrole.server.gateway.decode import decode
from passrole.server.gateway.deliveries import everything, judged_by
from passrole.server.gateway.delivery_judge import DeliveryJudge
from passrole.server.gateway.enforcement import GatewayMode
from passrole.server.gateway.gateway_call import GatewayCall
from passrole.server.gateway.gateway_record import not_authenticated, recorded, with_ids
from passrole.server.gateway.large_bodies import LargeBodies, in_memory
from passrole.server.gateway.mirror import RoleMirror
from passrole.server.gateway.readings import KeptReadings
from passrole.server.gateway.recognise import Recognised, recognise, refuse_version_2
from passrole.server.gateway.refusals import guessed, refused, spoken_in
from passrole.server.gateway.request_ids import with_request_id
from passrole.server.gateway.rewritten import rewritten
from passrole.server.gateway.uploads import note_upload
from passrole.server.incidents import log_incident
from passrole.server.message import HttpRequest, HttpResponse
from passrole.server.request_context import request_context
from passrole.server.signature import SignatureClaim, read_claim
from passrole.server.wire.faults import service_failure
from passrole.server.wire.form import parse_form

FindCredential = Callable[[Signed, Connection, str], Credential | None]
Turns = AbstractContextManager[object]
_log: Final = logging.getLogger(__name__)


class Gateway:
    """Answers the calls of every service but IAM and STS; safe to use from several threads."""

    def __init__(
        self,
        store: AccountStore,
        backend: Backend,
        *,
        mode: GatewayMode,
        stacks: StackCache,
        last_used: LastUsed,
        find_credential: FindCredential,
        request_ids: Callable[[], str],
        mirror: RoleMirror | None = None,
    ) -> None:
        self.backend = backend
        self._large = LargeBodies(store, find_credential, backend.most_body_bytes)
        self.mode = mode
        self._store = store
        self._stacks = stacks
        self._last_used = last_used
        self._find_credential = find_credential
        self._request_ids = request_ids
        self._mirror = mirror
        self._kept = KeptReadings(backend)
        judge = DeliveryJudge(store, backend, stacks, self._kept, mode)
        self._deliveries = everything if mode.enforcement is Enforcement.OFF else judge.may_be_made
        self._admission = Admission(backend, stacks, self._kept, judge, mode)

    def answer(self, request: HttpRequest, now: datetime, turns: Turns) -> HttpResponse:
        """The answer to a request that came at `now` (UTC). Never raises: a fault of ours is a 500 with an id.

        `turns` is held while the call is decided, and not while the backend works: that may wait for a message.
        """
        request_id = self._request_ids()
        spoken = guessed(request, None)
        claim: SignatureClaim | None = None
        recognised: Recognised | None = None
        try:
            query = parse_form(request.query)
            refuse_version_2(request, query)
            claim = read_claim(request, query)
            spoken = guessed(request, claim.service if claim is not None else None)
            recognised = recognise(request, query, claim.service if claim is not None else None)
            spoken = spoken_in(recognised.service, recognised.protocol)
            signed = None if claim is None else Signed(claim, request, query)
            return self._carry_out(recognised, request, signed, now, request_id, turns)
        except ServiceError as refusal:
            if isinstance(refusal, AuthenticationFailure):
                self._store.decisions.record_failure(
                    not_authenticated(
                        request,
                        request_id,
                        refusal,
                        claim,
                        recognised,
                        now=self._store.clock(),
                        home=self._store.account_id,
                    )
                )
            return refused(with_ids(refusal, spoken), spoken, request_id)
        except Exception as error:
            # The client learns the id and nothing else; the log has the rest.
            log_incident(_log, request_id, error)
            return refused(service_failure(request_id), spoken, request_id)

    def check_large(self, request: HttpRequest, length: int, now: datetime) -> None:
        """Whether a large body may come; `request` has none yet. Raises ServiceError."""
        self._large.check(request, length, now)

    def forget(self, account_id: str | None) -> bool:
        """Whether the backend could forget what is stored, in all accounts or in one."""
        if not isinstance(self.backend, Forgetful):
            return False
        self.backend.reset(account_id)
        return True

    def refuse(self, refusal: ServiceError, request: HttpRequest, signing_name: str | None) -> HttpResponse:
        """An error found before the request was looked at."""
        return refused(refusal, guessed(request, signing_name), self._request_ids())

    def _carry_out(
        self,
        recognised: Recognised,
        request: HttpRequest,
        signed: Signed | None,
        now: datetime,
        request_id: str,
        turns: Turns,
    ) -> HttpResponse:
        if signed is None and recognised.service != "s3":
            raise missing_authentication_token()
        region = iam_region(self._store.partition) if signed is None else signed.claim.region
        call = GatewayCall(request, request_id, recognised, region)
        refusal: ServiceError | None = None
        try:
            with turns:
                forwarded = self._decide(call, signed, now)
            if isinstance(forwarded, HttpResponse):
                answer = forwarded
            else:
                with judged_by(self._deliveries):
                    answer = self.backend.answer(forwarded)
                note_upload(self._kept, forwarded, call.parameters, answer)
            answer = with_errors(answer, call.left_out, recognised.service)
            call.answer = with_request_id(answer, spoken_in(recognised.service, recognised.protocol), request_id)
            return call.answer
        except ServiceError as error:
            refusal = error
            raise
        finally:
            # A refused call used its key too.
            if call.authenticated is not None:
                credential = call.authenticated.credential
                if credential is not None:
                    self._last_used.note(credential, service=recognised.service, region=region)
                self._store.decisions.record(recorded(call, refusal, self.mode, now=self._store.clock()))

    def _decide(self, call: GatewayCall, signed: Signed | None, now: datetime) -> ForwardedCall | HttpResponse:
        """The call as the backend is to see it; the answer where nothing of it is left to do.

        Raises ServiceError for one that is not let through.
        """
        if signed is not None:
            check_claim(signed, partition=self._store.partition, now=now)
        with self._store.reading() as connection:
            call.authenticated = authenticated = self._authenticate(connection, call, signed)
            call.context = ctx = self._store.context(
                connection,
                authenticated.caller,
                region=call.region,
                request_context=request_context(call.request),
            )
            opened = in_memory(authenticated.request)
            recognised = call.recognised
            if opened is not call.request:
                request = replace(recognised.request, headers=opened.headers, body=opened.body)
                recognised = replace(recognised, request=request)
            call.parameters = decode(recognised, opened.body if opened.spooled is None else opened.spooled)
            asked = ApiCall(
                recognised.service,
                recognised.model.name,
                call.region,
                ctx.account_id,
                call.parameters,
                self._store.partition,
            )
            forwarded = rewritten(asked, recognised.model, recognised.protocol)
            keys = connection_keys(call.request, signed, authenticated.payload, now)
            admitted = self._admission.decide(ctx, asked, keys)
            call.verdict, call.left_out = admitted.verdict, admitted.left_out
            if call.left_out:
                if admitted.call is None:
                    return nothing_done(asked, call.request_id)
                forwarded = rewritten(admitted.call, recognised.model, recognised.protocol)
            self._admission.check(ctx, asked, call.verdict)
            if self._mirror is not None:
                self._mirror.prepare(ctx, asked)
            return replace(
                forwarded,
                account_id=account_of(ctx, call.verdict, recognised.service),
                endpoint_url=f"http://{call.request.header('host') or 'localhost'}",
            )

    def _authenticate(self, connection: Connection, call: GatewayCall, signed: Signed | None) -> Authenticated:
        if signed is None:
            return Authenticated(ANONYMOUS, None, call.request, None)
        return authenticate_call(
            connection,
            signed,
            lambda inside, access_key_id: self._find_credential(signed, inside, access_key_id),
            now_seconds=self._store.clock(),
        )
