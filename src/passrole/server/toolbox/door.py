"""Requests to IAM Toolbox: signed as for IAM, with the protocol of REST and JSON, and for the same gate.

Source: IAM Toolbox API Reference <https://docs.aws.amazon.com/iam-toolbox/latest/APIReference/Welcome.html>
"""

from __future__ import annotations

import json
import re
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from passrole.account.authorization import authorize
from passrole.account.operation import Ask
from passrole.account.service_error import AuthenticationFailure, ServiceError
from passrole.server.authentication import Signed, authenticate, check_claim, missing_authentication_token
from passrole.server.call_record import CallInProgress, failed, recorded
from passrole.server.message import HttpRequest, HttpResponse
from passrole.server.request_context import request_context
from passrole.server.signature import read_claim
from passrole.server.toolbox.details import Details, denied_call
from passrole.server.wire.decode import Target
from passrole.server.wire.form import parse_form

if TYPE_CHECKING:
    from passrole.server.gate import Gate
    from passrole.server.turn import Turn

_SIGNED_FOR: Final = "iam"
_SERVICE: Final = "iam-toolbox"
_PATH: Final = re.compile(r"/authorization-details/([^/]*)(/policy)?")
_ID: Final = re.compile("[0-9a-z]{1,256}")
_MOST_URI_CHARACTERS: Final = 2048


def is_for_toolbox(request: HttpRequest) -> bool:
    return request.path.startswith("/authorization-details/")


def answer_toolbox(gate: Gate, request: HttpRequest, now: datetime, request_id: str, turn: Turn) -> HttpResponse:
    # botocore's model of the service, and the words of its protocol, for whoever asks.
    from passrole.server.gateway.refusals import Shape, Spoken, refused

    signed: Signed | None = None
    target: Target | None = None
    try:
        query = parse_form(request.query)
        claim = read_claim(request, query)
        signed = None if claim is None else Signed(claim, request, query)
        target, parameters = _target(request, query)
        body = json.dumps(_carry_out(gate, target, parameters, signed, request, now, request_id, turn)).encode()
    except ServiceError as refusal:
        if isinstance(refusal, AuthenticationFailure):
            gate.store.decisions.record_failure(
                failed(request, request_id, refusal, signed, target, now=gate.store.clock(), home=gate.account_id)
            )
        return refused(refusal, Spoken(Shape.REST_JSON, _SERVICE), request_id)
    return HttpResponse(200, (("Content-Type", "application/json"), ("x-amzn-RequestId", request_id)), body)


def _target(request: HttpRequest, query: tuple[tuple[str, str], ...]) -> tuple[Target, dict[str, str]]:
    """Raises ServiceError for what the service does not have; parameters are checked once the caller is known."""
    from passrole.server.gateway.service_models import operation_of, service_names

    if _SERVICE not in service_names():
        raise ServiceError("UnknownOperationException", "The installed botocore has no IAM Toolbox; update botocore")
    found = _PATH.fullmatch(request.path)
    name = "GetRequestAuthorizationDetails" if found is None or found[2] is None else "GetRequestAuthorizationPolicy"
    model = None if found is None or request.method != "GET" else operation_of(_SERVICE, name)
    if found is None or model is None:
        raise ServiceError("UnknownOperationException", f"{_SERVICE} has no operation at {request.path[:128]}")
    sent = {key: value for key, value in query if not key.startswith("X-Amz-")}
    return Target(_SERVICE, model), {**sent, "authorizationId": unquote(found[1])}


def _carry_out(
    gate: Gate,
    target: Target,
    parameters: dict[str, str],
    signed: Signed | None,
    request: HttpRequest,
    now: datetime,
    request_id: str,
    turn: Turn,
) -> dict[str, object]:
    if signed is None:
        raise missing_authentication_token()
    check_claim(signed, service=_SIGNED_FOR, partition=gate.partition, now=now)
    call = CallInProgress(target, request, request_id, signed.claim.region)
    refusal: ServiceError | None = None
    try:
        with turn.transaction(writes=False) as connection:
            call.credential = authenticate(
                connection, signed, now_seconds=gate.store.clock(), find=partial(gate.find_credential, signed)
            )
            call.context = ctx = gate.store.context(
                connection,
                call.credential.caller,
                region=signed.claim.region,
                request_context=request_context(request),
            )
            call.params = parameters
            _check(target.operation, parameters)
            authorize(ctx, (Ask(f"iam:{target.operation}", "*"),), gate.stacks, gate.enforcement)
            tree = gate.stacks.organization_of(ctx)
            found = Details(denied_call(gate.store.decisions, parameters["authorizationId"], ctx, tree), tree)
        value = found.document(parameters["policyUri"]) if "policyUri" in parameters else found.value()
        call.output = value
        return value
    except ServiceError as error:
        refusal = error
        raise
    finally:
        if call.credential is not None:
            turn.used(call.credential, service=_SERVICE, region=call.region)
            turn.ended(recorded(call, refusal, gate.enforcement, now=gate.store.clock()))


def _check(operation: str, parameters: dict[str, str]) -> None:
    """Raises ValidationException. All evaluations of a call are on one page, so that no token was ever given out."""
    wanted = {"authorizationId"} | ({"policyUri"} if operation == "GetRequestAuthorizationPolicy" else {"nextToken"})
    unknown = sorted(parameters.keys() - wanted)
    if unknown:
        raise _invalid(f"{unknown[0][:64]} is no parameter of {operation}")
    if not _ID.fullmatch(parameters["authorizationId"]):
        raise _invalid(
            "Value at 'authorizationId' failed to satisfy constraint: Member must satisfy regular expression "
            "pattern: [0123456789abcdefghijklmnopqrstuvwxyz]+"
        )
    if "nextToken" in parameters:
        raise _invalid("The value of nextToken is not valid")
    if "policyUri" in wanted and not 1 <= len(parameters.get("policyUri", "")) <= _MOST_URI_CHARACTERS:
        raise _invalid("Value at 'policyUri' failed to satisfy constraint: Member must have length between 1 and 2048")


def _invalid(message: str) -> ServiceError:
    return ServiceError("ValidationException", message, 400)
