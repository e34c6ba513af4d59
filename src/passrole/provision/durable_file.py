"""Writing a private file so that after a crash it holds either the old text or the new one, and never half."""

from __future__ import annotations

import contextlib
import errno
import os
import tempfile
from pathlib import Path
from types import TracebackType

from passrole.errors import ConfigurationError


class DurableFile:
    """A file to be replaced: the new one is opened on entering, so that a full or read-only disk shows early.

    The new file has mode 0600 from its first byte. Raises ConfigurationError when it cannot be made or written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor = -1
        self._temporary = ""

    def __enter__(self) -> DurableFile:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._descriptor, self._temporary = tempfile.mkstemp(prefix=f".{self.path.name}.", dir=self.path.parent)
        except OSError as err:
            raise _cannot_write(self.path, err) from err
        return self

    def write(self, text: str) -> None:
        """Write the whole text, once, and put it in place; it is on the disk when this returns."""
        try:
            with os.fdopen(os.dup(self._descriptor), "w", encoding="utf-8", newline="\n") as stream:
                stream.write(text)
                stream.flush()
                os.fsync(stream.fileno())
            os.replace(self._temporary, self.path)
            self._temporary = ""
            _sync_folder(self.path.parent)
        except OSError as err:
            raise _cannot_write(self.path, err) from err

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._descriptor)
        if self._temporary:
            with contextlib.suppress(OSError):
                os.unlink(self._temporary)


def write_durably(path: Path, text: str) -> None:
    """Replace `path` by a file with `text`, mode 0600. Raises ConfigurationError."""
    with DurableFile(path) as file:
        file.write(text)


def _sync_folder(folder: Path) -> None:
    """Make the renaming itself durable; Windows has no such call and needs none."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _cannot_write(path: Path, err: OSError) -> ConfigurationError:
    return ConfigurationError(
        f"`{path}` cannot be written", causes=(err.strerror or str(err),), help=_next_step(path, err)
    )


def _next_step(path: Path, err: OSError) -> str:
    # Putting a file in the place of `.` is answered EBUSY.
    if isinstance(err, IsADirectoryError) or path.is_dir():
        return "name a file"
    if err.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return "make room on the disk, then run the command again"
    return f"make its folder writable: {path.parent}"
