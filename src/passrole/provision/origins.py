"""Which AWS managed policy a policy of one's own came from: by its name, or by the actions that both name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from passrole.catalog.managed_policies import AwsManagedPolicy, get_managed_policy, list_managed_policies

_ACTION = re.compile(r'"([A-Za-z0-9-]+:[A-Za-z0-9*?]+)"')
_LEAST_ACTIONS = 3
_LEAST_SHARED = 0.8
"""Of the actions that either names, so many both name."""
_LEAST_NAME = 8


@dataclass(frozen=True, slots=True)
class Origin:
    policy: AwsManagedPolicy
    because: str


def origin_of(name: str, document: str, partition: str) -> Origin | None:
    """The likeliest; None where neither the name nor the actions point to one."""
    named = get_managed_policy(name, partition) or _named_within(name, partition)
    if named is not None:
        return Origin(named, "its name")
    actions = _actions_in(document)
    if len(actions) < _LEAST_ACTIONS:
        return None
    best: tuple[float, str] | None = None
    for managed, others in _actions_of_all():
        shared = len(actions & others) / len(actions | others)
        if shared >= _LEAST_SHARED and (best is None or shared > best[0]):
            best = shared, managed
    found = get_managed_policy(best[1], partition) if best else None
    return Origin(found, "the actions that it names") if found else None


def _named_within(name: str, partition: str) -> AwsManagedPolicy | None:
    """A longest managed policy's name that `name` begins or ends with, as in `AmazonDMSVPCManagementRole-custom`."""
    lower = name.lower()
    fitting = [
        policy
        for policy in list_managed_policies(partition, include_deprecated=True)
        if len(policy.name) >= _LEAST_NAME
        and (lower.startswith(policy.name.lower()) or lower.endswith(policy.name.lower()))
    ]
    return max(fitting, key=lambda policy: len(policy.name), default=None)


def _actions_in(document: str) -> frozenset[str]:
    return frozenset(_ACTION.findall(document))


@lru_cache(maxsize=1)
def _actions_of_all() -> tuple[tuple[str, frozenset[str]], ...]:
    """Of each version of each managed policy, the actions that it names."""
    return tuple(_each())


def _each() -> Iterator[tuple[str, frozenset[str]]]:
    for policy in list_managed_policies(include_deprecated=True):
        for actions in dict.fromkeys(_actions_in(version.document) for version in policy.versions):
            yield policy.name, actions
