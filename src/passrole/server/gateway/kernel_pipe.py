"""Bytes from one connection to another without passing through this process: Linux's `splice`.

Source: splice(2) <https://man7.org/linux/man-pages/man2/splice.2.html>.
"""

from __future__ import annotations

import contextlib
import errno
import os
import select
import socket
import sys
from typing import Final, Self

if sys.platform == "linux":
    import fcntl

_PIPE_BYTES: Final = 1024 * 1024
"""As large as Linux lets a pipe be without more rights."""
_PIECE_BYTES: Final = 256 * 1024
_REFUSALS: Final = frozenset({errno.EINVAL, errno.ENOSYS, errno.EPERM, errno.EOPNOTSUPP})


def is_there() -> bool:
    return sys.platform == "linux" and hasattr(os, "splice")


class KernelPipe:
    """Between two connections; for neither is waited longer than its timeout says. `works` until the kernel refuses."""

    def __init__(self, source: socket.socket, target: socket.socket) -> None:
        self._source = source
        self._target = target
        self.works = True

    def __enter__(self) -> Self:
        self._out, self._in = os.pipe()
        # Not all that the pipe may hold can be had when many are open.
        with contextlib.suppress(OSError):
            fcntl.fcntl(self._in, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._out)
        os.close(self._in)

    def move(self, most: int) -> int:
        """How many bytes went over; 0 at the source's end."""
        got = 0
        while not got:
            try:
                got = os.splice(self._source.fileno(), self._in, min(most, _PIPE_BYTES))
                if not got:
                    return 0
            except BlockingIOError:
                _wait_for(self._source, select.POLLIN)
            except OSError as error:
                if error.errno not in _REFUSALS:
                    raise
                self.works = False
                return self._copied(most)
        left = got
        while left:
            try:
                left -= os.splice(self._out, self._target.fileno(), left)
            except BlockingIOError:
                _wait_for(self._target, select.POLLOUT)
            except OSError as error:
                if error.errno not in _REFUSALS:
                    raise
                self.works = False
                while left:
                    piece = os.read(self._out, left)
                    self._target.sendall(piece)
                    left -= len(piece)
        return got

    def _copied(self, most: int) -> int:
        piece = self._source.recv(min(most, _PIECE_BYTES))
        self._target.sendall(piece)
        return len(piece)


def _wait_for(connection: socket.socket, event: int) -> None:
    poll = select.poll()
    poll.register(connection, event)
    seconds = connection.gettimeout()
    if not poll.poll(None if seconds is None else seconds * 1000):
        raise TimeoutError("the other side of a connection stands still")
