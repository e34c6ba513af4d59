"""A plan in one circumstance: the implied keys that its statements look at, and the decisions that are kept."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from typing import Protocol

from passrole.engine.decision import Decision
from passrole.engine.fast.circumstance import Circumstance
from passrole.engine.fast.common_plan import Part
from passrole.engine.fast.plan import Plan, traits_of
from passrole.engine.fast.seen import Implied, Shape, shape_of
from passrole.engine.request import ContextValue, Request
from passrole.engine.truth import Doubt

MOST_DECISIONS = 8192
"""For one plan; most have two or three, those that many principals have in common some hundreds."""


class TakesDecisions(Protocol):
    """See `answers.Answers`."""

    def fresh(self, request: Request) -> Decision: ...

    def of_statements(self, request: Request, statements: Hashable, circumstance: Hashable) -> Decision: ...


class PlacedPlan:
    __slots__ = (
        "_always",
        "_answers",
        "_circumstance",
        "_doubts",
        "_guarded",
        "_held",
        "_mask",
        "_matching",
        "_note_kept",
        "_order",
        "_tests",
        "_unknown_though_given",
        "decisions",
        "implied",
        "is_part",
        "plan",
    )

    def __init__(
        self,
        of: Plan | Part,
        circumstance: Circumstance,
        implied: Implied,
        answers: TakesDecisions,
        note_kept: Callable[[], None],
    ) -> None:
        """`implied` is what requests have without bringing it, as far as the plan looks at it. `answers` has the
        decisions that are not kept here, and `note_kept` is called for each that is kept from now on.
        """
        plan = of.plan if isinstance(of, Part) else of
        self.plan = plan
        self.is_part = isinstance(of, Part)
        """Whether the plan is also about statements that are others'."""
        self._mask = of.mask if isinstance(of, Part) else -1
        self._order = of.order if isinstance(of, Part) else None
        self._answers = answers
        self._circumstance = circumstance.key
        self.implied = implied
        self._note_kept = note_kept
        self._unknown_though_given = frozenset(key.lower() for key in circumstance.unknown_keys) & implied.keys()
        self._doubts = frozenset((key, value) for key, value in implied.items() if isinstance(value, Doubt))
        """On them rests the wording of answers that are undecided."""
        self.decisions: dict[Hashable, Decision] = of.decisions if isinstance(of, Part) else {}
        # What every decision reads, without the way through the plan.
        self._always = plan.always
        self._matching = plan.matching
        self._tests = plan.tests
        self._guarded = plan.guards.bits
        self._held = plan.guards.held

    def decide(self, request: Request) -> Decision:
        bits = self._always
        if self._matching is not None:
            bits |= self._matching(request.resource)
        if bits < 0:
            return self._answers.fresh(request)
        bits &= self._mask
        key: Hashable = bits
        if self._tests or bits & self._guarded:
            shape = shape_of(request.context)
            if shape is None:
                return self._answers.fresh(request)
            if self._unknown_though_given:
                shape = self._without_unknown(shape)
            key = self._asked_of_context(request.resource, shape, request.context, bits)
            if key is None:
                return self._answers.fresh(request)
        elif self._order is not None:
            key = self._in_order(bits)
        if self.plan.has_traits:
            key = key, traits_of(request.resource)
        decision = self.decisions.get(key)
        return self._answer(request, key) if decision is None else decision

    def kept(self, resource: str, shape: Shape, context: Mapping[str, ContextValue]) -> Decision | None:
        """A decision that was made before for what is the same; None when the request must be asked in full.

        `shape` has no keys that the asker calls unknown. The context may lack keys that the plan does not look at.
        """
        bits = self._always
        if self._matching is not None:
            bits |= self._matching(resource)
        if bits < 0:
            return None
        bits &= self._mask
        key: Hashable = bits
        if self._tests or bits & self._guarded:
            key = self._asked_of_context(resource, shape, context, bits)
        elif self._order is not None:
            key = self._in_order(bits)
        return self.decisions.get((key, traits_of(resource)) if self.plan.has_traits else key)

    def forget(self) -> None:
        """Keep no decision."""
        self.decisions.clear()

    def _asked_of_context(
        self, resource: str, shape: Shape, context: Mapping[str, ContextValue], bits: int
    ) -> Hashable | None:
        """The statements that apply (with those conditions that are not known, if any); None in any other doubt."""
        implied = self.implied
        for bit, test in self._tests:
            if bit & self._mask:
                matches = test(resource, shape, context, implied)
                if matches is None:
                    return None
                if matches:
                    bits |= bit
        if bits & self._guarded:
            held = self._held(bits, shape, context, implied)
            if held < 0:
                found = self.plan.guards.held_or_unknown(bits, shape, context, implied)
                return None if found is None else (self._in_order(found[0]), found[1], self._doubts)
            bits = held
        return bits if self._order is None else self._in_order(bits)

    def _in_order(self, bits: int) -> Hashable:
        """The statements that apply, in the order in which the principal has them: so a decision lists them."""
        if self._order is None or not bits & (bits - 1):
            return bits
        return tuple([number for number in self._order if bits >> number & 1])

    def _without_unknown(self, shape: Shape) -> Shape:
        """A key that the asker calls unknown by its name is not known, also where it is given."""
        return {key: name for key, name in shape.items() if key not in self._unknown_though_given}

    def _answer(self, request: Request, key: Hashable) -> Decision:
        decision = self._answers.of_statements(request, key, self._circumstance)
        if len(self.decisions) >= MOST_DECISIONS:
            self.decisions.clear()
        self.decisions[key] = decision
        self._note_kept()
        return decision
