"""An HTTP request and its answer as values, the same whether they crossed a socket or stayed in the process."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import socket

    from passrole.server.spooled import Spooled


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """What a client sent. `target` is the request target as written (`/?Action=…`), not decoded.

    `source_ip` is the address of the peer, never a header that the client could have made up; `secure` says whether
    it came over TLS or never left the process.
    """

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes = field(default=b"", repr=False)  # A body may hold secrets; it never shows in a log.
    source_ip: str = "127.0.0.1"
    secure: bool = False
    spooled: Spooled | None = field(default=None, repr=False)
    """A large body, in place of `body`; only the gateway gets one."""
    _by_name: dict[str, list[str]] = field(init=False, repr=False, compare=False)
    """The headers' values by their names in lower case."""

    def __post_init__(self) -> None:
        by_name: dict[str, list[str]] = {}
        for name, value in self.headers:
            by_name.setdefault(name.lower(), []).append(value)
        object.__setattr__(self, "_by_name", by_name)

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    @property
    def query(self) -> str:
        return self.target.partition("?")[2]

    def header_values(self, name: str) -> Sequence[str]:
        """Every value of a header, in the order sent; `name` in lower case."""
        return self._by_name.get(name, ())

    def header(self, name: str) -> str | None:
        """The first value of a header; `name` in lower case."""
        values = self._by_name.get(name)
        return values[0] if values else None


class StreamedBody(Protocol):
    """The body of an answer in pieces: to be read once, or sent, and closed by whoever does neither to its end."""

    def __iter__(self) -> Iterator[bytes | memoryview]:
        """Pieces, each good until the next is asked for."""
        ...

    def send_to(self, client: socket.socket) -> None:
        """All of it, and then it is closed. Raises ConnectionError also when it ends too early."""
        ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class HttpResponse:
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes = field(repr=False)
    announced_length: int | None = None
    """Of the body that a HEAD request does not get, or that is in `stream`; None where that has no known length."""
    stream: StreamedBody | None = field(default=None, repr=False)
    """In place of `body`."""

    @property
    def length(self) -> int | None:
        """What Content-Length says; None where an answer has none (RFC 9110, section 8.6)."""
        if self.status == 204 or self.status < 200:
            return None
        if self.announced_length is not None:
            return self.announced_length
        return len(self.body) if self.stream is None else None
