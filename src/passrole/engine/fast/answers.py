"""Where a plan takes a decision from that it has not kept: what other principals were told, or `evaluate`."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import replace

from passrole.engine.decision import Decision
from passrole.engine.evaluate import evaluate
from passrole.engine.fast.decision_pool import DecisionPool, Home
from passrole.engine.request import Request
from passrole.engine.stack import Known, Layer, PolicyStack


class Answers:
    """For one plan."""

    __slots__ = ("_homes", "_kind", "_naming", "_pool", "_reduced", "_stack")

    def __init__(
        self,
        stack: PolicyStack,
        naming: frozenset[int],
        homes: Sequence[Home],
        pool: DecisionPool,
        kind: Hashable | None,
    ) -> None:
        """`naming` are the ids of the stack's attached policies that name the plan's action, `homes` where the plan's
        statements stand, and `kind` all else that matters for a decision; None when it is not to be shared.
        """
        self._stack = stack
        self._naming = naming
        self._homes = tuple(homes)
        self._pool = pool
        self._kind = kind
        self._reduced: PolicyStack | None = None

    def fresh(self, request: Request) -> Decision:
        """Without the policies that do not name the action: they say nothing of it."""
        if self._reduced is None:
            self._reduced = _reduced(self._stack, self._naming)
        return evaluate(request, self._reduced)

    def of_statements(self, request: Request, statements: Hashable, circumstance: Hashable) -> Decision:
        """For the plan's key for the statements that apply: bits, where a decision on them can be shared."""
        if self._kind is None or type(statements) is not int:
            return self.fresh(request)
        homes = tuple(home for place, home in enumerate(self._homes) if statements >> place & 1)
        key = (self._kind, circumstance, homes)
        decision = self._pool.get(key)
        if decision is None:
            decision = self.fresh(request)
            self._pool.put(key, decision)
        return decision


def _reduced(stack: PolicyStack, naming: frozenset[int]) -> PolicyStack:
    """The resource's own policies stay: what they grant to others may matter as well."""

    def reduced(layer: Layer) -> Layer:
        if not isinstance(layer, Known):
            return layer
        return replace(layer, policies=tuple(attached for attached in layer.policies if id(attached) in naming))

    return replace(
        stack,
        identity=reduced(stack.identity),
        boundary=None if stack.boundary is None else reduced(stack.boundary),
        session=None if stack.session is None else reduced(stack.session),
        endpoint=None if stack.endpoint is None else reduced(stack.endpoint),
        scps=tuple(reduced(layer) for layer in stack.scps),
        rcps=tuple(reduced(layer) for layer in stack.rcps),
    )
