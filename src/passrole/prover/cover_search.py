"""One choice in each dimension such that every cover is avoided in some dimension: the cover with fewest ways first.

A cover is a statement that would spoil the answer; a choice in a dimension avoids those of its bits. This is
satisfiability, so it can take long; then it is handed to a solver, where one is installed, or given up.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import TypeVar

from passrole.prover.satisfiability import chosen_by_solver, has_solver
from passrole.prover.texts import Effort

Dimension = TypeVar("Dimension", bound=Hashable)
Choices = Sequence[tuple[int, int]]
"""Of one dimension: what can be chosen, and the covers that it avoids."""

Way = tuple[int, int, int]
"""The place of a dimension, what is chosen there, and the covers that it avoids."""

EASY_NODES = 400
"""Of the search, before a solver is asked. Comparisons of policies that people write take a few."""

STEPS_OF_A_NODE = 2


class _AskSolverError(Exception):
    """The search is not an easy one."""


def choose(covers: int, dimensions: Mapping[Dimension, Choices], effort: Effort) -> dict[Dimension, int] | None:
    """For the dimensions that matter the choices that together avoid all covers; None when there are none.

    Raises TooHardError.
    """
    names = list(dimensions)
    table = [dimensions[name] for name in names]
    ways_of: dict[int, list[Way]] = {}
    left = covers
    while left:
        cover = left & -left
        left ^= cover
        ways_of[cover] = [
            (place, choice, avoided)
            for place, choices in enumerate(table)
            for choice, avoided in choices
            if avoided & cover
        ]
    failed: set[tuple[int, int]] = set()
    nodes = 0

    def search(left: int, free: int, chosen: dict[int, int]) -> dict[int, int] | None:
        nonlocal nodes
        if not left:
            return chosen
        if (left, free) in failed:
            return None
        nodes += 1
        effort.spend(STEPS_OF_A_NODE)
        if nodes == EASY_NODES and has_solver():
            raise _AskSolverError
        for place, choice, avoided in _fewest_ways(left, free, ways_of):
            found = search(left & ~avoided, free & ~(1 << place), {**chosen, place: choice})
            if found is not None:
                return found
        failed.add((left, free))
        return None

    try:
        found = search(covers, (1 << len(names)) - 1, {})
    except _AskSolverError:
        found = chosen_by_solver(covers, table, effort)
    return None if found is None else {names[place]: choice for place, choice in found.items()}


def _fewest_ways(left: int, free: int, ways_of: Mapping[int, Sequence[Way]]) -> list[Way]:
    """The ways to avoid the cover that has fewest, those that avoid most others first."""
    best: list[Way] | None = None
    covers = left
    while covers:
        cover = covers & -covers
        covers ^= cover
        ways = [way for way in ways_of[cover] if free >> way[0] & 1]
        if best is None or len(ways) < len(best):
            best = ways
            if len(ways) < 2:
                return ways
    assert best is not None, "there is a cover left"
    return sorted(best, key=lambda way: -(way[2] & left).bit_count())


def refine(allowed: int, covered: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The values of a dimension by the covers that they avoid, only those that avoid most.

    `covered` has for each cover its bit and the values that come under it. Returns masks of values, each with the
    covers avoided; without those whose covers another avoids too. Nothing where no value is allowed.
    """
    if not allowed:
        return []
    groups = [(allowed, 0)]
    for cover, values in covered:
        split: list[tuple[int, int]] = []
        for group, avoided in groups:
            inside, outside = group & values, group & ~values
            if outside:
                split.append((outside, avoided | cover))
            if inside:
                split.append((inside, avoided))
        groups = split
    groups.sort(key=lambda group: -group[1].bit_count())
    kept: list[tuple[int, int]] = []
    for group, avoided in groups:
        if not any(avoided & ~other == 0 for _, other in kept):
            kept.append((group, avoided))
    return kept
