"""A plan in one circumstance: the implied keys that its statements look at, and the decisions that are kept."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from typing import Protocol

from passrole.engine.decision import Decision
from passrole.engine.fast.circumstance import Circumstance
from passrole.engine.fast.plan import Plan, traits_of
from passrole.engine.fast.seen import Implied, Shape, shape_of
from passrole.engine.request import ContextValue, Request
from passrole.engine.truth import Doubt

MOST_DECISIONS = 8192
"""For one plan; most have two or three, those that many principals have in common some hundreds."""


class Own(Protocol):
    """What is one principal's of a plan: see `page.Page`."""

    mask: int
    order: tuple[int, ...] | None


class TakesDecisions(Protocol):
    """Where decisions come from that are not kept: see `answers.Answers`."""

    def fresh(self, request: Request) -> Decision: ...

    def of_statements(self, request: Request, statements: Hashable, circumstance: Hashable) -> Decision: ...


class PlacedPlan:
    __slots__ = (
        "_always",
        "_answers",
        "_circumstance",
        "_doubts",
        "_guarded",
        "_guards",
        "_matching",
        "_note_kept",
        "_tests",
        "_unknown_though_given",
        "decisions",
        "implied",
        "plan",
    )

    def __init__(
        self,
        plan: Plan,
        circumstance: Circumstance,
        implied: Implied,
        answers: TakesDecisions | None,
        note_kept: Callable[[], None],
    ) -> None:
        """`implied` is what requests have without bringing it, as far as the plan looks at it. `answers` is None for a
        plan that is also about others' statements. `note_kept` is called for each decision that is kept.
        """
        self.plan = plan
        self.implied = implied
        self._answers = answers
        self._circumstance = circumstance.key
        self._note_kept = note_kept
        self._unknown_though_given = frozenset(key.lower() for key in circumstance.unknown_keys) & implied.keys()
        self._doubts = frozenset((key, value) for key, value in implied.items() if isinstance(value, Doubt))
        """On them rests the wording of answers that are undecided."""
        self.decisions: dict[Hashable, Decision] = {}
        # What every decision reads, without the way through the plan.
        self._always = plan.always
        self._matching = plan.matching
        self._tests = plan.tests
        self._guards = plan.guards
        self._guarded = plan.guards.bits

    @property
    def is_common(self) -> bool:
        """Whether the plan is also about others' statements."""
        return self._answers is None

    def decide(self, request: Request, own: Own, others: TakesDecisions) -> Decision:
        """`others` has the answers for a plan that is also about others' statements."""
        bits = self._always
        if self._matching is not None:
            bits |= self._matching(request.resource)
        if bits < 0:
            return (self._answers or others).fresh(request)
        bits &= own.mask
        key: Hashable
        if self._tests or bits & self._guarded:
            context = request.context
            shape = shape_of(context)
            if shape is None:
                return (self._answers or others).fresh(request)
            if self._unknown_though_given:
                shape = self._without_unknown(shape)
            held = -1 if self._tests else self._guards.held(bits, shape, context, self.implied)
            key = held if held >= 0 else self._asked_in_full(request.resource, shape, context, bits, own)
            if key is None:
                return (self._answers or others).fresh(request)
            bits = held
        else:
            key = bits
        if bits > 0 and own.order is not None and bits & (bits - 1):
            key = in_order(bits, own.order)
        if self.plan.has_traits:
            key = key, traits_of(request.resource)
        decision = self.decisions.get(key)
        if decision is None:
            decision = (self._answers or others).of_statements(request, key, self._circumstance)
            if len(self.decisions) >= MOST_DECISIONS:
                self.decisions.clear()
            self.decisions[key] = decision
            self._note_kept()
        return decision

    def kept(self, resource: str, shape: Shape, context: Mapping[str, ContextValue], own: Own) -> Decision | None:
        """A decision that was made before for what is the same; None when the request must be asked in full.

        `shape` has no keys that the asker calls unknown. The context may lack keys that the plan does not look at.
        """
        bits = self._always
        if self._matching is not None:
            bits |= self._matching(resource)
        if bits < 0:
            return None
        bits &= own.mask
        key: Hashable
        if self._tests or bits & self._guarded:
            held = -1 if self._tests else self._guards.held(bits, shape, context, self.implied)
            key = held if held >= 0 else self._asked_in_full(resource, shape, context, bits, own)
            bits = held
        else:
            key = bits
        if bits > 0 and own.order is not None and bits & (bits - 1):
            key = in_order(bits, own.order)
        return self.decisions.get((key, traits_of(resource)) if self.plan.has_traits else key)

    def forget(self) -> None:
        """Keep no decision."""
        self.decisions.clear()

    def _asked_in_full(
        self, resource: str, shape: Shape, context: Mapping[str, ContextValue], bits: int, own: Own
    ) -> Hashable | None:
        """The statements that apply (with those conditions that are not known, if any); None in any other doubt."""
        implied = self.implied
        for bit, test in self._tests:
            if bit & own.mask:
                matches = test(resource, shape, context, implied)
                if matches is None:
                    return None
                if matches:
                    bits |= bit
        held = self._guards.held(bits, shape, context, implied)
        if held >= 0:
            return in_order(held, own.order)
        found = self._guards.held_or_unknown(bits, shape, context, implied)
        return None if found is None else (in_order(found[0], own.order), found[1], self._doubts)

    def _without_unknown(self, shape: Shape) -> Shape:
        """A key that the asker calls unknown by its name is not known, also where it is given."""
        return {key: name for key, name in shape.items() if key not in self._unknown_though_given}


def in_order(bits: int, order: tuple[int, ...] | None) -> Hashable:
    """The statements that apply, in the order in which their principal has them: so a decision lists them."""
    if order is None or not bits & (bits - 1):
        return bits
    return tuple([number for number in order if bits >> number & 1])
