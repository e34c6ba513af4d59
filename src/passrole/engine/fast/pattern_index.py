"""Which of many wildcard patterns match a text, without trying them one by one.

Exact texts are one dictionary. Every other pattern hangs at its literal prefix, what stands before its first
wildcard; the prefixes that a text begins with are found by one bisection (`PrefixChains`). What a pattern has behind
its literal prefix is looked at only when that prefix and the longest of its other literals (`Needles`) are there, by
a matcher that is linear in the text.
"""

from __future__ import annotations

from bisect import bisect_right
from functools import lru_cache

from passrole.engine.fast.needles import IN_DOUBT, Matcher, Needle, Needles, needle_of
from passrole.engine.fast.prefix_chains import PrefixChains

KEPT_BEGINNINGS = 16_384


class PatternIndex:
    """Finds the bits of all patterns that match; fill it with `add_…`, then `seal` it."""

    __slots__ = ("_bits", "_everything", "_exact", "_needles", "_parents", "_patterns", "_prefixes", "_texts")

    def __init__(self) -> None:
        self._everything = 0
        self._exact: dict[str, int] = {}
        self._prefixes: dict[str, int] = {}
        self._patterns: dict[str, dict[str, tuple[Matcher, int]]] = {}
        self._texts: list[str] = []
        self._parents: list[int] = []
        self._bits: list[int] = []
        self._needles: list[Needles | None] | None = None

    @property
    def is_constant(self) -> bool:
        """Whether every text gives the same answer."""
        return not self._exact and not self._prefixes

    def few_texts(self, most: int) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
        """All that the answer rests on, where it is a few texts and a few beginnings (the longest first); else None."""
        if self._patterns or len(self._exact) > most or len(self._prefixes) > most:
            return None
        return tuple(self._exact), tuple(sorted(self._prefixes, key=len, reverse=True))

    def add_everything(self, bits: int) -> None:
        self._everything |= bits

    def add_exact(self, text: str, bits: int) -> None:
        self._exact[text] = self._exact.get(text, 0) | bits

    def add_prefix(self, prefix: str, bits: int) -> None:
        """For the pattern `prefix*`."""
        self._prefixes[prefix] = self._prefixes.get(prefix, 0) | bits

    def add_pattern(self, pattern: str, matches: Matcher, bits: int) -> None:
        """For any pattern; `matches` sees whole texts, and only those that begin with its literal prefix."""
        prefix, _ = _beginning_and_needle(pattern)
        self._prefixes.setdefault(prefix, 0)
        of_prefix = self._patterns.setdefault(prefix, {})
        _, before = of_prefix.get(pattern, (matches, 0))
        of_prefix[pattern] = matches, before | bits

    def seal(self) -> None:
        """Put what was added in order. What hangs at a prefix is handed down to the longer ones behind it."""
        chains = PrefixChains(self._prefixes)
        self._texts, self._parents = chains.texts, chains.parents
        collected: list[tuple[Needle, ...]] = []
        needles: list[Needles | None] = []
        for prefix, parent in zip(self._texts, self._parents, strict=True):
            own = tuple(
                (_beginning_and_needle(pattern)[1], matches, bits)
                for pattern, (matches, bits) in self._patterns.get(prefix, {}).items()
            )
            inherited = collected[parent] if parent >= 0 else ()
            collected.append((*inherited, *own) if own else inherited)
            self._bits.append(self._prefixes[prefix] | (self._bits[parent] if parent >= 0 else 0))
            if own or not inherited:
                needles.append(Needles(own + inherited) if own else None)
            else:
                needles.append(needles[parent])
        self._needles = needles if self._patterns else None

    def matching(self, text: str) -> int:
        """The bits of every pattern that matches, or IN_DOUBT."""
        bits = self._everything
        if self._exact:
            bits |= self._exact.get(text, 0)
        texts = self._texts
        if texts:
            # `PrefixChains.longest_beginning`, without the call.
            place = bisect_right(texts, text) - 1
            while place >= 0 and not text.startswith(texts[place]):
                place = self._parents[place]
            if place >= 0:
                bits |= self._bits[place]
                if self._needles is not None:
                    needles = self._needles[place]
                    if needles is not None:
                        bits |= needles.matching(text)
        return bits


@lru_cache(maxsize=KEPT_BEGINNINGS)
def beginning_of(pattern: str) -> str:
    """Its literal prefix: one object for all indexes that have the pattern, which then is found in the caches."""
    return literal_prefix(pattern)


@lru_cache(maxsize=KEPT_BEGINNINGS)
def _beginning_and_needle(pattern: str) -> tuple[str, str]:
    prefix = beginning_of(pattern)
    return prefix, needle_of(pattern[len(prefix) :])


def literal_prefix(pattern: str) -> str:
    """What stands before the first wildcard."""
    star, mark = pattern.find("*"), pattern.find("?")
    if star < 0:
        return pattern[:mark] if mark >= 0 else pattern
    return pattern[:star] if mark < 0 else pattern[: min(star, mark)]


def ends_in_its_only_wildcard(pattern: str) -> bool:
    """Whether a pattern is `text*`."""
    return pattern.find("*") == len(pattern) - 1 and "?" not in pattern


__all__ = ["IN_DOUBT", "PatternIndex", "beginning_of", "ends_in_its_only_wildcard", "literal_prefix"]
