"""Who makes a call to a service other than IAM and STS: its signature verified by the rules of that service."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection

from passrole.account.callers import Caller, Credential
from passrole.account.service_error import ServiceError
from passrole.catalog.partitions import is_region, partition_of_region
from passrole.engine.request import Principal, PrincipalType
from passrole.server.authentication import Signed, check_expiry, usable_credential
from passrole.server.gateway.payload import declared_payload, opened
from passrole.server.message import HttpRequest
from passrole.server.signature import SignatureForm
from passrole.server.sigv4 import (
    PathEncoding,
    check_freshness,
    check_scope,
    check_signature,
)

SKEW: Final = timedelta(minutes=15)
"""S3 names this limit; that of most services is 5 minutes, and nothing rests on the difference."""
_LIKE_S3: Final = frozenset({"s3", "s3-object-lambda", "s3-outposts"})
_OF_THE_CLIENT: Final = frozenset(
    {"x-amz-content-sha256", "x-amz-date", "x-amz-security-token", "x-amz-user-agent", "x-amzn-trace-id"}
)
"""Headers that say nothing of what is called, or that the signature stands or falls with anyway."""
ANONYMOUS: Final = Caller(Principal(PrincipalType.ANONYMOUS, "*"), "anonymous")


@dataclass(frozen=True, slots=True)
class Authenticated:
    """`credential` is None for an anonymous caller; `request` has the payload that was signed, out of its framing."""

    caller: Caller
    credential: Credential | None
    request: HttpRequest
    payload: str | None
    """What stood for the payload in the signature, for S3: the key s3:x-amz-content-sha256."""


def check_claim(signed: Signed, *, partition: str, now: datetime) -> None:
    """What can be judged without the secret. Raises ServiceError."""
    claim = signed.claim
    check_scope(
        claim, claim.service, valid_region=is_region(claim.region) and partition_of_region(claim.region) == partition
    )
    check_freshness(claim, now, SKEW)


def authenticate_call(
    connection: Connection,
    signed: Signed,
    find: Callable[[Connection, str], Credential | None],
    *,
    now_seconds: int,
) -> Authenticated:
    """Raises ServiceError: InvalidClientTokenId, SignatureDoesNotMatch, ExpiredToken, and what `payload` raises."""
    credential, declared = authenticate_head(connection, signed, find)
    request = signed.request
    if declared is not None:
        request = opened(request, declared, signed.claim, credential.secret)
    check_expiry(credential, now_seconds)
    return Authenticated(credential.caller, credential, request, declared)


def authenticate_head(
    connection: Connection, signed: Signed, find: Callable[[Connection, str], Credential | None]
) -> tuple[Credential, str | None]:
    """The credential, and for S3 what the signature says of the body, which was not looked at.

    Raises ServiceError: InvalidClientTokenId, SignatureDoesNotMatch, AccessDenied.
    """
    claim, request = signed.claim, signed.request
    credential = usable_credential(connection, claim, find)
    if claim.service not in _LIKE_S3:
        digest = hashlib.sha256(request.body).hexdigest()
        check_signature(claim, request, signed.query, credential.secret, digest, PathEncoding.TWICE)
        _check_signed_headers(signed, _OF_THE_CLIENT)
        return credential, None
    declared = declared_payload(claim, request, signed.query)
    check_signature(claim, request, signed.query, credential.secret, declared, PathEncoding.ONCE)
    _check_signed_headers(signed, {"x-amz-content-sha256"} if claim.form is SignatureForm.QUERY else ())
    return credential, declared


def _check_signed_headers(signed: Signed, exempt: Collection[str]) -> None:
    """AWS wants every `x-amz-` header in the signature: one that is not could have been added on the way.

    Of JSON services such a header says what is called. Source:
    <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>.
    """
    covered = set(signed.claim.signed_headers)
    for name, _ in signed.request.headers:
        key = name.lower()
        if key.startswith("x-amz-") and key not in covered and key not in exempt:
            raise ServiceError(
                "AccessDenied", f"There were headers present in the request which were not signed: {key}"
            )
