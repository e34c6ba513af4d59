"""The context of many requests, a column for each key, and what conditions answer to each row of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from passrole.engine.fast.columns import Coded, Codes, Column, Rows, coded
from passrole.engine.fast.guards import Question
from passrole.engine.fast.seen import Implied, Shape
from passrole.engine.request import ContextValue

DOUBT = -1

_NOTHING: tuple[Shape, Mapping[str, ContextValue]] = ({}, {})


class ContextColumns:
    def __init__(self, columns: Mapping[str, Column]) -> None:
        self._columns = {
            name: coded(column) if isinstance(column, Coded) else column for name, column in columns.items()
        }
        self._names = {name.lower(): name for name in columns}
        self._coded: dict[str, Coded] = {}
        self._listed: dict[str, Sequence[ContextValue | None]] = {}
        self._narrowed: dict[frozenset[str], Callable[[int], tuple[Shape, Mapping[str, ContextValue]]]] = {}
        self.is_ambiguous = len(self._names) < len(columns)
        """Whether a key is there in two spellings."""

    def lengths(self) -> list[int]:
        return [len(column) for column in self._columns.values()]

    def of_row(self, row: int) -> dict[str, ContextValue]:
        """The context of one request."""
        found: dict[str, ContextValue] = {}
        for name, column in self._columns.items():
            value = column.values[int(column.codes[row])] if isinstance(column, Coded) else column[row]
            if value is not None:
                found[name] = str(value) if isinstance(value, str) else value
        return found

    def narrowed(self, keys: frozenset[str]) -> Callable[[int], tuple[Shape, Mapping[str, ContextValue]]]:
        """From a row to its context, as far as these keys (in lower case) go."""
        found = self._narrowed.get(keys)
        if found is None:
            found = self._narrowed[keys] = self._narrowed_to(keys)
        return found

    def _narrowed_to(self, keys: frozenset[str]) -> Callable[[int], tuple[Shape, Mapping[str, ContextValue]]]:
        wanted = [(key, self._by_row(key)) for key in sorted(keys) if key in self._names]
        if not wanted:
            return lambda _row: _NOTHING
        whole = {key: key for key, _ in wanted}

        def of_row(row: int) -> tuple[Shape, Mapping[str, ContextValue]]:
            context: dict[str, ContextValue] = {}
            for key, values in wanted:
                value = values[row]
                if value is not None:
                    context[key] = value
            return _present(whole, context), context

        return of_row

    def answers(self, question: Question, rows: Rows, implied: Implied) -> Codes:
        """For each row a number that stands for the answer, or DOUBT."""
        keys = [key for key in question.keys if key in self._names]
        if not keys:
            return _numbers([question.ask({}, {}, implied)])[np.zeros(len(rows), dtype=np.intp)]
        if len(keys) > 1:
            shape = {key: key for key in keys}
            contexts = [self._values(keys, row) for row in rows.tolist()]
            return _numbers([question.ask(_present(shape, context), context, implied) for context in contexts])
        (key,) = keys
        column = self._by_value(key)
        met, places = np.unique(column.codes[rows], return_inverse=True)
        values = [column.values[code] for code in met.tolist()]
        shape = {key: key}
        return _numbers(
            [
                question.ask({}, {}, implied) if value is None else question.ask(shape, {key: value}, implied)
                for value in values
            ]
        )[places]

    def _by_row(self, key: str) -> Sequence[ContextValue | None]:
        found = self._listed.get(key)
        if found is None:
            column = self._columns[self._names[key]]
            if isinstance(column, Coded):
                values = column.values
                found = [values[code] for code in column.codes.tolist()]
            else:
                # A plain list: the elements of a NumPy array of texts are not `str`.
                found = column.tolist() if isinstance(column, np.ndarray) else column
            self._listed[key] = found
        return found

    def _by_value(self, key: str) -> Coded:
        found = self._coded.get(key)
        if found is None:
            found = self._coded[key] = coded(self._columns[self._names[key]])
        return found

    def _values(self, keys: list[str], row: int) -> dict[str, ContextValue]:
        found: dict[str, ContextValue] = {}
        for key in keys:
            column = self._by_value(key)
            value = column.values[int(column.codes[row])]
            if value is not None:
                found[key] = value
        return found


def _present(shape: Mapping[str, str], context: Mapping[str, ContextValue]) -> Mapping[str, str]:
    return shape if len(shape) == len(context) else {key: key for key in context}


def _numbers(answers: list[int | None]) -> Codes:
    """A number for each kind of answer, DOUBT for none; answers may be integers of any size."""
    number_of: dict[int, int] = {}
    numbers = [DOUBT if answer is None else number_of.setdefault(answer, len(number_of)) for answer in answers]
    return np.array(numbers, dtype=np.int64)
