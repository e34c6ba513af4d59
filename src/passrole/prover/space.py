"""The requests that a comparison ranges over, and the search for one that some statements hit and others do not.

A request is a point: an action with a resource, and a value for each condition key. A statement is a box: it hits
a point when it hits in every dimension. `find` looks for a point in all of some boxes and outside of all of some
covers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from passrole.engine.conditions import PreparedCondition
from passrole.engine.request import ContextValue
from passrole.prover.action_groups import Part
from passrole.prover.callers import CallerTable, Standing
from passrole.prover.cover_search import choose, refine
from passrole.prover.differing import Differing
from passrole.prover.key_table import KeyTable
from passrole.prover.lazy_points import lazy_points
from passrole.prover.points import Point
from passrole.prover.spelling import Spelling
from passrole.prover.subjects import Subjects
from passrole.prover.symbols import SymbolicTable
from passrole.prover.texts import TOO_MANY_STEPS, Effort, TooHardError
from passrole.prover.views import WHO, Bindings, StatementView

STEPS_OF_LISTING = 20_000
"""Of one search, before only those kinds of values are looked at that are needed."""


@dataclass(slots=True)
class Space:
    """All requests, with what has been found out about them; one for each comparison."""

    views: Sequence[StatementView]
    """Every statement that takes part."""
    bindings: Bindings
    effort: Effort
    known_actions: bool
    """Only actions that AWS lists, on the resources that it lists for them; else all texts."""
    symbolic: bool = False
    """Policy variables are letters: points are no requests, and only that there is none says something."""
    differing: Differing | None = None
    """Only requests for actions of which the two sides may say different things; None for all."""
    outsiders: bool = False
    """Only callers that no policy names."""
    typed: bool = True
    """Condition keys hold values of their types only."""
    lacking: dict[str, str] = field(default_factory=dict)
    """Keys of which a value may be missing, and why."""
    _tables: dict[str, KeyTable] = field(default_factory=dict)
    _less: dict[tuple[int | str, ...], StatementView] = field(default_factory=dict)
    """Covers without some of their keys."""
    read_in_doubt: bool = False
    """Whether of a value of a key that is not listed something is in doubt."""
    _not_listed: set[str] = field(default_factory=set)
    """Keys with too many kinds of values for a table."""
    _subjects: Subjects | None = None
    _callers: CallerTable | None = None
    _spelling: Spelling | None = None

    @property
    def subjects(self) -> Subjects:
        if self._subjects is None:
            self._subjects = Subjects(self.views, self.effort, self.known_actions, self.symbolic, self.differing)
        return self._subjects

    @property
    def is_certain(self) -> bool:
        """Whether nothing that was looked at so far is in doubt: statements that may apply surely do."""
        tables = (*self._tables.values(), *((self._callers,) if self._callers else ()))
        return (
            not self.symbolic
            and not self.read_in_doubt
            and all(view.resources[0] == view.resources[1] for view in self.views)
            and all(table.is_certain for table in tables)
        )

    @property
    def spelling(self) -> Spelling:
        if self._spelling is None:
            self._spelling = Spelling(view.compiled.statement for view in self.views)
        return self._spelling

    @property
    def callers(self) -> CallerTable:
        if self._callers is None:
            self._callers = CallerTable(
                self.views, self.bindings, self.effort, trust=self.subjects.of_role, outsiders=self.outsiders
            )
        return self._callers

    def dimension(self, key: str) -> KeyTable | CallerTable:
        """Raises TooHardError."""
        return self.callers if key == WHO else self.table(key)

    def table(self, key: str) -> KeyTable:
        """Raises TooHardError."""
        found = self._tables.get(key)
        if found is None:
            if key in self._not_listed:
                raise TooHardError(TOO_MANY_STEPS)
            kind = SymbolicTable if self.symbolic else KeyTable
            self._not_listed.add(key)
            found = self._tables[key] = kind(key, self.views, self.bindings, self.effort, typed=self.typed)
            self._not_listed.remove(key)
        return found

    def find(self, boxes: Sequence[Part], covers: Sequence[Part]) -> Iterator[Point]:
        """Points in all boxes and under no cover, each for another action or resource; ends when there are no more.

        Raises TooHardError.
        """
        covers = [
            (self._within(view, boxes), possible)
            for view, possible in covers
            if all(_may_meet(view, box) for box, _ in boxes)
        ]
        if self.symbolic:
            yield from self._find(boxes, covers)
            return
        try:
            self.effort.at_most(STEPS_OF_LISTING)
            for point in self._find(boxes, covers):
                self.effort.at_most(None)
                yield point
                self.effort.at_most(STEPS_OF_LISTING)
            self.effort.at_most(None)
        except TooHardError:
            self.effort.at_most(None)
            if self.effort.left <= 0:
                raise
            yield from lazy_points(self, boxes, covers)

    def _find(self, boxes: Sequence[Part], covers: Sequence[Part]) -> Iterator[Point]:
        keys = {key for view, _ in boxes for key in view.keys}
        allowed: dict[str, int] = {}
        for key in keys:
            mask = self.dimension(key).box_mask(boxes)
            if not mask:
                self.note(key)
                return
            allowed[key] = mask
        points: dict[int, Point | None] = {}
        hopeless: list[int] = []

        def feasible(hit: int) -> bool:
            if hit not in points:
                # Under more covers there are fewer ways to avoid them.
                known = any(mask & ~hit == 0 for mask in hopeless)
                points[hit] = None if known else self._point(allowed, covers, hit)
                if points[hit] is None and not known:
                    hopeless.append(hit)
            return points[hit] is not None

        plain_first = self.subjects.has_plain_names
        for plain_names in (True, False) if plain_first else (False,):
            found = False
            for action, resource, hit in self.subjects.find(boxes, covers, feasible, hopeless, plain_names=plain_names):
                if not feasible(hit):
                    continue
                point = points[hit]
                callers = self.callers.not_for(action.lower()) if WHO in allowed else 0
                if callers:
                    point = self._point({**allowed, WHO: allowed[WHO] & ~callers}, covers, hit)
                if point is None:
                    continue
                found = True
                yield replace(point, action=action, resource=resource)
                if plain_first and not plain_names:
                    # AWS may never ask so: one is enough to show.
                    return
            if found:
                return
        if self.subjects.examples_failed:
            # The examples of other services did not do: now all of them.
            self.subjects.ask_every_service()
            yield from self._find(boxes, covers)

    def _within(self, cover: StatementView, boxes: Sequence[Part]) -> StatementView:
        """The cover without the keys on which it has no conditions but those that the boxes have in the same words.

        They hold wherever the boxes do; where that is in doubt, it is the same doubt.
        """
        shared = [
            key
            for key, conditions in cover.keys.items()
            if key != WHO and all(any(_has(box, key, each, cover) for box, _ in boxes) for each in conditions)
        ]
        if not shared:
            return cover
        found = self._less.get((id(cover), *shared))
        if found is None:
            keys = {key: conditions for key, conditions in cover.keys.items() if key not in shared}
            found = self._less[id(cover), *shared] = replace(cover, keys=keys)
        return found

    def note(self, key: str) -> None:
        reason = self.dimension(key).lacking
        if reason is not None:
            self.lacking[key] = reason

    # --- condition keys -------------------------------------------------------------------------------------------

    def _point(self, allowed: dict[str, int], covers: Sequence[Part], hit: int) -> Point | None:
        """Values of the keys for which none of the covers that are hit so far applies."""
        hits = [(1 << place, part) for place, part in enumerate(covers) if hit >> place & 1]
        if any(not view.keys for _, (view, _) in hits):
            return None
        keys = set(allowed)
        for _, (view, _) in hits:
            keys |= view.keys.keys()
        covered: dict[str, list[tuple[int, int]]] = {key: [] for key in sorted(keys)}
        for flag, (view, possible) in hits:
            for key in view.keys:
                covered[key].append((flag, self.dimension(key).masks(view)[possible]))
        for flag, ties in self.ties(covered, 1 << len(covers)):
            hit |= flag
            for key, mask in ties.items():
                covered[key].append((flag, mask))
        choices = {
            key: refine(allowed.get(key, self.dimension(key).everything), pairs) for key, pairs in covered.items()
        }
        found = choose(hit, choices, self.effort) if all(choices.values()) else None
        if found is None:
            for key in keys:
                self.note(key)
            return None
        values: dict[str, ContextValue | None] = {}
        caller: Standing | None = None
        for key in choices:
            mask = found.get(key, choices[key][0][0])
            number = (mask & -mask).bit_length() - 1
            if key == WHO:
                caller = self.callers.values[number]
            else:
                values[key] = self.table(key).values[number]
        return Point("", "", values, caller)

    def ties(self, keys: Iterable[str], flag: int) -> Iterator[tuple[int, dict[str, int]]]:
        """What no request can be, as covers: callers with keys that such callers never have."""
        if WHO not in keys:
            return
        for key in keys:
            if key == WHO:
                continue
            table = self.table(key)
            present = table.everything & ~sum(1 << n for n, value in enumerate(table.values) if value is None)
            callers = self.callers.without(key)
            if present and callers:
                yield flag, {WHO: callers, key: present}
                flag <<= 1


def _has(box: StatementView, key: str, condition: PreparedCondition, cover: StatementView) -> bool:
    same_language = box.variables is cover.variables
    return same_language and any(condition.condition == each.condition for each in box.keys.get(key, ()))


def _may_meet(one: StatementView, other: StatementView) -> bool:
    """Whether two statements may name a common action."""
    return one.services is None or other.services is None or not one.services.isdisjoint(other.services)
