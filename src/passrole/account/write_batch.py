"""Several writes of one thread in one transaction: each atomic by itself, none on disk before all of them are.

What `write_turns` does for threads that wait for each other, without the waiting: whoever has several writes at hand
carries them out one after the other and commits once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy import Connection
from sqlalchemy.exc import DatabaseError

from passrole.account.kept_connections import KeptConnections
from passrole.account.read_before import forget
from passrole.account.sqlite_engine import BUSY_TIMEOUT_SECONDS, commit, in_transaction, run, wait_for_writers
from passrole.account.write_turns import WriteTurns

PATIENCE_MILLISECONDS: Final = 5
_SAVEPOINT: Final = "SAVEPOINT passrole_batched"
_RELEASE: Final = "RELEASE passrole_batched"
_ROLL_BACK: Final = "ROLLBACK TO passrole_batched"


class WritersBusy(Exception):
    """Another thread or process writes, and this one was not to wait for it."""


class WriteBatch:
    """Used by one thread. After the last `write` comes `commit`; what was answered before it is not on disk.

    `may_go_on` says whether another write may share the transaction.
    """

    def __init__(
        self,
        turns: WriteTurns,
        connections: KeptConnections,
        start: Callable[[Connection], None],
        end: Callable[[Connection], bool],
    ) -> None:
        self._turns = turns
        self._connections = connections
        self._start = start
        self._end = end
        self._connection: Connection | None = None
        self._kept = 0
        self._failure: BaseException | None = None
        self.may_go_on = True

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """An exception rolls this write back and leaves those before it. Raises WritersBusy before anything is done."""
        assert self.may_go_on, "the next write is for the next batch"
        connection = self._begin() if self._connection is None else self._connection
        behind_others = self._kept > 0
        try:
            if behind_others:
                run(connection, _SAVEPOINT)
            self._start(connection)
            yield connection
            shareable = self._end(connection)
            if behind_others:
                run(connection, _RELEASE)
        except BaseException as reason:
            self._roll_back(connection, reason, behind_others=behind_others)
            raise
        self._kept += 1
        self.may_go_on = shareable

    def commit(self) -> None:
        """Raises what kept the writes from the disk: none of them has happened then. A batch is used once."""
        connection, self._connection = self._connection, None
        if connection is None:
            if self._failure is not None:
                raise self._failure
            return
        try:
            commit(connection)
        except BaseException:
            # SQLite may have left the transaction open; with its connection it is gone.
            self._connections.drop(connection)
            raise
        else:
            self._connections.keep(connection)
        finally:
            self._turns.let_go()

    def _begin(self) -> Connection:
        if not self._turns.take_free_turn():
            raise WritersBusy
        try:
            self._connection = self._connections.begin(writes=True, prepare=_do_not_wait)
            wait_for_writers(self._connection, int(BUSY_TIMEOUT_SECONDS * 1000))
        except BaseException as error:
            self._turns.let_go()
            if isinstance(error, DatabaseError) and "locked" in str(error.orig):
                raise WritersBusy from error
            raise
        return self._connection

    def _roll_back(self, connection: Connection, reason: BaseException, *, behind_others: bool) -> None:
        forget(connection)
        try:
            if behind_others and in_transaction(connection):
                run(connection, _ROLL_BACK)
                run(connection, _RELEASE)
                return
        except DatabaseError:
            pass
        # The first of its transaction, or SQLite has ended all of it: the disk is full, or worse.
        if behind_others:
            self._failure = reason
            self.may_go_on = False
        self._connection = None
        try:
            if isinstance(reason, DatabaseError):
                self._connections.drop(connection)
            else:
                self._connections.roll_back(connection)
        finally:
            self._turns.let_go()


def _do_not_wait(connection: Connection) -> None:
    wait_for_writers(connection, PATIENCE_MILLISECONDS)
