"""`when`: the conditions under which an entity, a statement, a step or one element of a list is there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from passrole.recipes.scope import Scope

Wanted: TypeAlias = "bool | tuple[str, ...]"
"""true or false: whether the parameter is set; strings: its value is one of them (of a list: one is among it)."""


@dataclass(frozen=True, slots=True)
class When:
    """One of `alternatives` must hold, and in it every entry; without alternatives it always holds."""

    alternatives: tuple[Mapping[str, Wanted], ...] = ()

    def holds(self, scope: Scope) -> bool:
        return not self.alternatives or any(
            all(_entry_holds(scope, name, wanted) for name, wanted in alternative.items())
            for alternative in self.alternatives
        )

    @property
    def names(self) -> frozenset[str]:
        return frozenset(name for alternative in self.alternatives for name in alternative)

    def __str__(self) -> str:
        return " or ".join(
            " and ".join(_entry_text(name, wanted) for name, wanted in alternative.items())
            for alternative in self.alternatives
        )


ALWAYS = When()


def _entry_holds(scope: Scope, name: str, wanted: Wanted) -> bool:
    if isinstance(wanted, bool):
        return scope.is_set(name) is wanted
    value = scope.get(name)
    if isinstance(value, tuple):
        return any(one in value for one in wanted)
    return value is not None and str(value) in wanted


def _entry_text(name: str, wanted: Wanted) -> str:
    if isinstance(wanted, bool):
        return f"`{name}` is {'' if wanted else 'not '}set"
    return f"`{name}` is {' or '.join(f'`{one}`' for one in wanted)}"
