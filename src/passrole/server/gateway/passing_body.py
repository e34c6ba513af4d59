"""The body of a backend's answer on its way to the client: never whole in memory, and where it can be never in it.

On Linux the kernel hands the bytes from one connection to the other (`splice`); elsewhere, and behind TLS, they are
copied in pieces.
"""

from __future__ import annotations

import http.client
import socket
import ssl
from collections.abc import Callable, Iterator
from typing import Final

from passrole.server.gateway.kernel_pipe import KernelPipe, is_there

_PIECE_BYTES: Final = 256 * 1024


class PassingBody:
    """To be read once, or closed. `length` is None where only the framing or the end of the connection tells it.

    `connection` is the backend's socket, taken before the answer was read: http.client may have let go of it. `whole`
    is called when the body has come to its end, `broken` when it has not.
    """

    def __init__(
        self,
        answer: http.client.HTTPResponse,
        connection: socket.socket,
        length: int | None,
        *,
        whole: Callable[[], None],
        broken: Callable[[], None],
    ) -> None:
        self._answer = answer
        self._connection = connection
        self._left = length
        self._whole = whole
        self._broken = broken
        self._over = False

    def __iter__(self) -> Iterator[bytes | memoryview]:
        """Pieces, each good until the next is asked for. Raises ConnectionError for a body that ends too early."""
        buffer = bytearray(_PIECE_BYTES)
        view = memoryview(buffer)
        try:
            if self._left is None:
                while got := self._answer.readinto(buffer):
                    yield view[:got]
                self._left = 0
                return
            yield self._read_ahead()
            while self._left:
                got = self._connection.recv_into(buffer, min(self._left, _PIECE_BYTES))
                self._took(got)
                yield view[:got]
        finally:
            self.close()

    def send_to(self, client: socket.socket) -> None:
        """All of it. Raises ConnectionError when either side ends too early, TimeoutError when one stands still."""
        try:
            if self._left and is_there() and not isinstance(self._connection, ssl.SSLSocket):
                client.sendall(self._read_ahead())
                with KernelPipe(self._connection, client) as pipe:
                    while self._left and pipe.works:
                        self._took(pipe.move(self._left))
            for piece in self:
                client.sendall(piece)
        finally:
            self.close()

    def close(self) -> None:
        if self._over:
            return
        self._over = True
        self._answer.close()
        (self._whole if self._left == 0 else self._broken)()

    def _read_ahead(self) -> bytes:
        """What came together with the head."""
        if not self._left:
            return b""
        found = bytes(self._answer.fp.peek()[: self._left])
        self._answer.fp.read(len(found))
        self._took(len(found))
        return found

    def _took(self, count: int) -> None:
        if not count:
            raise ConnectionError("the backend ended its answer too early")
        self._left = (self._left or 0) - count
