"""Places in a text that are found when somebody asks for one: few documents ever have a place shown.

A document is read first without places, and each part gets a number instead. The first question about any of them
reads the text again with places: the same steps in the same order, so that the numbers fit.
"""

from __future__ import annotations

from collections.abc import Callable

from passrole.errors import Span
from passrole.policy.json_nodes import Positions

FindPlaces = Callable[[str | bytes, str], list[Span]]
"""From a text and its source to all places, in the order in which a reading asks for them."""


class LatePlaces(Positions):
    """Stands in for the positions of a text while it is read without them."""

    __slots__ = ("_find", "_given", "_spans", "_text")

    def __init__(self, text: str | bytes, source: str, find: FindPlaces) -> None:
        self.source = source
        self._text: str | bytes | None = text
        self._find = find
        self._given = 0
        self._spans: list[Span] = []

    def span(self, start: int, end: int) -> Span:
        span = LateSpan(self, self._given)
        self._given += 1
        return span

    def place(self, number: int) -> Span:
        text = self._text
        if text is not None:
            self._spans = self._find(text, self.source)
            self._text = None
        return self._spans[number]


class Recorder(Positions):
    """Positions that remember what they were asked for."""

    __slots__ = ("_positions", "spans")

    def __init__(self, positions: Positions) -> None:
        self.source = positions.source
        self._positions = positions
        self.spans: list[Span] = []

    def span(self, start: int, end: int) -> Span:
        span = self._positions.span(start, end)
        self.spans.append(span)
        return span


class LateSpan(Span):
    """A span like any other, equal to the `Span` of the same place; its numbers are looked up when they are read."""

    __slots__ = ("_number", "_places")

    _places: LatePlaces
    _number: int

    def __init__(self, places: LatePlaces, number: int) -> None:
        _set(self, "_places", places)
        _set(self, "_number", number)

    @property
    def source(self) -> str:
        return self._places.source

    @property
    def line(self) -> int:
        return self._places.place(self._number).line

    @property
    def column(self) -> int:
        return self._places.place(self._number).column

    @property
    def end_line(self) -> int:
        return self._places.place(self._number).end_line

    @property
    def end_column(self) -> int:
        return self._places.place(self._number).end_column

    def __eq__(self, other: object) -> bool:
        own = self._places.place(self._number)
        return own == (other._places.place(other._number) if isinstance(other, LateSpan) else other)

    def __hash__(self) -> int:
        return hash(self._places.place(self._number))

    def __repr__(self) -> str:
        return repr(self._places.place(self._number))

    def __reduce__(self) -> tuple[type[Span], tuple[str, int, int, int, int]]:
        # What is copied to another process is a plain span.
        return Span, (self.source, self.line, self.column, self.end_line, self.end_column)


# A frozen dataclass sets its attributes so as well.
_set = object.__setattr__
