"""Values of a context key that are worth trying, read off the conditions on it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import assert_never

from passrole.engine.compare.address import address_test
from passrole.engine.compare.date import moment_of
from passrole.engine.compare.number import number_of
from passrole.engine.conditions import PreparedCondition, PreparedValue
from passrole.engine.context import Context
from passrole.engine.glob import Pattern, read_pattern
from passrole.engine.global_keys import MULTIVALUED
from passrole.engine.request import ContextValue
from passrole.engine.variables import Template, fill_in
from passrole.policy.operators import OPERATORS, OperatorFamily, OperatorRow


@dataclass(frozen=True, slots=True)
class Candidate:
    """A value to try, None for an absent key. `shown` is how a person is told: the policy's own words where it can."""

    value: ContextValue | None
    shown: str


ABSENT = "no such key"
ANY_OTHER = "any other value"

# Outside every range that a policy is likely to name: the networks that are reserved for documentation.
_ADDRESSES = ("192.0.2.1", "198.51.100.1", "203.0.113.1", "2001:db8::1", "8.8.8.8")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def candidates_of(key: str, conditions: Iterable[PreparedCondition], context: Context) -> tuple[Candidate, ...]:
    """For a key in lower case: a value for each that its conditions name, one that none names, and none at all."""
    asking = [condition for condition in conditions if isinstance(condition.row, OperatorRow)]
    found: dict[ContextValue | None, Candidate] = {}
    for condition in asking:
        for candidate in _of_condition(condition, context):
            found.setdefault(candidate.value, candidate)
    for other in _others([condition.row for condition in asking if isinstance(condition.row, OperatorRow)], asking):
        found.setdefault(other, Candidate(other, ANY_OTHER))
    several = key in MULTIVALUED or (asking and all(condition.condition.operator.quantifier for condition in asking))
    if several:
        found = {(text,): Candidate((text,), each.shown) for text, each in found.items() if isinstance(text, str)}
        named = tuple(dict.fromkeys(value[0] for value, each in found.items() if value and each.shown != ANY_OTHER))
        if len(named) > 1:
            found[named] = Candidate(named, " and ".join(named))
        found[()] = Candidate((), "an empty list")
    found[None] = Candidate(None, ABSENT)
    return tuple(found.values())


def _of_condition(condition: PreparedCondition, context: Context) -> Iterator[Candidate]:
    row = condition.row
    assert isinstance(row, OperatorRow)
    for prepared in condition.values:
        yield from _of_value(row, prepared, context)


def _of_value(row: OperatorRow, prepared: PreparedValue, context: Context) -> Iterator[Candidate]:
    text = prepared.value.text
    match row.family:
        case OperatorFamily.STRING | OperatorFamily.ARN:
            pattern: object = fill_in(prepared.test, context) if isinstance(prepared.test, Template) else None
            if not isinstance(prepared.test, Template):
                pattern = read_pattern(text) if row.wildcards else (text,)
            if isinstance(pattern, tuple):
                yield Candidate(_fitting(pattern), "".join(p if isinstance(p, str) else p.value for p in pattern))
        case OperatorFamily.NUMERIC:
            number = number_of(text)
            if number is not None:
                for near in (number, number + 1, number - 1):
                    yield Candidate(_plain(near), _plain(near))
        case OperatorFamily.DATE:
            for moment in _moments(text):
                yield Candidate(moment, moment)
        case OperatorFamily.BOOL:
            for flag in ("true", "false"):
                yield Candidate(flag, flag)
        case OperatorFamily.BINARY:
            yield Candidate(text, text)
        case OperatorFamily.IP:
            yield Candidate(text.partition("/")[0], text)
        case OperatorFamily.NULL:
            return
        case _:
            assert_never(row.family)


def _fitting(pattern: Pattern) -> str:
    """A text that the pattern matches; not the empty one, which AWS's pages leave in doubt."""
    return "".join(piece if isinstance(piece, str) else "x" for piece in pattern) or "x"


def _plain(number: Decimal) -> str:
    return format(number, "f")


def _moments(text: str) -> Iterator[str]:
    moment = moment_of(text)
    if moment is None:
        return
    for seconds in (moment[0], moment[0] + 1, moment[0] - 1):
        try:
            yield (_EPOCH + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")
        except OverflowError:
            continue


def _others(rows: list[OperatorRow], conditions: list[PreparedCondition]) -> Iterator[str]:
    """A value that no condition names, for each family of operators on the key."""
    families = {row.family for row in rows}
    if families & {OperatorFamily.STRING, OperatorFamily.NULL} or not families:
        yield "another-value"
    if OperatorFamily.ARN in families:
        yield "arn:aws:another:another:000000000000:another/value"
    if OperatorFamily.BINARY in families:
        yield "YW5vdGhlciB2YWx1ZQ=="
    if OperatorFamily.IP in families:
        ranges = [
            address_test(OPERATORS["IpAddress"], value.value.text)
            for condition in conditions
            for value in condition.values
        ]
        yield from (address for address in _ADDRESSES if not any(test is not None and test(address) for test in ranges))
