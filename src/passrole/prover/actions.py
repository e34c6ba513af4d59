"""The actions that a comparison is about, as bits: those of the services that its policies name, and one for the rest.

An action that a policy names and AWS does not list gets a bit of its own: it may be newer than the catalogue.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from functools import cache, lru_cache

from passrole.catalog.actions import actions_of, is_known_service, known_services
from passrole.engine.glob import glob_of

REST = 1
"""The bit of every action of a service that no policy names."""

_EVERY = frozenset({"*", "**", "*:*"})
# Where the rest needs an example: services whose actions take various resources.
_EXAMPLES = ("dynamodb", "s3", "sqs", "ec2", "lambda", "iam", "logs", "kms")


class _Service:
    """The actions of one service, in order."""

    __slots__ = ("lower", "names", "numbers")

    def __init__(self, service: str) -> None:
        self.names = tuple(sorted(actions_of(service), key=str.lower))
        self.lower = tuple(name.lower() for name in self.names)
        self.numbers = {name: number for number, name in enumerate(self.lower)}


@cache
def _service(service: str) -> _Service:
    return _Service(service)


@lru_cache(maxsize=65536)
def _within(service: str, pattern: str) -> int:
    """The actions of a service that a pattern in lower case matches, the first of them as bit 0."""
    block = _service(service)
    if "?" not in pattern and pattern.find("*") in (-1, len(pattern) - 1):
        if not pattern.endswith("*"):
            number = block.numbers.get(pattern)
            return 0 if number is None else 1 << number
        prefix = pattern[:-1]
        first, last = bisect_left(block.lower, prefix), bisect_left(block.lower, prefix + "\U0010ffff")
        return (1 << last) - (1 << first)
    glob, found = glob_of(pattern), 0
    for number, name in enumerate(block.lower):
        if glob.matches(name):
            found |= 1 << number
    return found


def listed_name(action: str) -> str | None:
    """How AWS spells an action that is given in lower case; None for one that it does not list."""
    service = action.partition(":")[0]
    if not is_known_service(service):
        return None
    block = _service(service)
    number = block.numbers.get(action)
    return None if number is None else block.names[number]


@lru_cache(maxsize=65536)
def names_service(pattern: str) -> str | None:
    """The service that an action's pattern (in lower case) names, None where it may be one of several."""
    service, colon, _ = pattern.partition(":")
    return service if colon and "*" not in service and "?" not in service else None


class ActionUniverse:
    """Bits for the actions that some patterns, in lower case, can tell apart."""

    def __init__(self, patterns: Iterable[str], services: Iterable[str] = (), *, every_service: bool = False) -> None:
        """`services` are those that the policies name elsewhere, as in ARNs."""
        patterns = tuple(dict.fromkeys(patterns))
        named = [names_service(pattern) for pattern in patterns]
        if every_service or any(
            service is None and pattern not in _EVERY for service, pattern in zip(named, patterns, strict=True)
        ):
            chosen: tuple[str, ...] = known_services()
            self.has_rest = False
        else:
            wanted = dict.fromkeys([service for service in named if service] + list(services))
            chosen = tuple(service for service in wanted if is_known_service(service))
            self.has_rest = True
        self._offsets: dict[str, int] = {}
        self._starts: list[tuple[int, str]] = []
        offset = 1
        for service in chosen:
            self._offsets[service] = offset
            self._starts.append((offset, service))
            offset += len(_service(service).names)
        self._first_unlisted = offset
        self._unlisted: list[str] = []
        self._unlisted_bits: dict[str, int] = {}
        self._masks: dict[str, int] = {}
        self.everything = (1 << offset) - (1 if self.has_rest else 2)
        self._add_unlisted(pattern for pattern in patterns if pattern not in _EVERY)

    @property
    def unlisted(self) -> tuple[str, ...]:
        """Actions that AWS does not list, as the policies spell them; for a pattern, one that it matches."""
        return tuple(self._unlisted)

    def _add_unlisted(self, patterns: Iterable[str]) -> None:
        for pattern in patterns:
            if not self.of_pattern(pattern):
                example = pattern.replace("?", "x").replace("*", "x")
                if ":" in example and example not in self._unlisted_bits:
                    self._unlisted_bits[example] = 1 << (self._first_unlisted + len(self._unlisted))
                    self._unlisted.append(example)
                    self._masks.clear()
        if self._unlisted:
            self.everything |= ((1 << len(self._unlisted)) - 1) << self._first_unlisted

    def of_pattern(self, pattern: str) -> int:
        found = self._masks.get(pattern)
        if found is None:
            found = self._masks[pattern] = self._of_pattern(pattern)
        return found

    def _of_pattern(self, pattern: str) -> int:
        if pattern in _EVERY:
            return self.everything
        service = names_service(pattern)
        found = 0
        if service is None:
            for each, offset in self._offsets.items():
                found |= _within(each, pattern) << offset
        elif service in self._offsets:
            found = _within(service, pattern) << self._offsets[service]
        if self._unlisted_bits:
            if "*" not in pattern and "?" not in pattern:
                return found | self._unlisted_bits.get(pattern, 0)
            glob = glob_of(pattern)
            for name, bit in self._unlisted_bits.items():
                if service is None or name.startswith(f"{service}:"):
                    found |= bit if glob.matches(name) else 0
        return found

    def of_services(self, wanted: Callable[[str], bool]) -> int:
        """The actions of the services of which this is true, by their prefix; none of the rest."""
        found = 0
        for service, offset in self._offsets.items():
            if wanted(service):
                found |= ((1 << len(_service(service).names)) - 1) << offset
        for name, bit in self._unlisted_bits.items():
            found |= bit if wanted(name.partition(":")[0]) else 0
        return found

    def of_element(self, patterns: Iterable[str], *, negated: bool) -> int:
        found = 0
        for pattern in patterns:
            found |= self.of_pattern(pattern)
        return self.everything & ~found if negated else found

    def names(self, mask: int) -> Iterator[str]:
        """The actions of a mask, in AWS's spelling; for the rest some examples."""
        if mask & REST:
            for service in _EXAMPLES:
                if service not in self._offsets:
                    yield from _service(service).names
        mask &= ~REST
        place = 0
        while mask:
            bit = (mask & -mask).bit_length() - 1
            mask &= mask - 1
            if bit >= self._first_unlisted:
                yield self._unlisted[bit - self._first_unlisted]
                continue
            while place + 1 < len(self._starts) and self._starts[place + 1][0] <= bit:
                place += 1
            start, service = self._starts[place]
            yield _service(service).names[bit - start]
