"""Files of older passroles: migrated in place with everything in them, or left exactly as they were."""

from __future__ import annotations

import gzip
import json
import os
import re
import sqlite3
import stat
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect

from passrole.account.callers import find_credential
from passrole.account.migrate import REVISIONS
from passrole.account.snapshot_of import snapshot_of
from passrole.account.store import AccountStore
from passrole.account.tables import SCHEMA_VERSION
from passrole.errors import ConfigurationError

DATA = Path(__file__).parents[1] / "data"
ALICE_KEY = ("AKIARZPUZDIKJ3IVW57S", "PMv8M84maGC9PtQ0mSLuEOj2nR6NBRcDLXkIX5+q")
SESSION_KEY = "ASIARZPUZDIKMN7UXUCS"
AUDIT_POLICY = "arn:aws:iam::123456789012:policy/team/ReadRoles"


@pytest.fixture
def first_version(tmp_path: Path) -> Path:
    """A file that passrole wrote when it knew schema version 1 alone (commit 5602c18), through IAM's operations."""
    path = tmp_path / "account.db"
    path.write_bytes(gzip.decompress((DATA / "account_schema_0001.db.gz").read_bytes()))
    path.chmod(0o600)
    return path


def rows(path: Path, statement: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(statement).fetchall()


def test_everything_of_a_version_1_file_is_there_after_the_migration(first_version: Path) -> None:
    store = AccountStore.open(first_version)
    assert (store.account_id, store.partition) == ("123456789012", "aws")
    account = snapshot_of(store)
    assert set(account.users) == {"Alice", "passrole-admin"}
    alice, app, auditors = account.users["Alice"], account.roles["App"], account.groups["Auditors"]
    assert alice.group_names == ("Auditors",)
    assert alice.boundary_arn == "arn:aws:iam::aws:policy/ReadOnlyAccess"
    assert alice.tags == {"Team": "Blue"}
    assert list(alice.inline_policies) == ["assume"]
    assert auditors.attached_policy_arns == (AUDIT_POLICY,)
    assert list(auditors.inline_policies) == ["users"]
    assert app.max_session_seconds == 7200
    assert app.instance_profile_names == ("App",)
    assert app.attached_policy_arns == ("arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess",)
    policy = account.managed_policies[AUDIT_POLICY]
    assert (policy.version_ids, policy.default_version_id) == (("v2", "v1"), "v2")
    assert json.loads(policy.document)["Statement"][0]["Action"] == ["iam:GetRole", "iam:ListRoles"]
    # bob was deleted before: the trust policy shows what is left of him.
    trusted = json.loads(app.trust_policy)["Statement"][0]["Principal"]["AWS"]
    assert trusted[0] == "arn:aws:iam::123456789012:user/Alice"
    assert re.fullmatch("AIDA[A-Z2-7]{17}", trusted[1])
    with store.reading() as connection:
        key = find_credential(connection, ALICE_KEY[0])
        assert key is not None
        assert key.secret == ALICE_KEY[1]
        session = find_credential(connection, SESSION_KEY)
        assert session is not None
        assert session.caller.principal.arn == "arn:aws:sts::123456789012:assumed-role/App/alice"
        assert connection.exec_driver_sql("SELECT alias, account_id FROM account_aliases").all() == [
            ("example-corp", "123456789012")
        ]
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
        assert connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []
        assert dict(connection.exec_driver_sql("SELECT kind, number FROM entity_counts").all()) == {
            "user": 2,
            "group": 1,
            "role": 1,
            "policy": 1,
            "instance-profile": 1,
        }
    store.close()


def test_migration_raises_the_generation(first_version: Path) -> None:
    (before,) = rows(first_version, "SELECT generation FROM account")[0]
    store = AccountStore.open(first_version)
    assert store.generation() > before
    store.close()


def _shape(path: Path) -> dict[str, object]:
    """Columns, keys and indexes of every table, without the order and the names that SQLite makes up."""
    engine = create_engine(f"sqlite:///{path}")
    found = inspect(engine)
    shape: dict[str, object] = {}
    for table in found.get_table_names():
        keys = sorted(
            (key["referred_table"], tuple(key["constrained_columns"]), tuple(sorted(key["options"].items())))
            for key in found.get_foreign_keys(table)
        )
        shape[table] = {
            "columns": {c["name"]: (str(c["type"]), c["nullable"]) for c in found.get_columns(table)},
            "primary key": found.get_pk_constraint(table)["constrained_columns"],
            "foreign keys": keys,
            "unique": sorted(tuple(u["column_names"]) for u in found.get_unique_constraints(table)),
            "indexes": sorted((i["name"], tuple(i["column_names"])) for i in found.get_indexes(table)),
        }
    engine.dispose()
    return shape


def test_migrated_file_has_the_schema_of_a_new_one(first_version: Path, tmp_path: Path) -> None:
    AccountStore.open(first_version).close()
    new = tmp_path / "new.db"
    AccountStore.open(new).close()
    assert _shape(first_version) == _shape(new)


def test_every_revision_leads_to_the_schema_version_of_the_tables() -> None:
    config = Config()
    config.set_main_option("script_location", str(REVISIONS))
    config.set_main_option("path_separator", "os")
    script = ScriptDirectory.from_config(config)
    assert script.get_heads() == [SCHEMA_VERSION]
    assert [revision.revision for revision in script.walk_revisions()] == [
        f"{number:04}" for number in range(int(SCHEMA_VERSION), 0, -1)
    ]


def test_copy_of_the_old_file_is_left_beside_it_for_its_owner_alone(first_version: Path) -> None:
    before = rows(first_version, "SELECT * FROM entities ORDER BY id")
    AccountStore.open(first_version).close()
    copy = first_version.with_name("account.db.schema-0001")
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert rows(copy, "SELECT * FROM entities ORDER BY id") == before
    assert rows(copy, "SELECT schema_version FROM account") == [(1,)]


def test_migration_that_fails_leaves_the_file_as_it_was(first_version: Path) -> None:
    with closing(sqlite3.connect(first_version)) as connection:
        connection.execute("INSERT INTO tags VALUES ('AIDANOBODYNOBODYNOBOD', 'k', 'k', 'v')")
        connection.commit()
    before = list(closing_dump(first_version))
    with pytest.raises(ConfigurationError) as caught:
        AccountStore.open(first_version)
    assert "a row of `tags` belongs to nothing" in caught.value.causes[0]
    assert list(closing_dump(first_version)) == before


def closing_dump(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return list(connection.iterdump())


def test_many_who_open_an_old_file_at_once_migrate_it_once(first_version: Path) -> None:
    errors: list[BaseException] = []

    def open_it() -> None:
        try:
            store = AccountStore.open(first_version)
            assert store.administrator().access_key_id.startswith("AKIA")
            store.close()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=open_it) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert rows(first_version, "SELECT version_num FROM alembic_version") == [(SCHEMA_VERSION,)]
    assert len(rows(first_version, "SELECT * FROM accounts")) == 1


def test_kill_during_a_migration_loses_nothing(first_version: Path) -> None:
    """The process dies inside the transaction; the next one migrates what it finds."""
    code = (
        "import os, signal, sys; from pathlib import Path; from passrole.account import migrate\n"
        "run = migrate._run\n"
        "def killed(connection, version): run(connection, version); os.kill(os.getpid(), signal.SIGKILL)\n"
        "migrate._run = killed\n"
        "from passrole.account.store import AccountStore; AccountStore.open(Path(sys.argv[1]))\n"
    )
    assert subprocess.run([sys.executable, "-c", code, str(first_version)], check=False).returncode == -9
    assert rows(first_version, "SELECT schema_version FROM account") == [(1,)]
    store = AccountStore.open(first_version)
    assert set(snapshot_of(store).users) == {"Alice", "passrole-admin"}
    store.close()


def test_alembic_is_loaded_for_an_old_file_alone(first_version: Path, tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from passrole.account.store import AccountStore\n"
        "AccountStore.open(Path(sys.argv[1])).close(); AccountStore.open(Path(sys.argv[1])).close()\n"
        "print('alembic' in sys.modules)\n"
    )
    for path, loaded in ((tmp_path / "new.db", "False"), (first_version, "True")):
        run = subprocess.run(
            [sys.executable, "-c", code, str(path)], check=True, capture_output=True, text=True, env={**os.environ}
        )
        assert run.stdout.strip() == loaded
