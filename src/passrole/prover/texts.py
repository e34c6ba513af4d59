"""Regions of texts: those that some patterns take, or that none takes; and the effort that a search may take."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import lru_cache

from passrole.errors import PassroleError
from passrole.prover.automaton import Automaton
from passrole.prover.items import Items, letter, takes

DEFAULT_STEPS = 500_000


class TooHardError(PassroleError):
    """The search was given up; the answer is undecided."""


SecondsLeft = Callable[[], float]
"""How many seconds a comparison may take yet, by a clock of the caller's."""

STEPS_BETWEEN_LOOKS = 2_000
"""At the clock."""

TOO_MANY_STEPS = "the comparison takes more steps than it may"
TOO_LONG = "the comparison takes longer than it may"


class Effort:
    """How many steps a comparison may take yet. Steps and not seconds, unless somebody asks for those: the same answer
    on every machine.
    """

    __slots__ = ("_floor", "_look_at", "_seconds_left", "left")

    def __init__(self, steps: int = DEFAULT_STEPS, seconds_left: SecondsLeft | None = None) -> None:
        self.left = steps
        self._floor = 0
        self._seconds_left = seconds_left
        self._look_at = steps if seconds_left else -1

    def spend(self, steps: int = 1) -> None:
        """Raises TooHardError when they are used up."""
        self.left -= steps
        if self.left < self._floor:
            raise TooHardError(TOO_MANY_STEPS)
        if self.left < self._look_at:
            self._look_at = self.left - STEPS_BETWEEN_LOOKS
            if self.seconds_left() <= 0:
                raise TooHardError(TOO_LONG)

    def seconds_left(self) -> float:
        return self._seconds_left() if self._seconds_left else float("inf")

    def at_most(self, steps: int | None) -> None:
        """From now on only so many of the steps that are left may be taken; None: all of them."""
        self._floor = 0 if steps is None else max(0, self.left - steps)


@dataclass(frozen=True, slots=True)
class Region:
    """The texts that some of the patterns take, or, negated, that none takes."""

    patterns: tuple[Items, ...]
    negated: bool = False
    _hash: int = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_hash", hash((self.patterns, self.negated)))

    def __hash__(self) -> int:
        return self._hash

    @property
    def is_everything(self) -> bool:
        return self.negated and not self.patterns

    @property
    def is_nothing(self) -> bool:
        return not self.negated and not self.patterns

    def takes(self, text: str) -> bool:
        for pattern in self.patterns:
            if takes(pattern, text):
                return not self.negated
        return self.negated


EVERY_TEXT = Region((), negated=True)
NO_TEXT = Region(())


class Bits:
    """What the states of an automaton say of a region."""

    __slots__ = ("final", "negated", "span", "trap")

    def __init__(self, region: Region, numbers: Iterable[int], automaton: Automaton) -> None:
        self.negated = region.negated
        self.final = self.span = 0
        for number in numbers:
            self.final |= automaton.finals[number]
            self.span |= automaton.spans[number]
        self.trap = self.final & automaton.traps

    def holds(self, state: int) -> bool:
        return (state & self.final == 0) is self.negated

    def never(self, state: int) -> bool:
        """Whether no text that goes on from here is in the region."""
        return bool(state & self.trap) if self.negated else not state & self.span

    def always(self, state: int) -> bool:
        return not state & self.span if self.negated else bool(state & self.trap)


@lru_cache(maxsize=16384)
def takes_all_of(region: Region, pattern: Items) -> bool:
    """Whether a region that is not negated takes all texts of a pattern, as far as one look at it tells."""
    if region.negated:
        return False
    if pattern in region.patterns:
        return True
    # A letter is taken by a star only, so it stands for whatever the pattern's wildcards take.
    return region.takes("".join(item if isinstance(item, str) else letter(0xFFF) for item in pattern))
