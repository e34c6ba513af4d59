"""What moto answered, as an answer of ours and as one that botocore reads."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from typing import Any, Final

from passrole.server.message import HttpResponse

ACCOUNT_HEADER: Final = "x-moto-account-id"
# What is said of one connection, or by our own server.
_NOT_PASSED_ON: Final = frozenset(
    {"connection", "date", "keep-alive", "server", "status", "transfer-encoding", ACCOUNT_HEADER}
)


def response_of(status: int, headers: tuple[tuple[str, str], ...], content: bytes) -> HttpResponse:
    """A length that moto tells is that of a body which a HEAD request does not get."""
    told = [int(value) for name, value in headers if name.lower() == "content-length" and value.isdigit()]
    kept = tuple(field for field in headers if field[0].lower() != "content-length")
    return HttpResponse(status, kept, content, told[0] if told and not content else None)


def headers_of(answered: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    kept = []
    for name, value in answered.items():
        if name.lower() in _NOT_PASSED_ON or value is None:
            continue
        text = str(value)
        if "\r" in text or "\n" in text:
            # What a client stored must not become a header of its own.
            text = " ".join(text.split())
        kept.append((name, text if text.isascii() else _encoded(text)))
    return tuple(kept)


def _encoded(text: str) -> str:
    """As S3 shows metadata that is not ASCII (RFC 2047)."""
    return f"=?UTF-8?B?{base64.b64encode(text.encode('utf-8', 'replace')).decode()}?="


class Raw:
    """The part of urllib3's response that botocore reads, also for bodies that it streams."""

    def __init__(self, body: bytes) -> None:
        from io import BytesIO

        self._file = BytesIO(body)

    def stream(self, **_: object) -> Iterable[bytes]:
        yield self._file.read()

    def read(self, amount: int | None = None, **_: object) -> bytes:
        return self._file.read(amount)

    def close(self) -> None:
        self._file.close()
