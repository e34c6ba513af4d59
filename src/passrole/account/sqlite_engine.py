"""The SQLite engine of an account: how its connections are set up and how its transactions begin.

SQLite's own words are in this module and in `account_file` alone; everything else is SQLAlchemy Core.
Source: SQLite, "Write-Ahead Logging" <https://www.sqlite.org/wal.html>, and PRAGMA synchronous
<https://www.sqlite.org/pragma.html#pragma_synchronous>: in WAL mode only FULL syncs at each commit.
"""

from __future__ import annotations

import sqlite3
import time
from itertools import count
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

BUSY_TIMEOUT_SECONDS = 30.0
"""How long a transaction waits for another process; one write takes milliseconds."""

_WRITES = "passrole_writes"
TENTATIVE = "passrole_tentative_generation"
"""What a transaction has in place of a generation while its own is not committed (see `generation`)."""
_SERIAL = "passrole_serial"
FileState = tuple[int, int, int]
_serials = count()
"""One for each connection of the process: an address may be that of another one later."""


def open_engine(path: Path) -> tuple[Engine, Engine]:
    """An engine whose transactions read, and the same one with transactions that exclude other writers."""
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        connect_args={"timeout": BUSY_TIMEOUT_SECONDS, "check_same_thread": False},
        pool_size=8,
        max_overflow=64,
        # What is inserted holds the secrets of access keys; without this an error's text and traceback would show it.
        hide_parameters=True,
    )
    event.listen(engine, "connect", _configure)
    event.listen(engine, "begin", _begin)
    return engine, engine.execution_options(**{_WRITES: True})


def open_migration_engine(path: Path) -> Engine:
    """An engine for one connection that changes the schema: its transactions exclude other writers.

    Foreign keys are off: a table that is made anew would take along what belongs to its rows. The pragma does nothing
    inside a transaction. Source: SQLite, PRAGMA foreign_keys <https://www.sqlite.org/pragma.html#pragma_foreign_keys>
    """
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        connect_args={"timeout": BUSY_TIMEOUT_SECONDS},
        poolclass=NullPool,
        hide_parameters=True,
        execution_options={_WRITES: True},
    )
    event.listen(engine, "connect", _configure_migration)
    event.listen(engine, "begin", _begin)
    return engine


def open_log_engine(path: Path) -> Engine:
    """An engine for what may be lost when the machine stops: a commit is not synced, and the file stays whole.

    Source: SQLite, PRAGMA synchronous, NORMAL in WAL mode <https://www.sqlite.org/pragma.html#pragma_synchronous>
    """
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        connect_args={"timeout": BUSY_TIMEOUT_SECONDS, "check_same_thread": False},
        hide_parameters=True,
        execution_options={_WRITES: True},
    )
    event.listen(engine, "connect", _configure_log)
    event.listen(engine, "begin", _begin)
    return engine


def _configure_log(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None
    _use_write_ahead_log(connection)
    connection.execute("PRAGMA synchronous = NORMAL")


def _configure(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # this module begins transactions itself
    _use_write_ahead_log(connection)
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")


def _configure_migration(connection: sqlite3.Connection, _record: object) -> None:
    _configure(connection, _record)
    connection.execute("PRAGMA foreign_keys = OFF")


def _use_write_ahead_log(connection: sqlite3.Connection) -> None:
    """Two processes that open a new file at once both try; SQLite does not wait here, whatever the timeout."""
    deadline = time.monotonic() + BUSY_TIMEOUT_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL").fetchone()
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
        else:
            return


def _begin(connection: Connection) -> None:
    """SQLAlchemy begins one before its first statement; `begin` may have been there before."""
    if not in_transaction(connection):
        begin(connection, writes=bool(connection.get_execution_options().get(_WRITES)))


def begin(connection: Connection, *, writes: bool) -> None:
    """A transaction of SQLite's, past SQLAlchemy: `commit` and `roll_back` end it, whoever has worked in it."""
    connection.info[_WRITES] = writes
    connection.info.pop(TENTATIVE, None)
    # IMMEDIATE: a writer that began as a reader could find, at its first write, that it must begin again.
    run(connection, "BEGIN IMMEDIATE" if writes else "BEGIN")


def commit(connection: Connection) -> None:
    if connection.in_transaction():
        connection.commit()
    else:
        run(connection, "COMMIT")


def roll_back(connection: Connection) -> None:
    """Also where SQLite has done so by itself."""
    if connection.in_transaction():
        connection.rollback()
    if in_transaction(connection):
        run(connection, "ROLLBACK")


def in_transaction(connection: Connection) -> bool:
    """Whether SQLite is in a transaction, whatever SQLAlchemy knows of it."""
    return _raw(connection).in_transaction


def wait_for_writers(connection: Connection, milliseconds: int) -> None:
    """How long a transaction that begins on this connection waits for another one that writes."""
    run(connection, f"PRAGMA busy_timeout = {milliseconds:d}")


def state_of(connection: Connection) -> FileState | None:
    """What stays the same as long as the file does, as this transaction sees it. It says nothing to other connections.

    None within a transaction that writes: it may be taken back, and what was counted is not.

    Source: SQLite, PRAGMA data_version <https://www.sqlite.org/pragma.html#pragma_data_version>, which changes with
    the commits of other connections, and sqlite3_total_changes <https://www.sqlite.org/c3ref/total_changes.html>,
    which rises with the rows that this one has written.
    """
    if connection.info.get(_WRITES, True):
        return None
    raw = _raw(connection)
    serial: int = connection.info.setdefault(_SERIAL, next(_serials))
    version: int = raw.execute("PRAGMA data_version").fetchone()[0]
    return serial, version, raw.total_changes


def run(connection: Connection, statement: str) -> None:
    """A statement about transactions. Past SQLAlchemy, which takes longer to say it than SQLite to do it."""
    try:
        _raw(connection).execute(statement)
    except sqlite3.Error as error:
        raise DBAPIError.instance(statement, None, error, sqlite3.Error, dialect=connection.dialect) from error


def _raw(connection: Connection) -> sqlite3.Connection:
    raw = connection.connection.dbapi_connection
    assert isinstance(raw, sqlite3.Connection), "a connection that was not invalidated has one"
    return raw
