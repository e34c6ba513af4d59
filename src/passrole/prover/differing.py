"""The actions about which two sides can say different things at all, as their words alone tell, and the statements
about such actions.

Statements that say the same but for their actions are taken together: an action that no pattern names which only one
side has among them is decided the same on both.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from passrole.engine.compiled import CompiledStatement
from passrole.engine.glob import glob_of
from passrole.engine.identity import Identity
from passrole.prover.actions import names_service
from passrole.prover.sides import Side, Stated
from passrole.prover.views import services_of


@dataclass(frozen=True, slots=True)
class Differing:
    """Patterns of actions, in lower case; of all other actions both sides say the same."""

    texts: tuple[str, ...]
    """Those without wildcards, in order."""
    wild: tuple[str, ...]
    services: frozenset[str] | None
    """Those that the patterns name; None where one names no service."""

    @property
    def patterns(self) -> tuple[str, ...]:
        return (*self.texts, *self.wild)

    def takes(self, action: str) -> bool:
        """Whether an action, in lower case, is one of them."""
        return _holds(self.texts, action) or any(glob_of(pattern).matches(action) for pattern in self.wild)

    @classmethod
    def of(cls, patterns: Iterable[str]) -> Differing:
        patterns = sorted(frozenset(patterns))
        wild = tuple(text for text in patterns if "*" in text or "?" in text)
        texts = tuple(text for text in patterns if "*" not in text and "?" not in text)
        services = [names_service(pattern) for pattern in patterns]
        named = frozenset(service for service in services if service is not None)
        return cls(texts, wild, None if None in services else named)

    def may_meet(self, statement: CompiledStatement) -> bool:
        """Whether the statement may be about one of these actions."""
        actions = statement.actions
        if statement.statement.actions.negated:
            return any(not actions.take(text) for text in self.texts) or any(
                not any(_holds_all_of(pattern, wild) for pattern in actions.texts) for wild in self.wild
            )
        services = services_of(Identity(statement))
        if services is not None and self.services is not None and services.isdisjoint(self.services):
            return False
        return any(map(self._may_meet, actions.texts))

    def _may_meet(self, pattern: str) -> bool:
        begins, ends = _ends(pattern)
        if begins == pattern:
            return _holds(self.texts, pattern) or any(_may_meet(wild, pattern) for wild in self.wild)
        for place in range(bisect_left(self.texts, begins), len(self.texts)):
            text = self.texts[place]
            if not text.startswith(begins):
                break
            if text.endswith(ends) and glob_of(pattern).matches(text):
                return True
        return any(_may_meet(wild, pattern) for wild in self.wild)


def _holds(texts: Sequence[str], text: str) -> bool:
    """Whether a text is among others that are in order."""
    place = bisect_left(texts, text)
    return place < len(texts) and texts[place] == text


def differing_actions(one: Side, other: Side) -> Differing | None:
    """None for all actions."""
    if one.regions or other.regions:
        return _actions_of_regions(one, other)
    if len(one.layers) != len(other.layers):
        return None
    mine, others = (dict.fromkeys(map(_told, each.statements())) for each in (one, other))
    if mine.keys() == others.keys():
        return Differing.of(())
    named: list[dict[object, set[str]]] = [{}, {}]
    for found, told, shared in ((named[0], mine, others), (named[1], others, mine)):
        for each in told:
            if each in shared:
                continue
            (negated, patterns), rest = each
            if negated:
                return None
            found.setdefault(rest, set()).update(patterns)
    differing: set[str] = set()
    for rest in named[0].keys() | named[1].keys():
        differing |= named[0].get(rest, set()) ^ named[1].get(rest, set())
    return Differing.of(differing)


Told = tuple[tuple[bool, frozenset[str]], object]


def _told(stated: Stated) -> Told:
    """What a statement says: its actions, and all the rest."""
    layer, kind, statement, variables = stated
    form = statement.form
    # In the engine's lower case, as they are looked up: the form leaves letters beyond ASCII as they are.
    actions = (form.actions[0], statement.actions.texts)
    return actions, (layer, kind, form.effect, form.resources, form.principals, form.conditions, variables)


def _actions_of_regions(one: Side, other: Side) -> Differing | None:
    """Of the requests that are looked at only, where one side allows nothing; None for all."""
    some = [side for side in (one, other) if side.statements()]
    if len(some) != 1:
        return None
    for region in some[0].regions:
        elements = [statement.actions for statement in region.policy.statements]
        if not any(element.negated for element in elements):
            return Differing.of(value.text.lower() for element in elements for value in element.patterns)
    return None


def statements_about(side: Side, differing: Differing | None) -> list[Stated]:
    """Those that may be about these actions."""
    return [stated for stated in side.statements() if differing is None or differing.may_meet(stated[2])]


@lru_cache(maxsize=16384)
def _may_meet(one: str, other: str) -> bool:
    """Whether two patterns may match a common text, as their beginnings and ends tell."""
    first, second = _ends(one), _ends(other)
    return (first[0].startswith(second[0]) or second[0].startswith(first[0])) and (
        first[1].endswith(second[1]) or second[1].endswith(first[1])
    )


@lru_cache(maxsize=16384)
def _ends(pattern: str) -> tuple[str, str]:
    """What comes before the first wildcard and after the last."""
    if "*" not in pattern and "?" not in pattern:
        return pattern, pattern
    wild = [place for place, character in enumerate(pattern) if character in "*?"]
    return pattern[: wild[0]], pattern[wild[-1] + 1 :]


def _holds_all_of(one: str, other: str) -> bool:
    """Whether a pattern plainly matches all that another does: its stars take the other's wildcards as they stand."""
    return one == other or ("?" not in one and glob_of(one).matches(other))
