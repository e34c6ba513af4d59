"""One principal and one action against one stack: what is left to ask of a request.

A plan finds out which statements apply, and nothing more. How the layers combine is said in `evaluate` alone: the
first request for which a certain set of statements applies is answered there, and the decision is kept for the next
ones. This is sound because `evaluate` sees of a resource and a context only which statements apply to them, but for
the few places that `is_kept_by_resource` is about; test_engine_fast_reads.py watches over them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from passrole.engine.decision import Decision
from passrole.engine.evaluate import evaluate
from passrole.engine.fast.checks import Check
from passrole.engine.fast.pattern_index import PatternIndex
from passrole.engine.fast.policy import FastStatement
from passrole.engine.fast.resources import ResourceTest
from passrole.engine.fast.seen import Implied, shape_of, touches
from passrole.engine.request import Request
from passrole.engine.stack import PolicyStack

KEPT_DECISIONS = 1024
"""For one plan; most have two or three."""

Guarded = tuple[int, tuple[Check, ...]]
"""The bit of a statement with conditions, and what they ask."""


def is_kept_by_resource(action: str) -> bool:
    """Whether decisions on `action` (in lower case) must not be shared between resources.

    Whether a role's trust policy or a key policy must speak is told by the ARN that is asked about.
    """
    return action.startswith(("sts:", "kms:"))


class Plan:
    """`used` is for whoever bounds the number of plans: every decision sets it."""

    __slots__ = (
        "_always",
        "_by_resource",
        "_conditional",
        "_decisions",
        "_guards",
        "_implied",
        "_keys",
        "_matching",
        "_of_bits",
        "_stack",
        "_tests",
        "used",
    )

    def __init__(
        self, statements: Iterable[FastStatement] | None, stack: PolicyStack, implied: Implied, *, by_resource: bool
    ) -> None:
        """`stack` is what `evaluate` is asked with: it may leave out policies that do not name the action.

        With None for the statements every request is asked there.
        """
        self.used = True
        self._stack = stack
        self._implied = implied
        self._by_resource = by_resource
        self._always = 0 if statements is not None else -1
        self._conditional = 0
        self._keys: frozenset[str] = frozenset()
        self._guards: list[Guarded] = []
        self._of_bits: dict[int, tuple[Guarded, ...]] = {}
        self._decisions: dict[object, Decision] = {}
        index = PatternIndex()
        tests: list[tuple[int, ResourceTest]] = []
        for place, statement in enumerate(statements or ()):
            bit, resources = 1 << place, statement.resources
            if statement.checks:
                self._conditional |= bit
                self._guards.append((bit, statement.checks))
            if resources.test is not None:
                tests.append((bit, resources.test))
            elif not resources.fixed:
                self._always |= bit
            for pattern in resources.fixed:
                pattern.add_to(index, bit)
            if statement.keys:
                self._keys |= statement.keys
        index.seal()
        self._matching: Callable[[str], int] | None = None if index.is_constant else index.matching
        self._tests = tuple(tests)

    def decide(self, request: Request) -> Decision:
        self.used = True
        bits = self._always
        matching, tests = self._matching, self._tests
        if matching is not None:
            bits |= matching(request.resource)
        if tests or bits & self._conditional:
            bits = self._asked_of_context(request, bits)
        if bits < 0:
            return evaluate(request, self._stack)
        owner = request.resource_account
        key: object = bits
        if self._by_resource:
            key = (bits, owner, request.resource)
        elif owner is not None:
            key = (bits, owner)
        decision = self._decisions.get(key)
        if decision is None:
            decision = evaluate(request, self._stack)
            if len(self._decisions) < KEPT_DECISIONS:
                self._decisions[key] = decision
        return decision

    def _asked_of_context(self, request: Request, bits: int) -> int:
        """The statements that apply; negative in doubt."""
        if bits < 0 or (request.unknown_keys and touches(request.unknown_keys, self._keys)):
            return -1
        context, implied = request.context, self._implied
        shape = shape_of(context)
        if shape is None:
            return -1
        for bit, test in self._tests:
            matches = test(request.resource, shape, context, implied)
            if matches is None:
                return -1
            if matches:
                bits |= bit
        conditional = bits & self._conditional
        guarded = self._of_bits.get(conditional)
        if guarded is None:
            guarded = self._guarded(conditional)
        for bit, checks in guarded:
            for check in checks:
                answer = check(shape, context, implied)
                if answer is not True:
                    if answer is None:
                        return -1
                    bits ^= bit
                    break
        return bits

    def _guarded(self, conditional: int) -> tuple[Guarded, ...]:
        guarded = tuple(guard for guard in self._guards if guard[0] & conditional)
        if len(self._of_bits) < KEPT_DECISIONS:
            self._of_bits[conditional] = guarded
        return guarded
