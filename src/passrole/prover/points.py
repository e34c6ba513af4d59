"""A point of the search: what a request has in every dimension."""

from __future__ import annotations

from dataclasses import dataclass

from passrole.engine.request import ContextValue
from passrole.prover.callers import Standing


@dataclass(frozen=True, slots=True)
class Point:
    """A request; keys that are not here may hold anything."""

    action: str
    resource: str
    keys: dict[str, ContextValue | None]
    caller: Standing | None = None
    """Who asks, where policies name principals."""
