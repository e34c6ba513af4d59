"""Writes of one thread in one transaction: each atomic, none on disk before all are, and nobody waited for."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from threading import Event, Thread
from weakref import WeakKeyDictionary

import pytest
from sqlalchemy import Connection, insert
from sqlalchemy.exc import OperationalError

from passrole.account import entities, write_batch
from passrole.account.callers import user_caller
from passrole.account.entities import Kind
from passrole.account.stack_cache import StackCache
from passrole.account.store import AccountStore
from passrole.account.tables import account_aliases, inline_policies
from passrole.account.work_turns import WorkTurns
from passrole.account.write_batch import WriteBatch, WritersBusy
from passrole.engine.stack import Known, PolicyStack

ALLOW = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}'
STACKS: WeakKeyDictionary[AccountStore, StackCache] = WeakKeyDictionary()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[AccountStore]:
    store = AccountStore.open(tmp_path / "account.db")
    STACKS[store] = StackCache()
    yield store
    store.close()


def write(store: AccountStore, batch: WriteBatch, alias: str, *, fail: bool = False) -> None:
    with batch.write() as connection:
        connection.execute(insert(account_aliases).values(account_id=store.account_id, alias=alias))
        if fail:
            raise ValueError(alias)


def on_disk(store: AccountStore) -> list[str]:
    with closing(sqlite3.connect(store.path)) as connection:
        return [row[0] for row in connection.execute("SELECT alias FROM account_aliases ORDER BY alias")]


@pytest.fixture(autouse=True)
def many_aliases(store: AccountStore) -> None:
    """An account has one alias; here they are only rows."""
    with store.writing() as connection:
        connection.exec_driver_sql("DROP TABLE account_aliases")
        connection.exec_driver_sql("CREATE TABLE account_aliases (account_id TEXT, alias TEXT PRIMARY KEY)")


def test_nothing_is_on_disk_before_the_commit_and_everything_after(store: AccountStore) -> None:
    batch = store.batch()
    for alias in ("a", "b", "c"):
        write(store, batch, alias)
    assert on_disk(store) == []
    batch.commit()
    assert on_disk(store) == ["a", "b", "c"]


@pytest.mark.parametrize("failing", ["a", "b", "c"])
def test_a_write_that_fails_leaves_the_others(store: AccountStore, failing: str) -> None:
    batch = store.batch()
    for alias in ("a", "b", "c"):
        if alias == failing:
            with pytest.raises(ValueError, match=alias):
                write(store, batch, alias, fail=True)
        else:
            write(store, batch, alias)
    batch.commit()
    assert on_disk(store) == sorted({"a", "b", "c"} - {failing})


def add_policy(store: AccountStore, batch: WriteBatch, name: str) -> PolicyStack:
    """The administrator's stack as the write saw it before it gave another policy."""
    with batch.write() as connection:
        user = connection.exec_driver_sql("SELECT user_id FROM access_keys").scalar()
        seen = stack_within(store, connection)
        connection.execute(insert(inline_policies).values(entity_id=user, name=name, document=ALLOW))
    return seen


def stack_within(store: AccountStore, connection: Connection) -> PolicyStack:
    view = store.view(connection)
    return STACKS[store].compiled(view, user_caller(entities.get(view, Kind.USER, "passrole-admin"), {}), Known()).stack


def stack_now(store: AccountStore) -> PolicyStack:
    with store.reading() as connection:
        return stack_within(store, connection)


def names(stack: PolicyStack) -> list[str]:
    assert isinstance(stack.identity, Known)
    return [policy.name for policy in stack.identity.policies if "Administrator" not in policy.name]


def test_writes_that_decide_share_a_transaction_and_see_each_other(store: AccountStore) -> None:
    generation = store.generation()
    batch = store.batch()
    seen = [names(add_policy(store, batch, name)) for name in ("p1", "p2", "p3")]
    assert [len(each) for each in seen] == [0, 1, 2]
    assert names(stack_now(store)) == [], "it is not committed"
    batch.commit()
    assert store.generation() == generation + 3
    assert len(names(stack_now(store))) == 3
    with closing(sqlite3.connect(store.path)) as other:
        other.execute("DELETE FROM inline_policies WHERE name = 'p2'")
        other.execute("UPDATE account_file SET generation = generation + 1")
        other.commit()
    assert len(names(stack_now(store))) == 2


def test_what_was_decided_by_a_transaction_that_failed_is_forgotten(
    store: AccountStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process gets the numbers of its generations, for other policies."""

    def refuse(_connection: object) -> None:
        raise OperationalError("COMMIT", None, sqlite3.OperationalError("database or disk is full"))

    generation = store.generation()
    batch = store.batch()
    add_policy(store, batch, "p1")
    assert len(names(add_policy(store, batch, "p2"))) == 1
    with monkeypatch.context() as patched:
        patched.setattr(write_batch, "commit", refuse)
        with pytest.raises(OperationalError, match="full"):
            batch.commit()
    other = AccountStore.open(store.path)
    with other.writing() as connection:
        user = connection.exec_driver_sql("SELECT user_id FROM access_keys").scalar()
        for name in ("q1", "q2", "q3"):
            connection.execute(insert(inline_policies).values(entity_id=user, name=name, document=ALLOW))
    other.close()
    assert store.generation() == generation + 1
    assert len(names(stack_now(store))) == 3


def test_nobody_is_waited_for_in_another_process(store: AccountStore) -> None:
    batch = store.batch()
    with closing(sqlite3.connect(store.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        began = time.monotonic()
        with pytest.raises(WritersBusy):
            write(store, batch, "a")
        assert time.monotonic() - began < 5
        other.execute("ROLLBACK")
    write(store, batch, "a")
    batch.commit()
    assert on_disk(store) == ["a"]
    with store.writing() as connection:
        assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar() == 30_000


def test_nobody_is_waited_for_in_this_process(store: AccountStore) -> None:
    began, end = Event(), Event()

    def other() -> None:
        with store.writing():
            began.set()
            assert end.wait(10)

    thread = Thread(target=other)
    thread.start()
    assert began.wait(10)
    with pytest.raises(WritersBusy):
        write(store, store.batch(), "a")
    end.set()
    thread.join()
    batch = store.batch()
    write(store, batch, "a")
    batch.commit()
    assert on_disk(store) == ["a"]


def test_a_commit_that_fails_takes_back_all_and_lets_the_next_one_write(
    store: AccountStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_connection: object) -> None:
        raise OperationalError("COMMIT", None, sqlite3.OperationalError("database or disk is full"))

    batch = store.batch()
    write(store, batch, "a")
    write(store, batch, "b")
    with monkeypatch.context() as patched:
        patched.setattr(write_batch, "commit", refuse)
        with pytest.raises(OperationalError, match="full"):
            batch.commit()
    assert on_disk(store) == []
    with store.writing() as connection:
        connection.execute(insert(account_aliases).values(account_id=store.account_id, alias="c"))
    assert on_disk(store) == ["c"]


def test_when_sqlite_ends_the_transaction_those_before_are_told(store: AccountStore) -> None:
    """As it does when the disk is full: what was rolled back with the failing write must not be acknowledged."""
    batch = store.batch()
    write(store, batch, "a")
    with pytest.raises(OperationalError, match="full"), batch.write() as connection:  # noqa: PT012
        connection.connection.cursor().execute("ROLLBACK")
        raise OperationalError("INSERT", None, sqlite3.OperationalError("database or disk is full"))
    assert not batch.may_go_on
    with pytest.raises(OperationalError, match="full"):
        batch.commit()
    assert on_disk(store) == []
    again = store.batch()
    write(store, again, "b")
    again.commit()
    assert on_disk(store) == ["b"]


def test_who_works_again_and_again_keeps_nobody_out() -> None:
    turns = WorkTurns()
    had, stop = Event(), Event()

    def busy() -> None:
        while not stop.is_set():
            with turns:
                time.sleep(0.001)

    thread = Thread(target=busy)
    thread.start()
    try:
        for _ in range(20):
            with turns:
                had.set()
        assert had.is_set()
        with turns:
            assert not turns.take_within(0.01)
        assert turns.take_within(10)
        turns.give_back()
    finally:
        stop.set()
        thread.join()
