"""The log beside an account file: calls go in without waiting, and are found again by their ids."""

from __future__ import annotations

import json
import logging
import os
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Lock, Thread
from typing import Final

from sqlalchemy import ColumnElement, Connection, Engine, Row, func, insert, inspect, select
from sqlalchemy.exc import DatabaseError

from passrole.account.account_file import FILE_MODE
from passrole.account.decision_log.failed_authentication import MOST_WAITING_FAILURES, FailedAuthentication
from passrole.account.decision_log.failure_reader import failures_taken, failures_with_id, newest_failure
from passrole.account.decision_log.log_tables import LOG_VERSION, events, log_version, metadata, uses
from passrole.account.decision_log.log_writer import LogWriter, write_failures
from passrole.account.decision_log.logged_call import CallReader, LoggedCall
from passrole.account.decision_log.recorded_call import RecordedCall, message_digest
from passrole.account.decision_log.selection import Selection
from passrole.account.sqlite_engine import open_log_engine
from passrole.account.work_turns import WorkTurns
from passrole.errors import ConfigurationError, UsageError

SECONDS_BETWEEN_BATCHES = 0.1
MOST_WAITING = 10_000
"""Calls that wait to be written; past it the oldest are lost, so that a slow disk costs no memory."""
LEAST_ID_LENGTH = 6
_PATIENCE_SECONDS: Final = 0.02
"""A call that is at work may wait for the log itself: then the writer goes on beside it."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Use:
    """When a user or role last asked for an action (`iam:GetRole`), allowed or not; seconds since 1970."""

    entity_id: str
    action: str
    used_at: int
    region: str


class AmbiguousIdError(UsageError):
    """Several calls begin with the id that was given."""


def log_path(account_file: Path) -> Path:
    """`account.db` has its log in `account.decisions.db`."""
    return account_file.with_name(f"{account_file.stem}.decisions{account_file.suffix}")


class DecisionLog:
    """Safe to use from several threads and processes. What cannot be written is lost, and said in the program's log."""

    def __init__(self, path: Path, writer: LogWriter | None = None, at_work: WorkTurns | None = None) -> None:
        """`at_work` is held by the thread that writes in the background, but not while that waits for the disk."""
        self.path = path
        self._at_work = at_work
        self._writer = writer or LogWriter()
        self._waiting: deque[RecordedCall] = deque(maxlen=MOST_WAITING)
        self._failures: deque[FailedAuthentication] = deque(maxlen=MOST_WAITING_FAILURES)
        self._opened: Engine | None = None
        self._writing = Lock()
        self._something = Event()
        self._closing = Event()
        self._thread: Thread | None = None
        self._starting = Lock()

    def record(self, call: RecordedCall) -> None:
        """It is on its way to the file within a tenth of a second."""
        self._waiting.append(call)
        self._wake_writer()

    def record_failure(self, failure: FailedAuthentication) -> None:
        """The same for a request that was not authenticated; of many at once the first are lost."""
        self._failures.append(failure)
        self._wake_writer()

    def _wake_writer(self) -> None:
        if self._thread is None:
            with self._starting:
                if self._thread is None and not self._closing.is_set():
                    self._thread = Thread(target=self._write_batches, name="passrole-decisions", daemon=True)
                    self._thread.start()
        if not self._something.is_set():
            self._something.set()

    def flush(self) -> None:
        """Whatever was recorded before this call is in the file when it returns, or lost for a reason that is told."""
        self._flush(None)

    def _flush(self, at_work: WorkTurns | None) -> None:
        with self._writing:
            calls = []
            while self._waiting:
                calls.append(self._waiting.popleft())
            failed = []
            while self._failures:
                failed.append(self._failures.popleft())
            if calls or failed:
                self._write(calls, failed, at_work)

    def find(self, id: str) -> LoggedCall | None:  # noqa: A002
        """The call with this request id or event id, or the one that begins so (six characters at least).

        One that was not authenticated is found too, and has nothing decided.

        Raises AmbiguousIdError.
        """
        for column in (events.c.request_id, events.c.event_id):
            found = self._find(column == id)
            if not found and len(id) >= LEAST_ID_LENGTH:
                found = self._find(column.startswith(id, autoescape=True))
            if len({row.event_id for row in found}) > 1:
                raise AmbiguousIdError(f"several calls begin with `{id}`", help="give more of the id")
            if found:
                return self._call_of(found[0])
        return self._find_failure(id)

    def _find_failure(self, id: str) -> LoggedCall | None:  # noqa: A002
        with self._reading() as connection:
            found = [] if connection is None else failures_with_id(connection, id, whole=len(id) < LEAST_ID_LENGTH)
        if len(found) > 1:
            raise AmbiguousIdError(f"several calls begin with `{id}`", help="give more of the id")
        return found[0] if found else None

    def failed(self, selection: Selection, *, after: int = 0, limit: int | None = None) -> tuple[LoggedCall, ...]:
        """The same as `calls` of requests that were not authenticated, which have numbers of their own."""
        self.flush()
        with self._reading() as connection:
            return () if connection is None else failures_taken(connection, selection, after=after, limit=limit)

    def last_failed_number(self) -> int:
        """Of the newest request that was not authenticated; 0 when there is none."""
        self.flush()
        with self._reading() as connection:
            return 0 if connection is None else newest_failure(connection)

    def calls(self, selection: Selection, *, after: int = 0, limit: int | None = None) -> tuple[LoggedCall, ...]:
        """The newest `limit` calls that are meant, oldest first, of those with a number higher than `after`."""
        self.flush()
        statement = select(events).where(events.c.number > after).order_by(events.c.number.desc())
        if selection.denied:
            statement = statement.where(events.c.denied)
        found: list[LoggedCall] = []
        with self._reading() as connection:
            if connection is None or limit == 0:
                return ()
            reader = CallReader(connection)
            for row in connection.execute(statement):
                actions = tuple(question["request"]["action"] for question in json.loads(row.questions))
                if selection.takes(json.loads(row.event), actions):
                    found.append(reader.call_of(row))
                    if len(found) == limit:
                        break
        return tuple(reversed(found))

    def last_number(self) -> int:
        """Of the newest call; 0 when there is none."""
        self.flush()
        with self._reading() as connection:
            newest = None if connection is None else connection.execute(select(func.max(events.c.number))).scalar()
        return newest or 0

    def last_denied(self) -> LoggedCall | None:
        found = self._find(events.c.denied)
        return self._call_of(found[0]) if found else None

    def find_message(self, authorization_message: str) -> LoggedCall | None:
        """The denied call whose caller was given this encoded authorization message."""
        found = self._find(events.c.message_digest == message_digest(authorization_message))
        return self._call_of(found[0]) if found else None

    def uses_of(self, entity_ids: Sequence[str]) -> tuple[Use, ...]:
        """What each of these users and roles asked for, an action once, latest first."""
        self.flush()
        statement = select(uses).where(uses.c.entity_id.in_(entity_ids)).order_by(uses.c.used_at.desc(), uses.c.action)
        with self._reading() as connection:
            rows = connection.execute(statement).all() if connection is not None else []
        return tuple(Use(row.entity_id, row.action, row.used_at, row.region) for row in rows)

    def events(self, *, limit: int) -> list[Mapping[str, object]]:
        """The newest first."""
        self.flush()
        with self._reading() as connection:
            if connection is None:
                return []
            texts = connection.execute(select(events.c.event).order_by(events.c.number.desc()).limit(limit)).scalars()
            return [json.loads(text) for text in texts]

    def close(self) -> None:
        """Write what waits, and let go of the file."""
        self._closing.set()
        self._something.set()
        if self._thread is not None:
            self._thread.join()
        self.flush()
        if self._opened is not None:
            self._opened.dispose()

    def _find(self, condition: ColumnElement[bool]) -> list[Row[tuple[object, ...]]]:
        self.flush()
        with self._reading() as connection:
            if connection is None:
                return []
            statement = select(events).where(condition).order_by(events.c.number.desc()).limit(2)
            return list(connection.execute(statement).all())

    def _call_of(self, row: Row[tuple[object, ...]]) -> LoggedCall:
        with self._reading() as connection:
            assert connection is not None, "a row was read from it"
            return CallReader(connection).call_of(row)

    def _write_batches(self) -> None:
        while not self._closing.is_set():
            self._something.wait()
            self._closing.wait(SECONDS_BETWEEN_BATCHES)
            self._something.clear()
            self._flush(self._at_work)

    def _write(self, calls: list[RecordedCall], failed: list[FailedAuthentication], at_work: WorkTurns | None) -> None:
        try:
            # Another process may keep it waiting for the begin, and the disk for the end.
            with self._engine().begin() as connection:
                has_turn = at_work is not None and at_work.take_within(_PATIENCE_SECONDS)
                try:
                    if calls:
                        self._writer.write(connection, calls)
                    if failed:
                        write_failures(connection, failed)
                finally:
                    if at_work is not None and has_turn:
                        at_work.give_back()
        except (DatabaseError, OSError) as error:
            # The calls have been answered; no answer depends on the log.
            why = error.orig if isinstance(error, DatabaseError) else error
            _log.warning("%d decisions are lost: %s cannot be written: %s", len(calls), self.path, why)

    @contextmanager
    def _reading(self) -> Iterator[Connection | None]:
        """A connection; None when there is no log yet. Raises ConfigurationError for one that cannot be read."""
        if not self.path.exists():
            yield None
            return
        try:
            with self._engine().connect() as connection:
                yield connection
        except (DatabaseError, OSError) as error:
            # Not the account's file: whoever is told that this one is damaged must not move that one away.
            reason = str(error.orig) if isinstance(error, DatabaseError) else (error.strerror or str(error)).lower()
            raise ConfigurationError(
                f"the log of decisions `{self.path}` cannot be read",
                causes=(reason,),
                help=f"move it away, and a new one is begun: mv {self.path} {self.path}.damaged",
            ) from error

    def _engine(self) -> Engine:
        if self._opened is None:
            _make_private(self.path)
            engine = open_log_engine(self.path)
            _prepare(engine)
            self._opened = engine
        return self._opened


def _make_private(path: Path) -> None:
    """The file for its owner alone, also one that others could read until now. Raises OSError."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, FILE_MODE)
    try:
        os.fchmod(descriptor, FILE_MODE)
    finally:
        os.close(descriptor)


def _prepare(engine: Engine) -> None:
    with engine.begin() as connection:
        present = inspect(connection).get_table_names()
        if log_version.name in present:
            if connection.execute(select(log_version.c.version)).scalar() == LOG_VERSION:
                # A table that is newer than the file.
                metadata.create_all(connection)
                return
            metadata.drop_all(connection)
        metadata.create_all(connection)
        connection.execute(insert(log_version).values(version=LOG_VERSION))
