"""Another endpoint that speaks to AWS clients (MinIO, an emulator) as the backend; no other address is ever called.

Calls go there signed anew, with credentials of the backend's own: those of the caller never leave the gateway. A
redirect is passed on as an answer, and not followed.
"""

from __future__ import annotations

import http.client
import select
import socket
import ssl
import threading
from collections import deque
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from passrole.account.service_error import ServiceError
from passrole.errors import UsageError
from passrole.server.gateway.backend import Body, ForwardedCall
from passrole.server.gateway.backend_credentials import KEY_VARIABLE, SECRET_VARIABLE, BackendCredentials
from passrole.server.gateway.passing_body import PassingBody
from passrole.server.gateway.payload import UNSIGNED
from passrole.server.gateway.service_models import model_of
from passrole.server.isolated_session import isolated_session
from passrole.server.message import HttpResponse
from passrole.server.spooled import Spooled

if TYPE_CHECKING:
    from botocore.client import BaseClient

_SECONDS: Final = 60.0
_KEPT_CONNECTIONS: Final = 32
_WHOLE_BYTES: Final = 1024 * 1024
"""A larger answer passes in pieces."""
_OF_THE_CONNECTION: Final = frozenset(
    {"connection", "content-length", "date", "keep-alive", "server", "trailer", "transfer-encoding", "upgrade"}
)


class EndpointBackend:
    """`url` has a scheme, a host and a port, and nothing else. Safe to use from several threads."""

    lasts: Final = True
    most_body_bytes: Final = 5 * 1024**3
    """S3's own limit for one request <https://docs.aws.amazon.com/AmazonS3/latest/userguide/upload-objects.html>."""

    def __init__(self, url: str, credentials: BackendCredentials | None = None) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path.strip("/") or parts.query:
            raise UsageError(
                f"`{url}` is not the URL of an endpoint", help="write it like http://127.0.0.1:9000, without a path"
            )
        if parts.username is not None:
            raise UsageError(
                "credentials do not belong into the URL of the backend",
                help=f"set {KEY_VARIABLE} and {SECRET_VARIABLE} in the environment",
            )
        self._https = parts.scheme == "https"
        self._host, self._port = parts.hostname, parts.port
        self._base = f"{parts.scheme}://{parts.netloc}"
        self._credentials = credentials
        self._clients: dict[tuple[str, str, str], BaseClient] = {}
        self._lock = threading.Lock()
        self._idle: deque[http.client.HTTPConnection] = deque(maxlen=_KEPT_CONNECTIONS)

    @property
    def name(self) -> str:
        return self._base

    def answer(self, call: ForwardedCall) -> HttpResponse:
        """Raises ServiceError (ServiceUnavailable) when the backend cannot be reached or does not answer."""
        path, headers = self._signed(call)
        connection, taken_from, answer = self._sent(call, path, headers)
        kept = tuple(_kept(answer.getheaders()))
        if call.method == "HEAD":
            told = answer.getheader("Content-Length") or ""
            answer.close()
            return HttpResponse(answer.status, kept, b"", int(told) if told.isdecimal() else None)
        # None also beside a Transfer-Encoding, which a Content-Length has no say against.
        length = answer.length
        if answer.status < 300 and (length is None or length > _WHOLE_BYTES):
            body = PassingBody(
                answer,
                taken_from,
                length,
                whole=lambda: self._give_back(connection, answer),
                broken=connection.close,
            )
            return HttpResponse(answer.status, kept, b"", length, body)
        try:
            content = answer.read()
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            raise self._silent() from error
        self._give_back(connection, answer)
        return HttpResponse(answer.status, kept, content)

    def client(self, service: str, *, region: str, account_id: str) -> BaseClient:
        with self._lock:
            key = (service, region, account_id)
            if key not in self._clients:
                self._clients[key] = self._create(*key)
            return self._clients[key]

    def state_version(self, service: str, operation: str) -> None:
        """Others may change what the endpoint holds."""

    def _sent(
        self, call: ForwardedCall, path: str, headers: dict[str, str]
    ) -> tuple[http.client.HTTPConnection, socket.socket, http.client.HTTPResponse]:
        """The head of the answer, and the socket that its body comes from.

        Nothing is sent twice: it might be done twice.
        """
        connection = self._kept_connection() or self._connect()
        try:
            if isinstance(call.body, Spooled) and not self._https:
                connection.request(call.method, path, headers=headers)
                call.body.send_to(connection.sock)
            else:
                connection.request(call.method, path, body=_sendable(call.body), headers=headers)
            # An answer without another after it takes the socket away with it.
            taken_from = connection.sock
            return connection, taken_from, connection.getresponse()
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            raise self._silent() from error

    def _kept_connection(self) -> http.client.HTTPConnection | None:
        """One that the backend has not closed meanwhile: then there would be something to read, its end."""
        while True:
            try:
                connection = self._idle.pop()
            except IndexError:
                return None
            if connection.sock is not None and not select.select([connection.sock], [], [], 0)[0]:
                return connection
            connection.close()

    def _give_back(self, connection: http.client.HTTPConnection, answer: http.client.HTTPResponse) -> None:
        if not answer.will_close and connection.sock is not None and len(self._idle) < _KEPT_CONNECTIONS:
            self._idle.append(connection)
        else:
            connection.close()

    def _silent(self) -> ServiceError:
        return ServiceError(
            "ServiceUnavailable",
            f"The call was allowed, and {self.name}, which carries calls out, did not answer",
            503,
        )

    def _signed(self, call: ForwardedCall) -> tuple[str, dict[str, str]]:
        """The request target and the headers that go out, with a signature of the backend's own credentials."""
        from botocore.auth import S3SigV4Auth, SigV4Auth
        from botocore.awsrequest import AWSRequest
        from botocore.credentials import Credentials

        found = self._credentials_for(call.account_id)
        metadata = model_of(call.service).metadata
        signing_name = str(metadata.get("signingName", metadata["endpointPrefix"]))
        headers = dict(call.headers)
        body = call.body if isinstance(call.body, bytes) else b""
        request = AWSRequest(call.method, f"{self._base}{call.path}", headers=headers, data=body)
        credentials = Credentials(found.access_key_id, found.secret_access_key)
        signer = (S3SigV4Auth if call.service == "s3" else SigV4Auth)(credentials, signing_name, call.region)
        if not isinstance(call.body, bytes):
            # It was compared with what its sender signed, and is not read once more for this signature.
            signer.payload = lambda request: UNSIGNED  # type: ignore[method-assign]  # its only way
        signer.add_auth(request)
        prepared = request.prepare()
        parts = urlsplit(prepared.url)
        signed = {
            name: value.decode() if isinstance(value, bytes) else str(value) for name, value in prepared.headers.items()
        }
        if not isinstance(call.body, bytes):
            signed["Content-Length"] = str(call.body.length)
        return (f"{parts.path}?{parts.query}" if parts.query else parts.path), signed

    def _credentials_for(self, account_id: str) -> BackendCredentials:
        return self._credentials or BackendCredentials(account_id, "passrole")

    def _connect(self) -> http.client.HTTPConnection:
        if self._https:
            context = ssl.create_default_context()
            return http.client.HTTPSConnection(self._host, self._port, timeout=_SECONDS, context=context)
        return http.client.HTTPConnection(self._host, self._port, timeout=_SECONDS)

    def _create(self, service: str, region: str, account_id: str) -> BaseClient:
        from botocore.config import Config

        found = self._credentials_for(account_id)
        client: BaseClient = isolated_session().create_client(
            service,
            region_name=region,
            endpoint_url=self._base,
            aws_access_key_id=found.access_key_id,
            aws_secret_access_key=found.secret_access_key,
            config=Config(
                retries={"total_max_attempts": 1, "mode": "standard"},
                proxies={},
                inject_host_prefix=False,
                s3={"addressing_style": "path"},
            ),
        )
        return client


def _sendable(body: Body) -> bytes | Iterator[bytes] | None:
    return (body or None) if isinstance(body, bytes) else iter(body)


def _kept(headers: list[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    for name, value in headers:
        if name.lower() not in _OF_THE_CONNECTION:
            yield name, value
