"""The one endpoint for all of AWS: calls to IAM and STS go to the gate, those to every other service to the gateway."""

from __future__ import annotations

import re
from contextlib import AbstractContextManager
from datetime import datetime
from typing import TYPE_CHECKING, Final

from passrole.account.service_error import ServiceError
from passrole.server.enforcement_told import told
from passrole.server.gate import Gate
from passrole.server.http_reader import MAX_BODY_BYTES
from passrole.server.message import HttpRequest, HttpResponse
from passrole.server.wire.faults import request_too_large
from passrole.server.wire.form import parse_form
from passrole.server.wire.models import SERVICES

if TYPE_CHECKING:
    from passrole.server.gateway.gateway import Gateway

_SCOPE: Final = re.compile(r"Credential=[^/,\s]*/[^/,\s]*/[^/,\s]*/([^/,\s]+)/")


class Front:
    """Safe to use from several threads. Without a gateway the gate answers everything, as the embedded account does."""

    def __init__(self, gate: Gate, gateway: Gateway | None = None, *, allows_reset: bool = False) -> None:
        self.gate = gate
        self.gateway = gateway
        self.allows_reset = allows_reset
        self.is_ready = True
        """What the health check tells. Calls are answered before, too."""

    def answer(self, request: HttpRequest, now: datetime, turns: AbstractContextManager[object]) -> HttpResponse:
        """Never raises. `turns` is held by as many calls at once as are good for the account's file."""
        if self.gateway is not None and is_for_gateway(request):
            return self.gateway.answer(request, now, turns)
        with turns:
            return self.gate.answer(request, now)

    def refuse(self, refusal: ServiceError, request: HttpRequest | None = None) -> HttpResponse:
        """An error that was found before the request was looked at."""
        if self.gateway is not None and request is not None and is_for_gateway(request):
            return self.gateway.refuse(refusal, request, signing_name(request))
        return self.gate.refuse(refusal)

    def check_large(self, request: HttpRequest, length: int, now: datetime) -> None:
        """Whether a body over MAX_BODY_BYTES may come; `request` has none yet. Raises ServiceError."""
        if self.gateway is None or not is_for_gateway(request):
            raise request_too_large(MAX_BODY_BYTES)
        self.gateway.check_large(request, length, now)

    def is_spooled(self, request: HttpRequest) -> bool:
        """Whether such a body goes through a file: that of an object of Amazon S3."""
        return self.gateway is not None and signing_name(request) == "s3"

    @property
    def most_spooled_bytes(self) -> int:
        return 0 if self.gateway is None else self.gateway.backend.most_body_bytes

    def reset(self, account_id: str | None, *, only_backend: bool) -> list[str]:
        """Make all accounts of the file, or one, as they were when they were made; the backend's state as well.

        The answer names what was reset. Another endpoint than moto keeps its state.
        """
        done = []
        if self.gateway is not None and self.gateway.forget(account_id):
            done.append("backend")
        if not only_backend:
            self.gate.reset(account_id)
            done.append("accounts" if account_id is None else f"account {account_id}")
        return done

    def gateway_report(self) -> dict[str, object] | None:
        """What the health check tells of the gateway; None without one."""
        if self.gateway is None:
            return None
        return {
            "backend": self.gateway.backend.name,
            "state_lasts": self.gateway.backend.lasts,
            "enforcement": self.gateway.mode.enforcement.value,
            "unmapped": self.gateway.mode.unmapped.value,
        }

    def backend_line(self) -> str | None:
        """What a start tells of what carries calls out; None without a gateway."""
        if self.gateway is None:
            return None
        backend = self.gateway.backend
        lasting = (
            "keeps its state" if backend.lasts else "forgets when the server stops; users, roles and policies last"
        )
        return f"calls that are allowed are carried out by {backend.name}, which {lasting}"

    def enforcement_lines(self) -> tuple[str, ...]:
        """What a start tells of enforcement."""
        if self.gateway is None:
            return told(self.gate.enforcement)
        return told(self.gate.enforcement, self.gateway.mode)


def is_for_gateway(request: HttpRequest) -> bool:
    """Whether a request is for another service than IAM and STS, as far as it can be told before it is read.

    Both sides check the signature against what they are: a request that claims another service is refused by either.
    """
    name = signing_name(request)
    if name is not None:
        return name not in SERVICES
    if request.header("x-amz-target") is not None:
        return True
    # Unsigned: what names a bucket is for Amazon S3.
    if request.path not in {"", "/"}:
        return True
    from passrole.server.gateway.bucket_host import bucket_of_host

    return bucket_of_host(request.header("host") or "") is not None


def signing_name(request: HttpRequest) -> str | None:
    """The service that a signature says it is for; None without one, and for one that cannot be read."""
    authorization = request.header("authorization")
    if authorization is not None:
        found = _SCOPE.search(authorization)
        return None if found is None else found[1]
    if "X-Amz-Credential" not in request.query:
        return None
    try:
        credentials = [value for name, value in parse_form(request.query) if name == "X-Amz-Credential"]
    except ServiceError:
        return None
    parts = credentials[0].split("/") if credentials else []
    return parts[3] if len(parts) == 5 else None
