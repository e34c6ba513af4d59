"""What a plan keeps for requests that differ in their resource and context alone: implied keys, and decisions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from passrole.engine.context import Context
from passrole.engine.decision import Decision
from passrole.engine.fast.seen import Implied
from passrole.engine.request import Request

MOST_SITUATIONS = 64
"""For one plan. A caller with more of them is somebody who asks for the sake of asking."""

MOST_DECISIONS = 1024
"""For one situation; most have two or three."""


class Situation:
    """All of a request but its principal and action (those of the plan), its resource and its context.

    Of the resource it knows whether it is `*`: of no other is the account a thing that does not exist.
    """

    __slots__ = ("absent_keys", "called_via", "decisions", "every_resource", "implied", "organization", "owner")

    def __init__(self, request: Request, keys: Iterable[str]) -> None:
        """`keys` are the condition keys, in lower case, that will be asked for."""
        self.owner = request.resource_account
        self.every_resource = request.resource == "*"
        self.called_via = request.called_via
        self.absent_keys = request.absent_keys
        # By identity: comparing its members for every request would take longer than the rest.
        self.organization = request.organization
        context = Context(replace(request, context={}, unknown_keys=frozenset()))
        self.implied: Implied = {key: value for key in keys if (value := context.get(key)) is not None}
        self.decisions: dict[object, Decision] = {}

    def is_of(self, request: Request) -> bool:
        return (
            self.owner == request.resource_account
            and self.organization is request.organization
            and self.every_resource is (request.resource == "*")
            and self.called_via == request.called_via
            and self.absent_keys == request.absent_keys
        )


class Situations:
    """Those that a plan has met, by what tells them apart."""

    __slots__ = ("_keys", "_met")

    def __init__(self, keys: Iterable[str]) -> None:
        self._keys = keys
        self._met: dict[object, Situation] = {}

    def of(self, request: Request) -> Situation:
        organization = request.organization
        key = (
            request.resource_account,
            request.resource == "*",
            request.called_via,
            request.absent_keys,
            # The situation keeps the organization alive, so that nothing else has this id.
            id(organization),
        )
        situation = self._met.get(key)
        if situation is None:
            situation = Situation(request, self._keys)
            if len(self._met) >= MOST_SITUATIONS:
                self._met.clear()
            self._met[key] = situation
        return situation
