"""What a plan keeps for requests that differ in their resource and context alone: implied keys, and decisions."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import replace

from passrole.engine.context import Context
from passrole.engine.decision import Decision
from passrole.engine.fast.seen import Implied, Shape
from passrole.engine.identity import Identity
from passrole.engine.request import Organization, Request

MOST_SITUATIONS = 64
"""For one plan. A caller with more of them is somebody who asks for the sake of asking."""

MOST_DECISIONS = 1024
"""For one situation; most have two or three."""


class Situation:
    """All of a request but its principal and action (those of the plan), its resource and its context."""

    __slots__ = (
        "_absent_keys",
        "_called_via",
        "_organization",
        "_owner",
        "_unknown_keys",
        "_unknown_though_given",
        "decisions",
        "implied",
        "key",
    )

    def __init__(self, request: Request, keys: Iterable[str], key: Hashable) -> None:
        """`keys` are the condition keys, in lower case, that will be asked for."""
        self.key = key
        self._owner = request.resource_account
        self._called_via = request.called_via
        self._absent_keys = request.absent_keys
        self._unknown_keys = request.unknown_keys
        # By identity: comparing its members for every request would take longer than the rest.
        self._organization = request.organization
        context = Context(replace(request, context={}))
        self.implied: Implied = {key: value for key in keys if (value := context.get(key)) is not None}
        self._unknown_though_given = frozenset(key.lower() for key in request.unknown_keys) & self.implied.keys()
        self.decisions: dict[Hashable, Decision] = {}

    def is_of(self, request: Request) -> bool:
        return (
            self._owner == request.resource_account
            and self._organization is request.organization
            and self._called_via == request.called_via
            and self._absent_keys == request.absent_keys
            and self._unknown_keys == request.unknown_keys
        )

    def shape_without_unknown(self, shape: Shape) -> Shape:
        """A key that the asker calls unknown by its name is not known, also where it is given."""
        if not self._unknown_though_given:
            return shape
        return {key: name for key, name in shape.items() if key not in self._unknown_though_given}


class Situations:
    """Those that a plan has met, by what tells them apart."""

    __slots__ = ("_keys", "_met")

    def __init__(self, keys: Iterable[str]) -> None:
        self._keys = keys
        self._met: dict[Hashable, Situation] = {}

    def of(self, request: Request) -> Situation:
        key = (
            request.resource_account,
            request.called_via,
            request.absent_keys,
            request.unknown_keys,
            Identity[Organization | None](request.organization),
        )
        situation = self._met.get(key)
        if situation is None:
            situation = Situation(request, self._keys, key)
            if len(self._met) >= MOST_SITUATIONS:
                self._met.clear()
            self._met[key] = situation
        return situation
