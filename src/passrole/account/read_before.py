"""What a transaction has read already: within it nothing changes but by its own writes, so that one look is enough.

An operation and the questions that it asks of authorization look for the same user or role.
"""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Connection

_READ: Final = "passrole_read_before"
ReadBefore = dict[tuple[object, ...], Any]


def begin_remembering(connection: Connection) -> None:
    """At the begin of a transaction, and of each write within a shared one."""
    connection.info[_READ] = {}


def read_before(connection: Connection) -> ReadBefore:
    """By statement and parameters. Of a connection that nobody has begun with it stays empty."""
    found: ReadBefore | None = connection.info.get(_READ)
    return {} if found is None else found


def forget(connection: Connection) -> None:
    """Something is written."""
    read = connection.info.get(_READ)
    if read:
        read.clear()
