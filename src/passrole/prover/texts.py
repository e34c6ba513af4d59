"""Regions of texts: those that some patterns take, or that none takes; and the effort that a search may take."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache

from passrole.errors import PassroleError
from passrole.prover.automaton import Automaton
from passrole.prover.items import Items, letter, takes

DEFAULT_STEPS = 500_000


class TooHardError(PassroleError):
    """The search was given up; the answer is undecided."""


class Effort:
    """How many steps a comparison may take yet. Steps and not seconds: the same answer on every machine."""

    __slots__ = ("left",)

    def __init__(self, steps: int = DEFAULT_STEPS) -> None:
        self.left = steps

    def spend(self, steps: int = 1) -> None:
        """Raises TooHardError when they are used up."""
        self.left -= steps
        if self.left < 0:
            raise TooHardError("the comparison takes more steps than it may")


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
