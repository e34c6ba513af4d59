"""What carries out the calls that the gateway has let through, and tells it what is stored: moto, or an endpoint."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, TypeAlias, runtime_checkable

from passrole.server.message import HttpResponse

if TYPE_CHECKING:
    from botocore.client import BaseClient


class BodyStream(Protocol):
    """A body that passes in pieces, and is never whole in memory. It can be read again from its start."""

    length: int
    """In bytes."""

    def __iter__(self) -> Iterator[bytes]: ...


Body: TypeAlias = bytes | BodyStream


@dataclass(frozen=True, slots=True)
class ForwardedCall:
    """One call that was authenticated and authorized, written anew from what was decoded.

    `service` and `operation` are botocore's names. `path` is the request target, query included, path-style for S3;
    `host_prefix` is what the operation's model puts before the host (`data-`). No header names a caller: whose account
    is called stands in `account_id`, and nothing that a client sent can name another.
    """

    service: str
    operation: str
    region: str
    account_id: str
    partition: str
    method: str
    path: str
    headers: tuple[tuple[str, str], ...]
    body: Body = field(default=b"", repr=False)
    host_prefix: str = ""
    endpoint_url: str = ""
    """Where the client reached the gateway: what the address of a queue must begin with, so that it comes back here."""


class Backend(Protocol):
    """Safe to use from several threads. It enforces nothing: who asks it has decided already."""

    @property
    def name(self) -> str:
        """`moto in this process`, or the URL."""
        ...

    @property
    def lasts(self) -> bool:
        """Whether its state survives a restart of the server."""
        ...

    @property
    def most_body_bytes(self) -> int:
        """How large an object may be that comes in one request."""
        ...

    def answer(self, call: ForwardedCall) -> HttpResponse:
        """Carry out one call. An error of the service is an answer like any other.

        Raises ServiceError where the backend has no such service or operation, or cannot be reached.
        """
        ...

    def client(self, service: str, *, region: str, account_id: str) -> BaseClient:
        """A botocore client to read stored state with, past the gate and with unlimited rights; the same one each time.

        Its calls raise botocore's ClientError for what the backend refuses or does not have.
        """
        ...

    def state_version(self, service: str, operation: str) -> int | None:
        """Of what a reading operation shows: as long as it is the same, the answer may be kept.

        To be asked before the operation. None where others may change it too: nothing may be kept beyond the call that
        it was read for.
        """
        ...


@runtime_checkable
class Forgetful(Protocol):
    """A backend that can forget."""

    def reset(self, account_id: str | None = None) -> None:
        """Forget all that is stored, or all of one account."""
        ...
