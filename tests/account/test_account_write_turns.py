"""Writers that share a transaction: each atomic by itself, and none told of success before the disk has it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Event, Thread

import pytest
from sqlalchemy import Connection, event, insert, select
from sqlalchemy.exc import OperationalError

from passrole.account import write_turns
from passrole.account.kept_connections import KeptConnections
from passrole.account.sqlite_engine import open_engine
from passrole.account.store import AccountStore
from passrole.account.tables import account_aliases, inline_policies
from passrole.account.write_turns import WriteTurns
from passrole.errors import ConfigurationError


class Turns:
    """Writes of numbers to a table, and a count of the commits."""

    def __init__(self, path: Path) -> None:
        self.path = path
        _, writer = open_engine(path)
        self.engine = writer
        self.commits = 0
        self.turns = WriteTurns(KeptConnections(writer))
        with writer.begin() as connection:
            connection.exec_driver_sql("CREATE TABLE numbers (number INTEGER PRIMARY KEY)")
        event.listen(writer, "commit", self._count)

    def _count(self, _connection: Connection) -> None:
        self.commits += 1

    def write(self, number: int, *, may_share: bool = True, hold: Event | None = None, fail: bool = False) -> None:
        with self.turns.write(lambda _: None, lambda _: may_share) as connection:
            if hold is not None:
                assert hold.wait(10)
            connection.exec_driver_sql("INSERT INTO numbers VALUES (?)", (number,))
            if fail:
                raise ValueError(number)

    def on_disk(self) -> list[int]:
        with closing(sqlite3.connect(self.path)) as connection:
            return [row[0] for row in connection.execute("SELECT number FROM numbers ORDER BY number")]

    def at_once(self, numbers: range, *, may_share: bool = True) -> list[BaseException | None]:
        """All of them wait behind one writer, then go; the answers are what they raised."""
        hold = Event()
        first = Thread(target=self.write, args=(0,), kwargs={"hold": hold, "may_share": may_share})
        first.start()
        with ThreadPoolExecutor(len(numbers)) as pool:
            futures = [pool.submit(self.write, number, may_share=may_share) for number in numbers]
            while self.turns._waiting < len(numbers):
                pass
            hold.set()
            raised = [future.exception() for future in futures]
        first.join()
        return raised


@pytest.fixture
def turns(tmp_path: Path) -> Iterator[Turns]:
    turns = Turns(tmp_path / "numbers.db")
    yield turns
    turns.engine.dispose()


def test_writers_that_wait_share_one_commit(turns: Turns) -> None:
    assert turns.at_once(range(1, 9)) == [None] * 8
    assert turns.on_disk() == list(range(9))
    assert turns.commits == 1


def test_a_transaction_takes_no_more_than_its_share(turns: Turns, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(write_turns, "MOST_AT_ONCE", 3)
    turns.at_once(range(1, 9))
    assert turns.on_disk() == list(range(9))
    assert turns.commits == 3


def test_who_may_not_share_commits_alone(turns: Turns) -> None:
    turns.at_once(range(1, 6), may_share=False)
    assert turns.on_disk() == list(range(6))
    assert turns.commits == 6


def test_a_write_is_on_disk_when_its_block_has_ended(turns: Turns) -> None:
    seen: list[bool] = []

    def write_and_look(number: int) -> None:
        turns.write(number)
        seen.append(number in turns.on_disk())

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write_and_look, range(200)))
    assert seen == [True] * 200
    assert turns.commits < 200


def test_a_failure_takes_back_its_own_write_and_no_other(turns: Turns) -> None:
    def write(number: int) -> None:
        if number % 3:
            turns.write(number)
        else:
            with pytest.raises(ValueError, match=f"^{number}$"):
                turns.write(number, fail=True)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(1, 200)))
    assert turns.on_disk() == [number for number in range(1, 200) if number % 3]


def test_only_failures_leave_nothing_and_commit_nothing(turns: Turns) -> None:
    with pytest.raises(ValueError, match="7"):
        turns.write(7, fail=True)
    assert turns.on_disk() == []
    assert turns.commits == 0


def test_when_the_commit_fails_every_writer_in_it_is_told(turns: Turns) -> None:
    def refuse(_connection: Connection) -> None:
        raise OperationalError("COMMIT", None, sqlite3.OperationalError("database or disk is full"))

    event.listen(turns.engine, "commit", refuse)
    raised = []

    def write(number: int) -> None:
        try:
            turns.write(number)
        except OperationalError as error:
            raised.append(error)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(40)))
    event.remove(turns.engine, "commit", refuse)
    assert len(raised) == 40
    assert turns.on_disk() == []
    turns.write(41)
    assert turns.on_disk() == [41]


def test_a_writer_that_cannot_begin_lets_the_next_one_try(turns: Turns) -> None:
    with closing(sqlite3.connect(turns.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with turns.engine.connect() as connection:
            connection.connection.cursor().execute("PRAGMA busy_timeout = 50")
        with pytest.raises(OperationalError, match="locked"):
            turns.write(1)
        other.execute("ROLLBACK")
    turns.write(2)
    assert turns.on_disk() == [2]


def test_what_decides_is_committed_before_another_write_begins(tmp_path: Path) -> None:
    """A generation that was read is one that stays: were it lost, another write would get the same number."""
    store = AccountStore.open(tmp_path / "account.db")
    administrator = store.administrator().access_key_id
    generations: list[tuple[int, int]] = []

    def decides(number: int) -> None:
        with store.writing() as connection:
            user = connection.exec_driver_sql("SELECT user_id FROM access_keys WHERE id = ?", (administrator,)).scalar()
            seen = connection.exec_driver_sql("SELECT generation FROM account_file").scalar()
            with closing(sqlite3.connect(tmp_path / "account.db")) as other:
                generations.append((int(seen or 0), other.execute("SELECT generation FROM account_file").fetchone()[0]))
            connection.execute(insert(inline_policies).values(entity_id=user, name=f"p{number}", document="{}"))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(decides, range(24)))
    assert [seen for seen, _ in generations] == [kept for _, kept in generations]
    assert len({seen for seen, _ in generations}) == 24
    store.close()


def test_a_full_disk_is_told_as_such_and_forgotten(tmp_path: Path) -> None:
    store = AccountStore.open(tmp_path / "account.db")
    with store.reading() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
    with pytest.raises(ConfigurationError, match="could not be written"), store.writing() as connection:  # noqa: PT012
        connection.connection.cursor().execute(f"PRAGMA max_page_count = {pages}")
        connection.execute(insert(account_aliases), [{"account_id": store.account_id, "alias": "a" * 5000_000}])
    with store.reading() as connection:
        assert connection.execute(select(account_aliases)).all() == []
    store.close()


def test_a_write_within_a_write_is_refused_and_leaves_nothing(turns: Turns) -> None:
    def outer() -> None:
        with turns.turns.write(lambda _: None, lambda _: True) as connection:
            connection.exec_driver_sql("INSERT INTO numbers VALUES (1)")
            turns.write(2)

    with pytest.raises(RuntimeError, match="within a write"):
        outer()
    turns.write(3)
    assert turns.on_disk() == [3]
