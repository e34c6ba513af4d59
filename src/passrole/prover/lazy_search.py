"""The search of `space` where it is too much to list all kinds of resources and values: only those that are needed.

Each cover is to be avoided by one of several ways: the resource is in a region of texts, or a key holds a value of some
kind. A choice of ways is made (`cover_search`); then it is seen whether there is one text in all regions that were
chosen (`one_text`). If not, those that exclude each other become one more cover, and another choice is made.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from passrole.engine.request import ContextValue
from passrole.prover.cover_search import Choices, choose
from passrole.prover.one_text import one_text
from passrole.prover.text_reading import Options, TextReading
from passrole.prover.texts import Effort, Region

RESOURCE = "resource"
"""Stands among the condition keys for the resource. None of them is written so: they have a colon."""

STEPS_OF_A_CHOICE = 50

Dimension = tuple[str, int]
"""A key whose values are listed (with -1); of one that is read as texts whether it holds one, or one of its options."""

_LISTED = _SORT = -1
_TEXT = -1
"""As a choice: a text, and none of the other values."""


@dataclass(slots=True)
class LazySearch:
    """Finds for each dimension a value, so that all covers are avoided."""

    covers: int
    """Their flags."""
    listed: Mapping[str, Choices]
    """By key: masks of values, and the covers that they avoid."""
    texts: Mapping[str, TextReading]
    effort: Effort
    _dimensions: dict[Dimension, list[tuple[int, int]]] = field(default_factory=dict)
    _next: int = 0

    def find(self) -> tuple[dict[str, int], dict[str, ContextValue | None]] | None:
        """Masks of the values that do for keys that are listed, and values of those read as texts; None for none.

        Raises TooHardError.
        """
        self._next = 1 << self.covers.bit_length()
        self._dimensions = {(key, _LISTED): list(choices) for key, choices in self.listed.items()}
        for key, reading in self.texts.items():
            self._add(key, reading)
        while True:
            self.effort.spend(STEPS_OF_A_CHOICE)
            chosen = choose(self.covers, self._dimensions, self.effort)
            if chosen is None:
                return None
            values = self._values(chosen)
            if values is not None:
                masks = {key: chosen.get((key, _LISTED), each[0][0]) for key, each in self.listed.items()}
                return masks, values

    def _new_cover(self) -> int:
        flag = self._next
        self._next <<= 1
        self.covers |= flag
        return flag

    def _add(self, key: str, reading: TextReading) -> None:
        decided = self._new_cover()
        ties = 0
        for place, (flag, _) in enumerate(reading.options):
            # Only a text is in a region: where the value is none, no option is chosen.
            tie = self._new_cover()
            ties |= tie
            self._dimensions[key, place] = [(1, flag), (0, tie)]
        self._dimensions[key, _SORT] = [
            (_TEXT, decided | ties),
            *((place, decided | avoided) for place, (_, avoided) in enumerate(reading.others)),
        ]

    def _values(self, chosen: Mapping[Dimension, int]) -> dict[str, ContextValue | None] | None:
        """None where there is no such text, of which the next choice will know."""
        values: dict[str, ContextValue | None] = {}
        for key, reading in self.texts.items():
            sort = chosen[key, _SORT]
            if sort != _TEXT:
                values[key] = reading.others[sort][0]
                continue
            places = [place for place in range(len(reading.options)) if chosen.get((key, place)) == 1]
            found = one_text(reading.always, [reading.options[place][1] for place in places], self.effort)
            if isinstance(found, str):
                values[key] = found
                continue
            self._exclude(key, [places[number] for number in found])
            return None
        return values

    def _exclude(self, key: str, places: Sequence[int]) -> None:
        """Not all of these regions, unless it is no text."""
        flag = self._new_cover()
        for place in places:
            self._dimensions[key, place] = [
                (choice, avoided | (0 if choice else flag)) for choice, avoided in self._dimensions[key, place]
            ]
        self._dimensions[key, _SORT] = [
            (choice, avoided | (0 if choice == _TEXT else flag)) for choice, avoided in self._dimensions[key, _SORT]
        ]


def of_resource(within: Sequence[Region], asked: Sequence[tuple[int, Region]]) -> TextReading:
    """A resource in all of `within`; outside of the region of a cover it avoids the cover."""
    options: Options = [(flag, Region(region.patterns, not region.negated)) for flag, region in asked]
    return TextReading(tuple(within), options, ())
