"""Values to try for policy variables: one that occurs nowhere, none at all, and what the policies write themselves."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice, product

from passrole.engine.global_keys import MULTIVALUED
from passrole.engine.request import ContextValue
from passrole.prover.key_kinds import IN_EVERY_REQUEST, PRINCIPAL_TYPES, Holds, holds
from passrole.prover.sides import Stated
from passrole.prover.views import Bindings

MAX_ASSIGNMENTS = 64
MAX_HINTS = 12

_NEVER_EMPTY = frozenset({"aws:username", "aws:userid"})
_WORD = re.compile(r"[^/:*?${}]+")
_PLAIN = {
    Holds.ANY: ("some-value", "another-value"),
    Holds.ACCOUNT: ("111122223333", "444455556666"),
    Holds.ARN: ("arn:aws:s3:::bucket", "arn:aws:sns:us-east-1:111122223333:topic"),
    Holds.NUMBER: ("1", "2"),
    Holds.DATE: ("2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"),
    Holds.FLAG: ("true", "false"),
    Holds.ADDRESS: ("203.0.113.1", "198.51.100.1"),
    Holds.PRINCIPAL_TYPE: PRINCIPAL_TYPES[:2],
}
_PLAIN_OF_KEYS = {
    "aws:principalarn": ("arn:aws:iam::111122223333:user/ana", "arn:aws:iam::111122223333:role/app"),
    "ec2:sourceinstancearn": tuple(f"arn:aws:ec2:us-east-1:111122223333:instance/i-0{n}23456789abcdef0" for n in "12"),
}


def assignments(keys: Iterable[str], statements: Iterable[Stated]) -> Iterator[Bindings]:
    """The likeliest first; they are not all, so that nothing is proved by trying them."""
    names = sorted(keys)
    words = list(_words(statements))
    return islice(
        (dict(zip(names, values, strict=True)) for values in _by_age([_candidates(name, words) for name in names])),
        MAX_ASSIGNMENTS,
    )


def _candidates(key: str, words: list[str]) -> list[ContextValue | None]:
    kind = holds(key)
    plain = _PLAIN_OF_KEYS.get(key, _PLAIN[kind])
    found: list[ContextValue | None] = list(plain[:1])
    if key not in IN_EVERY_REQUEST:
        found.append(None)
    found += plain[1:]
    if kind is Holds.ANY:
        found += words
        if key not in _NEVER_EMPTY:
            found.insert(3, "")
    if key in MULTIVALUED:
        found = [value if value is None else (str(value),) for value in found]
    return list(dict.fromkeys(found))


def _by_age(candidates: list[list[ContextValue | None]]) -> Iterator[tuple[ContextValue | None, ...]]:
    """All combinations, those of the first candidates first."""
    if len(candidates) == 1:
        yield from ((value,) for value in candidates[0])
        return
    # Mostly the first one is enough.
    yield tuple(each[0] for each in candidates)
    places = islice(product(*(range(min(len(each), MAX_HINTS)) for each in candidates)), 4096)
    for chosen in sorted(places, key=sum)[1:]:
        yield tuple(each[place] for each, place in zip(candidates, chosen, strict=True))


def _words(statements: Iterable[Stated]) -> Iterator[str]:
    """What stands between the separators of resources and condition values."""
    seen: dict[str, None] = {}
    for _, _, statement, _ in statements:
        resources = statement.statement.resources
        values = [*(resources.patterns if resources else ())]
        values += [value for condition in statement.statement.conditions for value in condition.values]
        for value in values:
            for word in _WORD.findall(value.text):
                if word not in ("arn", "aws"):
                    seen[word] = None
            if "*" not in value.text and "$" not in value.text:
                seen[value.text] = None
    return iter(list(seen)[: 4 * MAX_HINTS])
