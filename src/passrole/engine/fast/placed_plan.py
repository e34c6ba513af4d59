"""A plan in one circumstance: the implied keys that its statements look at, and the decisions that are kept."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping

from passrole.engine.decision import Decision, Outcome
from passrole.engine.fast.circumstance import Circumstance
from passrole.engine.fast.plan import Plan, traits_of
from passrole.engine.fast.seen import Implied, Shape, shape_of
from passrole.engine.request import ContextValue, Request

MOST_DECISIONS = 1024
"""For one placed plan; most have two or three."""


class PlacedPlan:
    __slots__ = (
        "_always",
        "_circumstance",
        "_guarded",
        "_held",
        "_matching",
        "_note_kept",
        "_tests",
        "_unknown_though_given",
        "decisions",
        "implied",
        "is_shared",
        "plan",
    )

    def __init__(
        self,
        plan: Plan,
        circumstance: Circumstance,
        implied: Implied,
        note_kept: Callable[[], None],
        *,
        is_shared: bool,
    ) -> None:
        """`implied` is what requests have without bringing it, as far as the plan looks at it. `note_kept` is called
        for each decision that is kept from now on. With `is_shared` it answers more principals than one.
        """
        self.plan = plan
        self._circumstance = circumstance.key
        self.implied = implied
        self._note_kept = note_kept
        self.is_shared = is_shared
        self._unknown_though_given = frozenset(key.lower() for key in circumstance.unknown_keys) & implied.keys()
        self.decisions: dict[Hashable, Decision] = {}
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
            return self.plan.answers.fresh(request)
        key: Hashable = bits
        if self._tests or bits & self._guarded:
            shape = shape_of(request.context)
            if shape is None:
                return self.plan.answers.fresh(request)
            if self._unknown_though_given:
                shape = self._without_unknown(shape)
            key = self._asked_of_context(request.resource, shape, request.context, bits)
            if key is None:
                return self.plan.answers.fresh(request)
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
        key: Hashable = bits
        if self._tests or bits & self._guarded:
            key = self._asked_of_context(resource, shape, context, bits)
        return self.decisions.get((key, traits_of(resource)) if self.plan.has_traits else key)

    def forget(self) -> None:
        """Keep no decision."""
        self.decisions = {}

    def _asked_of_context(
        self, resource: str, shape: Shape, context: Mapping[str, ContextValue], bits: int
    ) -> Hashable | None:
        """The statements that apply (with those conditions that are not known, if any); None in any other doubt."""
        implied = self.implied
        for bit, test in self._tests:
            matches = test(resource, shape, context, implied)
            if matches is None:
                return None
            if matches:
                bits |= bit
        if not bits & self._guarded:
            return bits
        held = self._held(bits, shape, context, implied)
        return held if held >= 0 else self.plan.guards.held_or_unknown(bits, shape, context, implied)

    def _without_unknown(self, shape: Shape) -> Shape:
        """A key that the asker calls unknown by its name is not known, also where it is given."""
        return {key: name for key, name in shape.items() if key not in self._unknown_though_given}

    def _answer(self, request: Request, key: Hashable) -> Decision:
        decision = self.plan.answers.of_statements(request, key, self._circumstance)
        if self.is_shared and decision.outcome is Outcome.UNDECIDED:
            # Its reasons may name the caller.
            return decision
        if len(self.decisions) < MOST_DECISIONS:
            self.decisions[key] = decision
            self._note_kept()
        return decision
