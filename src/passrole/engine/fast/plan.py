"""One principal and one action against one stack: what is left to ask of a request.

A plan finds out which statements apply, and nothing more. How the layers combine is said in `evaluate` alone: the
first request for which a certain set of statements applies is answered there, and the decision is kept for the next
ones in the same situation. This is sound because `evaluate` sees of a resource and a context only which statements
apply to them, and of the resource the `traits` below; test_engine_fast_reads.py watches over that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from passrole.engine.decision import Decision
from passrole.engine.evaluate import evaluate
from passrole.engine.fast.guards import Guards
from passrole.engine.fast.pattern_index import PatternIndex
from passrole.engine.fast.policy import FastStatement
from passrole.engine.fast.resources import ResourceTest
from passrole.engine.fast.seen import Implied, shape_of, touches
from passrole.engine.fast.situation import MOST_DECISIONS, Situation, Situations
from passrole.engine.request import Request
from passrole.engine.stack import PolicyStack

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
    """`used` is for whoever bounds the number of plans: every decision sets it."""

    __slots__ = (
        "_always",
        "_guarded",
        "_guards",
        "_has_traits",
        "_keys",
        "_last",
        "_matching",
        "_situations",
        "_stack",
        "_tests",
        "used",
    )

    def __init__(self, statements: Iterable[FastStatement] | None, stack: PolicyStack, *, has_traits: bool) -> None:
        """`stack` is what `evaluate` is asked with: it may leave out policies that do not name the action.

        With None for the statements every request is asked there.
        """
        self.used = True
        self._stack = stack
        self._has_traits = has_traits
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
        if self._tests or bits & self._guarded:
            bits = self._asked_of_context(request, bits, situation.implied)
        if bits < 0:
            return evaluate(request, self._stack)
        key = (bits, traits_of(request.resource)) if self._has_traits else bits
        decision = situation.decisions.get(key)
        if decision is None:
            decision = evaluate(request, self._stack)
            if len(situation.decisions) < MOST_DECISIONS:
                situation.decisions[key] = decision
        return decision

    def _asked_of_context(self, request: Request, bits: int, implied: Implied) -> int:
        """The statements that apply; negative in doubt."""
        if bits < 0 or (request.unknown_keys and touches(request.unknown_keys, self._keys)):
            return -1
        context = request.context
        shape = shape_of(context)
        if shape is None:
            return -1
        for bit, test in self._tests:
            matches = test(request.resource, shape, context, implied)
            if matches is None:
                return -1
            if matches:
                bits |= bit
        return self._guards.held(bits, shape, context, implied) if bits & self._guarded else bits
