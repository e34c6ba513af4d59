"""The account's file: who may read it, what survives, and how a file that cannot be used is refused."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
import threading
import traceback
from pathlib import Path

import pytest
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from passrole.account.ids import account_of_access_key, repeatable_ids
from passrole.account.store import AccountStore
from passrole.account.tables import SCHEMA_VERSION, access_keys
from passrole.catalog.partitions import UnknownPartitionError
from passrole.errors import ConfigurationError

COMPANIONS = ("", "-wal", "-shm")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_file_its_companions_and_its_folder_are_for_the_owner_alone(tmp_path):
    previous = os.umask(0)  # the worst that a user can have set
    try:
        path = tmp_path / "new" / "deep" / "account.db"
        store = AccountStore.open(path)
    finally:
        os.umask(previous)
    assert [mode(Path(f"{path}{suffix}")) for suffix in COMPANIONS] == [0o600] * 3
    assert mode(path.parent) == 0o700
    store.close()


def test_file_that_others_may_read_is_made_private(tmp_path):
    path = tmp_path / "account.db"
    AccountStore.open(path).close()
    path.chmod(0o644)
    AccountStore.open(path).close()
    assert mode(path) == 0o600


def test_file_of_another_user_that_is_open_to_others_is_refused(tmp_path, monkeypatch):
    path = tmp_path / "account.db"
    AccountStore.open(path).close()
    path.chmod(0o660)
    monkeypatch.setattr(os, "geteuid", lambda: path.stat().st_uid + 1)
    with pytest.raises(ConfigurationError) as caught:
        AccountStore.open(path)
    assert "belongs to another user" in caught.value.message
    assert f"chmod 600 {path}" in caught.value.help


def test_every_connection_syncs_at_each_commit(store):
    with store.writing() as first, store.reading() as second:
        for connection in (first, second):
            assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
            assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2  # FULL
            assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1


def test_account_is_found_again(tmp_path):
    path = tmp_path / "account.db"
    first = AccountStore.open(path, account_id="123456789012", partition="aws-cn")
    key = first.administrator()
    first.close()
    again = AccountStore.open(path)
    assert (again.account_id, again.partition) == ("123456789012", "aws-cn")
    assert again.administrator() == key
    assert key.user_arn == "arn:aws-cn:iam::123456789012:user/passrole-admin"
    again.close()


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ({"account_id": "999999999999"}, "holds account 111122223333, not 999999999999"),
        ({"partition": "aws-us-gov"}, "holds partition aws, not aws-us-gov"),
    ],
)
def test_another_account_than_the_one_asked_for_is_refused(tmp_path, wanted, message):
    path = tmp_path / "account.db"
    AccountStore.open(path).close()
    with pytest.raises(ConfigurationError) as caught:
        AccountStore.open(path, **wanted)
    assert message in caught.value.message
    assert "--account-file" in caught.value.help


@pytest.mark.parametrize("wanted", ["123", "12345678901x", "arn:aws:iam::111122223333:root"])
def test_text_that_is_no_account_id_is_refused(tmp_path, wanted):
    with pytest.raises(ConfigurationError) as caught:
        AccountStore.open(tmp_path / "account.db", account_id=wanted)
    assert f"`{wanted}` is not an account id" in caught.value.message


def test_unknown_partition_is_refused(tmp_path):
    with pytest.raises(UnknownPartitionError):
        AccountStore.open(tmp_path / "account.db", partition="aws-mars")


def test_without_an_id_the_account_is_the_one_of_the_documentation(store):
    assert (store.account_id, store.partition) == ("111122223333", "aws")


def _directory(path: Path) -> None:
    path.mkdir()


def _text(path: Path) -> None:
    path.write_text("not a database at all, but long enough to be looked at\n" * 50)


def _read_only(path: Path) -> None:
    AccountStore.open(path).close()
    path.chmod(0o400)


def _another_program(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE bookmarks (url TEXT)")


def _another_program_with_an_account_table(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE account (owner TEXT, balance INTEGER)")


def _newer(path: Path) -> None:
    AccountStore.open(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", (f"{int(SCHEMA_VERSION) + 1:04}",))


def _lost_table(path: Path) -> None:
    AccountStore.open(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("DROP TABLE tags")


def _lost_row(path: Path) -> None:
    AccountStore.open(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("DELETE FROM account_file")


def _overwritten(path: Path) -> None:
    AccountStore.open(path).close()
    content = bytearray(path.read_bytes())
    content[100:] = b"\x5a" * (len(content) - 100)
    path.write_bytes(content)


def _device(path: Path) -> None:
    os.mkfifo(path)


@pytest.mark.parametrize(
    ("make", "message", "next_step"),
    [
        (_directory, "is a directory", "--account-file"),
        (_text, "is not an account of passrole", "--account-file"),
        (_read_only, "cannot be written", "chmod u+rw"),
        (_another_program, "is a database of another program", "--account-file"),
        (_another_program_with_an_account_table, "is a database of another program", "--account-file"),
        (_newer, "was written by a newer passrole", "pip install --upgrade passrole"),
        (_lost_table, "is damaged", ".damaged"),
        (_lost_row, "is damaged", ".damaged"),
        (_overwritten, "is damaged", ".damaged"),
        (_device, "is not a file", "--account-file"),
    ],
    ids=lambda value: value.__name__ if callable(value) else None,
)
def test_what_cannot_be_an_account_is_refused_with_a_next_step(tmp_path, make, message, next_step):
    path = tmp_path / "account.db"
    make(path)
    before = path.stat().st_size
    with pytest.raises(ConfigurationError) as caught:
        AccountStore.open(path)
    assert message in caught.value.message
    assert str(path) in caught.value.message
    assert next_step in caught.value.help
    assert path.stat().st_size == before


def test_folder_that_is_a_file_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigurationError) as caught:
        AccountStore.open(tmp_path / "file" / "account.db")
    assert "is not a directory" in caught.value.message


def test_empty_file_becomes_an_account(tmp_path):
    path = tmp_path / "account.db"
    path.touch()
    store = AccountStore.open(path)
    assert store.administrator().access_key_id.startswith("AKIA")
    store.close()


def test_failed_transaction_changes_nothing(store, api, refused):
    before = store.generation()

    def fail_midway() -> None:
        with store.writing() as connection:
            connection.exec_driver_sql("DELETE FROM entities")
            raise RuntimeError("midway")

    with pytest.raises(RuntimeError, match="midway"):
        fail_midway()
    assert store.generation() == before
    assert api("GetUser")["User"]["UserName"] == "passrole-admin"


def test_generation_rises_with_what_another_process_writes(store, api):
    before = store.generation()
    code = (
        "import sys; from pathlib import Path; from passrole.account.store import AccountStore\n"
        "store = AccountStore.open(Path(sys.argv[1]))\n"
        "with store.writing() as connection: connection.exec_driver_sql('UPDATE accounts SET created_at = created_at')\n"
    )
    subprocess.run([sys.executable, "-c", code, str(store.path)], check=True)
    assert store.generation() == before + 1


def test_acknowledged_write_survives_a_killed_process(tmp_path):
    """SIGKILL right after the transaction has ended: no interpreter exit, no checkpoint, no close."""
    path = tmp_path / "account.db"
    code = (
        "import os, signal, sys; from pathlib import Path; from passrole.account.store import AccountStore\n"
        "store = AccountStore.open(Path(sys.argv[1]))\n"
        "with store.writing() as connection:\n"
        "    connection.exec_driver_sql(\"INSERT INTO account_aliases (alias, account_id) VALUES ('kept', '111122223333')\")\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    assert subprocess.run([sys.executable, "-c", code, str(path)], check=False).returncode == -9
    store = AccountStore.open(path)
    with store.reading() as connection:
        assert connection.exec_driver_sql("SELECT alias FROM account_aliases").scalar() == "kept"
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
    store.close()


def test_first_opening_by_many_at_once_makes_one_account(tmp_path):
    path = tmp_path / "account.db"
    keys: list[str] = []
    errors: list[BaseException] = []

    def open_it() -> None:
        try:
            store = AccountStore.open(path)
            keys.append(store.administrator().access_key_id)
            store.close()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=open_it) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert len(keys) == 8
    assert len(set(keys)) == 1


def test_deleted_administrator_is_reported_and_not_made_again(store, api):
    api("DetachUserPolicy", UserName="passrole-admin", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    with store.writing() as connection:
        connection.exec_driver_sql("DELETE FROM access_keys")
    with pytest.raises(ConfigurationError) as caught:
        store.administrator()
    assert "no active access key" in caught.value.message
    assert "create-access-key --user-name passrole-admin" in caught.value.help
    with store.writing() as connection:
        connection.exec_driver_sql("DELETE FROM entities")
    with pytest.raises(ConfigurationError) as caught:
        store.administrator()
    assert "was deleted" in caught.value.message


def test_secrets_are_not_in_the_text_of_values(store):
    key = store.administrator()
    assert key.secret not in repr(key)
    assert len(key.secret) == 40


def test_a_failed_statement_does_not_show_what_it_would_have_written(store):
    """What SQLAlchemy says of an error ends in tracebacks and logs, and what is inserted holds secrets."""
    key = {"id": "AKIAEXAMPLE", "user_id": "nobody", "secret": "not-to-be-seen", "status": "Active", "created_at": 1}
    with pytest.raises(IntegrityError) as caught, store.writing() as connection:
        connection.execute(insert(access_keys).values(**key))
    assert "not-to-be-seen" not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize(("prefix", "length"), [("AROA", 21), ("AIDA", 21), ("AGPA", 21), ("ANPA", 21), ("AIPA", 21)])
def test_unique_ids_have_the_form_of_those_of_aws(prefix, length):
    made = repeatable_ids(7).unique_id(prefix)
    assert made.startswith(prefix)
    assert len(made) == length
    assert set(made[4:]) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")


@pytest.mark.parametrize("account", ["111122223333", "000000000001", "999999999999"])
def test_access_key_id_carries_its_account(account):
    made = repeatable_ids(7).access_key_id("AKIA", account)
    assert len(made) == 20
    assert account_of_access_key(made) == account


def test_access_key_id_is_decoded_as_published_tools_do():
    """The well-known example of the decoding: ASIAQNZGKIQY56JQ7WML belongs to account 029608264753."""
    assert account_of_access_key("ASIAQNZGKIQY56JQ7WML") == "029608264753"


@pytest.mark.parametrize("text", ["", "AKIA", "AKIAIOSFODNN7EXAMPLE", "not base32 at all!!!!"])
def test_key_of_another_form_has_no_account(text):
    assert account_of_access_key(text) is None


def test_ids_of_one_seed_are_repeatable():
    assert repeatable_ids(3).unique_id("AROA") == repeatable_ids(3).unique_id("AROA")
    assert repeatable_ids(3).unique_id("AROA") != repeatable_ids(4).unique_id("AROA")
