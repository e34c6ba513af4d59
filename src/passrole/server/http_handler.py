"""One HTTP connection: requests to the gate, its answers to bytes, and AWS's error for what cannot be read."""

from __future__ import annotations

import logging
import socket
from dataclasses import replace
from typing import Final, Protocol

from passrole.account.service_error import ServiceError
from passrole.server.answer_head import answer_head
from passrole.server.front import Front
from passrole.server.http_reader import MAX_BODY_BYTES, Head, RequestReader
from passrole.server.message import HttpRequest, HttpResponse

__all__ = ["CALLS_AT_ONCE", "MAX_BODY_BYTES", "Answering", "ConnectionHandler", "log_answer"]

CALLS_AT_ONCE: Final = 8
"""Of those that threads answer. More connections may be open; their calls wait here, and not for the account's file:
each statement lets go of the interpreter's lock, and to hand it around among many takes long."""
_SEND_SECONDS: Final = 60.0
_LAST_READ_SECONDS: Final = 2.0
_LAST_READ_BYTES: Final = 64 * 1024 * 1024
_ONE_PACKET_BYTES: Final = 256 * 1024
_log = logging.getLogger(__name__)


class Answering(Protocol):
    """What a connection is served from."""

    @property
    def front(self) -> Front: ...

    def check_large(self, request: HttpRequest, length: int) -> None:
        """Whether a body over the usual limit may come; raises ServiceError."""

    def answer(self, request: HttpRequest) -> HttpResponse: ...


class ConnectionHandler:
    """HTTP/1.1 with kept connections; a body needs a Content-Length."""

    def __init__(self, connection: socket.socket, client_ip: str, server: Answering, received: bytes = b"") -> None:
        """`received` was read from the connection before."""
        self.request = connection
        self.client_ip = client_ip
        self.server = server
        self._reader = RequestReader(connection, received)

    def handle(self) -> None:
        """Serve the connection to its end. Raises OSError when the client goes before."""
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
        return HttpRequest(head.method, head.target, head.fields, b"", self.client_ip)

    def _send(self, head: Head | None, response: HttpResponse, *, keep: bool) -> None:
        # Head and body leave in one packet, unless the body is one that is better not copied.
        answer = answer_head(response, keep=keep, is_http_1_0=head is not None and head.is_http_1_0)
        wants_body = head is None or head.method != "HEAD"
        small = len(response.body) <= _ONE_PACKET_BYTES
        if wants_body and small:
            answer += response.body
        self._reader.wait_up_to(_SEND_SECONDS)
        self.request.sendall(answer)
        if wants_body and not small:
            self.request.sendall(response.body)
        if response.stream is not None:
            # One that ends too early ends the connection: nothing else would tell the client.
            if wants_body:
                response.stream.send_to(self.request)
            else:
                response.stream.close()
        if head is not None:
            log_answer(self.client_ip, head, response)


def log_answer(client: str, request: Head | HttpRequest, response: HttpResponse) -> None:
    if _log.isEnabledFor(logging.INFO):
        # Never the query: a presigned one holds a signature and a session token.
        path = request.target.partition("?")[0][:200]
        _log.info("%s %s %s -> %s", client, request.method, path, response.status)
