"""Many requests as columns, and their decisions: the types of `bulk.decide_columns`.

Needs NumPy: `pip install 'passrole[bulk]'`.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from passrole.engine.decision import Decision, Outcome
from passrole.engine.fast.compiled_stack import CompiledStack
from passrole.engine.request import ContextValue, Organization, Principal

OUTCOMES = tuple(Outcome)
"""What the codes of `Decisions.outcomes` stand for."""

Rows = NDArray[np.intp]
Codes = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Coded:
    """A column as Arrow's dictionaries have it: for each row the place of its value in `values`."""

    codes: Codes
    values: Sequence[ContextValue | None]

    def __len__(self) -> int:
        return len(self.codes)


Column = Sequence[ContextValue | None] | Coded


@dataclass(frozen=True, slots=True)
class Asker:
    """Whose requests: a principal, and its stack."""

    principal: Principal
    stack: CompiledStack


@dataclass(frozen=True, slots=True)
class Requests:
    """The fields of `Request`, a column each; all of one length. One value stands for the same in every row.

    In a column of the context None says that the row's request does not have the key.
    """

    actions: Sequence[str]
    resources: Sequence[str]
    askers: Sequence[int] | NDArray[np.intp] | None = None
    """Places in the list of askers; None when there is one asker."""
    resource_account: str | Sequence[str | None] | None = None
    context: Mapping[str, Column] = field(default_factory=dict)
    organization: Organization | None = None


@dataclass(frozen=True, slots=True)
class Decisions:
    """Row by row: the code of the outcome (a place in OUTCOMES) and the place of the whole decision in `distinct`."""

    outcomes: NDArray[np.uint8]
    places: NDArray[np.int32]
    distinct: tuple[Decision, ...]

    def __len__(self) -> int:
        return len(self.places)

    def __getitem__(self, row: int) -> Decision:
        return self.distinct[int(self.places[row])]


def factorize(values: Iterable[Hashable]) -> Codes:
    """For each value the number of its kind, counted from 0 in order of appearance."""
    places: dict[Hashable, int] = {}
    return np.array([places.setdefault(value, len(places)) for value in values], dtype=np.int64)


def coded(column: Column) -> Coded:
    """A column by its distinct values.

    Raises IndexError for a code that stands for no value, such as the -1 that some libraries write for a missing one.
    """
    if isinstance(column, Coded):
        if len(column.codes) and not 0 <= column.codes.min() <= column.codes.max() < len(column.values):
            raise IndexError("a code of a column stands for no value; a missing value is None among its values")
        return column
    # A plain list: the elements of a NumPy array of texts are not `str`.
    values = column.tolist() if isinstance(column, np.ndarray) else column
    places: dict[ContextValue | None, int] = {}
    codes = np.array([places.setdefault(value, len(places)) for value in values], dtype=np.int64)
    return Coded(codes, list(places))


def split(codes: Codes, rows: Rows) -> list[Rows]:
    """The rows of each code; `codes` has one for each of `rows`."""
    if len(rows) == 0:
        return []
    order = np.argsort(codes, kind="stable")
    ordered = codes[order]
    return np.split(rows[order], np.flatnonzero(ordered[1:] != ordered[:-1]) + 1)
