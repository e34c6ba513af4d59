"""Whether a large body may come at all: before it is read, as far as it can be told without it.

For S3 the signature can be verified from the header alone, which says what stands for the body; a stranger fills no
disk. The body is compared with what was said once it is there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Final

from sqlalchemy import Connection

from passrole.account.callers import Credential
from passrole.account.store import AccountStore
from passrole.server.authentication import Signed, missing_authentication_token
from passrole.server.gateway.caller_of import authenticate_head, check_claim
from passrole.server.http_reader import MAX_BODY_BYTES
from passrole.server.message import HttpRequest
from passrole.server.signature import read_claim
from passrole.server.wire.faults import request_too_large
from passrole.server.wire.form import parse_form

MOST_OF_OTHERS: Final = 128 * 1024 * 1024
"""Bytes that another service than S3 may be sent: room for a Lambda function's archive of 50 MB, in Base64."""


class LargeBodies:
    def __init__(
        self,
        store: AccountStore,
        find_credential: Callable[[Signed, Connection, str], Credential | None],
        most_bytes: int,
    ) -> None:
        self._store = store
        self._find_credential = find_credential
        self._most_bytes = most_bytes

    def check(self, request: HttpRequest, length: int, now: datetime) -> None:
        """`request` has no body yet. Raises ServiceError."""
        query = parse_form(request.query)
        claim = read_claim(request, query)
        if claim is None:
            raise missing_authentication_token()
        most = self._most_bytes if claim.service == "s3" else MOST_OF_OTHERS
        if length > most:
            raise request_too_large(most)
        if claim.service != "s3":
            return
        signed = Signed(claim, request, query)
        check_claim(signed, partition=self._store.partition, now=now)
        with self._store.reading() as connection:
            authenticate_head(
                connection, signed, lambda inside, access_key_id: self._find_credential(signed, inside, access_key_id)
            )


def in_memory(request: HttpRequest) -> HttpRequest:
    """With a body that came through a file, and is no large one, where small ones are."""
    if request.spooled is None or request.spooled.length > MAX_BODY_BYTES:
        return request
    return replace(request, body=b"".join(request.spooled), spooled=None)
