"""What a transaction has read it reads once: until it writes, and never past its own end."""

from __future__ import annotations

from threading import Event, Lock, Thread

import pytest
from sqlalchemy import insert, update

from passrole.account import entities
from passrole.account.entities import Entity, Kind
from passrole.account.store import AccountStore
from passrole.account.tables import entities as entities_table
from passrole.account.tables import tags
from passrole.account.tag_store import tags_of


def group(store: AccountStore, name: str) -> Entity:
    arn = f"arn:aws:iam::{store.account_id}:group/{name}"
    return Entity(id=f"AGPA{name}", kind=Kind.GROUP, name=name, path="/", arn=arn, created_at=0)


@pytest.mark.parametrize("prepared", [True, False], ids=["by a prepared statement", "by SQLAlchemy"])
def test_own_writes_are_seen(store, prepared):
    with store.writing() as connection:
        view = store.view(connection)
        assert entities.find(view, Kind.GROUP, "a") is None
        if prepared:
            entities.add(connection, group(store, "a"))
        else:
            values = {"id": "AGPAa", "account_id": store.account_id, "kind": "group", "name": "a", "name_key": "a"}
            connection.execute(
                insert(entities_table).values(values | {"path": "/", "arn": group(store, "a").arn, "created_at": 0})
            )
        found = entities.find(view, Kind.GROUP, "a")
        assert found is not None
        connection.execute(update(entities_table).where(entities_table.c.id == found.id).values(path="/p/"))
        moved = entities.find(view, Kind.GROUP, "a")
        assert moved is not None
        assert moved.path == "/p/"
        connection.exec_driver_sql("UPDATE entities SET path = '/q/' WHERE kind = 'group'")
        moved = entities.find(view, Kind.GROUP, "a")
        assert moved is not None
        assert moved.path == "/q/"


def test_writes_of_others_are_seen_by_the_next_transaction(store):
    other = AccountStore.open(store.path)
    with store.writing() as connection:
        entities.add(connection, group(store, "a"))
    for value in ("one", "two"):
        with store.reading() as connection:
            before = tags_of(connection, "AGPAa")
            with other.writing() as writing:
                writing.execute(tags.delete())
                writing.execute(insert(tags).values(entity_id="AGPAa", key_key="k", key="k", value=value))
            # A transaction sees one state from its first statement to its end.
            assert tags_of(connection, "AGPAa") == before
        with store.reading() as connection:
            assert tags_of(connection, "AGPAa") == {"k": value}
    other.close()


def test_a_write_that_failed_leaves_nothing_behind_for_the_next_in_its_transaction(store):
    """Writers share a transaction: what one has read before it was taken back is not what the next one reads."""

    def fails() -> None:
        with store.writing() as connection:
            entities.add(connection, group(store, "a"))
            assert entities.find(store.view(connection), Kind.GROUP, "a") is not None
            raise ValueError("on purpose")

    with pytest.raises(ValueError, match="on purpose"):
        fails()
    with store.writing() as connection:
        assert entities.find(store.view(connection), Kind.GROUP, "a") is None
    with store.reading() as connection:
        assert entities.find(store.view(connection), Kind.GROUP, "a") is None


def test_a_reader_that_failed_leaves_its_connection_as_good_as_before(store):
    for _ in range(3):
        with pytest.raises(ValueError, match="on purpose"), store.reading() as connection:  # noqa: PT012
            entities.find(store.view(connection), Kind.GROUP, "a")
            raise ValueError("on purpose")
    with store.writing() as connection:
        entities.add(connection, group(store, "a"))
    with store.reading() as connection:
        assert entities.find(store.view(connection), Kind.GROUP, "a") is not None


def test_who_waits_for_a_turn_keeps_nobody_from_reading(store):
    """`at_work` is held while something is done, and not while a writer waits for another one."""
    at_work, writes, go_on = Lock(), Event(), Event()

    def first() -> None:
        with store.writing():
            writes.set()
            assert go_on.wait(10)

    def second() -> None:
        with store.writing(at_work):
            pass

    threads = [Thread(target=first), Thread(target=second)]
    threads[0].start()
    assert writes.wait(10)
    threads[1].start()
    while not store._turns._waiting:
        pass
    assert at_work.acquire(timeout=5)
    at_work.release()
    go_on.set()
    for thread in threads:
        thread.join(10)
        assert not thread.is_alive()
    assert not at_work.locked()
