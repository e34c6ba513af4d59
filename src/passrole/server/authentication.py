"""Who made a request: its signature is verified against the secret that the account keeps for its access key."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from sqlalchemy import Connection

from passrole.account.callers import Credential, find_credential
from passrole.account.service_error import AuthenticationFailure, ServiceError, invalid_client_token
from passrole.catalog.partitions import is_region, partition_of_region
from passrole.server.message import HttpRequest
from passrole.server.signature import SignatureClaim
from passrole.server.sigv4 import check_scope, check_signature, check_time

FindCredential = Callable[[Connection, str], Credential | None]


@dataclass(frozen=True, slots=True)
class Signed:
    """A signature claim together with what it covers: the request and its decoded query string."""

    claim: SignatureClaim
    request: HttpRequest
    query: tuple[tuple[str, str], ...]


def check_claim(signed: Signed, *, service: str, partition: str, now: datetime) -> None:
    """Everything about a signature that can be judged without the secret. Raises ServiceError."""
    # IAM at AWS takes its home region only; clients that were given an endpoint sign for the region they are set to.
    check_scope(signed.claim, service, valid_region=_partition_of(signed.claim.region) == partition)
    check_time(signed.claim, now)


def authenticate(
    connection: Connection, signed: Signed, *, now_seconds: int, find: FindCredential = find_credential
) -> Credential:
    """The credential that signed the request; `now_seconds` is the account's time, as sessions expire by it.

    An unknown key, an inactive one and a wrong session token get the same answer, as at AWS.
    Raises ServiceError: InvalidClientTokenId, SignatureDoesNotMatch, ExpiredToken.
    """
    credential = usable_credential(connection, signed.claim, find)
    check_signature(signed.claim, signed.request, signed.query, credential.secret)
    check_expiry(credential, now_seconds)
    return credential


def usable_credential(connection: Connection, claim: SignatureClaim, find: FindCredential) -> Credential:
    """The credential that the claim names, active and with its token; its signature is yet to be checked.

    Raises ServiceError (InvalidClientTokenId).
    """
    # Bytes of a header that are not UTF-8 come as lone surrogates, which no database can be asked for.
    credential = find(connection, claim.access_key_id) if claim.access_key_id.isascii() else None
    if credential is None:
        raise _invalid_client_token("no key and no session of this account file has this id")
    if not credential.active:
        raise _invalid_client_token("the key is inactive: its owner or an administrator has made it so")
    if not _same_token(claim.session_token, credential.token):
        raise _invalid_client_token(_wrong_token(claim.session_token, credential.token))
    return credential


def check_expiry(credential: Credential, now_seconds: int) -> None:
    """Raises ServiceError (ExpiredToken)."""
    if credential.expires_at is not None and credential.expires_at <= now_seconds:
        message = "The security token included in the request is expired"
        raise AuthenticationFailure("ExpiredToken", message, "the session has ended")


@lru_cache(maxsize=64)
def _partition_of(region: str) -> str | None:
    """None for what is no region."""
    return partition_of_region(region) if is_region(region) else None


def missing_authentication_token() -> ServiceError:
    """The answer to an unsigned request for an operation that needs a signature."""
    message = "Request is missing Authentication Token"
    return AuthenticationFailure("MissingAuthenticationToken", message, "the request carries no signature")


def _invalid_client_token(reason: str) -> AuthenticationFailure:
    told = invalid_client_token()
    return AuthenticationFailure(told.code, told.message, reason)


def _wrong_token(sent: str | None, kept: str | None) -> str:
    if kept is None:
        return "the key is a user's own and takes no session token, and one was sent"
    return "the key is a session's, and no session token was sent" if sent is None else "the session token is another's"


def _same_token(sent: str | None, kept: str | None) -> bool:
    if sent is None or kept is None:
        # A token with a long-term key is refused like a temporary key without one.
        return sent is None and kept is None
    return hmac.compare_digest(sent.encode("utf-8", "replace"), kept.encode())
