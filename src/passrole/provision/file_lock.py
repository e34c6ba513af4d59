"""A lock between processes that ends with the process, so that a killed one never leaves it behind."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from passrole.provision.errors import JournalBusyError, JournalError


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock of `path`, without waiting. Raises JournalBusyError when another process (or thread) has it."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as err:
        raise JournalError(f"`{path}` cannot be opened", causes=(err.strerror or str(err),)) from err
    try:
        try:
            _lock(descriptor)
        except OSError as err:
            raise JournalBusyError(
                "another apply or destroy works on this account",
                causes=(f"it holds `{path}`",),
                help="wait until it has ended, then run the command again",
            ) from err
        yield
    finally:
        os.close(descriptor)


if sys.platform == "win32":

    def _lock(descriptor: int) -> None:
        import msvcrt

        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

else:

    def _lock(descriptor: int) -> None:
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
