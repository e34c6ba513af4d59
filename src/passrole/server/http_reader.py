"""Bytes of a connection to requests, strictly: what two programs could read differently is refused.

Source: RFC 9112, "HTTP/1.1", sections 2.2 (line ends), 3 (request line), 5 (fields) and 6 (body)
<https://www.rfc-editor.org/rfc/rfc9112>.
"""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from passrole.server.wire.faults import malformed_http_request, request_too_large

if TYPE_CHECKING:
    from passrole.server.spooled import Spooled

MAX_BODY_BYTES: Final = 4 * 1024 * 1024
"""Room for the largest legal call: UploadServerCertificate with a chain of 2,097,152 characters, percent-encoded."""
MAX_HEAD_BYTES: Final = 64 * 1024
MAX_FIELDS: Final = 100
IDLE_SECONDS: Final = 60.0
"""How long a kept connection may wait for its next request, and how long a request may take to come in."""

_ABOUT_SECONDS: Final = 0.05
_ABOUT_A_LINE: Final = 256
"""What is longer is not kept: there is no end of targets."""
_RECEIVE_BYTES: Final = 64 * 1024
_SPOOL_BYTES: Final = 1024 * 1024
_REQUEST_LINE: Final = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+) ([\x21-\xff]+) HTTP/1\.([0-9])")
# Neither a space before the colon nor a line that continues the one before; no control character in a value.
_FIELD: Final = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):([^\x00-\x08\x0a-\x1f\x7f]*)")
_CHUNK_SIZE: Final = re.compile(rb"([0-9A-Fa-f]{1,12})")
_MAX_CHUNK_LINE_BYTES: Final = 256
_LINE_END: Final = re.compile(rb"\r?\n")
_HEAD_END: Final = re.compile(rb"\r?\n\r?\n")
_BLANK_LINES: Final = b"\r\n"


@dataclass(frozen=True, slots=True)
class Head:
    """A request without its body. `fields` are in the order sent, their names as written."""

    method: str
    target: str
    is_http_1_0: bool
    fields: tuple[tuple[str, str], ...]
    _by_name: dict[str, list[str]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        by_name: dict[str, list[str]] = {}
        for name, value in self.fields:
            by_name.setdefault(name.lower(), []).append(value)
        object.__setattr__(self, "_by_name", by_name)

    def values(self, name: str) -> Sequence[str]:
        """Of the fields with this name, which is in lower case."""
        return self._by_name.get(name, ())

    @property
    def keeps_connection(self) -> bool:
        options = {option.strip().lower() for value in self.values("connection") for option in value.split(",")}
        return "keep-alive" in options if self.is_http_1_0 else "close" not in options

    @property
    def awaits_consent(self) -> bool:
        """Whether the client sends its body only once it is told to."""
        return not self.is_http_1_0 and any(value.lower() == "100-continue" for value in self.values("expect"))

    @property
    def is_chunked(self) -> bool:
        """Whether the body comes in chunks of unknown number, and nothing else says how long it is (RFC 9112, 6.3)."""
        codings = self.values("transfer-encoding")
        lengths = self.values("content-length")
        return not self.is_http_1_0 and [each.lower() for each in codings] == ["chunked"] and not lengths

    def body_length(self) -> int:
        """Raises ServiceError for a length that is missing from a body, and for one that is none."""
        if self.values("transfer-encoding"):
            raise malformed_http_request("Transfer-Encoding is not supported; send a Content-Length")
        lengths = self.values("content-length")
        if not lengths:
            return 0
        text = lengths[0]
        if len(set(lengths)) != 1 or not (text.isascii() and text.isdigit()) or len(text) > 18:
            raise malformed_http_request("The Content-Length header is not a number")
        return int(text)


class RequestReader:
    """Reads one connection; what comes after a request is kept for the next one.

    Raises TimeoutError for a client that is too slow, and ConnectionError for one that went away.
    """

    def __init__(self, connection: socket.socket, received: bytes = b"") -> None:
        """`received` was read from the connection before."""
        self._connection = connection
        self._received = bytearray(received)
        self._timeout = -1.0

    def head(self) -> Head | None:
        """The next request; None when the client has sent its last. Raises ServiceError for what is no request."""
        deadline = time.monotonic() + IDLE_SECONDS
        searched = 0
        while True:
            if not searched and self._received.startswith((b"\r", b"\n")):
                # "a server … SHOULD ignore at least one empty line (CRLF) received prior to the request-line"
                del self._received[: len(self._received) - len(self._received.lstrip(_BLANK_LINES))]
            end = _HEAD_END.search(self._received, max(0, searched - 3))
            if end is not None and end.start() <= MAX_HEAD_BYTES:
                text = bytes(self._received[: end.start()])
                del self._received[: end.end()]
                return _head(text)
            if end is not None or len(self._received) > MAX_HEAD_BYTES:
                raise malformed_http_request(f"The request's header must not be larger than {MAX_HEAD_BYTES} bytes")
            searched = len(self._received)
            if not self._receive(deadline):
                if self._received:
                    raise malformed_http_request("The request ended before its header did")
                return None

    def body(self, length: int) -> bytes:
        """Raises ServiceError when the client ends before it has sent as much."""
        deadline = time.monotonic() + IDLE_SECONDS
        while len(self._received) < length:
            if not self._receive(deadline):
                raise malformed_http_request("The request ended before its body did")
        body = bytes(self._received[:length])
        del self._received[:length]
        return body

    def spool(self, length: int) -> Spooled:
        """The same for a body that is too large for the memory; a client may take its time, but must go on sending."""
        from passrole.server.spooled import Spooled

        body = Spooled()
        # What came with the head is less than such a body.
        body.write(self._received[:length])
        del self._received[:length]
        self.wait_up_to(IDLE_SECONDS)
        buffer = memoryview(bytearray(_SPOOL_BYTES))
        while body.length < length:
            taken = self._connection.recv_into(buffer[: length - body.length])
            if not taken:
                raise malformed_http_request("The request ended before its body did")
            body.write(buffer[:taken])
        return body

    def spool_chunks(self, most: int) -> Spooled:
        """A body that comes in chunks (RFC 9112, section 7.1). Raises ServiceError for one over `most` bytes.

        Extensions and trailers of the coding are refused: nobody reads them.
        """
        from passrole.server.spooled import Spooled

        body = Spooled()
        while True:
            size = _CHUNK_SIZE.fullmatch(self._line())
            if size is None:
                raise malformed_http_request("A chunk of the body does not begin with its size")
            left = int(size[1], 16)
            if body.length + left > most:
                raise request_too_large(most)
            if not left:
                break
            while left:
                if not self._received and not self._receive(time.monotonic() + IDLE_SECONDS):
                    raise malformed_http_request("The request ended before its body did")
                piece = self._received[:left]
                del self._received[: len(piece)]
                body.write(piece)
                left -= len(piece)
            if self._line():
                raise malformed_http_request("A chunk of the body is longer than its size")
        if self._line():
            raise malformed_http_request("Trailers of the transfer coding are not supported")
        return body

    def _line(self) -> bytes:
        """The next line, without its end. Raises ServiceError for one that is none of the coding's."""
        while (end := self._received.find(b"\r\n")) < 0:
            if len(self._received) > _MAX_CHUNK_LINE_BYTES or not self._receive(time.monotonic() + IDLE_SECONDS):
                raise malformed_http_request("A chunk of the body is not well formed")
        line = bytes(self._received[:end])
        del self._received[: end + 2]
        return line

    def discard(self, *, seconds: float, most: int) -> None:
        """Read and forget what is still coming: a close before it would take back the answer from its way."""
        deadline = time.monotonic() + seconds
        self._received.clear()
        taken = 0
        try:
            while taken < most and self._receive(deadline):
                taken += len(self._received)
                self._received.clear()
        except OSError:
            return

    def wait_up_to(self, seconds: float) -> None:
        """For the connection's next bytes, in or out. It is a call to the system, as is reading."""
        if seconds != self._timeout:
            self._connection.settimeout(seconds)
            self._timeout = seconds

    def _receive(self, deadline: float) -> bool:
        """False at the end of what the client sends."""
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("the client is too slow")
        # Most requests come whole, with all the time left.
        self.wait_up_to(IDLE_SECONDS if left > IDLE_SECONDS - _ABOUT_SECONDS else left)
        part = self._connection.recv(_RECEIVE_BYTES)
        self._received += part
        return bool(part)


class RequestLine(NamedTuple):
    method: str
    target: str
    is_http_1_0: bool


@lru_cache(maxsize=64)
def _short_request_line(line: bytes) -> RequestLine | None:
    found = _REQUEST_LINE.fullmatch(line)
    return None if found is None else RequestLine(found[1].decode("ascii"), _text(found[2]), found[3] == b"0")


def request_line_of(line: bytes) -> RequestLine | None:
    """None for what is no request line of HTTP/1."""
    return _short_request_line(line) if len(line) <= _ABOUT_A_LINE else _short_request_line.__wrapped__(line)


def field_of(line: bytes) -> tuple[str, str] | None:
    """Name and value of a header field; None for what is none."""
    field = _FIELD.fullmatch(line)
    return None if field is None else (field[1].decode("ascii"), _text(field[2].strip(b" \t")))


def _head(text: bytes) -> Head:
    first, *lines = _LINE_END.split(text)
    line = request_line_of(first)
    if line is None:
        raise malformed_http_request("The request line is not one of HTTP/1.0 or HTTP/1.1")
    if len(lines) > MAX_FIELDS:
        raise malformed_http_request(f"A request must not have more than {MAX_FIELDS} header fields")
    return Head(line.method, line.target, line.is_http_1_0, tuple(map(_field, lines)))


def _field(line: bytes) -> tuple[str, str]:
    field = field_of(line)
    if field is None:
        raise malformed_http_request("A header field is not well formed")
    return field


def _text(raw: bytes) -> str:
    """Signatures are made over UTF-8; bytes that are not are kept as they are, and match no signature."""
    return raw.decode("utf-8", "surrogateescape")
