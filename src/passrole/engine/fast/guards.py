"""The conditions of all statements of a plan together: what a request has under a key is looked at once for all.

Most conditions ask for one value of one key (a tag, an account, a region, a service), and a plan can have hundreds of
them on one key. They are one look-up by the value that the request has, which gives the statements that it leaves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from passrole.engine.fast.checks import Ask, Check
from passrole.engine.fast.of_key import IN_DOUBT, OfKey
from passrole.engine.fast.seen import Implied, Shape, is_unknown
from passrole.engine.request import ContextValue


class Guards:
    __slots__ = ("_asks", "_keys_of_asks", "_of_keys", "bits")

    def __init__(self, statements: Iterable[tuple[int, tuple[Check, ...]]]) -> None:
        """Of each statement its bit and its conditions."""
        self.bits = 0
        by_key: dict[str, list[tuple[int, Check]]] = {}
        asks: dict[Check, int] = {}
        for bit, checks in statements:
            if checks:
                self.bits |= bit
            for check in checks:
                if check.single is not None:
                    by_key.setdefault(check.key, []).append((bit, check))
                else:
                    asks[check] = asks.get(check, 0) | bit
        for key, wishes in list(by_key.items()):
            (_, first), *others = wishes
            if first.single and not first.single.is_kept and all(check is first for _, check in others):
                # One condition on what is different each time: there is nothing to look up.
                asks[first] = sum(bit for bit, _ in dict.fromkeys(wishes))
                del by_key[key]
        # What many statements ask first: a no spares the rest.
        of_keys = sorted((OfKey(key, wishes) for key, wishes in by_key.items()), key=lambda one: -one.bits.bit_count())
        self._of_keys = tuple((one.key, one.bits, one.left, one) for one in of_keys)
        by_use = sorted(asks.items(), key=lambda item: -item[1].bit_count())
        self._asks: tuple[tuple[int, Ask], ...] = tuple((bits, check.ask) for check, bits in by_use)
        self._keys_of_asks = tuple(check.keys for check, _ in by_use)

    def held(self, bits: int, shape: Shape, context: Mapping[str, ContextValue], implied: Implied) -> int:
        """Of the statements in `bits` those whose conditions all hold; IN_DOUBT when that is not sure."""
        for key, of_key, left, one in self._of_keys:
            if bits & of_key:
                name = shape.get(key)
                seen = implied.get(key) if name is None else context[name]
                if seen.__class__ is str:
                    kept = left.get(seen)
                    if kept is not None:
                        bits &= kept
                        continue
                    bits = one.left_by(bits, seen)
                elif seen is None and name is None:
                    bits &= one.left_without
                else:
                    bits = one.asked(bits, shape, context, implied)
                if bits < 0:
                    return IN_DOUBT
        for of_ask, ask in self._asks:
            if bits & of_ask:
                answer = ask(shape, context, implied)
                if answer is None:
                    return IN_DOUBT
                if not answer:
                    bits &= ~of_ask
        return bits

    def held_or_unknown(
        self, bits: int, shape: Shape, context: Mapping[str, ContextValue], implied: Implied
    ) -> tuple[int, tuple[int, ...]] | None:
        """The same where keys are not known: the statements that are left, and the conditions that ask for such keys.

        None where a doubt comes from more than a single key's not being known. (The reason of that one is the same
        for all requests of a circumstance; others may speak of the request's values.)
        """
        unknown: list[int] = []
        for number, (key, of_key, _, one) in enumerate(self._of_keys):
            if bits & of_key:
                if is_unknown(key, shape, implied):
                    unknown.append(number)
                    continue
                bits = one.asked(bits, shape, context, implied)
                if bits < 0:
                    return None
        for number, (of_ask, ask) in enumerate(self._asks, len(self._of_keys)):
            if bits & of_ask:
                answer = ask(shape, context, implied)
                if answer is None:
                    keys = self._keys_of_asks[number - len(self._of_keys)]
                    if len(keys) > 1 or not all(is_unknown(key, shape, implied) for key in keys):
                        return None
                    unknown.append(number)
                elif not answer:
                    bits &= ~of_ask
        return bits, tuple(unknown)

    def questions(self, bits: int) -> Iterator[Question]:
        """What the conditions of these statements ask, one key or a few at a time."""
        for key, of_key, _, one in self._of_keys:
            if bits & of_key:
                yield Question(frozenset((key,)), _left_of(one, bits & of_key))
        for (of_ask, ask), keys in zip(self._asks, self._keys_of_asks, strict=True):
            if bits & of_ask:
                yield Question(keys, ask)


@dataclass(frozen=True, slots=True)
class Question:
    """Requests that get the same answer to every question get the same decision; None is a doubt."""

    keys: frozenset[str]
    """All that is looked at, in lower case."""
    ask: Callable[[Shape, Mapping[str, ContextValue], Implied], int | None]


def _left_of(one: OfKey, bits: int) -> Callable[[Shape, Mapping[str, ContextValue], Implied], int | None]:
    def ask(shape: Shape, context: Mapping[str, ContextValue], implied: Implied) -> int | None:
        left = one.asked(bits, shape, context, implied)
        return None if left < 0 else left

    return ask
