"""One principal and one action against one stack: what is left to ask of a request.

A plan finds out which statements apply, and nothing more. How the layers combine is said in `evaluate` alone: the
first request for which a certain set of statements applies is answered there, and the decision is kept for the next
ones in the same situation. This is sound because `evaluate` sees of a resource and a context only which statements
apply to them, and of the resource the `traits` below; test_engine_fast_reads.py watches over that.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping

from passrole.engine.decision import Decision
from passrole.engine.fast.answers import Answers
from passrole.engine.fast.guards import Guards, Question
from passrole.engine.fast.pattern_index import PatternIndex
from passrole.engine.fast.policy import FastStatement
from passrole.engine.fast.resources import ResourceTest
from passrole.engine.fast.seen import Shape, shape_of
from passrole.engine.fast.situation import MOST_DECISIONS, Situation, Situations
from passrole.engine.request import ContextValue, Request

TRAITS = (
    ":role/",
    ":alias/",
    ":key/",
    ":iam::aws:policy/",
    ":role/aws-service-role/",
    ":role/aws-reserved/",
    ":alias/aws/",
)
"""Parts of an ARN that mean something to `special_actions` (which policy speaks) and `protected` (what is AWS's)."""


def has_traits(action: str) -> bool:
    """Whether decisions on `action` (in lower case) depend on the traits of a resource."""
    return action.startswith(("sts:", "kms:", "iam:"))


def traits_of(resource: str) -> tuple[bool, ...]:
    return (resource.startswith("arn:"), *[part in resource for part in TRAITS])


class Plan:
    """`used` and `size` are for whoever bounds plans: every decision sets the one, the other counts statements."""

    __slots__ = (
        "_always",
        "_answers",
        "_guarded",
        "_guards",
        "_keys",
        "_last",
        "_matching",
        "_note_kept",
        "_situations",
        "_tests",
        "has_traits",
        "size",
        "used",
    )

    def __init__(
        self,
        statements: Iterable[FastStatement] | None,
        answers: Answers,
        *,
        has_traits: bool,
        note_kept: Callable[[], None],
    ) -> None:
        """With None for the statements every request is handed to `answers`.

        `note_kept` is called for each decision that the plan keeps from now on.
        """
        self.used = True
        self._note_kept = note_kept
        self._answers = answers
        self.has_traits = has_traits
        self._always = 0 if statements is not None else -1
        index = PatternIndex()
        tests: list[tuple[int, ResourceTest]] = []
        keys: frozenset[str] = frozenset()
        found = tuple(statements or ())
        for place, statement in enumerate(found):
            bit, resources = 1 << place, statement.resources
            if resources.test is not None:
                tests.append((bit, resources.test))
            elif not resources.fixed:
                self._always |= bit
            for pattern in resources.fixed:
                pattern.add_to(index, bit)
            if statement.keys:
                keys |= statement.keys
        index.seal()
        self._guards = Guards((1 << place, statement.checks) for place, statement in enumerate(found))
        self._guarded = self._guards.bits
        self._matching: Callable[[str], int] | None = None if index.is_constant else index.matching
        self._tests = tuple(tests)
        self._keys = keys
        self.size = len(found)
        self._situations = Situations(keys)
        self._last: Situation | None = None

    def decide(self, request: Request) -> Decision:
        self.used = True
        bits = self._always
        if self._matching is not None:
            bits |= self._matching(request.resource)
        situation = self._last
        if situation is None or not situation.is_of(request):
            self._last = situation = self._situations.of(request)
        if bits < 0:
            return self._answers.fresh(request)
        key: Hashable = bits
        if self._tests or bits & self._guarded:
            key = self._asked_of_context(request.resource, request.context, bits, situation)
            if key is None:
                return self._answers.fresh(request)
        if self.has_traits:
            key = (key, traits_of(request.resource))
        decision = situation.decisions.get(key)
        if decision is None:
            decision = self._answers.of_statements(request, key, situation.key)
            if len(situation.decisions) < MOST_DECISIONS:
                situation.decisions[key] = decision
                self._note_kept()
        return decision

    def forget(self) -> None:
        """Keep no decision."""
        self._last = None
        self._situations = Situations(self._keys)

    @property
    def looks_at_resources(self) -> bool:
        return self._matching is not None

    @property
    def looks_at_requests_one_by_one(self) -> bool:
        """Whether neither `statements_on` nor `questions` tells all that a decision rests on."""
        return bool(self._tests) or self._always < 0

    def statements_on(self, resource: str) -> int:
        """The statements whose Resource matches, as bits; negative in doubt."""
        return self._always if self._matching is None else self._always | self._matching(resource)

    def questions(self, statements: int) -> tuple[Question, ...]:
        """What the conditions of these statements ask of a request."""
        return tuple(self._guards.questions(statements))

    @property
    def keys(self) -> frozenset[str]:
        """The condition keys, in lower case, that some statement looks at."""
        return self._keys

    def situation_of(self, request: Request) -> Situation:
        """What the request shares with others that differ in their resources and contexts alone."""
        return self._situations.of(request)

    def recall(self, like: Request, context: Mapping[str, ContextValue]) -> Decision | None:
        """The decision on a request of the plan's principal that is like this one but for its context.

        None when none was kept: ask in full.
        """
        situation, resource = self._last, like.resource
        if situation is None or not situation.is_of(like):
            return None
        self.used = True
        bits = self._always
        if self._matching is not None:
            bits |= self._matching(resource)
        if bits < 0:
            return None
        key: Hashable = bits
        if self._tests or bits & self._guarded:
            key = self._asked_of_context(resource, context, bits, situation)
            if key is None:
                return None
        return situation.decisions.get((key, traits_of(resource)) if self.has_traits else key)

    def kept(
        self, resource: str, shape: Shape, context: Mapping[str, ContextValue], situation: Situation
    ) -> Decision | None:
        """A decision that was made before for what is the same; None when the request must be asked in full.

        `situation` is that of the request, `shape` without the keys that it calls unknown. The context may lack keys
        that are not among `keys`.
        """
        self.used = True
        bits = self._always
        if self._matching is not None:
            bits |= self._matching(resource)
        if bits < 0:
            return None
        for bit, test in self._tests:
            matches = test(resource, shape, context, situation.implied)
            if matches is None:
                return None
            if matches:
                bits |= bit
        if bits & self._guarded:
            bits = self._guards.held(bits, shape, context, situation.implied)
            if bits < 0:
                return None
        return situation.decisions.get((bits, traits_of(resource)) if self.has_traits else bits)

    def traits_on(self, resource: str) -> tuple[bool, ...]:
        """What else a decision on the resource rests on."""
        return (resource == "*", *(traits_of(resource) if self.has_traits else ()))

    def _asked_of_context(
        self, resource: str, context: Mapping[str, ContextValue], bits: int, situation: Situation
    ) -> Hashable | None:
        """The statements that apply (with those conditions that are not known, if any); None in any other doubt."""
        implied = situation.implied
        shape = shape_of(context)
        if shape is None:
            return None
        shape = situation.shape_without_unknown(shape)
        for bit, test in self._tests:
            matches = test(resource, shape, context, implied)
            if matches is None:
                return None
            if matches:
                bits |= bit
        if not bits & self._guarded:
            return bits
        held = self._guards.held(bits, shape, context, implied)
        return held if held >= 0 else self._guards.held_or_unknown(bits, shape, context, implied)
