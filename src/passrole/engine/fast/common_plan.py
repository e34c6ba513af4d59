"""One plan for all principals whose statements on an action are held by several of them.

A thousand roles with twenty of an account's two hundred policies each have a thousand different sets of statements, and
a plan for each fills the memory. The two hundred policies together are one plan, of which a role has a part.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from threading import Lock

from passrole.engine.fast.circumstance import Circumstance
from passrole.engine.fast.decision_pool import Home
from passrole.engine.fast.placed_plan import PlacedPlan
from passrole.engine.fast.plan import Plan
from passrole.engine.fast.policy import FastStatement
from passrole.engine.fast.seen import Implied

FIRST_PRINCIPALS = 16
"""Who have plans of their own before there is one for all."""

WORTH_SHARING = 3
"""As many principals must hold a statement, on the average."""

MOST_STATEMENTS = 1024
MOST_PLACES = 1024
"""One for all principals as a rule, and one for each where a statement looks at who it is."""

NoteKept = Callable[[], None]


@dataclass(frozen=True, slots=True)
class Part:
    """What one principal has of a common plan."""

    plan: Plan
    mask: int
    """Its statements, as bits."""
    order: tuple[int, ...] | None
    """Its statements in the order in which it has them, where that is not the plan's."""


class CommonPlan:
    """For one action, one kind of stack and caller, and one circumstance."""

    __slots__ = ("_held", "_lock", "_noted", "_numbers", "_placed", "_planned", "_statements", "_waiting")

    def __init__(self) -> None:
        self._numbers: dict[Home, int] = {}
        self._statements: list[FastStatement] = []
        self._planned: tuple[Plan | None, int] = None, 0
        """The plan, and how many statements it has: it is older than those which came after."""
        self._placed: dict[Hashable, PlacedPlan] = {}
        self._noted = self._waiting = self._held = 0
        self._lock = Lock()

    def part(self, homes: Sequence[Home]) -> Part | None:
        """Of somebody who has these statements, in this order; None when the plan does not have them all."""
        plan, planned = self._planned
        if plan is None:
            return None
        numbers = tuple(self._numbers.get(home, planned) for home in homes)
        if any(number >= planned for number in numbers):
            return None
        mask = 0
        for number in numbers:
            mask |= 1 << number
        if mask.bit_count() < len(numbers):
            # Something is attached twice, and a decision may tell it twice.
            return None
        return Part(plan, mask, None if list(numbers) == sorted(numbers) else numbers)

    def placed(self, plan: Plan, circumstance: Circumstance, implied: Implied, note_kept: NoteKept) -> PlacedPlan:
        """The plan for all whose requests have this without bringing it."""
        key = plan.size, frozenset(implied.items())
        found = self._placed.get(key)
        if found is None:
            if len(self._placed) >= MOST_PLACES:
                self._placed.clear()
            found = self._placed[key] = PlacedPlan(plan, circumstance, implied, None, note_kept)
        return found

    def forget(self) -> None:
        """Keep no decision, also of places that no page has any more."""
        for placed in list(self._placed.values()):
            placed.forget()

    def note(self, statements: Sequence[FastStatement], homes: Sequence[Home]) -> int:
        """Somebody has these statements, and a plan of its own. Returns how many of them are new here."""
        with self._lock:
            if len(self._numbers) + len(homes) > MOST_STATEMENTS:
                return 0
            before = len(self._numbers)
            for statement, home in zip(statements, homes, strict=True):
                if home not in self._numbers:
                    self._statements.append(statement)
                    self._numbers[home] = len(self._numbers)
            self._held += len(homes)
            self._noted += 1
            self._waiting += 1
            # Each new plan is for twice as many, so that making plans takes no more time the more there are.
            enough = self._waiting >= max(FIRST_PRINCIPALS, self._noted - self._waiting)
            if enough and self._held >= WORTH_SHARING * len(self._numbers):
                self._waiting = 0
                self._planned = Plan(tuple(self._statements), has_traits=False), len(self._statements)
            return len(self._numbers) - before
