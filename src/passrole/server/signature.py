"""What a request claims with its SigV4 signature, read from the Authorization header or from a presigned query.

Header form: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>; texts of the
errors: <https://docs.aws.amazon.com/IAM/latest/UserGuide/signature-v4-troubleshooting.html>.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import Enum
from functools import lru_cache
from typing import Final

from passrole.account.service_error import AuthenticationFailure, ServiceError
from passrole.server.message import HttpRequest

ALGORITHM: Final = "AWS4-HMAC-SHA256"
TERMINATOR: Final = "aws4_request"
TIMESTAMP_FORMAT: Final = "%Y%m%dT%H%M%SZ"
MAX_EXPIRES_SECONDS: Final = 604_800
_TIMESTAMP: Final = re.compile(r"[0-9]{8}T[0-9]{6}Z")
_SIGNED_HEADER: Final = re.compile(r"[a-z0-9!#$%&'*+.^_`|~:-]+")


class SignatureForm(Enum):
    HEADER = "Authorization header"
    QUERY = "presigned query"


@dataclass(frozen=True, slots=True)
class SignatureClaim:
    """A signature with all it says about itself; nothing of it is verified yet.

    `timestamp` is the text that was signed (`20261123T101500Z`), `moment` the same as a time in UTC.
    """

    form: SignatureForm
    access_key_id: str
    scope_date: str
    region: str
    service: str
    terminator: str
    signed_headers: tuple[str, ...]
    timestamp: str
    moment: datetime
    signature: str = field(repr=False)
    session_token: str | None = field(default=None, repr=False)
    expires_seconds: int | None = None

    @property
    def scope(self) -> str:
        """The credential scope without the access key, as it stands in the string to sign."""
        return f"{self.scope_date}/{self.region}/{self.service}/{self.terminator}"


def read_claim(request: HttpRequest, query: tuple[tuple[str, str], ...]) -> SignatureClaim | None:
    """Read the signature of a request; None when it carries none (an anonymous request).

    `query` is the decoded query string. Raises ServiceError: IncompleteSignature for one that is cut or malformed.
    """
    parameters = {name: value for name, value in query if name.startswith("X-Amz-")}
    authorization = request.header_values("authorization")
    presigned = bool(parameters.keys() & {"X-Amz-Algorithm", "X-Amz-Signature", "X-Amz-Credential"})
    if not authorization:
        return _from_query(parameters) if presigned else None
    if presigned or len(authorization) > 1:
        # Which of two signatures decides is not documented; a request has one.
        raise _incomplete("A request must carry exactly one signature.")
    return _from_header(request, authorization[0])


def _incomplete(message: str) -> ServiceError:
    return AuthenticationFailure("IncompleteSignature", message, "the signature is cut or malformed")


def _from_header(request: HttpRequest, authorization: str) -> SignatureClaim:
    algorithm, _, rest = authorization.strip().partition(" ")
    if algorithm.startswith("AWS4-") and algorithm != ALGORITHM:
        raise _incomplete(f"Unsupported AWS 'algorithm': '{algorithm[:64]}'.")
    fields: dict[str, str] = {}
    if algorithm == ALGORITHM:
        for part in filter(None, (part.strip() for part in rest.split(","))):
            name, equals, value = part.partition("=")
            if not equals:
                raise _incomplete(f"Invalid key=value pair (missing equal-sign) in {_named(authorization)}")
            if name in fields:
                raise _incomplete(f"Authorization header has '{name[:64]}' more than once. {_named(authorization)}")
            fields[name] = value
    stamp = request.header("x-amz-date") or request.header("date")
    missing = [
        f"Authorization header requires '{name}' parameter."
        for name in ("Credential", "Signature", "SignedHeaders")
        if not fields.get(name)
    ]
    if not stamp:
        missing.append("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.")
    if missing or not stamp:
        raise _incomplete(f"{' '.join(missing)} {_named(authorization)}")
    timestamp = _timestamp(stamp)
    token = request.header("x-amz-security-token")
    return _claim(
        SignatureForm.HEADER, fields["Credential"], fields["SignedHeaders"], fields["Signature"], timestamp, token
    )


def _named(authorization: str) -> str:
    """AWS names a header by its digest too: the answer must not repeat what may be a credential."""
    digest = base64.b64encode(hashlib.sha256(authorization.encode("utf-8", "replace")).digest()).decode()
    return f"Authorization header (hashed with SHA-256 and encoded with Base64): '{digest}'."


def _from_query(parameters: Mapping[str, str]) -> SignatureClaim:
    required = ("X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-SignedHeaders", "X-Amz-Signature")
    missing = [f"AWS query-string parameters must include '{name}'." for name in required if not parameters.get(name)]
    if missing:
        raise _incomplete(f"{' '.join(missing)} Re-examine the query-string parameters.")
    if parameters["X-Amz-Algorithm"] != ALGORITHM:
        raise _incomplete(f"Unsupported AWS 'algorithm': '{parameters['X-Amz-Algorithm'][:64]}'.")
    expires = parameters.get("X-Amz-Expires")
    if expires is not None and not (re.fullmatch(r"[0-9]{1,6}", expires) and 0 < int(expires) <= MAX_EXPIRES_SECONDS):
        raise _incomplete(f"X-Amz-Expires must be between 1 and {MAX_EXPIRES_SECONDS} seconds.")
    return _claim(
        SignatureForm.QUERY,
        parameters["X-Amz-Credential"],
        parameters["X-Amz-SignedHeaders"],
        parameters["X-Amz-Signature"],
        _timestamp(parameters["X-Amz-Date"]),
        parameters.get("X-Amz-Security-Token"),
        int(expires) if expires is not None else None,
    )


def _claim(
    form: SignatureForm,
    credential: str,
    signed_headers: str,
    signature: str,
    timestamp: str,
    token: str | None,
    expires_seconds: int | None = None,
) -> SignatureClaim:
    scope, headers = _signed_parts(credential, signed_headers)
    return SignatureClaim(
        form=form,
        access_key_id=scope[0],
        scope_date=scope[1],
        region=scope[2],
        service=scope[3],
        terminator=scope[4],
        signed_headers=headers,
        timestamp=timestamp,
        moment=_moment(timestamp),
        signature=signature,
        session_token=token,
        expires_seconds=expires_seconds,
    )


@lru_cache(maxsize=64)
def _signed_parts(credential: str, signed_headers: str) -> tuple[list[str], tuple[str, ...]]:
    """Scope and header names: a client's are the same all day."""
    scope = credential.split("/")
    if len(scope) != 5 or not scope[0]:
        raise _incomplete(
            "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, "
            f"got {len(scope)}"
        )
    headers = tuple(signed_headers.split(";"))
    if not all(_SIGNED_HEADER.fullmatch(name) for name in headers):
        raise _incomplete("SignedHeaders must be header names in lower case, separated by semicolons.")
    return scope, headers


@lru_cache(maxsize=64)
def _moment(timestamp: str) -> datetime:
    """The requests of one second share it. Raises ValueError for a day or time that there is none."""
    return datetime.strptime(timestamp, TIMESTAMP_FORMAT).replace(tzinfo=UTC)


def _timestamp(text: str) -> str:
    """The ISO 8601 basic form of a date that a client sent in that form or as an HTTP date."""
    try:
        if _TIMESTAMP.fullmatch(text):
            _moment(text)
            return text
        return parsedate_to_datetime(text).astimezone(UTC).strftime(TIMESTAMP_FORMAT)
    except (ValueError, TypeError, IndexError, OverflowError) as error:
        raise _incomplete(
            "Date must be in ISO-8601 'basic format'. "
            "See http://en.wikipedia.org/wiki/ISO_8601. Use a date such as '20150830T123600Z'."
        ) from error
