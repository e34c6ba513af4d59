"""python-sat (the extra `solver`) on the choices of `cover_search`: the same problem, clause by clause.

The encoding is exact: a variable for each choice of each dimension, no two of one dimension, and for each cover that
one of the choices that avoid it is made. So a yes is a choice and a no is that there is none.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from importlib.util import find_spec
from itertools import combinations

from passrole.prover.texts import Effort

CONFLICTS_AT_A_TIME = 10_000
"""Between two looks at how much effort is left. A conflict counts as a step."""


@cache
def has_solver() -> bool:
    return find_spec("pysat") is not None


def chosen_by_solver(covers: int, table: Sequence[Sequence[tuple[int, int]]], effort: Effort) -> dict[int, int] | None:
    """`cover_search.choose` by places of dimensions; needs python-sat. Raises TooHardError."""
    from pysat.solvers import Solver

    variables = [(place, choice, avoided) for place, choices in enumerate(table) for choice, avoided in choices]
    with Solver(name="glucose4", bootstrap_with=_clauses(covers, variables)) as solver:
        answer = None
        while answer is None:
            effort.spend(CONFLICTS_AT_A_TIME)
            solver.conf_budget(CONFLICTS_AT_A_TIME)
            answer = solver.solve_limited()
        if not answer:
            return None
        true = {number for number in solver.get_model() if number > 0}
    return {place: choice for number, (place, choice, _) in enumerate(variables, 1) if number in true}


def _clauses(covers: int, variables: Sequence[tuple[int, int, int]]) -> Iterator[list[int]]:
    by_place: dict[int, list[int]] = {}
    for number, (place, _, _) in enumerate(variables, 1):
        by_place.setdefault(place, []).append(number)
    for numbers in by_place.values():
        for one, other in combinations(numbers, 2):
            yield [-one, -other]
    while covers:
        cover = covers & -covers
        covers ^= cover
        yield [number for number, (_, _, avoided) in enumerate(variables, 1) if avoided & cover]
