"""The whole content of an account file, put away and brought back while servers go on using the file."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, delete, insert, select, update

from passrole.account.account_file import CHOOSE_ANOTHER, copy_database
from passrole.account.store import AccountStore
from passrole.account.tables import account_file, metadata, schema_version
from passrole.errors import UsageError

_ROWS_AT_ONCE = 500


def write_snapshot(store: AccountStore, target: Path) -> None:
    """Everything in the file, secrets included, as one moment saw it. Raises UsageError for a file that is there."""
    try:
        copy_database(store.path, target)
    except FileExistsError as error:
        raise UsageError(f"`{target}` is there already", help="name a file that is not there") from error
    except OSError as error:
        raise UsageError(f"`{target}` cannot be written", causes=((error.strerror or str(error)).lower(),)) from error


def restore_snapshot(store: AccountStore, snapshot: Path) -> None:
    """Put a snapshot in the place of everything in the file, in one transaction.

    The snapshot may be of an older passrole, and stays as it is. A server on the file answers its next request from
    what was restored: the generation is higher than it ever was in either file.
    Raises UsageError where there is no such file, ConfigurationError for one that is no account file.
    """
    if not snapshot.is_file():
        raise UsageError(f"there is no snapshot `{snapshot}`", help=CHOOSE_ANOTHER.replace("--account-file ", ""))
    with tempfile.TemporaryDirectory(dir=store.path.parent, prefix=".passrole-restore-") as folder:
        copy = Path(folder) / "snapshot.db"
        copy_database(snapshot, copy)
        source = AccountStore.open(copy)
        try:
            _replace(store, source)
        finally:
            source.close()


@dataclass(frozen=True, slots=True)
class Contents:
    """Everything in an account file as one moment saw it, in memory. It holds secrets."""

    rows: Mapping[str, list[dict[str, Any]]] = field(repr=False)


def contents_of(store: AccountStore) -> Contents:
    with store.reading() as connection:
        return Contents(
            {table.name: [dict(row) for row in connection.execute(select(table)).mappings()] for table in _tables()}
        )


def put_back(store: AccountStore, contents: Contents) -> None:
    """Make the file as it was then, in one transaction. Where nothing has changed nothing is written."""
    if contents_of(store) == contents:
        return
    with store.writing() as connection:
        generation = _generation(connection)
        for table in reversed(_tables()):
            connection.execute(delete(table))
        for table in _tables():
            rows = contents.rows[table.name]
            for start in range(0, len(rows), _ROWS_AT_ONCE):
                connection.execute(insert(table), rows[start : start + _ROWS_AT_ONCE])
        connection.execute(update(account_file).values(generation=generation + 1))


def _tables() -> list[Table]:
    return [table for table in metadata.sorted_tables if table is not schema_version]


def _replace(store: AccountStore, source: AccountStore) -> None:
    tables = _tables()
    with source.reading() as old, store.writing() as new:
        generation = max(_generation(old), _generation(new)) + 1
        for table in reversed(tables):
            new.execute(delete(table))
        for table in tables:
            rows = old.execute(select(table)).mappings()
            while batch := [dict(row) for row in rows.fetchmany(_ROWS_AT_ONCE)]:
                new.execute(insert(table), batch)
        new.execute(update(account_file).values(generation=generation))


def _generation(connection: Connection) -> int:
    """Within the transaction that raises it: a server on the file may have raised it until a moment before."""
    found: int = connection.execute(select(account_file.c.generation)).scalar_one()
    return found
