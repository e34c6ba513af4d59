"""Verification of an AWS Signature Version 4: the canonical request is rebuilt from the bytes and signed again.

Rules: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>. Tests compare it
with botocore's own signer and with the signatures that AWS has published.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime, timedelta
from enum import Enum
from functools import lru_cache
from posixpath import normpath
from typing import Final
from urllib.parse import quote, unquote_to_bytes

from passrole.account.service_error import AuthenticationFailure, ServiceError
from passrole.server.message import HttpRequest
from passrole.server.signature import ALGORITHM, TERMINATOR, TIMESTAMP_FORMAT, SignatureClaim, SignatureForm

MAX_SKEW: Final = timedelta(minutes=15)
"""How far a request's date may be from ours; IAM and STS use 15 minutes (other services 5)
<https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html>."""

_OTHER_TIME: Final = "the request is old, or the clocks of client and server differ"
_LITTLE_SIGNED: Final = "the signature does not cover the host and the date"
_MISMATCH: Final = (
    "The request signature we calculated does not match the signature you provided. "
    "Check your AWS Secret Access Key and signing method. Consult the service documentation for details."
)


class PathEncoding(Enum):
    """How a path stands in the canonical request."""

    TWICE = "twice"
    """Normalized, and encoded once more than it was sent."""
    ONCE = "once"
    """As it was sent: Amazon S3 has names that a normalization would change."""


def check_scope(claim: SignatureClaim, service: str, *, valid_region: bool) -> None:
    """Check what the signature was made for: service, region, terminator, day.

    Raises ServiceError (SignatureDoesNotMatch) in AWS's words, one sentence for each part that is wrong.
    """
    wrong = []
    if not valid_region:
        wrong.append(f"Credential should be scoped to a valid region, not '{claim.region[:64]}'.")
    if claim.service != service:
        wrong.append(f"Credential should be scoped to correct service: '{service}'.")
    if claim.terminator != TERMINATOR:
        wrong.append(
            f"Credential should be scoped with a valid terminator: '{TERMINATOR}', not '{claim.terminator[:64]}'."
        )
    day = claim.timestamp[:8]
    if claim.scope_date != day:
        wrong.append(
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: "
            f"'{claim.scope_date[:64]}' != '{day}', from '{claim.timestamp}'."
        )
    if wrong:
        raise _does_not_match(" ".join(wrong), "it was signed for another service, region or day")


def check_time(claim: SignatureClaim, now: datetime) -> None:
    """Check that the request is made now, and that a presigned one has not expired.

    AWS's STS honours a presigned request for 15 minutes whatever X-Amz-Expires says; here the shorter of the two
    counts, so that an expiry that was asked for is kept. Raises ServiceError: SignatureDoesNotMatch, RequestExpired.
    """
    if claim.expires_seconds is None and -MAX_SKEW <= now - claim.moment <= MAX_SKEW:
        return
    earliest, latest = now - MAX_SKEW, now + MAX_SKEW
    minutes = MAX_SKEW // timedelta(minutes=1)
    if claim.moment < earliest:
        raise _does_not_match(
            "Signature expired: "
            f"{claim.timestamp} is now earlier than {_stamp(earliest)} ({_stamp(now)} - {minutes} min.)",
            _OTHER_TIME,
        )
    if claim.moment > latest:
        raise _does_not_match(
            "Signature not yet current: "
            f"{claim.timestamp} is still later than {_stamp(latest)} ({_stamp(now)} + {minutes} min.)",
            _OTHER_TIME,
        )
    if claim.expires_seconds is not None and now > claim.moment + timedelta(seconds=claim.expires_seconds):
        raise AuthenticationFailure("RequestExpired", "Request has expired.", "its X-Amz-Expires is over")


def check_freshness(claim: SignatureClaim, now: datetime, skew: timedelta) -> None:
    """The same as Amazon S3 does it: a presigned request is good for as long as it says, up to seven days.

    Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html>. Raises ServiceError:
    RequestTimeTooSkewed, RequestExpired.
    """
    if claim.expires_seconds is not None:
        if claim.moment - skew <= now <= claim.moment + timedelta(seconds=claim.expires_seconds):
            return
        raise AuthenticationFailure("RequestExpired", "Request has expired", "its X-Amz-Expires is over")
    if not now - skew <= claim.moment <= now + skew:
        raise AuthenticationFailure(
            "RequestTimeTooSkewed",
            "The difference between the request time and the current time is too large.",
            "its date is not ours",
        )


def check_signature(
    claim: SignatureClaim,
    request: HttpRequest,
    query: tuple[tuple[str, str], ...],
    secret_access_key: str,
    payload: str | None = None,
    encoding: PathEncoding = PathEncoding.TWICE,
) -> None:
    """Compare the signature with our own over the same request; the time taken does not depend on where they differ.

    `payload` is what stands for the body. Without it the body is hashed here: an `x-amz-content-sha256` that claims
    another hash, or none, makes no difference to what must have been signed. Raises ServiceError
    (SignatureDoesNotMatch).
    """
    if "host" not in claim.signed_headers:
        raise _does_not_match(
            "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.", _LITTLE_SIGNED
        )
    if claim.form is SignatureForm.HEADER and not {"x-amz-date", "date"} & set(claim.signed_headers):
        raise _does_not_match("'X-Amz-Date' must be a 'SignedHeader' in the AWS Authorization.", _LITTLE_SIGNED)
    expected = signature_of(claim, canonical_request(claim, request, query, payload, encoding), secret_access_key)
    # Compared as bytes: compare_digest refuses text that is not ASCII.
    if not hmac.compare_digest(expected.encode(), claim.signature.encode("utf-8", "replace")):
        raise signature_mismatch()


def signature_mismatch() -> ServiceError:
    return _does_not_match(_MISMATCH, "it was signed with another secret, or was changed on its way")


def canonical_request(
    claim: SignatureClaim,
    request: HttpRequest,
    query: tuple[tuple[str, str], ...],
    payload: str | None = None,
    encoding: PathEncoding = PathEncoding.TWICE,
) -> str:
    """The text that stands for the request; `query` is the decoded query string."""
    parts = (
        request.method.upper(),
        _canonical_path(request.path, encoding),
        _canonical_query(query) if query else "",
        *(f"{name}:{_header_text(request, name)}" for name in claim.signed_headers),
        "",
        ";".join(claim.signed_headers),
        hashlib.sha256(request.body).hexdigest() if payload is None else payload,
    )
    return "\n".join(parts)


def signature_of(claim: SignatureClaim, canonical: str, secret_access_key: str) -> str:
    """The hexadecimal signature that the claim's scope and time give for a canonical request."""
    digest = hashlib.sha256(canonical.encode("utf-8", "surrogateescape")).hexdigest()
    string_to_sign = f"{ALGORITHM}\n{claim.timestamp}\n{claim.scope}\n{digest}"
    key = signing_key(secret_access_key, claim.scope_date, claim.region, claim.service, claim.terminator)
    return _hmac(key, string_to_sign).hex()


@lru_cache(maxsize=256)
def signing_key(secret_access_key: str, *scope: str) -> bytes:
    """The same for all requests of a key, a day, a region and a service; the secret is in the file all the same."""
    key = f"AWS4{secret_access_key}".encode()
    for part in scope:
        key = _hmac(key, part)
    return key


def hexadecimal_hmac(key: bytes, text: str) -> str:
    return _hmac(key, text).hex()


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.digest(key, text.encode("utf-8", "surrogateescape"), "sha256")


def _canonical_path(path: str, encoding: PathEncoding) -> str:
    if path in ("", "/"):
        return "/"
    if encoding is PathEncoding.TWICE:
        return quote(_normal_path(path), safe="/~", errors="surrogateescape")
    return quote(unquote_to_bytes(path.encode("utf-8", "surrogateescape")), safe="/~") or "/"


def _normal_path(path: str) -> str:
    normal = normpath(path) if path else "/"
    # normpath keeps two leading slashes and drops a trailing one; SigV4 wants neither.
    return "/" + normal.lstrip("/") + ("/" if path.endswith("/") and normal.strip("/") else "")


def _canonical_query(query: tuple[tuple[str, str], ...]) -> str:
    pairs = [
        (quote(name, safe="-_.~"), quote(value, safe="-_.~")) for name, value in query if name != "X-Amz-Signature"
    ]
    return "&".join(f"{name}={value}" for name, value in sorted(pairs))


def _header_text(request: HttpRequest, name: str) -> str:
    return ",".join(" ".join(value.split()) for value in request.header_values(name))


def _stamp(moment: datetime) -> str:
    return moment.strftime(TIMESTAMP_FORMAT)


def _does_not_match(message: str, reason: str) -> ServiceError:
    return AuthenticationFailure("SignatureDoesNotMatch", message, reason)
