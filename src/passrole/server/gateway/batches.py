"""Calls that AWS answers entry by entry: what is denied stands among the errors of the answer, and the rest is done.

Sources: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html> ("for each key, Amazon S3 performs a
delete operation and returns the result of that delete, success or failure"),
<https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_BatchGetSecretValue.html> ("if Secrets Manager
encounters errors such as AccessDeniedException while attempting to retrieve any of the secrets, you can see the errors
in Errors"). Other batches ask one thing of their one resource, and are refused whole.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from passrole.account.decided import Decided
from passrole.activity.bind.model import ApiCall
from passrole.server.gateway.authorize import CallVerdict
from passrole.server.gateway.state.of_service import member_of
from passrole.server.message import HttpResponse
from passrole.server.wire.encode import escape

_BATCHES: Final[Mapping[tuple[str, str], tuple[str, ...]]] = {
    ("s3", "DeleteObjects"): ("Delete", "Objects"),
    ("secretsmanager", "BatchGetSecretValue"): ("SecretIdList",),
}
"""Where the entries are."""
_OF_ENTRIES: Final = ("s3:", "kms:", "secretsmanager:GetSecretValue")
"""The actions that are asked for an entry; without another one of the call nothing of it is done."""
_NO_RESULT: Final = (
    b'<?xml version="1.0" encoding="UTF-8"?>\n<DeleteResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"/>'
)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """An entry that was denied, and what its caller is told."""

    entry: object
    message: str


@dataclass(frozen=True, slots=True)
class DecidedBatch:
    """`call` has the entries that are allowed; None where no entry is. Without `left_out` it is the call as it came."""

    verdict: CallVerdict
    call: ApiCall | None
    left_out: tuple[LeftOut, ...] = ()


def decided_batch(call: ApiCall, whole: CallVerdict, authorize: Callable[[ApiCall], CallVerdict]) -> DecidedBatch:
    """A call whose `whole` was decided. `authorize` decides it with a part of its entries."""
    path = _BATCHES.get((call.service, call.operation))
    entries = None if path is None else member_of(call.parameters, *path)
    if whole.allowed or whole.refused is not None or path is None or not isinstance(entries, list):
        return DecidedBatch(whole, call)
    decided: list[Decided] = []
    kept: list[object] = []
    left_out: list[LeftOut] = []
    for entry in entries:
        verdict = authorize(_with(call, path, [entry]))
        decided += verdict.decided
        if verdict.refused is not None or (not verdict.allowed and not _is_of_entry(verdict)):
            return DecidedBatch(whole, call)
        if verdict.allowed:
            kept.append(entry)
        else:
            left_out.append(LeftOut(entry, verdict.message or "Access Denied"))
    return DecidedBatch(CallVerdict(True, tuple(decided)), _with(call, path, kept) if kept else None, tuple(left_out))


def nothing_done(call: ApiCall, request_id: str) -> HttpResponse:
    """The answer to a call of which no entry was allowed, before the errors stand in it."""
    if call.service == "s3":
        return HttpResponse(200, (("Content-Type", "application/xml"), ("x-amz-request-id", request_id)), _NO_RESULT)
    headers = (("Content-Type", "application/x-amz-json-1.1"), ("x-amzn-RequestId", request_id))
    return HttpResponse(200, headers, b'{"SecretValues": [], "Errors": []}')


def with_errors(answer: HttpResponse, left_out: tuple[LeftOut, ...], service: str) -> HttpResponse:
    """The backend's answer with what it was not asked for; an error of the backend stays as it is."""
    if answer.status != 200 or not left_out:
        return answer
    body = answer.body if answer.stream is None else b"".join(answer.stream)
    body = _xml(body, left_out) if service == "s3" else _json(body, left_out)
    headers = tuple(field for field in answer.headers if field[0].lower() != "content-length")
    return HttpResponse(answer.status, headers, body)


def _is_of_entry(verdict: CallVerdict) -> bool:
    denied = next((each for each in verdict.decided if not each.decision.allowed), None)
    return denied is not None and denied.request.action.startswith(_OF_ENTRIES)


def _with(call: ApiCall, path: tuple[str, ...], entries: list[object]) -> ApiCall:
    def changed(value: object, names: tuple[str, ...]) -> object:
        if not names:
            return entries
        inside = value if isinstance(value, Mapping) else {}
        return {**inside, names[0]: changed(inside.get(names[0]), names[1:])}

    parameters = changed(call.parameters, path)
    assert isinstance(parameters, dict)
    return replace(call, parameters=parameters)


def _xml(body: bytes, left_out: tuple[LeftOut, ...]) -> bytes:
    errors = "".join(_error(each) for each in left_out).encode()
    end = body.rfind(b"</DeleteResult>")
    if end < 0:
        start = body.rfind(b"/>")
        return body[:start] + b">" + errors + b"</DeleteResult>"
    return body[:end] + errors + body[end:]


def _error(left_out: LeftOut) -> str:
    key, version = member_of(left_out.entry, "Key"), member_of(left_out.entry, "VersionId")
    named = f"<Key>{escape(str(key))}</Key>" + (f"<VersionId>{escape(str(version))}</VersionId>" if version else "")
    return f"<Error>{named}<Code>AccessDenied</Code><Message>{escape(left_out.message)}</Message></Error>"


def _json(body: bytes, left_out: tuple[LeftOut, ...]) -> bytes:
    answer = json.loads(body)
    answer["Errors"] = [
        *answer.get("Errors", []),
        *({"SecretId": each.entry, "ErrorCode": "AccessDeniedException", "Message": each.message} for each in left_out),
    ]
    return json.dumps(answer).encode()
