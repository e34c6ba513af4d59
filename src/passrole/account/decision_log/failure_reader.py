"""Requests that were not authenticated, read from the log: calls of nobody that is known, with nothing decided."""

from __future__ import annotations

import json

from sqlalchemy import Connection, Row, func, select

from passrole.account.decision_log.log_tables import failures
from passrole.account.decision_log.logged_call import LoggedCall
from passrole.account.decision_log.selection import Selection


def failures_with_id(connection: Connection, id: str, *, whole: bool) -> list[LoggedCall]:  # noqa: A002
    """Those with this request id or event id, or, unless it is `whole`, those that begin so."""
    for column in (failures.c.request_id, failures.c.event_id):
        condition = column == id if whole else column.startswith(id, autoescape=True)
        found = [_call_of(row) for row in connection.execute(select(failures).where(condition))]
        if found:
            return found
    return []


def failures_taken(
    connection: Connection, selection: Selection, *, after: int = 0, limit: int | None = None
) -> tuple[LoggedCall, ...]:
    """As `DecisionLog.calls`, of a table with numbers of its own."""
    statement = select(failures).where(failures.c.number > after).order_by(failures.c.number.desc())
    found: list[LoggedCall] = []
    for row in connection.execute(statement):
        if len(found) == limit:
            break
        if selection.takes(json.loads(row.event), ()):
            found.append(_call_of(row))
    return tuple(reversed(found))


def newest_failure(connection: Connection) -> int:
    return connection.execute(select(func.max(failures.c.number))).scalar() or 0


def _call_of(row: Row[tuple[object, ...]]) -> LoggedCall:
    return LoggedCall(json.loads(row.event), False, (), row.number)
