"""Connections kept between transactions: SQLAlchemy's pool takes longer than a read.

Reads and writes take turns on them. Whoever reads on the connection that wrote last finds its pages in its memory; any
other connection has forgotten all of its own.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DatabaseError

from passrole.account.sqlite_engine import begin, commit, roll_back


class KeptConnections:
    """As many as were in use at once. Safe to use from several threads: each has a connection for itself."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._idle: list[Connection] = []

    def end(self, connection: Connection, error: BaseException | None) -> None:
        """Commit, or roll back for an error."""
        if isinstance(error, DatabaseError):
            self.drop(connection)
        elif error is not None:
            self.roll_back(connection)
        else:
            try:
                commit(connection)
            except BaseException:
                self.drop(connection)
                raise
            self.keep(connection)

    def begin(self, *, writes: bool = False, prepare: Callable[[Connection], None] | None = None) -> Connection:
        """A connection in a transaction of its own, which excludes other writers when it `writes`.

        `prepare` is called with it before that. Afterwards it is for `keep`, `roll_back` or `drop`.
        """
        try:
            connection = self._idle.pop()
        except IndexError:
            connection = self._engine.connect()
        try:
            if prepare is not None:
                prepare(connection)
            begin(connection, writes=writes)
        except BaseException:
            self.drop(connection)
            raise
        return connection

    def keep(self, connection: Connection) -> None:
        """Its transaction has been committed."""
        self._idle.append(connection)

    def roll_back(self, connection: Connection) -> None:
        try:
            roll_back(connection)
        except BaseException:
            self.drop(connection)
            raise
        self.keep(connection)

    def drop(self, connection: Connection) -> None:
        """In whatever state it is; what was not committed goes with it."""
        connection.invalidate()
        connection.close()

    def close(self) -> None:
        """Let go of those that nobody is using."""
        while self._idle:
            self._idle.pop().close()
