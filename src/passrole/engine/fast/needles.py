"""Patterns of which only a part in the middle is known: which of them may match, told by what a text contains.

A pattern like `arn:aws:sqs:*:111122223333:team-a-*` matches only texts that contain `:111122223333:team-a-`, its
needle. Where many needles begin alike, the beginning is looked for once, and what follows it in a `PrefixChains`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable
from functools import lru_cache

from passrole.engine.fast.prefix_chains import PrefixChains
from passrole.engine.truth import Doubt, Truth

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
                elif isinstance(answer, Doubt):
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

    __slots__ = ("_beginning", "_parents", "_patterns", "_texts")

    def __init__(self, needles: list[Needle]) -> None:
        first, last = min(needle for needle, _, _ in needles), max(needle for needle, _, _ in needles)
        common = next(
            (at for at, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), min(len(first), len(last))
        )
        self._beginning = first[:common]
        by_rest: dict[str, list[tuple[Matcher, int]]] = {}
        for needle, matches, bits in needles:
            by_rest.setdefault(_rest_of(needle, common), []).append((matches, bits))
        chains = PrefixChains(by_rest)
        self._texts, self._parents = chains.texts, chains.parents
        self._patterns = [tuple(by_rest[rest]) for rest in self._texts]

    def matching(self, text: str) -> int:
        bits, beginning, texts, parents = 0, self._beginning, self._texts, self._parents
        found = text.find(beginning)
        while found >= 0:
            after = found + len(beginning)
            rest = text[after:]
            # `PrefixChains.longest_beginning`, without the call.
            place = bisect_right(texts, rest) - 1
            while place >= 0:
                if rest.startswith(texts[place]):
                    for matches, of_pattern in self._patterns[place]:
                        answer = matches(text)
                        if answer is True:
                            bits |= of_pattern
                        elif isinstance(answer, Doubt):
                            return IN_DOUBT
                place = parents[place]
            found = text.find(beginning, found + 1)
        return bits
