"""The payload of a request as it was signed: whole, unsigned where Amazon S3 allows that, or in chunks (aws-chunked).

Sources: <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-auth-using-authorization-header.html>,
<https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html>,
<https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html>.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass, replace
from io import BytesIO
from typing import BinaryIO, Final

from passrole.account.service_error import ServiceError
from passrole.server.gateway.checksums import Checksums
from passrole.server.message import HttpRequest
from passrole.server.signature import SignatureClaim, SignatureForm
from passrole.server.sigv4 import hexadecimal_hmac, signature_mismatch, signing_key
from passrole.server.spooled import Spooled

UNSIGNED: Final = "UNSIGNED-PAYLOAD"
_SIGNED_CHUNKS: Final = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
_SIGNED_CHUNKS_TRAILER: Final = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"
_UNSIGNED_TRAILER: Final = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
_CHUNKED: Final = frozenset({_SIGNED_CHUNKS, _SIGNED_CHUNKS_TRAILER, _UNSIGNED_TRAILER})
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_CHUNK: Final = re.compile(rb"([0-9a-fA-F]{1,16})(?:;chunk-signature=([0-9a-f]{64}))?\r\n")
_TRAILER: Final = re.compile(rb"([a-z0-9-]{1,128}):([\x20-\x7e]*)\r?\n(?:\r\n)?")
_MAX_HEAD_BYTES: Final = 128
_MAX_TRAILER_BYTES: Final = 16 * 1024
_PIECE_BYTES: Final = 256 * 1024
_EMPTY: Final = hashlib.sha256(b"").hexdigest()
_FRAMING: Final = frozenset(
    {"content-length", "x-amz-content-sha256", "x-amz-decoded-content-length", "x-amz-trailer", "transfer-encoding"}
)


def declared_payload(claim: SignatureClaim, request: HttpRequest, query: tuple[tuple[str, str], ...]) -> str:
    """What stands for the payload in the canonical request of a call to S3: a digest, or one of AWS's words.

    Raises ServiceError for a signature that says nothing of it, and for a word that is none.
    """
    values = request.header_values("x-amz-content-sha256")
    if claim.form is SignatureForm.QUERY and not values:
        values = [value for name, value in query if name.lower() == "x-amz-content-sha256"] or [UNSIGNED]
    if len(values) != 1:
        raise ServiceError("InvalidRequest", "Missing required header for this request: x-amz-content-sha256")
    declared = values[0]
    if not (_DIGEST.fullmatch(declared) or declared == UNSIGNED or declared in _CHUNKED):
        raise ServiceError(
            "InvalidArgument",
            "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, a STREAMING- word of AWS's, or a valid SHA-256 digest.",
        )
    return declared


def opened(request: HttpRequest, declared: str, claim: SignatureClaim, secret_access_key: str) -> HttpRequest:
    """The request with its payload alone, which is what was signed; a trailer stands among the headers.

    Raises ServiceError: XAmzContentSHA256Mismatch, SignatureDoesNotMatch, BadDigest, IncompleteBody, InvalidRequest.
    """
    if declared in _CHUNKED:
        return _from_chunks(request, declared, claim, secret_access_key)
    checksums = Checksums(name.lower() for name, _ in request.headers)
    digest = hashlib.sha256()
    if declared != UNSIGNED or checksums.are_there:
        for piece in request.spooled or (request.body,):
            if declared != UNSIGNED:
                digest.update(piece)
            checksums.update(piece)
    if declared != UNSIGNED and not hmac.compare_digest(digest.hexdigest(), declared):
        raise ServiceError(
            "XAmzContentSHA256Mismatch", "The provided 'x-amz-content-sha256' header does not match what was computed."
        )
    checksums.check(request.headers)
    return request


@dataclass(slots=True)
class _Signer:
    """Each chunk's signature covers the one before it."""

    claim: SignatureClaim
    key: bytes
    previous: str

    def check(self, algorithm: str, given: bytes | None, *parts: str) -> None:
        text = "\n".join((algorithm, self.claim.timestamp, self.claim.scope, self.previous, *parts))
        self.previous = hexadecimal_hmac(self.key, text)
        if given is None or not hmac.compare_digest(self.previous.encode(), given):
            raise signature_mismatch()


def _from_chunks(request: HttpRequest, declared: str, claim: SignatureClaim, secret_access_key: str) -> HttpRequest:
    key = signing_key(secret_access_key, claim.scope_date, claim.region, claim.service, claim.terminator)
    signer = None if declared == _UNSIGNED_TRAILER else _Signer(claim, key, claim.signature)
    source: BinaryIO = BytesIO(request.body) if request.spooled is None else request.spooled.opened()
    content: BytesIO | Spooled = BytesIO() if request.spooled is None else Spooled()
    checksums = Checksums({*(name.lower() for name, _ in request.headers), *_announced(request)})
    length = 0
    while size := _chunk(source, signer, content, checksums):
        length += size
        if source.read(2) != b"\r\n":
            raise _incomplete()
    if request.header("x-amz-decoded-content-length") != str(length):
        raise _incomplete()
    trailers = _trailers(request, source.read(_MAX_TRAILER_BYTES), declared, signer)
    checksums.check((*request.headers, *trailers))
    kept = tuple(each for each in map(_without_framing, request.headers) if each is not None)
    if isinstance(content, Spooled):
        return replace(request, headers=(*kept, *trailers), spooled=content)
    return replace(request, headers=(*kept, *trailers), body=content.getvalue())


def _chunk(source: BinaryIO, signer: _Signer | None, content: BytesIO | Spooled, checksums: Checksums) -> int:
    """Take one chunk over, without the line end after it. How large it was; 0 is the last."""
    head = _CHUNK.fullmatch(source.readline(_MAX_HEAD_BYTES))
    if head is None or (head[2] is None) != (signer is None):
        raise _incomplete()
    size = left = int(head[1], 16)
    digest = hashlib.sha256()
    while left:
        piece = source.read(min(left, _PIECE_BYTES))
        if not piece:
            raise _incomplete()
        left -= len(piece)
        if signer is not None:
            digest.update(piece)
        checksums.update(piece)
        content.write(piece)
    if signer is not None:
        signer.check("AWS4-HMAC-SHA256-PAYLOAD", head[2], _EMPTY, digest.hexdigest())
    return size


def _announced(request: HttpRequest) -> set[str]:
    return {name.strip().lower() for name in (request.header("x-amz-trailer") or "").split(",") if name.strip()}


def _trailers(request: HttpRequest, raw: bytes, declared: str, signer: _Signer | None) -> tuple[tuple[str, str], ...]:
    """The fields after the last chunk: those that `x-amz-trailer` announces, and the signature over them."""
    announced = _announced(request)
    found: list[tuple[str, str]] = []
    signature: bytes | None = None
    place = 0
    while place < len(raw) and raw[place:] != b"\r\n":
        field = _TRAILER.match(raw, place)
        if field is None:
            raise _incomplete()
        if field[1] == b"x-amz-trailer-signature":
            signature = field[2].strip()
        else:
            found.append((field[1].decode(), field[2].decode().strip()))
        place = field.end()
    if {name for name, _ in found} != announced or len(found) != len(announced):
        raise ServiceError("MalformedTrailerError", "The request contained trailing data that was not well-formed.")
    if declared == _SIGNED_CHUNKS_TRAILER and signer is not None:
        lines = "".join(f"{name}:{value}\n" for name, value in found)
        signer.check("AWS4-HMAC-SHA256-TRAILER", signature, hashlib.sha256(lines.encode()).hexdigest())
    return tuple(found)


def _without_framing(field: tuple[str, str]) -> tuple[str, str] | None:
    name, value = field
    if name.lower() in _FRAMING:
        return None
    if name.lower() == "content-encoding":
        codings = [each.strip() for each in value.split(",") if each.strip().lower() not in {"", "aws-chunked"}]
        return (name, ",".join(codings)) if codings else None
    return field


def _incomplete() -> ServiceError:
    return ServiceError(
        "IncompleteBody", "The request body terminated unexpectedly, or is not framed as aws-chunked content."
    )
