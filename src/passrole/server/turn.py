"""How a call comes by its transaction: one of its own, or one that it shares with the writes beside it.

The gate answers in the same way in both. What it answers from a shared one is not to be sent before that is kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from typing import Protocol

from sqlalchemy import Connection
from sqlalchemy.exc import DatabaseError

from passrole.account.account_file import database_failures_explained
from passrole.account.callers import Credential
from passrole.account.decision_log.recorded_call import RecordedCall
from passrole.account.last_used import KeyUse, LastUsed, write_use
from passrole.account.store import AccountStore
from passrole.account.write_batch import WriteBatch, WritersBusy
from passrole.server.call_record import NOT_CARRIED_OUT


class Turn(Protocol):
    def transaction(self, *, writes: bool) -> AbstractContextManager[Connection]:
        """The call's own transaction, as far as it can tell."""
        ...

    def pause(self) -> None:
        """Let others go on between two parts of a call that takes long, where they can."""
        ...

    def ended(self, call: RecordedCall) -> None:
        """The call is answered, and the log is to have it."""
        ...

    def used(self, credential: Credential, *, service: str, region: str) -> None:
        """A request was signed with it, whatever came of the call."""
        ...


class OwnTurn:
    """On disk when its transaction ends. Used by several threads."""

    def __init__(self, store: AccountStore, last_used: LastUsed) -> None:
        self._store = store
        self._last_used = last_used

    def transaction(self, *, writes: bool) -> AbstractContextManager[Connection]:
        return self._store.writing(self._store.at_work) if writes else self._reading()

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with self._store.at_work, self._store.reading() as connection:
            yield connection

    def pause(self) -> None:
        self._store.at_work.pause()

    def ended(self, call: RecordedCall) -> None:
        self._store.decisions.record(call)

    def used(self, credential: Credential, *, service: str, region: str) -> None:
        self._last_used.note(credential, service=service, region=region)


class SharedTurn:
    """For calls that one thread, which is at work already, answers one after the other; then it is `kept`, or `lost`.

    A transaction that would have to wait for another writer raises WritersBusy instead; one that the file's state or a
    full disk keeps from happening, ConfigurationError.
    """

    def __init__(self, store: AccountStore, last_used: LastUsed) -> None:
        self._store = store
        self._last_used = last_used
        self._batch: WriteBatch | None = None
        self._uses: list[KeyUse] = []
        self._written: list[RecordedCall] = []

    @property
    def may_go_on(self) -> bool:
        """Whether another write may share the transaction."""
        return self._batch is None or self._batch.may_go_on

    @property
    def has_uses(self) -> bool:
        """Whether the use of a key is to be written."""
        return bool(self._uses)

    def transaction(self, *, writes: bool) -> AbstractContextManager[Connection]:
        if not writes:
            assert self._batch is None, "a read would not see what is written, or see what is not kept"
            return self._store.reading()
        return self._writing()

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        if self._batch is None:
            self._batch = self._store.batch()
        with database_failures_explained(self._store.path), self._batch.write() as connection:
            yield connection

    def pause(self) -> None:
        """The thread has others to answer itself, but not within this call."""

    def ended(self, call: RecordedCall) -> None:
        if call.writes and call.error is None:
            self._written.append(call)
        else:
            self._store.decisions.record(call)

    def used(self, credential: Credential, *, service: str, region: str) -> None:
        use = self._last_used.due(credential, service=service, region=region)
        if use is not None:
            self._uses.append(use)

    def end_writes(self) -> None:
        """Uses of keys go with the writes where no other writer is in the way; `left_uses` are those that do not."""
        if not self._uses or not self.may_go_on:
            return
        if self._batch is None:
            self._batch = self._store.batch()
        try:
            with self._batch.write() as connection:
                for use in self._uses:
                    write_use(connection, use)
        except (WritersBusy, DatabaseError):
            return
        self._uses = []

    def keep(self) -> None:
        """Wait for the disk, in whichever thread. Raises what kept the writes from it; the log has them as failed."""
        if self._batch is None:
            return
        try:
            with database_failures_explained(self._store.path):
                self._batch.commit()
        except BaseException:
            self._written = [replace(call, output=None, error=NOT_CARRIED_OUT) for call in self._written]
            raise
        finally:
            self._batch = None
            for call in self._written:
                self._store.decisions.record(call)
            self._written = []

    def left_uses(self) -> list[KeyUse]:
        """For somebody who can wait for the other writer to write."""
        left, self._uses = self._uses, []
        return left
