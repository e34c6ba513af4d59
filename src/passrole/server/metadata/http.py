"""A listening socket on the loopback interface for one source of credentials."""

from __future__ import annotations

import logging
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from socketserver import BaseRequestHandler, ThreadingTCPServer
from typing import Final

from passrole.account.service_error import ServiceError
from passrole.errors import ConfigurationError
from passrole.server.http_reader import Head, RequestReader
from passrole.server.message import HttpRequest, HttpResponse

LOOPBACK: Final = "127.0.0.1"
Answer = Callable[[HttpRequest], HttpResponse]
_SEND_SECONDS: Final = 10.0
_log = logging.getLogger(__name__)


class MetadataServer(ThreadingTCPServer):
    """`hop_limit` is the time to live of the packets that it sends: with 1 no other machine gets one of them.

    Source: Amazon EC2 User Guide, "Use the Instance Metadata Service to access instance metadata", hop limit
    <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html>
    """

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, port: int, answer: Answer, hop_limit: int = 1) -> None:
        self.answer = answer
        self.hop_limit = hop_limit
        super().__init__((LOOPBACK, port), _Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        if isinstance(sys.exception(), ConnectionError | TimeoutError):
            _log.info("%s went away", client_address)
        else:
            _log.exception("a connection of %s failed", client_address)


class _Handler(BaseRequestHandler):
    server: MetadataServer
    request: socket.socket

    def setup(self) -> None:
        self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.request.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, self.server.hop_limit)
        self._reader = RequestReader(self.request)

    def handle(self) -> None:
        while self._serve_one():
            pass

    def _serve_one(self) -> bool:
        """Whether the connection goes on."""
        try:
            head = self._reader.head()
            if head is None:
                return False
            body = self._reader.body(head.body_length())
        except ServiceError as refusal:
            self._send(None, HttpResponse(refusal.http_status, (), refusal.message.encode()), keep=False)
            return False
        answer = self.server.answer(HttpRequest(head.method, head.target, head.fields, body, self.client_address[0]))
        self._send(head, answer, keep=head.keeps_connection)
        return head.keeps_connection

    def _send(self, head: Head | None, response: HttpResponse, *, keep: bool) -> None:
        lines = [
            f"HTTP/1.1 {response.status} {HTTPStatus(response.status).phrase}",
            *(f"{name}: {value}" for name, value in response.headers),
            f"Content-Length: {len(response.body)}",
            f"Connection: {'keep-alive' if keep else 'close'}",
        ]
        answer = ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
        if head is None or head.method != "HEAD":
            answer += response.body
        self.request.settimeout(_SEND_SECONDS)
        self.request.sendall(answer)


@contextmanager
def listening(answer: Answer, *, port: int = 0, hop_limit: int = 1) -> Iterator[str]:
    """The URL at which `answer` is asked until the block ends; port 0 takes a free one. Raises ConfigurationError."""
    try:
        server = MetadataServer(port, answer, hop_limit)
    except OSError as error:
        raise ConfigurationError(
            f"`{LOOPBACK}` port {port} cannot be listened on",
            causes=((error.strerror or str(error)).lower(),),
            help="take another port: --port PORT, or a free one: leave it out",
        ) from error
    thread = threading.Thread(target=server.serve_forever, name="passrole-credentials", daemon=True)
    thread.start()
    try:
        yield f"http://{LOOPBACK}:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
