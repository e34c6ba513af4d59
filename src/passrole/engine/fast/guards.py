"""The conditions of all statements of a plan together: each distinct condition is asked at most once a request.

Conditions that want one key to equal something are the commonest by far (a tag, an account, a region, a service), and
a plan can have hundreds of them on one key. They are one look-up by the value that the request has.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from passrole.engine.fast.checks import Ask, Check
from passrole.engine.fast.seen import Implied, Shape
from passrole.engine.request import ContextValue

IN_DOUBT = -1


@dataclass(frozen=True, slots=True)
class _Switch:
    """The statements that want a key to equal something, and by value those whose wish it is."""

    key: str
    bits: int
    by_value: dict[str, int]


class Guards:
    __slots__ = ("_asks", "_switches", "bits")

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

    def held(self, bits: int, shape: Shape, context: Mapping[str, ContextValue], implied: Implied) -> int:
        """Of the statements in `bits` those whose conditions all hold; IN_DOUBT when that is not sure."""
        for key, of_switch, by_value in self._switches:
            if bits & of_switch:
                name = shape.get(key)
                seen = implied.get(key) if name is None else context[name]
                if seen is None:
                    bits &= ~of_switch
                elif seen.__class__ is str:
                    bits &= ~of_switch | by_value.get(seen, 0)
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
