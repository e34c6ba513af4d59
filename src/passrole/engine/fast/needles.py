"""Patterns of which only a part in the middle is known: which of them may match, told by what a text contains.

A pattern like `arn:aws:sqs:*:111122223333:team-a-*` matches only texts that contain `:111122223333:team-a-`, its
needle. Where many needles begin alike, the beginning is looked for once, and what follows it in a `PrefixChains`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache

from passrole.engine.fast.prefix_chains import PrefixChains
from passrole.engine.truth import Truth

IN_DOUBT = -1
"""Instead of a set of bits: some pattern neither matches nor does not."""

Matcher = Callable[[str], Truth]
Needle = tuple[str, Matcher, int]
"""What a text must contain, the matcher to ask then, and the bits of the pattern."""

STEM = 5
"""Needles that share fewer characters at their beginning are not put together: the stem would be found everywhere."""

WORTH_A_STEM = 5
"""Fewer needles than these are looked for one by one in less time."""

KEPT_RESTS = 16_384

FEW_LENGTHS = 3
"""Of the needles behind a stem: that many texts are looked up. Where they are more, the needles are one sorted list."""


def needle_of(pattern_rest: str) -> str:
    """The longest literal of a pattern, or of what is left of one behind its literal prefix."""
    return max(pattern_rest.replace("?", "*").split("*"), key=len)


class Needles:
    __slots__ = ("_alone", "_stems")

    def __init__(self, needles: Iterable[Needle]) -> None:
        by_stem: dict[str, list[Needle]] = {}
        for needle in needles:
            by_stem.setdefault(needle[0][:STEM], []).append(needle)
        alone: list[Needle] = []
        stems: list[_Stem] = []
        for stem, of_stem in by_stem.items():
            if len(stem) == STEM and len(of_stem) >= WORTH_A_STEM:
                stems.append(_Stem(of_stem))
            else:
                alone += of_stem
        self._alone = tuple(alone)
        self._stems = tuple(stems)

    def matching(self, text: str) -> int:
        """The bits of every pattern that matches, or IN_DOUBT."""
        bits = 0
        for needle, matches, of_pattern in self._alone:
            if needle in text:
                answer = matches(text)
                if answer is True:
                    bits |= of_pattern
                elif answer is not False:
                    return IN_DOUBT
        for stem in self._stems:
            bits |= stem.matching(text)
        return bits


@lru_cache(maxsize=KEPT_RESTS)
def _rest_of(needle: str, length: int) -> str:
    """What follows its first characters: one object for all indexes that have the needle."""
    return needle[length:]


class _Stem:
    """Needles with a common beginning."""

    __slots__ = ("_beginning", "_chains", "_lengths", "_patterns")

    def __init__(self, needles: list[Needle]) -> None:
        first, last = min(needle for needle, _, _ in needles), max(needle for needle, _, _ in needles)
        common = next(
            (at for at, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), min(len(first), len(last))
        )
        self._beginning = first[:common]
        by_rest: dict[str, list[tuple[Matcher, int]]] = {}
        for needle, matches, bits in needles:
            by_rest.setdefault(_rest_of(needle, common), []).append((matches, bits))
        self._patterns = {rest: tuple(patterns) for rest, patterns in by_rest.items()}
        lengths = sorted({len(rest) for rest in by_rest})
        self._lengths = tuple(lengths) if len(lengths) <= FEW_LENGTHS else ()
        self._chains = None if self._lengths else PrefixChains(by_rest)

    def matching(self, text: str) -> int:
        bits, beginning, patterns = 0, self._beginning, self._patterns
        found = text.find(beginning)
        while found >= 0:
            after = found + len(beginning)
            if self._chains is None:
                for length in self._lengths:
                    behind = patterns.get(text[after : after + length])
                    if behind is not None:
                        bits |= _matching(behind, text)
            else:
                for rest in self._chains.beginnings(text[after:]):
                    bits |= _matching(patterns[rest], text)
            found = text.find(beginning, found + 1)
        return bits


def _matching(patterns: tuple[tuple[Matcher, int], ...], text: str) -> int:
    bits = 0
    for matches, of_pattern in patterns:
        answer = matches(text)
        if answer is True:
            bits |= of_pattern
        elif answer is not False:
            return IN_DOUBT
    return bits
