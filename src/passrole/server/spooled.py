"""A body that is too large for the memory, in a file without a name: gone when nobody holds it any more."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from io import BufferedReader
from typing import TYPE_CHECKING, BinaryIO, Final

if TYPE_CHECKING:
    import socket

_PIECE_BYTES: Final = 1024 * 1024


class Spooled:
    """Written once, from its start to its end, and then read as often as is wanted. Raises OSError of a full disk."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile(prefix="passrole-", buffering=0)  # noqa: SIM115
        self.length = 0

    def write(self, piece: bytes | bytearray | memoryview) -> None:
        left = memoryview(piece)
        while left:
            left = left[self._file.write(left) :]
        self.length += len(piece)

    def __iter__(self) -> Iterator[bytes]:
        self._file.seek(0)
        while piece := self._file.read(_PIECE_BYTES):
            yield piece

    def opened(self) -> BinaryIO:
        """Read as a file, from its start."""
        self._file.seek(0)
        return BufferedReader(self._file, _PIECE_BYTES)

    def send_to(self, connection: socket.socket) -> None:
        """Without taking it into memory, where the system can. Raises OSError, of the connection too."""
        self._file.seek(0)
        connection.sendfile(self._file)
