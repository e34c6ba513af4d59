"""Three-valued answers: true, false, or a doubt that says what it rests on.

A doubt is of one of two kinds. Something may not be known: a layer that could not be read, a condition key that the
asker could not determine. Or something may not be understood: a policy's value that has no meaning here, or a
point on which AWS's pages are silent or disagree. What is not known leaves the answer undecided. What is not
understood grants nothing, and never makes a Deny go away: in an Allow it counts as false, in a Deny as a doubt.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from passrole.policy.model import Effect


@dataclass(frozen=True, slots=True)
class Doubt:
    """Neither true nor false, for these reasons (sentences without a full stop, for a person)."""

    reasons: tuple[str, ...]
    understood: bool = True
    """False where a doubt comes from something that is not understood."""


@dataclass(frozen=True, slots=True)
class Either(Doubt):
    """One of several values, and which is not known: what holds for each of them holds."""

    values: tuple[str | tuple[str, ...], ...] = ()


Truth = bool | Doubt


def unknown(reason: str) -> Doubt:
    return Doubt((reason,))


def not_understood(reason: str) -> Doubt:
    return Doubt((reason,), understood=False)


def negation(truth: Truth) -> Truth:
    return truth if isinstance(truth, Doubt) else not truth


def all_of(truths: Iterable[Truth]) -> Truth:
    """False as soon as one is false; true when there are none."""
    doubts: list[Doubt] = []
    for truth in truths:
        if truth is False:
            return False
        if isinstance(truth, Doubt):
            doubts.append(truth)
    # Not understood counts as false in an Allow, so it decides a conjunction.
    return _merge(doubts, understood=all(doubt.understood for doubt in doubts)) if doubts else True


def any_of(truths: Iterable[Truth]) -> Truth:
    """True as soon as one is true; false when there are none.

    "None of them" is `all_of` of the negations and not the negation of `any_of`: what is not understood counts as
    false in an Allow on either side of a negation.
    """
    doubts: list[Doubt] = []
    for truth in truths:
        if truth is True:
            return True
        if isinstance(truth, Doubt):
            doubts.append(truth)
    return _merge(doubts, understood=any(doubt.understood for doubt in doubts)) if doubts else False


def settle(truth: Truth, effect: Effect) -> Truth:
    """What a truth about an element of a statement comes to in a statement of that effect."""
    if isinstance(truth, Doubt) and not truth.understood and effect is Effect.ALLOW:
        return False
    return truth


def reasons_of(*truths: Truth) -> tuple[str, ...]:
    """The reasons of the doubts among these, each once, in order."""
    return tuple(dict.fromkeys(reason for truth in truths if isinstance(truth, Doubt) for reason in truth.reasons))


def _merge(doubts: list[Doubt], *, understood: bool) -> Doubt:
    return doubts[0] if len(doubts) == 1 else Doubt(reasons_of(*doubts), understood)
