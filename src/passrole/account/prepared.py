"""Statements of SQLAlchemy Core that every request needs: compiled once, then handed to the driver directly.

SQLAlchemy takes five times as long to carry out a small statement as SQLite does. What is compiled, and for which
database, stays its business.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.dml import UpdateBase
from sqlalchemy.sql.selectable import Select

from passrole.account.generation import note_written

Row = Any
"""A named tuple of the statement's columns."""
Parameters = Mapping[str, object]


class Prepared:
    """One statement with named parameters, all of which each execution gives. Columns are of plain types: text and
    numbers, which the driver hands over as they are.

    `values` names the columns that an insert or update sets from parameters of the same names.
    """

    def __init__(self, statement: Select[Any] | UpdateBase, values: Sequence[str] = ()) -> None:
        self._statement = statement
        self._values = list(values) or None
        self._compiled: tuple[str, tuple[str, ...], Callable[[Sequence[object]], Row]] | None = None

    def all(self, connection: Connection, parameters: Parameters) -> list[Row]:
        cursor = self._execute(connection, parameters)
        try:
            make = self._prepare(connection)[2]
            return [make(row) for row in cursor.fetchall()]
        finally:
            cursor.close()

    def first(self, connection: Connection, parameters: Parameters) -> Row | None:
        cursor = self._execute(connection, parameters)
        try:
            row = cursor.fetchone()
            return None if row is None else self._prepare(connection)[2](row)
        finally:
            cursor.close()

    def write(self, connection: Connection, parameters: Parameters) -> int:
        """The number of rows that were written. Raises IntegrityError as SQLAlchemy does."""
        assert isinstance(self._statement, UpdateBase), "a query is read"
        note_written(connection, self._statement)
        cursor = self._execute(connection, parameters)
        try:
            return cursor.rowcount
        finally:
            cursor.close()

    def _execute(self, connection: Connection, parameters: Parameters) -> DBAPICursor:
        text, names, _ = self._prepare(connection)
        failures = connection.dialect.loaded_dbapi.Error
        cursor = connection.connection.cursor()
        try:
            cursor.execute(text, tuple([parameters[name] for name in names]))
        except failures as error:
            cursor.close()
            # What is inserted may be a secret: neither text nor traceback shows it.
            raise DBAPIError.instance(
                text, None, error, failures, hide_parameters=True, dialect=connection.dialect
            ) from error
        return cursor

    def _prepare(self, connection: Connection) -> tuple[str, tuple[str, ...], Callable[[Sequence[object]], Row]]:
        if self._compiled is None:
            compiled = self._statement.compile(dialect=connection.dialect, column_keys=self._values)
            assert isinstance(compiled, SQLCompiler)
            columns = [column.keyname for column in compiled._result_columns]
            row = namedtuple("row", columns)  # type: ignore[misc]  # the names are the statement's, which mypy wants written out
            self._compiled = (str(compiled), tuple(compiled.positiontup or ()), row._make)
        return self._compiled
