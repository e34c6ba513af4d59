"""Statements of SQLAlchemy Core that every request needs: compiled once, then handed to the driver directly.

SQLAlchemy takes five times as long to carry out a small statement as SQLite does. What is compiled, and for which
database, stays its business.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import BindParameter, Connection, bindparam
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.dml import UpdateBase
from sqlalchemy.sql.selectable import Select

from passrole.account.generation import decides, note_written
from passrole.account.read_before import read_before

Row = Any
"""A named tuple of the statement's columns."""
Parameters = Mapping[str, object]
_MOST_PREPARED: Final = 100
_Values = tuple[object, ...]
_Compiled = tuple[str, tuple[str, ...], Callable[[Sequence[object]], Row]]
"""Text, the names of its parameters in their order, and what makes a row."""


class Prepared:
    """One statement with named parameters, all of which each execution gives. Columns are of plain types: text and
    numbers, which the driver hands over as they are.

    `values` names the columns that an insert or update sets from parameters of the same names.
    """

    def __init__(self, statement: Select[Any] | UpdateBase, values: Sequence[str] = ()) -> None:
        self._statement = statement
        self._decides = decides(statement)
        self._values = list(values) or None
        self._compiled: _Compiled | None = None
        self._constants: Parameters = {}

    def all(self, connection: Connection, parameters: Parameters) -> Sequence[Row]:
        """The rows, which the caller leaves as they are: whoever asks again in the same transaction gets them too."""
        text, names, make = self._compiled or self._compile(connection)
        if self._constants:
            parameters = {**self._constants, **parameters}
        values = tuple([parameters[name] for name in names])
        read = read_before(connection)
        rows: Sequence[Row] | None = read.get((self, values))
        if rows is None:
            # Nobody else has the cursor: it goes when all is read.
            rows = list(map(make, self._execute(connection, text, values).fetchall()))
            read[self, values] = rows
        return rows

    def first(self, connection: Connection, parameters: Parameters) -> Row | None:
        """For a statement that has one row at most."""
        rows = self.all(connection, parameters)
        return rows[0] if rows else None

    def write(self, connection: Connection, parameters: Parameters) -> int:
        """The number of rows that were written. Raises IntegrityError as SQLAlchemy does."""
        assert isinstance(self._statement, UpdateBase), "a query is read"
        note_written(connection, decides=self._decides)
        text, names, _ = self._compiled or self._compile(connection)
        cursor = self._execute(connection, text, tuple([parameters[name] for name in names]))
        try:
            return cursor.rowcount
        finally:
            cursor.close()

    def write_many(self, connection: Connection, rows: Sequence[Parameters]) -> None:
        assert isinstance(self._statement, UpdateBase), "a query is read"
        note_written(connection, decides=self._decides)
        text, names, _ = self._compiled or self._compile(connection)
        self._execute(connection, text, [tuple([row[name] for name in names]) for row in rows]).close()

    def _execute(self, connection: Connection, text: str, values: _Values | list[_Values]) -> DBAPICursor:
        raw = connection.connection.dbapi_connection
        assert raw is not None, "a connection that was not invalidated has one"
        cursor = raw.cursor()
        try:
            if isinstance(values, list):
                cursor.executemany(text, values)
            else:
                cursor.execute(text, values)
        except connection.dialect.loaded_dbapi.Error as error:
            cursor.close()
            # What is inserted may be a secret: neither text nor traceback shows it.
            raise DBAPIError.instance(
                text,
                None,
                error,
                connection.dialect.loaded_dbapi.Error,
                hide_parameters=True,
                dialect=connection.dialect,
            ) from error
        return cursor

    def _compile(self, connection: Connection) -> _Compiled:
        compiled = self._statement.compile(dialect=connection.dialect, column_keys=self._values)
        assert isinstance(compiled, SQLCompiler)
        columns = [column.keyname for column in compiled._result_columns]
        row = namedtuple("row", columns)  # type: ignore[misc]  # the names are the statement's, which mypy wants written out
        self._constants = {name: value for name, value in compiled.params.items() if value is not None}
        self._compiled = (str(compiled), tuple(compiled.positiontup or ()), row._make)
        return self._compiled


class PreparedForMany:
    """A query about several ids, which `make` puts together from their parameters; prepared for each number of ids."""

    def __init__(self, make: Callable[[Sequence[BindParameter[str]]], Select[Any]]) -> None:
        self._make = make
        self._by_number: dict[int, Prepared] = {}

    def all(self, connection: Connection, ids: Sequence[str]) -> Sequence[Row]:
        names = [f"id_{number}" for number in range(len(ids))]
        if len(ids) > _MOST_PREPARED:
            parameters: list[BindParameter[str]] = [
                bindparam(name, value) for name, value in zip(names, ids, strict=True)
            ]
            return connection.execute(self._make(parameters)).all()
        prepared = self._by_number.get(len(ids))
        if prepared is None:
            prepared = self._by_number[len(ids)] = Prepared(self._make([bindparam(name) for name in names]))
        return prepared.all(connection, dict(zip(names, ids, strict=True)))
