"""A sorted list of texts in which the ones that begin another text are found by one bisection.

The texts of the list that begin a given text form a chain: each begins the next. Of all that sort before the given
text, the longest of the chain is the last, or one that begins the last; so it is found by going from there to
shorter ones.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable


class PrefixChains:
    __slots__ = ("_parents", "_texts")

    def __init__(self, texts: Iterable[str]) -> None:
        """`texts` are all different."""
        self._texts = sorted(texts)
        self._parents: list[int] = []
        chain: list[int] = []
        for place, text in enumerate(self._texts):
            while chain and not text.startswith(self._texts[chain[-1]]):
                chain.pop()
            self._parents.append(chain[-1] if chain else -1)
            chain.append(place)

    @property
    def texts(self) -> list[str]:
        """In order; what other methods call a place counts in this list."""
        return self._texts

    @property
    def parents(self) -> list[int]:
        """For each place that of the longest other text that begins the one there; -1 when there is none."""
        return self._parents

    def longest_beginning(self, text: str) -> int:
        """The place of the longest that `text` begins with; -1 when there is none."""
        place = bisect_right(self._texts, text) - 1
        while place >= 0 and not text.startswith(self._texts[place]):
            place = self._parents[place]
        return place

    def beginnings(self, text: str) -> list[str]:
        """All that `text` begins with."""
        found, place = [], self.longest_beginning(text)
        while place >= 0:
            found.append(self._texts[place])
            place = self._parents[place]
        return found
