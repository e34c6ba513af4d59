"""One HTTP connection: requests to the gate, its answers to bytes, and AWS's error for what cannot be read."""

from __future__ import annotations

import logging
import socket
import sys
import threading
import time
from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import formatdate
from functools import lru_cache
from http import HTTPStatus
from socketserver import BaseRequestHandler, ThreadingTCPServer
from typing import Final

from passrole.account.service_error import ServiceError
from passrole.server.endpoint_guard import refusal_of
from passrole.server.front import Front
from passrole.server.http_reader import MAX_BODY_BYTES, Head, RequestReader
from passrole.server.message import HttpRequest, HttpResponse
from passrole.server.own_pages import own_page

__all__ = ["MAX_BODY_BYTES", "AccountServer", "ConnectionHandler"]

_CALLS_AT_ONCE: Final = 8
"""More connections may be open; their calls wait here, and not for the account's file. Each statement lets go of the
interpreter's lock: with 32 calls at once a third of the time went into handing it around. With fewer than these, too
few writes would share a sync."""
_SEND_SECONDS: Final = 60.0
_LAST_READ_SECONDS: Final = 2.0
_LAST_READ_BYTES: Final = 64 * 1024 * 1024
_PHRASES: Final = {status.value: status.phrase for status in HTTPStatus}
_log = logging.getLogger(__name__)


class AccountServer(ThreadingTCPServer):
    """A listening socket with the account behind it. Each connection has a thread; the account's file keeps order."""

    allow_reuse_address = True
    daemon_threads = True
    # Connections that wait while the threads start; the default of 5 refuses a burst of clients.
    request_queue_size = 128

    def __init__(self, host: str, port: int, front: Front, allowed_hosts: Collection[str] = ()) -> None:
        self.front = front
        self.allowed_hosts = frozenset(name.lower() for name in allowed_hosts)
        self._calls = threading.BoundedSemaphore(_CALLS_AT_ONCE)
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        super().__init__((host, port), ConnectionHandler)

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away or stood still is no fault; anything else is one of ours, and the log has it."""
        if isinstance(sys.exception(), ConnectionError | TimeoutError):
            _log.info("%s went away", client_address)
        else:
            _log.exception("a connection of %s failed", client_address)

    def check_large(self, request: HttpRequest, length: int) -> None:
        """Whether a body over the usual limit may come; raises ServiceError."""
        refusal = refusal_of(request, self.allowed_hosts)
        if refusal is not None:
            raise refusal
        self.front.check_large(request, length, datetime.now(UTC))

    def answer(self, request: HttpRequest) -> HttpResponse:
        refusal = refusal_of(request, self.allowed_hosts)
        if refusal is not None:
            return self.front.refuse(refusal, request)
        own = own_page(request, self.front)
        if own is not None:
            return own
        return self.front.answer(request, datetime.now(UTC), self._calls)


class ConnectionHandler(BaseRequestHandler):
    """HTTP/1.1 with kept connections; a body needs a Content-Length."""

    server: AccountServer
    request: socket.socket

    def setup(self) -> None:
        # Without it Nagle's algorithm holds the last packet of an answer back for 40 ms.
        self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._reader = RequestReader(self.request)

    def handle(self) -> None:
        while self._serve_one():
            pass

    def _serve_one(self) -> bool:
        """Whether the connection goes on."""
        head: Head | None = None
        try:
            head = self._reader.head()
            if head is None:
                return False
            request = self._request(head)
        except ServiceError as refusal:
            # What follows on this connection cannot be told apart from the body that was not read.
            self._send(head, self._refused(head, refusal), keep=False)
            try:
                self.request.shutdown(socket.SHUT_WR)
            except OSError:
                # ENOTCONN, which is no ConnectionError: the client has gone meanwhile.
                return False
            self._reader.discard(seconds=_LAST_READ_SECONDS, most=_LAST_READ_BYTES)
            return False
        answer = self.server.answer(request)
        # The end of a body without a length is that of the connection.
        keep = head.keeps_connection and (answer.stream is None or answer.length is not None)
        self._send(head, answer, keep=keep)
        return keep

    def _request(self, head: Head) -> HttpRequest:
        """With its body, which is asked for once it is sure to be wanted. Raises ServiceError."""
        without = self._without_body(head)
        if head.is_chunked and self.server.front.is_spooled(without):
            # How long it is nobody knows: it is taken like a large one.
            self.server.check_large(without, 0)
            self._consent(head)
            return replace(without, spooled=self._reader.spool_chunks(self.server.front.most_spooled_bytes))
        length = head.body_length()
        is_large = length > MAX_BODY_BYTES
        if is_large:
            self.server.check_large(without, length)
        if length:
            self._consent(head)
        if is_large and self.server.front.is_spooled(without):
            return replace(without, spooled=self._reader.spool(length))
        return replace(without, body=self._reader.body(length)) if length else without

    def _consent(self, head: Head) -> None:
        if head.awaits_consent:
            self.request.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")

    def _refused(self, head: Head | None, refusal: ServiceError) -> HttpResponse:
        return self.server.front.refuse(refusal, None if head is None else self._without_body(head))

    def _without_body(self, head: Head) -> HttpRequest:
        return HttpRequest(head.method, head.target, head.fields, b"", self.client_address[0])

    def _send(self, head: Head | None, response: HttpResponse, *, keep: bool) -> None:
        lines = [
            f"HTTP/1.1 {response.status} {_PHRASES.get(response.status, '')}",
            f"Server: passrole\r\nDate: {_date(int(time.time()))}",
            *(f"{name}: {value}" for name, value in response.headers),
        ]
        if response.length is not None:
            lines.append(f"Content-Length: {response.length}")
        if not keep:
            lines.append("Connection: close")
        elif head is not None and head.is_http_1_0:
            lines.append("Connection: keep-alive")
        # Head and body leave in one packet.
        answer = ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
        if head is None or head.method != "HEAD":
            answer += response.body
        self._reader.wait_up_to(_SEND_SECONDS)
        self.request.sendall(answer)
        if response.stream is not None:
            self._send_pieces(response.stream, wanted=head is not None and head.method != "HEAD")
        if head is not None and _log.isEnabledFor(logging.INFO):
            # Never the query: a presigned one holds a signature and a session token.
            path = head.target.partition("?")[0][:200]
            _log.info("%s %s %s -> %s", self.client_address[0], head.method, path, response.status)

    def _send_pieces(self, pieces: Iterator[bytes | memoryview], *, wanted: bool) -> None:
        """Raises ConnectionError also when they end too early: only the end of the connection tells the client."""
        try:
            if wanted:
                for piece in pieces:
                    self.request.sendall(piece)
        finally:
            close = getattr(pieces, "close", None)
            if close is not None:
                close()


@lru_cache(maxsize=2)
def _date(second: int) -> str:
    return formatdate(second, usegmt=True)
