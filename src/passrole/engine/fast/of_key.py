"""The conditions of a plan that ask for one value of one key: by value, the statements that they leave."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from passrole.engine.fast.checks import Check
from passrole.engine.fast.seen import Implied, Shape
from passrole.engine.request import ContextValue

IN_DOUBT = -1

KEPT_VALUES = 16
"""For one key of one plan."""

KEPT_LENGTH = 256
"""In characters; for longer values each condition is asked every time."""


class OfKey:
    """INVARIANT: what `left` has for a value is negative: it leaves all statements that do not ask for the key."""

    __slots__ = ("_equals", "_is_kept", "_of_equals", "_others", "_wishes", "bits", "key", "left", "left_without")

    def __init__(self, key: str, wishes: Iterable[tuple[int, Check]]) -> None:
        """`wishes` are conditions that are `single`, each with the bit of its statement."""
        self.key = key
        self.bits = self._of_equals = 0
        self._wishes: dict[Check, int] = {}
        self._equals: dict[str, int] = {}
        others: dict[Check, int] = {}
        self.left_without = -1
        for bit, check in wishes:
            assert check.single is not None, "only conditions on one value"
            self.bits |= bit
            self._wishes[check] = self._wishes.get(check, 0) | bit
            if not check.single.absent:
                self.left_without &= ~bit
            # Of a statement with two wishes for the key one is asked on its own.
            if check.equals is not None and not self._of_equals & bit:
                self._of_equals |= bit
                for value in check.equals:
                    self._equals[value] = self._equals.get(value, 0) | bit
            else:
                others[check] = others.get(check, 0) | bit
        self._others = tuple((bits, check.single.one) for check, bits in others.items() if check.single is not None)
        self._is_kept = bool(others) and all(check.single.is_kept for check in others if check.single is not None)
        self.left: dict[str, int] = {}
        """By value of the key: those that the statements name if they do nothing else, or those that were met."""
        if not others:
            self.left = {value: ~self._of_equals | bits for value, bits in self._equals.items()}
            self._equals = {}

    def left_by(self, bits: int, seen: str) -> int:
        """Of these statements those that this value leaves; IN_DOUBT when that is not sure."""
        left = ~self._of_equals | self._equals.get(seen, 0)
        for of_other, one in self._others:
            answer = one(seen)
            if answer is None:
                return self._left_by_each(bits, seen)
            if not answer:
                left &= ~of_other
        if self._is_kept and len(self.left) < KEPT_VALUES and len(seen) <= KEPT_LENGTH:
            self.left[seen] = left
        return bits & left

    def asked(self, bits: int, shape: Shape, context: Mapping[str, ContextValue], implied: Implied) -> int:
        """The same for whatever the request has under the key."""
        for check, of_check in self._wishes.items():
            if bits & of_check:
                answer = check.ask(shape, context, implied)
                if answer is None:
                    return IN_DOUBT
                if not answer:
                    bits &= ~of_check
        return bits

    def _left_by_each(self, bits: int, seen: str) -> int:
        """Where a condition is in doubt: whether it matters."""
        return self.asked(bits, {self.key: self.key}, {self.key: seen}, {})
