"""The account kept in an SQLite file: a transaction that has ended is on disk.

SQLite's own words are in this module and `account_file` alone; everything else is SQLAlchemy Core.
Source: SQLite, "Write-Ahead Logging" <https://www.sqlite.org/wal.html>, and PRAGMA synchronous: in WAL mode only FULL
syncs at each commit.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event, insert, inspect, select, update
from sqlalchemy.engine import URL
from sqlalchemy.exc import DatabaseError

from passrole.account.account_file import CHOOSE_ANOTHER, damaged, database_failures_explained, prepare
from passrole.account.administrator import AdministratorKey, create_administrator, find_administrator_key
from passrole.account.callers import Caller
from passrole.account.clock import Clock, system_clock
from passrole.account.context import CallContext
from passrole.account.ids import Ids, RandomIds
from passrole.account.quotas import AccountQuotas
from passrole.account.tables import SCHEMA_VERSION, account, metadata
from passrole.errors import ConfigurationError

DEFAULT_ACCOUNT_ID = "111122223333"
DEFAULT_PARTITION = "aws"
BUSY_TIMEOUT_SECONDS = 30.0
"""How long a transaction waits for another process; one write takes milliseconds."""

_WRITES = "passrole_writes"


class AccountStore:
    """One account in one file. Threads and processes may share the file; each transaction sees one state of it."""

    def __init__(
        self,
        path: Path,
        engine: Engine,
        *,
        account_id: str,
        partition: str,
        clock: Clock,
        ids: Ids,
        quotas: AccountQuotas,
    ) -> None:
        self.path = path
        self.account_id = account_id
        self.partition = partition
        self.clock = clock
        self.ids = ids
        self.quotas = quotas
        self._reader = engine
        self._writer = engine.execution_options(**{_WRITES: True})

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        account_id: str | None = None,
        partition: str | None = None,
        clock: Clock = system_clock,
        ids: Ids | None = None,
        quotas: AccountQuotas | None = None,
    ) -> AccountStore:
        """Open the account at `path`, making it with its administrator when there is none.

        Without `account_id` and `partition` the file's own are taken; a new one gets 111122223333 in `aws`.
        Raises ConfigurationError for a file that cannot be used, and for another account than the one asked for.
        """
        prepare(path)
        ids = ids or RandomIds()
        with database_failures_explained(path):
            engine = _engine(path)
            try:
                found = _found_or_created(
                    path, engine.execution_options(**{_WRITES: True}), account_id, partition, clock, ids
                )
            except BaseException:
                engine.dispose()
                raise
        for name, wanted, kept in zip(("account", "partition"), (account_id, partition), found, strict=True):
            if wanted is not None and wanted != kept:
                engine.dispose()
                raise ConfigurationError(
                    f"account file `{path}` holds {name} {kept}, not {wanted}",
                    help=f"{CHOOSE_ANOTHER}, or leave out {wanted}",
                )
        return cls(
            path,
            engine,
            account_id=found[0],
            partition=found[1],
            clock=clock,
            ids=ids,
            quotas=quotas or AccountQuotas(),
        )

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that sees one state of the account from its first statement to its end."""
        with database_failures_explained(self.path), self._reader.begin() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that excludes other writers from its beginning. It is on disk when this ends.

        An exception rolls everything back, the raised generation included.
        """
        with database_failures_explained(self.path), self._writer.begin() as connection:
            connection.execute(update(account).values(generation=account.c.generation + 1))
            yield connection

    def context(self, connection: Connection, caller: Caller, *, region: str = "us-east-1") -> CallContext:
        return CallContext(
            connection=connection,
            account_id=self.account_id,
            partition=self.partition,
            caller=caller,
            now=self.clock(),
            ids=self.ids,
            quotas=self.quotas,
            region=region,
        )

    def generation(self) -> int:
        """Rises with every transaction that wrote, whichever process it was in."""
        with self.reading() as connection:
            return connection.execute(select(account.c.generation)).scalar_one()

    def administrator(self) -> AdministratorKey:
        """Raises ConfigurationError when the administrator or its keys were deleted."""
        with self.reading() as connection:
            return find_administrator_key(connection)

    def close(self) -> None:
        self._reader.dispose()


def _engine(path: Path) -> Engine:
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        connect_args={"timeout": BUSY_TIMEOUT_SECONDS, "check_same_thread": False},
        pool_size=8,
        max_overflow=64,
    )
    event.listen(engine, "connect", _configure)
    event.listen(engine, "begin", _begin)
    return engine


def _configure(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # this module begins transactions itself
    _use_write_ahead_log(connection)
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")


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
    # IMMEDIATE: a writer that began as a reader could find, at its first write, that it must begin again.
    writes = connection.get_execution_options().get(_WRITES)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _found_or_created(
    path: Path, writer: Engine, account_id: str | None, partition: str | None, clock: Clock, ids: Ids
) -> tuple[str, str]:
    with writer.begin() as connection:
        present = set(inspect(connection).get_table_names())
        if present:
            return _found(path, connection, present)
        metadata.create_all(connection)
        now = clock()
        found = (account_id or DEFAULT_ACCOUNT_ID, partition or DEFAULT_PARTITION)
        connection.execute(
            insert(account).values(
                schema_version=SCHEMA_VERSION, account_id=found[0], partition=found[1], generation=1, created_at=now
            )
        )
        create_administrator(connection, account_id=found[0], partition=found[1], now=now, ids=ids)
        return found


def _found(path: Path, connection: Connection, present: set[str]) -> tuple[str, str]:
    if account.name not in present:
        raise ConfigurationError(
            f"`{path}` is a database of another program", causes=("it has no table `account`",), help=CHOOSE_ANOTHER
        )
    try:
        row = connection.execute(select(account)).first()
    except DatabaseError as error:
        if "no such column" in str(error.orig):
            raise ConfigurationError(
                f"`{path}` is a database of another program", causes=(str(error.orig),), help=CHOOSE_ANOTHER
            ) from error
        raise
    if row is None:
        raise damaged(path, "its account row is missing")
    if row.schema_version > SCHEMA_VERSION:
        raise ConfigurationError(
            f"account file `{path}` was written by a newer passrole",
            causes=(f"it has schema version {row.schema_version}, this passrole knows {SCHEMA_VERSION}",),
            help=f"upgrade passrole: pip install --upgrade passrole; or {CHOOSE_ANOTHER}",
        )
    missing = sorted(set(metadata.tables) - present)
    if missing:
        raise damaged(path, f"it lacks the table `{missing[0]}`")
    return row.account_id, row.partition
