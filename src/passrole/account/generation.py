"""Which writes raise the generation of a file: all but those that no kept stack of policies depends on.

Whoever keeps assembled policies compares the generation before using them. A call such as CreateRole or AssumeRole
leaves every kept stack as it was, and would otherwise make each of them be gathered anew.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import count
from typing import Final

from sqlalchemy import Connection, Dialect, Engine, event, update
from sqlalchemy.engine.interfaces import DBAPICursor, ExecutionContext

from passrole.account.read_before import begin_remembering, forget
from passrole.account.sqlite_engine import TENTATIVE, run
from passrole.account.tables import (
    access_keys,
    account_aliases,
    account_file,
    account_settings,
    deletion_tasks,
    entities,
    entity_counts,
    instance_profile_roles,
    last_accessed_jobs,
    login_profiles,
    mfa_devices,
    past_passwords,
    roles,
    sessions,
    tags,
    trust_principals,
)

# What is read anew for each request, and what no authorization asks for. A table that is not named here decides.
_DECIDE_NOTHING: Final = frozenset(
    table.name
    for table in (
        access_keys,
        account_aliases,
        account_settings,
        deletion_tasks,
        entity_counts,
        instance_profile_roles,
        last_accessed_jobs,
        login_profiles,
        mfa_devices,
        past_passwords,
        roles,
        sessions,
        tags,
        trust_principals,
    )
)
_RAISE: Final = update(account_file).values(generation=account_file.c.generation + 1)
_tentative: Final = count(-2, -1)
_CHANGED: Final = "passrole_changed_what_decides"
_READS: Final = ("BEGIN", "SELECT", "PRAGMA")


def watch_writes(engine: Engine) -> None:
    """Note, for each connection, whether something that decides was written since `begin_watching`."""
    event.listen(engine, "before_cursor_execute", _note)


def raise_tentatively(connection: Connection) -> bool:
    """The same for a write that others may follow in its transaction, which they always may.

    Those do not ask by the new number but by one that is nobody else's: what is kept by it is never asked for again.
    """
    if not raise_generation(connection):
        connection.info[TENTATIVE] = next(_tentative)
    return True


def tentative_generation(connection: Connection) -> int | None:
    """The number to ask by in place of the file's; None for most transactions."""
    found: int | None = connection.info.get(TENTATIVE)
    return found


@lru_cache(maxsize=4)
def _raise(dialect: Dialect) -> str:
    return str(_RAISE.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))


def begin_watching(connection: Connection) -> None:
    connection.info[_CHANGED] = False
    begin_remembering(connection)


def raise_generation(connection: Connection) -> bool:
    """Raise it if something that decides was written. It comes last in a write: what it reads before it writes is the
    state of the generation that it sees.

    Whether it stayed as it was. Where it rose, nobody may ask by the new number before it is on disk: were it lost,
    another write would get the same number, and stacks be kept under it that are not those of the file.
    """
    changed: bool = connection.info[_CHANGED]
    if changed:
        run(connection, _raise(connection.dialect))
        forget(connection)
    return not changed


def _note(
    connection: Connection,
    _cursor: DBAPICursor,
    statement: str,
    _parameters: object,
    context: ExecutionContext | None,
    _many: bool,
) -> None:
    compiled = None if context is None else context.compiled
    if compiled is None:
        # Text that was handed to the driver: anything may be in it.
        if not statement.startswith(_READS):
            _note_change(connection)
        return
    written = compiled.statement
    if getattr(written, "is_dml", False):
        note_written(connection, decides=decides(written))
    elif getattr(written, "is_ddl", False):
        _note_change(connection)


def _note_change(connection: Connection) -> None:
    forget(connection)
    connection.info[_CHANGED] = True


def note_written(connection: Connection, *, decides: bool) -> None:
    """Note an insert, update or delete; `decides` is what the function of this name says of it."""
    forget(connection)
    if decides:
        connection.info[_CHANGED] = True


def decides(statement: object) -> bool:
    """Whether the policies of a caller may be others after this insert, update or delete."""
    name = getattr(getattr(statement, "table", None), "name", None)
    # A new entity is in no kept stack, and what it is given is in tables that decide.
    adds_entity = name == entities.name and getattr(statement, "is_insert", False)
    return name not in _DECIDE_NOTHING and not adds_entity
