"""What a request says beside its principal, action, resource and context: the same object for all that say the same.

Most requests of a process are made in one or two circumstances: to compare with the last one is all there is to do.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import replace

from passrole.engine.context import Context
from passrole.engine.fast.seen import Implied
from passrole.engine.identity import Identity
from passrole.engine.request import Organization, Request

MOST_CIRCUMSTANCES = 1024


class Circumstance:
    """Of the resource it knows whether it is `*`, if no owner is told: of no other is the account a thing that does not
    exist.
    """

    __slots__ = ("absent_keys", "called_via", "everything", "key", "organization", "owner", "unknown_keys")

    def __init__(self, request: Request, key: Hashable) -> None:
        self.key = key
        self.owner = request.resource_account
        self.everything = request.resource == "*"
        """Means nothing where there is an owner."""
        self.called_via = request.called_via
        self.absent_keys = request.absent_keys
        self.unknown_keys = request.unknown_keys
        # By identity: comparing its members for every request would take longer than the rest.
        self.organization = request.organization


class Circumstances:
    """Those that were met lately. The same `key` means the same circumstance, also where the objects are two."""

    __slots__ = ("_met",)

    def __init__(self) -> None:
        self._met: dict[Hashable, Circumstance] = {}

    def of(self, request: Request) -> Circumstance:
        key = circumstance_key(request)
        found = self._met.get(key)
        if found is None:
            found = Circumstance(request, key)
            if len(self._met) >= MOST_CIRCUMSTANCES:
                self._met.clear()
            self._met[key] = found
        return found


def circumstance_key(request: Request) -> Hashable:
    owner = request.resource_account
    return (
        owner,
        owner is None and request.resource == "*",
        request.called_via,
        request.absent_keys,
        request.unknown_keys,
        Identity[Organization | None](request.organization),
    )


def implied_for(request: Request, keys: Iterable[str]) -> Implied:
    """What a request has without bringing it, as far as these keys (in lower case) go."""
    if not keys:
        return {}
    context = Context(replace(request, context={}))
    return {key: value for key in keys if (value := context.get(key)) is not None}
