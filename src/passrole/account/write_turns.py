"""Concurrent writes share one sync of the disk: each is atomic by itself, and none ends before all of them are kept.

A sync takes longer than a write. Writers that come while another writer is at work go on in its transaction, each
behind a savepoint of its own, and the last of them commits for all. The first needs none: before it there is nothing
to keep.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from threading import Event, Lock, get_ident
from typing import Final

from sqlalchemy import Connection
from sqlalchemy.exc import DatabaseError

from passrole.account.kept_connections import KeptConnections
from passrole.account.sqlite_engine import commit, run

NOTHING: Final = nullcontext()
MOST_AT_ONCE: Final = 16
"""Writes in one transaction; the first of them waits for the last."""
_PATIENCE_SECONDS: Final = 0.1
_SAVEPOINT: Final = "SAVEPOINT passrole_write"
_RELEASE: Final = "RELEASE passrole_write"
_ROLL_BACK: Final = "ROLLBACK TO passrole_write"


@dataclass(slots=True)
class _Shared:
    """A transaction and how it ended, for the writers in it."""

    connection: Connection
    writers: int = 0
    kept: int = 0
    ended: Event = field(default_factory=Event)
    failure: BaseException | None = None


class WriteTurns:
    """The writes of one process to one file, one at a time. Used from several threads."""

    def __init__(self, connections: KeptConnections) -> None:
        self._connections = connections
        self._turn = Lock()
        self._counting = Lock()
        self._waiting = 0
        self._writer: int | None = None
        self._shared: _Shared | None = None

    @contextmanager
    def write(
        self,
        begin: Callable[[Connection], None],
        end: Callable[[Connection], bool],
        at_work: AbstractContextManager[object] = NOTHING,
    ) -> Iterator[Connection]:
        """A transaction of its own, as far as anybody can tell. It is on disk when this ends.

        `begin` is called before the block and `end` after it, within what is rolled back; `end` says whether the
        writers that wait may go on in this transaction. An exception rolls this write back, and is raised when what
        it may have seen of the writes before it is on disk. Raises RuntimeError within another write of its thread,
        for which it would wait forever. `at_work` is held while the block runs, and not while it waits.
        """
        self._take_turn()
        # The turn is let go of by `_pass_on`, and by nothing else.
        mine: _Shared | None = None
        try:
            mine = self._shared or self._begin()
            mine.writers += 1
            is_first = mine.writers == 1
            with at_work:
                if not is_first:
                    run(mine.connection, _SAVEPOINT)
                begin(mine.connection)
                yield mine.connection
                may_share = end(mine.connection)
                if not is_first:
                    run(mine.connection, _RELEASE)
            mine.kept += 1
        except BaseException as reason:
            self._roll_back(mine, reason)
            raise
        self._pass_on(mine, may_share=may_share)
        self._wait(mine)

    def _take_turn(self) -> None:
        if self._writer == get_ident():
            raise RuntimeError("a write within a write of the same thread")
        with self._counting:
            self._waiting += 1
        try:
            self._turn.acquire()
            self._writer = get_ident()
        finally:
            with self._counting:
                self._waiting -= 1

    def take_free_turn(self) -> bool:
        """For whoever has a transaction of its own and does not wait: whether it may go, and must `let_go`."""
        if self._waiting or not self._turn.acquire(blocking=False):
            return False
        if self._shared is not None:
            # The next of those that share it was about to come.
            self._turn.release()
            return False
        self._writer = get_ident()
        return True

    def let_go(self) -> None:
        self._writer = None
        self._turn.release()

    def _begin(self) -> _Shared:
        self._shared = _Shared(self._connections.begin(writes=True))
        return self._shared

    def _roll_back(self, mine: _Shared | None, reason: BaseException) -> None:
        if mine is None:
            self.let_go()
            return
        if mine.writers == 1:
            self._end(mine, reason if isinstance(reason, DatabaseError) else None)
            return
        try:
            run(mine.connection, _ROLL_BACK)
            run(mine.connection, _RELEASE)
        except BaseException as failure:
            # SQLite has ended the whole transaction by itself: the disk is full, or worse.
            self._end(mine, reason if isinstance(reason, DatabaseError) else failure)
            return
        self._pass_on(mine, may_share=True)
        self._wait(mine)

    def _pass_on(self, mine: _Shared, *, may_share: bool) -> None:
        """Let the next writer go on in this transaction, or end it."""
        if may_share and self._waiting and mine.writers < MOST_AT_ONCE:
            self.let_go()
            return
        self._end(mine, None)

    def _end(self, mine: _Shared, failure: BaseException | None) -> None:
        self._shared = None
        try:
            if failure is None and mine.kept:
                commit(mine.connection)
        except BaseException as error:
            failure = error
        finally:
            mine.failure = failure
            try:
                if failure is not None:
                    # SQLite may have left the transaction open; with its connection it is gone.
                    self._connections.drop(mine.connection)
                elif mine.kept:
                    self._connections.keep(mine.connection)
                else:
                    self._connections.roll_back(mine.connection)
            finally:
                self.let_go()
                mine.ended.set()

    def _wait(self, mine: _Shared) -> None:
        while not mine.ended.wait(_PATIENCE_SECONDS):
            # Who was to go on may have been interrupted before it began.
            if self._turn.acquire(blocking=False):
                if self._shared is mine:
                    self._end(mine, None)
                else:
                    self.let_go()
        if mine.failure is not None:
            raise mine.failure
