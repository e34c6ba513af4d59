"""Which of many wildcard patterns match a text, without trying them one by one.

Exact texts are one dictionary. Every other pattern hangs at its literal prefix (what stands before its first
wildcard) in a sorted list. The prefixes of a text that are in the list form a chain, and its longest one is found by
bisection: of all prefixes that sort before the text it is the last, or an ancestor of the last. What a pattern has
behind its literal prefix is tried only when that prefix matched, by a matcher that is linear in the text.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable

from passrole.engine.truth import Doubt, Truth

IN_DOUBT = -1
"""Instead of a bit set: some pattern neither matches nor does not."""

Tail = tuple[Callable[[str], Truth], int]


class PatternIndex:
    """Finds the bits of all patterns that match; fill it with `add_…`, then `seal` it."""

    __slots__ = ("_bits", "_everything", "_exact", "_parents", "_prefixes", "_tails", "_unsealed")

    def __init__(self) -> None:
        self._everything = 0
        self._exact: dict[str, int] = {}
        self._unsealed: dict[str, tuple[int, tuple[Tail, ...]]] = {}
        self._prefixes: list[str] = []
        self._parents: list[int] = []
        self._bits: list[int] = []
        self._tails: list[tuple[Tail, ...]] = []

    @property
    def is_constant(self) -> bool:
        """Whether every text gives the same answer."""
        return not self._exact and not self._prefixes and not self._unsealed

    def add_everything(self, bits: int) -> None:
        self._everything |= bits

    def add_exact(self, text: str, bits: int) -> None:
        self._exact[text] = self._exact.get(text, 0) | bits

    def add_prefix(self, prefix: str, bits: int) -> None:
        """For the pattern `prefix*`."""
        before, tails = self._unsealed.get(prefix, (0, ()))
        self._unsealed[prefix] = before | bits, tails

    def add_tail(self, prefix: str, matches: Callable[[str], Truth], bits: int) -> None:
        """For any other pattern; `matches` sees whole texts, and only those that begin with `prefix`."""
        before, tails = self._unsealed.get(prefix, (0, ()))
        self._unsealed[prefix] = before, (*tails, (matches, bits))

    def seal(self) -> None:
        """Put what was added in order. What hangs at a prefix is handed down to the longer ones behind it."""
        chain: list[int] = []
        for place, prefix in enumerate(sorted(self._unsealed)):
            while chain and not prefix.startswith(self._prefixes[chain[-1]]):
                chain.pop()
            parent = chain[-1] if chain else -1
            bits, tails = self._unsealed[prefix]
            self._prefixes.append(prefix)
            self._parents.append(parent)
            self._bits.append(bits | self._bits[parent] if chain else bits)
            self._tails.append((*self._tails[parent], *tails) if chain else tails)
            chain.append(place)
        self._unsealed = {}

    def matching(self, text: str) -> int:
        """The bits of every pattern that matches, or IN_DOUBT."""
        bits = self._everything
        if self._exact:
            bits |= self._exact.get(text, 0)
        prefixes = self._prefixes
        if not prefixes:
            return bits
        place = bisect_right(prefixes, text) - 1
        while place >= 0:
            if text.startswith(prefixes[place]):
                bits |= self._bits[place]
                for matches, of_tail in self._tails[place]:
                    answer = matches(text)
                    if answer is True:
                        bits |= of_tail
                    elif isinstance(answer, Doubt):
                        return IN_DOUBT
                return bits
            place = self._parents[place]
        return bits


def literal_prefix(pattern: str) -> str:
    """What stands before the first wildcard."""
    star, mark = pattern.find("*"), pattern.find("?")
    if star < 0:
        return pattern[:mark] if mark >= 0 else pattern
    return pattern[:star] if mark < 0 else pattern[: min(star, mark)]


def ends_in_its_only_wildcard(pattern: str) -> bool:
    """Whether a pattern is `text*`."""
    return pattern.find("*") == len(pattern) - 1 and "?" not in pattern
