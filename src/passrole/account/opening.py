"""Opening an account file: the account it is about, a new file made, an old one migrated, a strange one refused."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, Engine, insert, inspect, select
from sqlalchemy.exc import DatabaseError

from passrole.account.account_file import CHOOSE_ANOTHER, damaged
from passrole.account.accounts import AccountIdentity, add_account, find_account, home_account
from passrole.account.administrator import create_administrator
from passrole.account.clock import Clock
from passrole.account.ids import Ids
from passrole.account.migrate import migrate
from passrole.account.tables import SCHEMA_VERSION, account_file, metadata, schema_version
from passrole.catalog.partitions import partition as find_partition
from passrole.errors import ConfigurationError
from passrole.policy.arn import ACCOUNT_ID

DEFAULT_ACCOUNT_ID = "111122223333"
DEFAULT_PARTITION = "aws"
_REVISION = re.compile(r"\d{4}")


@dataclass(frozen=True, slots=True)
class Wanted:
    """The account that is asked for; None leaves it to the file, or to the default for a new one."""

    account_id: str | None
    partition: str | None


def open_account(path: Path, reader: Engine, writer: Engine, wanted: Wanted, clock: Clock, ids: Ids) -> AccountIdentity:
    """The account to work on. Raises ConfigurationError, UnknownPartitionError."""
    version = _version(path, reader)
    if version is None:
        _make(writer, wanted, clock, ids)
        version = _version(path, reader)
    if version is not None and version < SCHEMA_VERSION:
        migrate(path, version)
    with reader.begin() as connection:
        return _chosen(path, connection, wanted)


def _version(path: Path, reader: Engine) -> str | None:
    """The schema version of the file; None when it is empty."""
    with reader.begin() as connection:
        present = set(inspect(connection).get_table_names())
        if not present:
            return None
        if schema_version.name in present:
            version: str | None = connection.execute(select(schema_version)).scalar()
        elif "account" in present:
            version = _first_version(path, connection)
        else:
            raise _other_program(path, "it has no table `accounts`")
        if version is None or not _REVISION.fullmatch(version):
            raise damaged(path, "its schema version is missing")
        if version > SCHEMA_VERSION:
            raise ConfigurationError(
                f"account file `{path}` was written by a newer passrole",
                causes=(f"it has schema version {version}, this passrole knows {SCHEMA_VERSION}",),
                help=f"upgrade passrole: pip install --upgrade passrole; or {CHOOSE_ANOTHER}",
            )
        if version == SCHEMA_VERSION:
            missing = sorted(set(metadata.tables) - present)
            if missing:
                raise damaged(path, f"it lacks the table `{missing[0]}`")
        return version


def _first_version(path: Path, connection: Connection) -> str | None:
    """Files of version 1 had their number in the one row of `account`, and no table of Alembic's."""
    try:
        number = connection.exec_driver_sql("SELECT schema_version FROM account").scalar()
    except DatabaseError as error:
        if "no such column" in str(error.orig):
            raise _other_program(path, str(error.orig)) from error
        raise
    return "0001" if number == 1 else None


def _make(writer: Engine, wanted: Wanted, clock: Clock, ids: Ids) -> None:
    """Make the account, unless another process has made it in the meantime."""
    account_id = wanted.account_id or DEFAULT_ACCOUNT_ID
    made = AccountIdentity(account_id, find_partition(wanted.partition or DEFAULT_PARTITION).partition_id)
    check_account_id(account_id)
    with writer.begin() as connection:
        if inspect(connection).get_table_names():
            return
        metadata.create_all(connection)
        connection.execute(insert(schema_version).values(version_num=SCHEMA_VERSION))
        make_account(connection, made, now=clock(), ids=ids)
        connection.execute(insert(account_file).values(id=1, home_account_id=account_id, generation=1))


def make_account(connection: Connection, made: AccountIdentity, *, now: int, ids: Ids) -> None:
    """An account with its administrator."""
    add_account(connection, made, now=now)
    create_administrator(connection, account_id=made.account_id, partition=made.partition, now=now, ids=ids)


def check_account_id(text: str) -> None:
    """Raises ConfigurationError."""
    if not ACCOUNT_ID.fullmatch(text):
        raise ConfigurationError(
            f"`{text}` is not an account id", help=f"write twelve digits, for example {DEFAULT_ACCOUNT_ID}"
        )


def _chosen(path: Path, connection: Connection, wanted: Wanted) -> AccountIdentity:
    home = home_account(connection)
    if home is None:
        raise damaged(path, "its account row is missing")
    found = home if wanted.account_id is None else find_account(connection, wanted.account_id)
    if found is None:
        raise _holds_another(path, "account", home.account_id, wanted.account_id)
    if wanted.partition not in (None, found.partition):
        raise _holds_another(path, "partition", found.partition, wanted.partition)
    return found


def _holds_another(path: Path, name: str, kept: str, asked: str | None) -> ConfigurationError:
    return ConfigurationError(
        f"account file `{path}` holds {name} {kept}, not {asked}", help=f"{CHOOSE_ANOTHER}, or leave out {asked}"
    )


def _other_program(path: Path, why: str) -> ConfigurationError:
    return ConfigurationError(f"`{path}` is a database of another program", causes=(why,), help=CHOOSE_ANOTHER)
