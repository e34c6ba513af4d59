"""One HTTP connection: bytes to `HttpRequest`, its answer to bytes, and AWS's error for what cannot be read."""

from __future__ import annotations

import json
import logging
import socket
import sys
import threading
from collections.abc import Collection
from datetime import UTC, datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

from passrole import __version__
from passrole.account.service_error import ServiceError
from passrole.server.endpoint_guard import refusal_of
from passrole.server.gate import Gate
from passrole.server.message import HttpRequest, HttpResponse
from passrole.server.wire.faults import malformed_http_request, request_too_large, unknown_operation

MAX_BODY_BYTES: Final = 4 * 1024 * 1024
"""Room for the largest legal call: UploadServerCertificate with a chain of 2,097,152 characters, percent-encoded."""

HEALTH_PATH: Final = "/_passrole/health"
_SOCKET_TIMEOUT_SECONDS: Final = 60.0
_CALLS_AT_ONCE: Final = 32
"""More connections may be open; their calls wait here, in order, and not for the account's file."""
_log = logging.getLogger(__name__)


class AccountServer(ThreadingHTTPServer):
    """A listening socket with the account behind it. Each connection has a thread; the account's file keeps order."""

    daemon_threads = True
    # Connections that wait while the threads start; the default of 5 refuses a burst of clients.
    request_queue_size = 128

    def __init__(self, host: str, port: int, gate: Gate, allowed_hosts: Collection[str] = ()) -> None:
        self.gate = gate
        self.allowed_hosts = frozenset(name.lower() for name in allowed_hosts)
        self._calls = threading.BoundedSemaphore(_CALLS_AT_ONCE)
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        super().__init__((host, port), ConnectionHandler)

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away is no fault; anything else is one of ours, and the log has it."""
        if isinstance(sys.exception(), ConnectionError):
            _log.info("%s went away", client_address)
        else:
            _log.exception("a connection of %s failed", client_address)

    def answer(self, request: HttpRequest) -> HttpResponse:
        refusal = refusal_of(request, self.allowed_hosts)
        if refusal is not None:
            return self.gate.refuse(refusal)
        if request.path == HEALTH_PATH:
            return (
                _health(self.gate)
                if request.method in {"GET", "HEAD"}
                else self.gate.refuse(unknown_operation("The health check is read with GET"))
            )
        with self._calls:
            return self.gate.answer(request, datetime.now(UTC))


class ConnectionHandler(BaseHTTPRequestHandler):
    """HTTP/1.1 with kept connections; a body needs a Content-Length."""

    server: AccountServer
    protocol_version = "HTTP/1.1"
    server_version = "passrole"
    sys_version = ""
    timeout = _SOCKET_TIMEOUT_SECONDS
    # Headers and body leave in one packet; without it Nagle's algorithm holds the second one back for 40 ms.
    wbufsize = -1
    disable_nagle_algorithm = True

    def handle_any(self) -> None:
        try:
            body = self._read_body()
        except ServiceError as refusal:
            # What follows on this connection cannot be told apart from the body that was not read.
            self.close_connection = True
            self._send(self.server.gate.refuse(refusal))
            return
        except TimeoutError:
            self.close_connection = True
            return
        request = HttpRequest(
            method=self.command,
            target=_text(self.path),
            headers=tuple((name, _text(value)) for name, value in self.headers.items()),
            body=body,
            source_ip=self.client_address[0],
        )
        self._send(self.server.answer(request))

    do_GET = do_POST = do_HEAD = do_PUT = do_DELETE = do_OPTIONS = do_PATCH = handle_any  # noqa: N815

    def _read_body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") is not None:
            raise malformed_http_request("Transfer-Encoding is not supported; send a Content-Length")
        lengths = self.headers.get_all("Content-Length", [])
        if not lengths:
            return b""
        text = lengths[0].strip()
        if len(set(lengths)) != 1 or not (text.isascii() and text.isdigit()) or len(text) > 18:
            raise malformed_http_request("The Content-Length header is not a number")
        length = int(text)
        if length > MAX_BODY_BYTES:
            raise request_too_large(MAX_BODY_BYTES)
        body = self.rfile.read(length)
        if len(body) < length:
            raise malformed_http_request("The request ended before its body did")
        return body

    def _send(self, response: HttpResponse) -> None:
        self.send_response(response.status)
        for name, value in response.headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(response.body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(response.body)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """The base class calls this for what it cannot read; its HTML page would tell a client nothing."""
        self.close_connection = True
        # A request line that was not read has left these unset, or set by the request before.
        self.command = self.command or ""
        self.request_version = self.protocol_version
        self.path = "/"
        if code == HTTPStatus.NOT_IMPLEMENTED:
            self._send(self.server.gate.refuse(unknown_operation("The HTTP method is not supported")))
        else:
            phrase = message or HTTPStatus(code).phrase
            self._send(self.server.gate.refuse(malformed_http_request(phrase.splitlines()[0][:200])))

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        # Never the query: a presigned one holds a signature and a session token.
        _log.info("%s %s %s -> %s", self.client_address[0], self.command, self.path.partition("?")[0][:200], code)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        _log.info(format, *args)


def _text(raw: str) -> str:
    """`http.server` reads header bytes as Latin-1; signatures are made over UTF-8."""
    return raw.encode("latin-1", "replace").decode("utf-8", "surrogateescape")


def _health(gate: Gate) -> HttpResponse:
    report = {
        "status": "ok",
        "version": __version__,
        "account_id": gate.account_id,
        "partition": gate.partition,
        "services": list(gate.services),
        "enforcement": "on",
        "unsafe_test_credentials": gate.unsafe_test_credentials,
    }
    return HttpResponse(200, (("Content-Type", "application/json"),), json.dumps(report).encode())
