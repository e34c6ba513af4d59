"""How a witness writes the names of actions and condition keys: as AWS does, or else as the policies do."""

from __future__ import annotations

from collections.abc import Iterable

from passrole.engine.global_keys import SPELLING
from passrole.policy.model import Statement
from passrole.prover.actions import listed_name


class Spelling:
    """Look-ups by names in lower case; the policies are read when AWS's own names do not do."""

    __slots__ = ("_actions", "_keys", "_statements")

    def __init__(self, statements: Iterable[Statement]) -> None:
        self._statements = tuple(statements)
        self._actions: dict[str, str] | None = None
        self._keys: dict[str, str] | None = None

    def action(self, lower: str) -> str:
        listed = listed_name(lower)
        if listed is not None:
            return listed
        if self._actions is None:
            named = (value.text for each in self._statements for value in each.actions.patterns)
            # What stands for an action that AWS does not list has an `x` for each wildcard: see `actions`.
            self._actions = {
                text.lower(): text for name in named for text in (name.replace("?", "x").replace("*", "x"),)
            }
        return self._actions.get(lower, lower)

    def key(self, lower: str) -> str:
        if lower in SPELLING:
            return SPELLING[lower]
        if self._keys is None:
            self._keys = {key.lower(): key for key in self._named_keys()}
        return self._keys.get(lower, lower)

    def _named_keys(self) -> Iterable[str]:
        for statement in self._statements:
            values = [*(statement.resources.patterns if statement.resources else ())]
            values += [value for condition in statement.conditions for value in condition.values]
            for value in values:
                for variable in value.text.split("${")[1:]:
                    yield variable.partition("}")[0].partition(",")[0]
            yield from (condition.key for condition in statement.conditions)
