"""Two sides made ready to be compared: a contest for each assignment of values to their policy variables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product

from passrole.prover.assignments import assignments
from passrole.prover.differing import Differing, differing_actions, statements_about
from passrole.prover.sides import Side, Stated
from passrole.prover.space import Space
from passrole.prover.symbols import letters_for
from passrole.prover.texts import Effort
from passrole.prover.told import Told, prepare, variables_in
from passrole.prover.views import Bindings

COST_OF_A_STATEMENT = 400
"""Of taking it apart once more for other values of its variables, in steps of the search."""


class Contest:
    """Two sides with values for the policy variables in them, taken apart once for both directions."""

    __slots__ = ("_narrowed", "anything", "effort", "known", "prepared")

    def __init__(
        self,
        statements: Mapping[Side, Sequence[Stated]],
        bindings: Bindings,
        effort: Effort,
        *,
        known_actions: bool,
        differing: Differing | None = None,
        symbolic: bool = False,
    ) -> None:
        self.effort = effort
        self.prepared = {side: prepare(side, stated, bindings) for side, stated in statements.items()}
        self._narrowed: dict[tuple[int, int], Told | None] = {}
        views = tuple(view for prepared in self.prepared.values() for view in prepared.views())
        effort.spend(COST_OF_A_STATEMENT * len(views))
        outsiders = any(side.outsiders for side in statements)

        def space(*, known_actions: bool) -> Space:
            return Space(views, bindings, effort, known_actions, symbolic, differing, outsiders)

        self.anything = space(known_actions=False)
        self.known = space(known_actions=True) if known_actions else None

    def narrowed(self, told: Told, layer: tuple[Told, ...]) -> Told | None:
        """`told.narrowed_by(layer)`, once."""
        key = (id(told), id(layer))
        if key not in self._narrowed:
            self._narrowed[key] = told.narrowed_by(layer)
        return self._narrowed[key]


class Match:
    """All contests of two sides: one for each assignment of values to policy variables, made when it is asked for."""

    __slots__ = (
        "_contests",
        "_symbolic",
        "differing",
        "effort",
        "known_actions",
        "sides",
        "statements",
        "variables",
        "with_default",
    )

    def __init__(self, old: Side, new: Side, effort: Effort, *, known_actions: bool, common: bool = False) -> None:
        """`common`: it is about what the two have in common, so that no statement can be set aside."""
        self.sides = (old, new)
        self.effort = effort
        self.known_actions = known_actions
        self.differing = None if common else differing_actions(old, new)
        self.statements = {side: statements_about(side, self.differing) for side in self.sides}
        stated = [one for side in self.sides for one in self.statements[side]]
        self.variables = sorted(variables_in(stated))
        self.with_default = variables_in(stated, only_with_default=True) if self.variables else frozenset()
        self._contests: dict[int, Contest] = {}
        self._symbolic: list[Contest] = []

    def _contest(self, bindings: Bindings, *, symbolic: bool = False) -> Contest:
        return Contest(
            self.statements,
            bindings,
            self.effort,
            known_actions=self.known_actions,
            differing=self.differing,
            symbolic=symbolic,
        )

    def contests(self) -> Iterator[Contest]:
        """Where no statement has a variable there is one, and it decides."""
        stated = (one for side in self.sides for one in self.statements[side])
        values = assignments(self.variables, stated) if self.variables else iter(({},))
        for number, bindings in enumerate(values):
            if number not in self._contests:
                self._contests[number] = self._contest(bindings)
            yield self._contests[number]

    def symbolic(self) -> list[Contest]:
        """Together they stand for all values and for absent keys.

        A letter stands for an absent key too: what names it matches nothing then, and a text with the letter is in no
        box without it. But for a variable with a default: there the two cases are told apart.
        """
        if not self._symbolic:
            letters = letters_for(self.variables)
            split = sorted(self.with_default)
            for absent in product((False, True), repeat=len(split)):
                bindings = {**letters, **{key: None for key, no in zip(split, absent, strict=True) if no}}
                self._symbolic.append(self._contest(bindings, symbolic=True))
        return self._symbolic
