"""The statements of many principals that name one action: each is asked once, whoever holds it.

Which of them are about a resource is found without an index: for one question it would take longer to make than to do
without, and for thousands of statements be larger than all the rest.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from passrole.engine.fast.checks import Check
from passrole.engine.fast.needles import Matcher
from passrole.engine.fast.pattern_index import beginning_of
from passrole.engine.fast.policy import FastStatement
from passrole.engine.fast.seen import Implied, Shape, is_unknown
from passrole.engine.request import ContextValue

NOT_ABOUT, APPLIES, ASK_CONTEXT, UNSURE = range(4)
"""What a resource alone tells of a statement."""

Unknown = tuple[int, ...]
"""The numbers of those conditions of a statement that ask for a key that is not known; none when it surely applies."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a request has, as conditions read it; `answers` are those that conditions gave so far."""

    shape: Shape
    context: Mapping[str, ContextValue]
    implied: Implied
    answers: dict[Check, bool | None] = field(default_factory=dict)

    def answer(self, check: Check) -> bool | None:
        if check not in self.answers:
            self.answers[check] = check.ask(self.shape, self.context, self.implied)
        return self.answers[check]


class RollStatements:
    """A statement is known by its number, in the order in which they are given."""

    def __init__(self, statements: Iterable[FastStatement]) -> None:
        """None of them may have a Resource that is opaque."""
        self._statements = tuple(statements)
        self._when_about = [ASK_CONTEXT if one.checks else APPLIES for one in self._statements]
        self._from_the_start = bytearray(len(self._statements))
        self._exact: dict[str, list[int]] = {}
        self._prefixes: dict[str, list[int]] = {}
        self._others: dict[tuple[str, str], tuple[Matcher, list[int]]] = {}
        """By what the pattern begins with, and the pattern."""
        for number, one in enumerate(self._statements):
            if one.resources.test is not None:
                self._from_the_start[number] = ASK_CONTEXT
            elif not one.resources.fixed:
                self._from_the_start[number] = self._when_about[number]
            for pattern in one.resources.fixed:
                text, beginning = pattern.text, beginning_of(pattern.text)
                if pattern.matches is not None:
                    self._others.setdefault((beginning, text), (pattern.matches, []))[1].append(number)
                elif text.endswith("*"):
                    self._prefixes.setdefault(beginning, []).append(number)
                else:
                    self._exact.setdefault(text, []).append(number)

    def about(self, resource: str) -> bytearray:
        """For each statement NOT_ABOUT, APPLIES, ASK_CONTEXT, or UNSURE."""
        found, when_about = self._from_the_start[:], self._when_about
        for (beginning, _), (matches, numbers) in self._others.items():
            if resource.startswith(beginning):
                answer = matches(resource)
                if answer is not False:
                    for number in numbers:
                        if answer is True or not found[number]:
                            found[number] = when_about[number] if answer is True else UNSURE
        for number in self._exact.get(resource, ()):
            found[number] = when_about[number]
        for prefix, numbers in self._prefixes.items():
            if resource.startswith(prefix):
                for number in numbers:
                    found[number] = when_about[number]
        return found

    def keys(self, about: bytearray) -> frozenset[str]:
        """The condition keys, in lower case, that statements look at which the resource alone does not settle."""
        asked = (one.keys for one, how in zip(self._statements, about, strict=True) if how > APPLIES)
        return frozenset[str]().union(*asked)

    def unknown(self, number: int, resource: str, about: bytearray, seen: Seen) -> Unknown | bool | None:
        """False when the statement does not apply, None when that is in doubt for more than keys that are not known."""
        statement = self._statements[number]
        is_clear: bool | None = about[number] != UNSURE
        test = statement.resources.test
        if test is not None:
            matches = test(resource, seen.shape, seen.context, seen.implied)
            if matches is False:
                return False
            is_clear = matches
        unknown = []
        for place, check in enumerate(statement.checks):
            answer = seen.answer(check)
            if answer is False:
                return False
            if answer is None:
                if len(check.keys) > 1 or not is_unknown(check.key, seen.shape, seen.implied):
                    is_clear = False
                unknown.append(place)
        return tuple(unknown) if is_clear else None
