"""A body that is too large for the memory, in a file without a name: gone when nobody holds it any more."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from typing import BinaryIO, Final, cast

_PIECE_BYTES: Final = 256 * 1024


class Spooled:
    """Written once, from its start to its end, and then read as often as is wanted. Raises OSError of a full disk."""

    def __init__(self) -> None:
        self._file = cast("BinaryIO", tempfile.TemporaryFile(prefix="passrole-"))  # noqa: SIM115
        self.length = 0

    def write(self, piece: bytes) -> None:
        self._file.write(piece)
        self.length += len(piece)

    def __iter__(self) -> Iterator[bytes]:
        self._file.seek(0)
        while piece := self._file.read(_PIECE_BYTES):
            yield piece

    def opened(self) -> BinaryIO:
        """The file itself, at its start."""
        self._file.seek(0)
        return self._file
