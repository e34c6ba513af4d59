"""The conditions of all statements of a plan together: each distinct condition is asked at most once a request.

Conditions that want one key to equal something are the commonest by far (a tag, an account, a region, a service), and
a plan can have hundreds of them on one key. They are one look-up by the value that the request has.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from passrole.engine.fast.checks import Ask, Check
from passrole.engine.fast.seen import Implied, Shape
from passrole.engine.request import ContextValue
from passrole.engine.truth import Doubt

IN_DOUBT = -1

_TOLD_BY_RESOURCE = "aws:resourceaccount"
"""The one implied key whose reason for not being known names the request's resource."""


def _is_unknown(key: str, shape: Shape, seen: object) -> bool:
    return key not in shape and type(seen) is Doubt and key != _TOLD_BY_RESOURCE


@dataclass(frozen=True, slots=True)
class _Switch:
    """The statements that want a key to equal something, and by value those whose wish it is."""

    key: str
    bits: int
    by_value: dict[str, int]


class Guards:
    __slots__ = ("_asks", "_keys_of_asks", "_switches", "bits")

    def __init__(self, statements: Iterable[tuple[int, tuple[Check, ...]]]) -> None:
        """Of each statement its bit and its conditions."""
        self.bits = 0
        switches: dict[str, _Switch] = {}
        asks: dict[Check, int] = {}
        for bit, checks in statements:
            if checks:
                self.bits |= bit
            for check in checks:
                switch = switches.get(check.key)
                # A statement with two wishes for one key has one of them asked on its own.
                if check.equals is not None and not (switch and switch.bits & bit):
                    by_value = switch.by_value if switch else {}
                    for value in check.equals:
                        by_value[value] = by_value.get(value, 0) | bit
                    switches[check.key] = _Switch(check.key, bit | (switch.bits if switch else 0), by_value)
                else:
                    asks[check] = asks.get(check, 0) | bit
        self._switches = tuple((switch.key, switch.bits, switch.by_value) for switch in switches.values())
        # What many statements ask first: a no spares the rest.
        by_use = sorted(asks.items(), key=lambda item: -item[1].bit_count())
        self._asks: tuple[tuple[int, Ask], ...] = tuple((bits, check.ask) for check, bits in by_use)
        self._keys_of_asks = tuple(check.keys for check, _ in by_use)

    def held(self, bits: int, shape: Shape, context: Mapping[str, ContextValue], implied: Implied) -> int:
        """Of the statements in `bits` those whose conditions all hold; IN_DOUBT when that is not sure."""
        for key, of_switch, by_value in self._switches:
            if bits & of_switch:
                name = shape.get(key)
                seen = implied.get(key) if name is None else context[name]
                if seen.__class__ is str:
                    bits &= ~of_switch | by_value.get(seen, 0)
                elif seen is None and name is None:
                    bits &= ~of_switch
                else:
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
        for all requests of a situation; others may speak of the request's values.)
        """
        unknown: list[int] = []
        for number, (key, of_switch, by_value) in enumerate(self._switches):
            if bits & of_switch:
                name = shape.get(key)
                seen = implied.get(key) if name is None else context[name]
                if seen.__class__ is str:
                    bits &= ~of_switch | by_value.get(seen, 0)
                elif seen is None and name is None:
                    bits &= ~of_switch
                elif _is_unknown(key, shape, seen):
                    unknown.append(number)
                else:
                    return None
        for number, (of_ask, ask) in enumerate(self._asks, len(self._switches)):
            if bits & of_ask:
                answer = ask(shape, context, implied)
                if answer is None:
                    keys = self._keys_of_asks[number - len(self._switches)]
                    if len(keys) > 1 or not all(_is_unknown(key, shape, implied.get(key)) for key in keys):
                        return None
                    unknown.append(number)
                elif not answer:
                    bits &= ~of_ask
        return bits, tuple(unknown)

    def questions(self, bits: int) -> Iterator[Question]:
        """What the conditions of these statements ask, one key or a few at a time."""
        for key, of_switch, by_value in self._switches:
            if bits & of_switch:
                yield Question(frozenset((key,)), _switched(key, bits & of_switch, by_value))
        for (of_ask, ask), keys in zip(self._asks, self._keys_of_asks, strict=True):
            if bits & of_ask:
                yield Question(keys, ask)


@dataclass(frozen=True, slots=True)
class Question:
    """Requests that get the same answer to every question get the same decision; None is a doubt."""

    keys: frozenset[str]
    """All that is looked at, in lower case."""
    ask: Callable[[Shape, Mapping[str, ContextValue], Implied], int | None]


def _switched(
    key: str, bits: int, by_value: Mapping[str, int]
) -> Callable[[Shape, Mapping[str, ContextValue], Implied], int | None]:
    def ask(shape: Shape, context: Mapping[str, ContextValue], implied: Implied) -> int | None:
        name = shape.get(key)
        seen = implied.get(key) if name is None else context[name]
        if seen.__class__ is str:
            return by_value.get(seen, 0) & bits
        return 0 if seen is None and name is None else None

    return ask
