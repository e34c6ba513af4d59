"""An account file of an older passrole brought to the schema of this one: in one transaction, beside a copy.

Alembic is imported here alone, and only when a file needs it. The revisions are in `migrations`, one file each.
Source: Alembic, "EnvironmentContext" <https://alembic.sqlalchemy.org/en/latest/api/runtime.html>
"""

from __future__ import annotations

import logging
from pathlib import Path

from sqlalchemy import Connection, insert, inspect, select

from passrole.account.account_file import copy_database, damaged
from passrole.account.sqlite_engine import open_migration_engine
from passrole.account.tables import SCHEMA_VERSION, metadata, schema_version

REVISIONS = Path(__file__).parent / "migrations"
_log = logging.getLogger(__name__)


def migrate(path: Path, version: str) -> Path | None:
    """Bring the file from `version` to SCHEMA_VERSION; the answer is the copy that was left of the old one.

    None when another process has done it in the meantime. Whatever goes wrong leaves the file as it was.
    """
    engine = open_migration_engine(path)
    try:
        # The transaction excludes every writer, so that the copy is what is migrated.
        with engine.begin() as connection:
            if _recorded_version(connection) not in (None, version):
                return None
            copy = path.with_name(f"{path.name}.schema-{version}")
            copy.unlink(missing_ok=True)
            copy_database(path, copy)
            _run(connection, version)
            broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
            if broken is not None:
                raise damaged(path, f"a row of `{broken[0]}` belongs to nothing")
    finally:
        engine.dispose()
    _log.info("%s was migrated from schema version %s to %s; %s has it as it was", path, version, SCHEMA_VERSION, copy)
    return copy


def _recorded_version(connection: Connection) -> str | None:
    """None for a file of version 1, which had no table of Alembic's."""
    if not inspect(connection).has_table(schema_version.name):
        return None
    version: str = connection.execute(select(schema_version.c.version_num)).scalar_one()
    return version


def _run(connection: Connection, version: str) -> None:
    from alembic.config import Config
    from alembic.runtime.environment import EnvironmentContext
    from alembic.script import ScriptDirectory

    if _recorded_version(connection) is None:
        metadata.create_all(connection, tables=[schema_version])
        connection.execute(insert(schema_version).values(version_num=version))
    config = Config()
    config.set_main_option("script_location", str(REVISIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    script = ScriptDirectory.from_config(config)
    with EnvironmentContext(
        config, script, fn=lambda revision, _context: script._upgrade_revs(SCHEMA_VERSION, revision)
    ) as environment:
        environment.configure(connection=connection, target_metadata=metadata)
        environment.run_migrations()
