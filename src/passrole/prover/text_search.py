"""The shortest texts that some patterns take and others do not: a search over the states of an automaton.

`least_hits` finds, of all texts that fit, those that come under the fewest covers; `classes` one text for every way in
which texts can fit.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from functools import lru_cache

from passrole.prover.automaton import Automaton
from passrole.prover.items import Items
from passrole.prover.texts import Bits, Effort, Region


def set_up(regions: Sequence[Region]) -> tuple[Automaton, list[Bits]]:
    numbers: dict[Items, int] = {}
    for region in regions:
        for items in region.patterns:
            numbers.setdefault(items, len(numbers))
    automaton = Automaton(tuple(numbers))
    return automaton, [Bits(region, (numbers[items] for items in region.patterns), automaton) for region in regions]


def _search(
    within: Sequence[Region], covers: Sequence[tuple[int, Region]], effort: Effort, hopeless: Sequence[int]
) -> list[tuple[str, int]]:
    """`least_hits` by one search over the states of all patterns, shortest texts first."""
    automaton, bits = set_up([*within, *(region for _, region in covers)])
    must = bits[: len(within)]
    flagged = [(flag, region) for (flag, _), region in zip(covers, bits[len(within) :], strict=True)]
    found = _Least(hopeless)
    start = automaton.start
    came_from: dict[int, tuple[int, str] | None] = {start: None}
    waiting = deque((start,))
    step = automaton.step
    guides = [(region.span, region.span & automaton.wild) for region in must if not region.negated]
    ahead: dict[int, Iterable[str]] = {}
    while waiting:
        state = waiting.popleft()
        for region in must:
            if not region.holds(state):
                break
        else:
            hits = 0
            for flag, region in flagged:
                if region.holds(state):
                    hits |= flag
            if not found.is_useless(hits):
                found.add(text_of(came_from, state), hits)
                if not hits:
                    return found.texts
        for span, wild in guides:
            if not state & wild:
                # There is one way on only, or few: what the text must be in spells it out.
                characters = ahead.get(state & span)
                if characters is None:
                    characters = ahead[state & span] = automaton.spelled_at(state & span)
                break
        else:
            characters = automaton.moves(state)
        for character in characters:
            after = step(state, character)
            if after in came_from:
                continue
            came_from[after] = (state, character)
            for region in must:
                if region.never(after):
                    break
            else:
                sure = 0
                for flag, region in flagged:
                    if region.always(after):
                        sure |= flag
                if not found.is_useless(sure):
                    effort.spend()
                    waiting.append(after)
    return found.texts


def least_hits(
    within: Sequence[Region],
    covers: Sequence[tuple[int, Region]],
    effort: Effort,
    hopeless: Sequence[int] = (),
) -> list[tuple[str, int]]:
    """Texts in all of `within`, each with the covers (their flags, put together) that it comes under.

    For every text that fits there is one in the answer that comes under no other covers. Texts that come under all
    covers of one of `hopeless` are of no use. Raises TooHardError.
    """
    if 0 in hopeless:
        return []
    regions = [*within, *(region for _, region in covers)]
    spelled = [_spelled(region) for region in regions]
    taken = frozenset[str]().union(*spelled)
    if len(taken) < 4:
        return _search(within, covers, effort, hopeless)
    # Patterns without wildcards are texts themselves: they are tried one by one, and the search need not spell them.
    wild = [_wild(region) for region in regions]
    count = len(within)
    plain = [own for own, region in zip(spelled[:count], regions, strict=False) if not region.negated]
    limited = [own for own, rest in zip(spelled[:count], wild, strict=False) if not rest.negated and not rest.patterns]
    if limited:
        texts = set(frozenset.intersection(*limited))
    else:
        # One that only covers spell comes under more of them than another text would.
        excepted = (own for own, region in zip(spelled[count:], regions[count:], strict=True) if region.negated)
        texts = set().union(*plain, *excepted)
    found = _Least(hopeless)
    automaton, bits = set_up(wild)
    flags = [0] * len(within) + [flag for flag, _ in covers]
    for text in sorted(texts):
        effort.spend()
        state = automaton.start
        for character in text:
            state = automaton.step(state, character)
        hits = 0
        for flag, region, own, part in zip(flags, regions, spelled, bits, strict=True):
            inside = part.holds(state) if text not in own else not region.negated
            if flag:
                hits |= flag if inside else 0
            elif not inside:
                break
        else:
            found.add(text, hits)
            if not hits:
                return [(text, 0)]
    if limited:
        return found.texts
    wild_covers = [(flag, region) for (flag, _), region in zip(covers, wild[count:], strict=True)]
    others = _search(wild[:count], wild_covers, effort, (*hopeless, *(mask for _, mask in found.texts)))
    if any(text in taken for text, _ in others):
        return _search(within, covers, effort, hopeless)
    for text, hits in others:
        found.add(text, hits)
    return found.texts


def _spelled(region: Region) -> frozenset[str]:
    return _parts(region)[0]


def _wild(region: Region) -> Region:
    return _parts(region)[1]


@lru_cache(maxsize=4096)
def _parts(region: Region) -> tuple[frozenset[str], Region]:
    """The patterns of a region that are texts, and a region of the others."""
    texts: set[str] = set()
    wild: list[Items] = []
    for items in region.patterns:
        if len(items) == 1 and isinstance(items[0], str):
            texts.add(items[0])
        else:
            wild.append(items)
    return frozenset(texts), Region(tuple(wild), region.negated)


class _Least:
    """Texts that come under least covers."""

    __slots__ = ("_hopeless", "texts")

    def __init__(self, hopeless: Sequence[int]) -> None:
        self._hopeless = hopeless
        self.texts: list[tuple[str, int]] = []

    def add(self, text: str, hits: int) -> None:
        if not self.is_useless(hits):
            self.texts = [(other, mask) for other, mask in self.texts if hits & ~mask]
            self.texts.append((text, hits))

    def is_useless(self, hits: int) -> bool:
        """Whether nothing is gained by a text that comes under these and perhaps more."""
        for _, mask in self.texts:
            if mask & ~hits == 0:
                return True
        return any(mask & ~hits == 0 for mask in self._hopeless)


def classes(within: Sequence[Region], regions: Sequence[Region], effort: Effort) -> list[str]:
    """A shortest text of `within` for each set of `regions` that texts can be in. Raises TooHardError."""
    automaton, bits = set_up([*within, *regions])
    must, others = bits[: len(within)], bits[len(within) :]
    found: dict[int, str] = {}
    start = automaton.start
    came_from: dict[int, tuple[int, str] | None] = {start: None}
    waiting = deque((start,))
    while waiting:
        state = waiting.popleft()
        if all(region.holds(state) for region in must):
            hits = 0
            for place, region in enumerate(others):
                hits |= region.holds(state) << place
            if hits not in found:
                found[hits] = text_of(came_from, state)
        for character in automaton.moves(state):
            after = automaton.step(state, character)
            if after in came_from or any(region.never(after) for region in must):
                continue
            came_from[after] = (state, character)
            effort.spend()
            waiting.append(after)
    return list(found.values())


def text_of(came_from: dict[int, tuple[int, str] | None], state: int) -> str:
    characters: list[str] = []
    while (before := came_from[state]) is not None:
        state, character = before
        characters.append(character)
    return "".join(reversed(characters))
