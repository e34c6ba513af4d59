"""The account's file on disk: made for its owner alone, and refused with a next step when it cannot be used."""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy.exc import DatabaseError

from passrole.errors import ConfigurationError

FILE_MODE = 0o600
FOLDER_MODE = 0o700
SQLITE_MAGIC = b"SQLite format 3\x00"
CHOOSE_ANOTHER = "name another file: --account-file PATH"


def prepare(path: Path) -> None:
    """Make the file when it is not there (0600, its folder 0700) and refuse what cannot be an account.

    SQLite gives its companions `-wal` and `-shm` the mode of the file itself, so they are private as well.
    An existing file that others may read is made private: it holds secrets. Raises ConfigurationError.
    """
    try:
        path.parent.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
        if path.is_dir():
            raise ConfigurationError(f"account file `{path}` is a directory", help=CHOOSE_ANOTHER)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, FILE_MODE)
    except PermissionError as error:
        raise _not_writable(path) from error
    except FileExistsError as error:
        raise ConfigurationError(
            f"`{path.parent}` is not a directory",
            causes=(f"account file `{path}` cannot be made",),
            help=CHOOSE_ANOTHER,
        ) from error
    except OSError as error:
        raise ConfigurationError(
            f"account file `{path}` cannot be opened", causes=(_reason(error),), help=CHOOSE_ANOTHER
        ) from error
    try:
        _check_open_file(path, descriptor)
    finally:
        os.close(descriptor)


def _check_open_file(path: Path, descriptor: int) -> None:
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        raise ConfigurationError(f"account file `{path}` is not a file", help=CHOOSE_ANOTHER)
    # Root may write everything; a file whose owner took the right to write away is still meant to stay as it is.
    if not status.st_mode & stat.S_IWUSR:
        raise _not_writable(path)
    head = os.read(descriptor, len(SQLITE_MAGIC))
    if head and head != SQLITE_MAGIC:
        raise ConfigurationError(
            f"account file `{path}` is not an account of passrole",
            causes=("it is not an SQLite database",),
            help=CHOOSE_ANOTHER,
        )
    _refuse_other_program(path)
    if status.st_mode & 0o077:
        if status.st_uid != os.geteuid():
            raise ConfigurationError(
                f"account file `{path}` belongs to another user and is open to others",
                causes=("it holds the secrets of access keys",),
                help=f"let its owner run: chmod 600 {path}; or {CHOOSE_ANOTHER}",
            )
        os.fchmod(descriptor, FILE_MODE)


def _refuse_other_program(path: Path) -> None:
    """Raises ConfigurationError for a database without our tables, before anything of it is changed.

    Opening an account turns write-ahead logging on, which would stay in another program's file.
    """
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True)) as connection:
            names = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    except sqlite3.Error:
        return  # A damaged file: opening the account says what is wrong.
    if names and not names & {"accounts", "account"}:
        raise ConfigurationError(
            f"`{path}` is a database of another program",
            causes=("it has no table `accounts`",),
            help=CHOOSE_ANOTHER,
        )


def _not_writable(path: Path) -> ConfigurationError:
    return ConfigurationError(
        f"account file `{path}` cannot be written",
        causes=("you have no right to write the file or its folder",),
        help=f"allow it: chmod u+rw {path}; or {CHOOSE_ANOTHER}",
    )


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()


def copy_database(path: Path, target: Path) -> None:
    """Write what the file holds now to a new one, for the owner alone; others may go on using it meanwhile.

    Raises OSError where the new one cannot be made (FileExistsError where it is there), ConfigurationError where it
    cannot be written; nothing is left of it then.
    """
    os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, FILE_MODE))
    try:
        with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(target)) as copy:
            source.backup(copy)
    except sqlite3.Error as error:
        target.unlink()
        raise ConfigurationError(
            f"`{path}` cannot be copied to `{target}`",
            causes=(str(error),),
            help="make room on the disk, then run the command again",
        ) from error


@contextmanager
def database_failures_explained(path: Path) -> Iterator[None]:
    """Turn what SQLite reports about the file itself into ConfigurationError; constraint failures stay bugs."""
    try:
        yield
    except DatabaseError as error:
        explained = explanation_of(error, path)
        if explained is None:
            raise
        raise explained from error


def explanation_of(error: DatabaseError, path: Path) -> ConfigurationError | None:
    """What to tell of a failure of the file itself; None for any other, which is a bug."""
    text = str(error.orig)
    if "locked" in text or "busy" in text:
        return ConfigurationError(
            f"account file `{path}` is in use by another program",
            causes=(text,),
            help="wait until it has finished, then run the command again",
        )
    if "readonly" in text or "unable to open" in text:
        return _not_writable(path)
    if "full" in text or "disk I/O" in text:
        return ConfigurationError(
            f"account file `{path}` could not be written",
            causes=(text,),
            help="make room on the disk, then run the command again",
        )
    if "malformed" in text or "not a database" in text:
        return damaged(path, text)
    return None


def damaged(path: Path, reason: str) -> ConfigurationError:
    return ConfigurationError(
        f"account file `{path}` is damaged",
        causes=(reason,),
        help=f"restore it from a copy, or move it away to start an empty account: mv {path} {path}.damaged",
    )
