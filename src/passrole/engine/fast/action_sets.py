"""Sets of actions as integers, a bit for each action of a fixed list: what a policy, and a whole stack, says of all.

One question here is about every resource and every context at once, so the answers are two sets: what may be so for
some request, and what is so for every request.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass

from passrole.engine.fast.pattern_index import literal_prefix
from passrole.engine.fast.policy import FastPolicy, FastStatement
from passrole.engine.fast.resources import EVERY_RESOURCE
from passrole.engine.glob import glob_of
from passrole.engine.statements import NAMING_PRINCIPALS
from passrole.policy.model import Effect, PolicyType, Statement


@dataclass(frozen=True, slots=True)
class Said:
    """What policies say of actions, whatever is asked beside: `some` request, or `every` one."""

    allowed_some: int = 0
    allowed_every: int = 0
    denied_some: int = 0
    denied_every: int = 0

    def __or__(self, other: Said) -> Said:
        return Said(
            self.allowed_some | other.allowed_some,
            self.allowed_every | other.allowed_every,
            self.denied_some | other.denied_some,
            self.denied_every | other.denied_every,
        )


class ActionList:
    """The actions that are asked about, by name in lower case, and the sets that patterns stand for."""

    def __init__(self, actions: Iterable[str]) -> None:
        """Actions that differ in case only are one."""
        by_name = {action.lower(): action for action in actions}
        self._sorted = sorted(by_name)
        self.actions = tuple(by_name[name] for name in self._sorted)
        """As they were given, in the order of the bits."""
        self.everything = (1 << len(self.actions)) - 1
        self._of_pattern: dict[str, int] = {}
        self._of_policy: dict[int, tuple[FastPolicy, dict[PolicyType, Said]]] = {}

    def beginning(self, prefix: str) -> int:
        """The actions that begin with this, in lower case."""
        first, last = self._range(prefix)
        return (1 << last) - (1 << first)

    def among(self, names: Iterable[str]) -> int:
        """Those of these actions (in lower case) that are in the list."""
        return _union(self.matching(name) for name in names)

    def matching(self, pattern: str) -> int:
        """The actions that a pattern of an Action element matches."""
        found = self._of_pattern.get(pattern)
        if found is None:
            found = self._of_pattern[pattern] = self._matching(pattern.lower())
        return found

    def names_in(self, actions: int) -> tuple[str, ...]:
        """The actions of a set, as they were given."""
        found = []
        while actions:
            lowest = actions & -actions
            found.append(self.actions[lowest.bit_length() - 1])
            actions ^= lowest
        return tuple(found)

    def said_by(self, policy: FastPolicy, type: PolicyType) -> Said:  # noqa: A002
        """What a policy of this type says of all actions."""
        _, by_type = self._of_policy.setdefault(id(policy), (policy, {}))
        if type not in by_type:
            said = Said()
            for place, statement in enumerate(policy.policy.statements):
                patterns = [value.text for value in statement.actions.patterns]
                actions = _union(self.matching(pattern) for pattern in patterns)
                if statement.actions.negated:
                    actions = self.everything & ~actions
                said |= _said(statement, policy.statement(place), type, actions if patterns else self.everything)
            by_type[type] = said
        return by_type[type]

    def _range(self, prefix: str) -> tuple[int, int]:
        return bisect_left(self._sorted, prefix), bisect_left(self._sorted, prefix + "\U0010ffff")

    def _matching(self, pattern: str) -> int:
        prefix = literal_prefix(pattern)
        if prefix == pattern:
            place = bisect_left(self._sorted, pattern)
            return 1 << place if self._sorted[place : place + 1] == [pattern] else 0
        if pattern == prefix + "*":
            return self.beginning(prefix)
        matches, found = glob_of(pattern).matches, 0
        first, last = self._range(prefix)
        for place in range(first, last):
            if matches(self._sorted[place]):
                found |= 1 << place
        return found


def _said(model: Statement, statement: FastStatement, type: PolicyType, actions: int) -> Said:  # noqa: A002
    always = (
        bool(model.actions.patterns)
        and model.resources is not None
        and bool(model.resources.patterns)
        and model.principals is None
        and type not in NAMING_PRINCIPALS
        and statement.resources is EVERY_RESOURCE
        and not statement.checks
    )
    every = actions if always else 0
    if statement.effect is Effect.ALLOW:
        return Said(allowed_some=actions, allowed_every=every)
    return Said(denied_some=actions, denied_every=every)


def _union(sets: Iterable[int]) -> int:
    found = 0
    for one in sets:
        found |= one
    return found
