"""One text that is in all of many regions, or a few of the regions that have no text in common.

Searching the states of all patterns at once takes too long where they are independent: with twenty of `*ab*`, `*cd*`, …
there are a million. So it begins with few regions, takes in one more when the text that was found is not in it, and
looks first where most regions are satisfied.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from heapq import heappop, heappush

from passrole.prover.text_search import set_up, text_of
from passrole.prover.text_solver import solved_by_solver
from passrole.prover.texts import Effort, Region

EASY_STEPS = 3_000
"""Before it is tried whether regions exclude each other that spell the same characters."""

STEPS_OF_A_SEARCH = 20_000
"""Before a solver is asked, where one is installed."""


class _HardError(Exception):
    """The search is not an easy one."""


def one_text(always: Sequence[Region], regions: Sequence[Region], effort: Effort) -> str | frozenset[int]:
    """A text in all of `always` and `regions`; else numbers of some regions that have none in common within `always`.

    Raises TooHardError.
    """
    core: list[int] = []
    while True:
        chosen = [regions[number] for number in core]
        try:
            text = _in_all([*always, *chosen], effort, EASY_STEPS)
        except _HardError:
            for some in _with_common_letters(regions, core):
                try:
                    if _in_all([*always, *(regions[number] for number in some)], effort, EASY_STEPS) is None:
                        return frozenset(some)
                except _HardError:
                    break
            text = _in_all([*always, *chosen], effort)
        if text is None:
            return frozenset(core)
        missed = next((number for number, region in enumerate(regions) if not region.takes(text)), None)
        if missed is None:
            return text
        for other in core:
            if _in_all([*always, regions[other], regions[missed]], effort) is None:
                return frozenset((other, missed))
        core.append(missed)


def _with_common_letters(regions: Sequence[Region], core: Sequence[int]) -> Iterator[list[int]]:
    """Parts of the core around its last one, without which there was a text: those that spell a character of it, those
    that spell one of theirs, and so on. What most of them spell does not count.
    """
    if not core:
        return
    spelled = {number: _spelled(regions[number]) for number in core}
    counted = Counter(character for each in spelled.values() for character in each)
    rare = {character for character, count in counted.items() if count <= len(core) // 2}
    found = [core[-1]]
    while True:
        letters = rare & frozenset().union(*(spelled[number] for number in found))
        more = [number for number in core if spelled[number] & letters or number == core[-1]]
        if len(more) in (len(found), len(core)):
            return
        found = more
        yield found


def _spelled(region: Region) -> frozenset[str]:
    texts = [item for items in region.patterns for item in items if isinstance(item, str)]
    return frozenset("".join(texts))


def _in_all(regions: Sequence[Region], effort: Effort, easy_steps: int | None = None) -> str | None:
    """Raises TooHardError, and _HardError after `easy_steps`."""
    steps = 0
    automaton, bits = set_up(regions)
    came_from: dict[int, tuple[int, str] | None] = {automaton.start: None}
    waiting = [(0, 0, 0, automaton.start)]
    while waiting:
        _, length, _, state = heappop(waiting)
        if all(region.holds(state) for region in bits):
            return text_of(came_from, state)
        for character in automaton.moves(state):
            after = automaton.step(state, character)
            if after in came_from or any(region.never(after) for region in bits):
                continue
            came_from[after] = (state, character)
            effort.spend()
            steps += 1
            if steps == easy_steps:
                raise _HardError
            if steps == STEPS_OF_A_SEARCH:
                answer = solved_by_solver(regions, effort)
                if answer is not None:
                    return answer.text
            lacking = sum(not region.holds(after) for region in bits)
            heappush(waiting, (lacking, length + 1, steps, after))
    return None
