"""The embedded account: botocore clients whose calls are answered in this process, by the gate, from one file.

The whole road is the real one: botocore serializes and signs, the gate verifies, authorizes and answers in XML, and
botocore parses. Only the socket is missing.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self
from urllib.parse import urlsplit

from passrole.account.organization_tree import OrganizationTree
from passrole.account.store import AccountStore
from passrole.catalog.partitions import partition_of_region
from passrole.errors import ConfigurationError
from passrole.provision.clients import Target
from passrole.server.gate import Gate
from passrole.server.isolated_session import isolated_session
from passrole.server.message import HttpRequest
from passrole.server.wire.models import SERVICES

if TYPE_CHECKING:
    from botocore.awsrequest import AWSPreparedRequest, AWSResponse
    from botocore.client import BaseClient

# Under .internal, which no public name server answers: should a call ever leave the process, it finds nobody.
_DOMAIN: Final = "embedded.passrole.internal"


@dataclass(frozen=True, slots=True)
class Credentials:
    """What signs a caller's requests. `session_token` belongs to temporary credentials only."""

    access_key_id: str
    secret_access_key: str = field(repr=False)
    session_token: str | None = field(default=None, repr=False)


def embedded_session(
    account_file: Path, *, account_id: str | None = None, partition: str | None = None, region: str | None = None
) -> EmbeddedAccount:
    """Open the account in a file as its administrator, making file, account and administrator when there are none.

    A region decides the partition of a new account, and must be in that of an old one.
    Raises ConfigurationError when the file cannot be used, holds another account, or has no administrator any more;
    UnknownRegionError.
    """
    if region is not None and partition is None:
        partition = partition_of_region(region)
    store = AccountStore.open(account_file, account_id=account_id, partition=partition)
    try:
        administrator = store.administrator()
    except ConfigurationError:
        store.close()
        raise
    credentials = Credentials(administrator.access_key_id, administrator.secret)
    gate = Gate(store)
    return EmbeddedAccount(store, gate, credentials, region or gate.home_region)


class EmbeddedAccount:
    """Clients of one caller on one account file; a `ClientFactory`. `close` it, or use it in a `with` statement."""

    def __init__(self, store: AccountStore, gate: Gate, credentials: Credentials, region: str) -> None:
        self.store = store
        self.region = region
        self._gate = gate
        self._credentials = credentials
        self._clients: dict[str, BaseClient] = {}
        self._lock = threading.Lock()  # botocore sessions make one client at a time

    def client(self, service: str) -> BaseClient:
        """A botocore client of `iam` or `sts`, the same one for the same name.

        Raises ConfigurationError for any other service: an embedded account has none, and nothing leaves the machine.
        """
        if service not in SERVICES:
            raise ConfigurationError(
                f"the embedded account has no `{service}`: it answers {' and '.join(SERVICES)}",
                help="name an endpoint that has it: --endpoint-url URL, or real AWS: --aws",
            )
        with self._lock:
            if service not in self._clients:
                self._clients[service] = self._create(service)
            return self._clients[service]

    def as_user(self, access_key_id: str, secret_access_key: str, session_token: str | None = None) -> EmbeddedAccount:
        """The same account, called with other credentials: what their owner may do, and no more."""
        credentials = Credentials(access_key_id, secret_access_key, session_token)
        return EmbeddedAccount(self.store, self._gate, credentials, self.region)

    def describe(self) -> Target:
        return Target("embedded", str(self.store.path), self.region)

    def organization(self) -> OrganizationTree | None:
        """Over the file's accounts: see `provision.organization`."""
        return self.store.organization()

    def close(self) -> None:
        self.store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _create(self, service: str) -> BaseClient:
        from botocore.config import Config

        client: BaseClient = isolated_session().create_client(
            service,
            region_name=self.region,
            endpoint_url=f"https://{service}.{_DOMAIN}",
            aws_access_key_id=self._credentials.access_key_id,
            aws_secret_access_key=self._credentials.secret_access_key,
            aws_session_token=self._credentials.session_token,
            # One attempt: the gate answers the same question the same way, and a fault of ours must show.
            config=Config(retries={"total_max_attempts": 1, "mode": "standard"}, proxies={}),
        )
        # The stubs know no handler that answers; "before-send" is the event where one may.
        client.meta.events.register_first(f"before-send.{service}", self._answer)  # type: ignore[arg-type]  # see above
        return client

    def _answer(self, request: AWSPreparedRequest, **_: object) -> AWSResponse:
        """Answer a prepared request in place of the network; botocore sends nothing when a handler answers."""
        from botocore.awsrequest import AWSResponse

        parts = urlsplit(request.url)
        sent = (
            (name, value.decode("utf-8", "surrogateescape") if isinstance(value, bytes) else value)
            for name, value in request.headers.items()
        )
        message = HttpRequest(
            method=request.method,
            target=f"{parts.path}?{parts.query}" if parts.query else parts.path,
            headers=(("Host", parts.netloc), *sent),
            body=_body(request.body),
            secure=True,
        )
        response = self._gate.answer_in_process(message, datetime.now(UTC))
        headers = dict(response.headers)  # any mapping will do, whatever the stubs say
        return AWSResponse(request.url, response.status, headers, _Raw(response.body))  # type: ignore[arg-type]  # see above


@dataclass(frozen=True, slots=True)
class _Raw:
    """The part of urllib3's response that botocore reads."""

    body: bytes

    def stream(self) -> tuple[bytes]:
        return (self.body,)


def _body(body: object) -> bytes:
    """IAM and STS stream nothing, so a body is text or bytes."""
    if isinstance(body, str):
        return body.encode()
    assert body is None or isinstance(body, bytes), type(body)
    return body or b""
