"""Which of many wildcard patterns match a text, without trying them one by one.

Exact texts are one dictionary. Every other pattern hangs at its literal prefix, what stands before its first
wildcard; the prefixes that a text begins with are found by one bisection (`PrefixChains`). What a pattern has behind
its literal prefix is looked at only when that prefix and the longest of its other literals (`Needles`) are there, by
a matcher that is linear in the text.
"""

from __future__ import annotations

from passrole.engine.fast.needles import IN_DOUBT, Matcher, Needle, Needles, needle_of
from passrole.engine.fast.prefix_chains import PrefixChains


class PatternIndex:
    """Finds the bits of all patterns that match; fill it with `add_…`, then `seal` it."""

    __slots__ = ("_bits", "_chains", "_everything", "_exact", "_needles", "_patterns", "_prefixes")

    def __init__(self) -> None:
        self._everything = 0
        self._exact: dict[str, int] = {}
        self._prefixes: dict[str, int] = {}
        self._patterns: dict[str, dict[str, tuple[Matcher, int]]] = {}
        self._chains: PrefixChains | None = None
        self._bits: list[int] = []
        self._needles: list[Needles | None] = []

    @property
    def is_constant(self) -> bool:
        """Whether every text gives the same answer."""
        return not self._exact and not self._prefixes

    def add_everything(self, bits: int) -> None:
        self._everything |= bits

    def add_exact(self, text: str, bits: int) -> None:
        self._exact[text] = self._exact.get(text, 0) | bits

    def add_prefix(self, prefix: str, bits: int) -> None:
        """For the pattern `prefix*`."""
        self._prefixes[prefix] = self._prefixes.get(prefix, 0) | bits

    def add_pattern(self, pattern: str, matches: Matcher, bits: int) -> None:
        """For any pattern; `matches` sees whole texts, and only those that begin with its literal prefix."""
        prefix = literal_prefix(pattern)
        self._prefixes.setdefault(prefix, 0)
        of_prefix = self._patterns.setdefault(prefix, {})
        _, before = of_prefix.get(pattern, (matches, 0))
        of_prefix[pattern] = matches, before | bits

    def seal(self) -> None:
        """Put what was added in order. What hangs at a prefix is handed down to the longer ones behind it."""
        if not self._prefixes:
            return
        self._chains = chains = PrefixChains(self._prefixes)
        collected: list[tuple[Needle, ...]] = []
        for place, prefix in enumerate(chains.texts):
            parent = chains.parent(place)
            own = tuple(
                (needle_of(pattern[len(prefix) :]), matches, bits)
                for pattern, (matches, bits) in self._patterns.get(prefix, {}).items()
            )
            inherited = collected[parent] if parent >= 0 else ()
            collected.append((*inherited, *own) if own else inherited)
            self._bits.append(self._prefixes[prefix] | (self._bits[parent] if parent >= 0 else 0))
            if own or not inherited:
                self._needles.append(Needles(own + inherited) if own else None)
            else:
                self._needles.append(self._needles[parent])

    def matching(self, text: str) -> int:
        """The bits of every pattern that matches, or IN_DOUBT."""
        bits = self._everything
        if self._exact:
            bits |= self._exact.get(text, 0)
        if self._chains is not None:
            place = self._chains.longest_beginning(text)
            if place >= 0:
                bits |= self._bits[place]
                needles = self._needles[place]
                if needles is not None:
                    bits |= needles.matching(text)
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


__all__ = ["IN_DOUBT", "PatternIndex", "ends_in_its_only_wildcard", "literal_prefix"]
