"""A lock that is had in the order in which it was asked for: one who takes it again and again keeps nobody out."""

from __future__ import annotations

from threading import Lock
from types import TracebackType


class WorkTurns:
    """Used by several threads. Not reentrant."""

    def __init__(self) -> None:
        self._next = Lock()
        """Held by the one who is to work next, while it waits."""
        self._work = Lock()

    def __enter__(self) -> None:
        with self._next:
            self._work.acquire()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._work.release()

    def take_within(self, seconds: float) -> bool:
        """Whether it was had in this time; then `give_back` it."""
        if not self._next.acquire(timeout=seconds):
            return False
        try:
            return self._work.acquire(timeout=seconds)
        finally:
            self._next.release()

    def pause(self) -> None:
        """For whoever has it, at a place where it can wait: the next goes first."""
        if self._next.locked():
            self._work.release()
            self.__enter__()

    def give_back(self) -> None:
        self._work.release()
