"""One principal and one action against one stack: which statements apply to a request, and nothing more.

How the layers combine is said in `evaluate` alone: the first request to which a certain set of statements applies is
answered there, and the decision is kept for the next ones in the same circumstance. This is sound because `evaluate`
sees of a resource and a context only which statements apply to them, and of the resource the `traits` below;
test_engine_fast_reads.py watches over that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from passrole.engine.fast.guards import Guards
from passrole.engine.fast.pattern_index import PatternIndex
from passrole.engine.fast.policy import FastStatement
from passrole.engine.fast.resources import ResourceTest

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

FEW_TEXTS = 4


def has_traits(action: str) -> bool:
    """Whether decisions on `action` (in lower case) depend on the traits of a resource."""
    return action.startswith(("sts:", "kms:", "iam:"))


def traits_of(resource: str) -> tuple[bool, ...]:
    return (resource.startswith("arn:"), *[part in resource for part in TRAITS])


class Plan:
    """The same for every request; `placed_plan` has what a circumstance adds. `size` counts statements."""

    __slots__ = ("always", "few_texts", "guards", "has_traits", "keys", "matching", "size", "tests")

    def __init__(self, statements: Iterable[FastStatement] | None, *, has_traits: bool) -> None:
        """With None for the statements every request is in doubt."""
        self.has_traits = has_traits
        self.always = 0 if statements is not None else -1
        """The statements that every resource matches, as bits; negative in doubt."""
        index = PatternIndex()
        tests: list[tuple[int, ResourceTest]] = []
        keys: frozenset[str] = frozenset()
        found = tuple(statements or ())
        for place, statement in enumerate(found):
            bit, resources = 1 << place, statement.resources
            if resources.test is not None:
                tests.append((bit, resources.test))
            elif not resources.fixed:
                self.always |= bit
            for pattern in resources.fixed:
                pattern.add_to(index, bit)
            if statement.keys:
                keys |= statement.keys
        index.seal()
        self.guards = Guards((1 << place, statement.checks) for place, statement in enumerate(found))
        self.matching: Callable[[str], int] | None = None if index.is_constant else index.matching
        self.tests = tuple(tests)
        self.keys = keys
        """The condition keys, in lower case, that some statement looks at."""
        self.size = len(found)
        self.few_texts: tuple[tuple[str, ...], tuple[str, ...]] | None = None
        """Texts and beginnings of texts, the longest first, where nothing but these decides which statements apply."""
        if not (has_traits or tests or self.guards.bits or self.always < 0):
            self.few_texts = index.few_texts(FEW_TEXTS)

    @property
    def looks_at_requests_one_by_one(self) -> bool:
        """Whether neither `statements_on` nor the guards tell all that a decision rests on."""
        return bool(self.tests) or self.always < 0

    def statements_on(self, resource: str) -> int:
        """The statements whose Resource matches, as bits; negative in doubt."""
        return self.always if self.matching is None else self.always | self.matching(resource)

    def traits_on(self, resource: str) -> tuple[bool, ...]:
        """What else of a resource a decision rests on."""
        return traits_of(resource) if self.has_traits else ()
