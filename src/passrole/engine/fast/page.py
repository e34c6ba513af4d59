"""What a compiled stack has for one principal, action and circumstance: all that a decision touches, in few places.

Thousands of principals do not fit into a processor's caches, and then a decision takes the time that its memory takes
to arrive. Most plans are about a few ARNs and beginnings of ARNs and nothing else: of those no more is kept.
"""

from __future__ import annotations

from collections.abc import Callable

from passrole.engine.decision import Decision
from passrole.engine.fast.placed_plan import PlacedPlan
from passrole.engine.fast.plan import FEW_TEXTS

_NONE_KEPT = tuple((None,) * (places + 1) for places in range(2 * FEW_TEXTS + 1))
"""The same objects for all pages."""


class Page:
    """`used` and `size` are for whoever bounds pages: every decision sets the one, the other counts statements."""

    # Slots are laid out by name: what every decision reads comes first.
    __slots__ = ("__weakref__", "decisions", "exact", "mask", "order", "placed", "prefixes", "size", "used")

    def __init__(
        self,
        size: int,
        exact: tuple[str, ...] = (),
        prefixes: tuple[str, ...] = (),
        placed: PlacedPlan | None = None,
        mask: int = -1,
        order: tuple[int, ...] | None = None,
    ) -> None:
        """With `placed` that has the answers; else they depend on nothing but these texts and beginnings of texts."""
        self.mask = mask
        """Of the statements of `placed` those that are the principal's, as bits."""
        self.order = order
        """Their numbers in the order in which the principal has them, where that is not the plan's."""
        self.exact = exact
        self.prefixes = prefixes
        """The longest first."""
        self.decisions: tuple[Decision | None, ...] = _NONE_KEPT[len(exact) + len(prefixes)]
        """For each of `exact`, for each of `prefixes`, and for all other resources: None where nobody has asked."""
        self.placed = placed
        self.size = size
        self.used = True

    def place_of(self, resource: str) -> int:
        """Which of `decisions` is the one on a resource."""
        place = 0
        for text in self.exact:
            if resource == text:
                return place
            place += 1
        for prefix in self.prefixes:
            if resource.startswith(prefix):
                return place
            place += 1
        return place

    def keep(self, place: int, decision: Decision, note_kept: Callable[[], None]) -> None:
        """For the requests to come. `note_kept` is called for each decision that is kept."""
        self.decisions = (*self.decisions[:place], decision, *self.decisions[place + 1 :])
        note_kept()

    def forget(self) -> None:
        """Keep no decision."""
        self.decisions = _NONE_KEPT[len(self.decisions) - 1]
        if self.placed is not None:
            self.placed.forget()
