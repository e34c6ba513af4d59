"""The account kept in an SQLite file: a transaction that has ended is on disk."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, insert, inspect, select, update
from sqlalchemy.exc import DatabaseError

from passrole.account.account_file import CHOOSE_ANOTHER, damaged, database_failures_explained, prepare
from passrole.account.administrator import AdministratorKey, create_administrator, find_administrator_key
from passrole.account.callers import Caller
from passrole.account.clock import Clock, system_clock
from passrole.account.context import AccountView, CallContext
from passrole.account.ids import Ids, RandomIds
from passrole.account.quotas import AccountQuotas
from passrole.account.sqlite_engine import open_engine
from passrole.account.tables import SCHEMA_VERSION, account, metadata
from passrole.catalog.partitions import partition as find_partition
from passrole.engine.request import ContextValue
from passrole.errors import ConfigurationError
from passrole.policy.arn import ACCOUNT_ID

DEFAULT_ACCOUNT_ID = "111122223333"
DEFAULT_PARTITION = "aws"


class AccountStore:
    """One account in one file. Threads and processes may share the file; each transaction sees one state of it."""

    def __init__(
        self,
        path: Path,
        reader: Engine,
        writer: Engine,
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
        self._reader = reader
        self._writer = writer

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
        Raises ConfigurationError for a file that cannot be used, for another account than the one asked for and for
        an id that is none; UnknownPartitionError.
        """
        prepare(path)
        ids = ids or RandomIds()
        with database_failures_explained(path):
            reader, writer = open_engine(path)
            try:
                found = _found(path, reader) or _created(path, writer, account_id, partition, clock, ids)
                _check_identity(path, found, (account_id, partition))
            except BaseException:
                reader.dispose()
                raise
        return cls(
            path,
            reader,
            writer,
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

        An exception rolls everything back. The generation is raised last: what a transaction reads before it writes
        is the state of the generation that it sees.
        """
        with database_failures_explained(self.path), self._writer.begin() as connection:
            yield connection
            connection.execute(update(account).values(generation=account.c.generation + 1))

    def view(self, connection: Connection) -> AccountView:
        return AccountView(connection, self.account_id, self.partition)

    def context(
        self,
        connection: Connection,
        caller: Caller,
        *,
        region: str = "us-east-1",
        request_context: Mapping[str, ContextValue] | None = None,
    ) -> CallContext:
        return CallContext(
            connection=connection,
            account_id=self.account_id,
            partition=self.partition,
            caller=caller,
            now=self.clock(),
            ids=self.ids,
            quotas=self.quotas,
            region=region,
            request_context=request_context or {},
        )

    def generation(self) -> int:
        """Rises with every transaction that wrote, whichever process it was in."""
        with self.reading() as connection:
            generation: int = connection.execute(select(account.c.generation)).scalar_one()
            return generation

    def administrator(self) -> AdministratorKey:
        """Raises ConfigurationError when the administrator or its keys were deleted."""
        with self.reading() as connection:
            return find_administrator_key(connection)

    def close(self) -> None:
        self._reader.dispose()


def _created(
    path: Path, writer: Engine, account_id: str | None, partition: str | None, clock: Clock, ids: Ids
) -> tuple[str, str]:
    """Make the account, unless another process has made it in the meantime."""
    made = (account_id or DEFAULT_ACCOUNT_ID, find_partition(partition or DEFAULT_PARTITION).partition_id)
    if not ACCOUNT_ID.fullmatch(made[0]):
        raise ConfigurationError(
            f"`{made[0]}` is not an account id", help=f"write twelve digits, for example {DEFAULT_ACCOUNT_ID}"
        )
    with writer.begin() as connection:
        present = set(inspect(connection).get_table_names())
        if present:
            return _identity(path, connection, present)
        metadata.create_all(connection)
        now = clock()
        connection.execute(
            insert(account).values(
                schema_version=SCHEMA_VERSION, account_id=made[0], partition=made[1], generation=1, created_at=now
            )
        )
        create_administrator(connection, account_id=made[0], partition=made[1], now=now, ids=ids)
        return made


def _found(path: Path, reader: Engine) -> tuple[str, str] | None:
    """The account and partition in the file; None when it is empty."""
    with reader.begin() as connection:
        present = set(inspect(connection).get_table_names())
        return _identity(path, connection, present) if present else None


def _identity(path: Path, connection: Connection, present: set[str]) -> tuple[str, str]:
    if account.name not in present:
        raise ConfigurationError(
            f"`{path}` is a database of another program",
            causes=("it has no table `account`",),
            help=CHOOSE_ANOTHER,
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


def _check_identity(path: Path, found: tuple[str, str], wanted: tuple[str | None, str | None]) -> None:
    for name, kept, asked in zip(("account", "partition"), found, wanted, strict=True):
        if asked is not None and asked != kept:
            raise ConfigurationError(
                f"account file `{path}` holds {name} {kept}, not {asked}",
                help=f"{CHOOSE_ANOTHER}, or leave out {asked}",
            )
