"""The requests that a comparison ranges over, and the search for one that some statements hit and others do not.

A request is a point: an action with a resource, and a value for each condition key. A statement is a box: it hits
a point when it hits in every dimension. `find` looks for a point in all of some boxes and outside of all of some
covers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

from passrole.engine.protected import PROTECTED_ACTIONS, protected_parts
from passrole.engine.request import ContextValue
from passrole.engine.special_actions import GET_CALLER_IDENTITY, GET_SESSION_TOKEN
from passrole.policy.model import PolicyType
from passrole.prover.actions import REST, ActionUniverse
from passrole.prover.automaton import Chars, One, Star, items_of_text
from passrole.prover.callers import CallerTable, Standing
from passrole.prover.cover_search import choose, refine
from passrole.prover.key_table import KeyTable
from passrole.prover.resource_types import (
    ANY_ARN,
    Owners,
    forms_of,
    is_unusual,
    owners_told_apart,
    partitions_told_apart,
    plain_resource,
)
from passrole.prover.spelling import Spelling
from passrole.prover.symbols import SymbolicTable, has_letter, narrowed, widened
from passrole.prover.texts import EVERY_TEXT, Effort, Region, least_hits, takes_all_of
from passrole.prover.views import WHO, Bindings, StatementView

Part = tuple[StatementView, bool]
"""A statement, and whether it counts where it only may apply (True) or where it surely does (False)."""

ANY_ACTION = Region(((One(Chars.PLAIN), Star(Chars.PLAIN), ":", One(Chars.PLAIN), Star(Chars.PLAIN)),))
"""`service:Name`, in lower case."""

TRUST_ACTIONS = (
    "sts:AssumeRole",
    "sts:AssumeRoleWithSAML",
    "sts:AssumeRoleWithWebIdentity",
    "sts:TagSession",
    "sts:SetSourceIdentity",
)
ROLE = Region((("arn:aws:iam::111122223333:role/x",),))

# Whatever policies say, AWS allows them.
_ALWAYS_ALLOWED = (GET_CALLER_IDENTITY, GET_SESSION_TOKEN)
_TRUST_NAMES = tuple(action.lower() for action in TRUST_ACTIONS)
_ORDINARY = Region(tuple((name,) for name in (*_ALWAYS_ALLOWED, *sorted(PROTECTED_ACTIONS))), negated=True)
# These ask a role's trust policy, and no other policy of a resource.
_ORDINARY_OF_RESOURCE = Region((*_ORDINARY.patterns, *((name,) for name in _TRUST_NAMES)), negated=True)


@dataclass(frozen=True, slots=True)
class Point:
    """A request; keys that are not here may hold anything."""

    action: str
    resource: str
    keys: dict[str, ContextValue | None]
    caller: Standing | None = None
    """Who asks, where policies name principals."""


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
    outsiders: bool = False
    """Only callers that no policy names."""
    typed: bool = True
    """Condition keys hold values of their types only."""
    lacking: dict[str, str] = field(default_factory=dict)
    """Keys of which a value may be missing, and why."""
    _tables: dict[str, KeyTable] = field(default_factory=dict)
    _actions: ActionUniverse | None = None
    _action_masks: dict[StatementView, int] = field(default_factory=dict)
    _callers: CallerTable | None = None
    _partitions: tuple[str, ...] = ()
    _owners: Owners | None = None
    _spelling: Spelling | None = None
    _every_service: bool = False
    _examples_failed: bool = False

    @property
    def of_role(self) -> bool:
        return any(view.type is PolicyType.TRUST for view in self.views)

    @property
    def of_resource(self) -> bool:
        return any(view.type is PolicyType.RESOURCE for view in self.views)

    @property
    def partitions(self) -> tuple[str, ...]:
        if not self._partitions:
            self._partitions = partitions_told_apart(self._resource_patterns())
        return self._partitions

    @property
    def owners(self) -> Owners:
        if self._owners is None:
            self._owners = owners_told_apart(self._resource_patterns())
        return self._owners

    def _resource_patterns(self) -> Iterator[str]:
        for view in self.views:
            element = view.compiled.statement.resources
            yield from (value.text for value in element.patterns) if element else ()

    @property
    def spelling(self) -> Spelling:
        if self._spelling is None:
            self._spelling = Spelling(view.compiled.statement for view in self.views)
        return self._spelling

    @property
    def callers(self) -> CallerTable:
        if self._callers is None:
            self._callers = CallerTable(
                self.views, self.bindings, self.effort, trust=self.of_role, outsiders=self.outsiders
            )
        return self._callers

    def _dimension(self, key: str) -> KeyTable | CallerTable:
        return self.callers if key == WHO else self.table(key)

    def table(self, key: str) -> KeyTable:
        found = self._tables.get(key)
        if found is None:
            kind = SymbolicTable if self.symbolic else KeyTable
            found = self._tables[key] = kind(key, self.views, self.bindings, self.effort, typed=self.typed)
        return found

    def find(self, boxes: Sequence[Part], covers: Sequence[Part]) -> Iterator[Point]:
        """Points in all boxes and under no cover, each for another action or resource; ends when there are no more.

        Raises TooHardError.
        """
        covers = [part for part in covers if all(_may_meet(part[0], view) for view, _ in boxes)]
        keys = {key for view, _ in boxes for key in view.keys}
        allowed: dict[str, int] = {}
        for key in keys:
            mask = self._dimension(key).box_mask(boxes)
            if not mask:
                self._note(key)
                return
            allowed[key] = mask
        hopeless: list[int] = []
        unusual: Point | None = None
        found = False
        for action, resource, hit in self._whats(boxes, covers, hopeless):
            if _is_hopeless(hit, hopeless):
                continue
            callers = self.callers.not_for(action.lower()) if WHO in allowed else 0
            point = self._point({**allowed, WHO: allowed[WHO] & ~callers} if callers else allowed, covers, hit)
            if point is not None:
                point = replace(point, action=action, resource=resource)
                if is_unusual(action, resource):
                    # AWS may never ask so: not a thing to show beside what it does ask.
                    unusual = unusual or point
                    continue
                found = True
                yield point
            elif not callers:
                hopeless.append(hit)
        if unusual is not None and not found:
            yield unusual
        elif not found and self._examples_failed:
            # The examples of other services did not do: now all of them.
            self._every_service, self._examples_failed, self._actions = True, False, None
            self._action_masks.clear()
            yield from self.find(boxes, covers)

    def _note(self, key: str) -> None:
        reason = self._dimension(key).lacking
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
                covered[key].append((flag, self._dimension(key).masks(view)[possible]))
        for flag, ties in self._ties(covered, 1 << len(covers)):
            hit |= flag
            for key, mask in ties.items():
                covered[key].append((flag, mask))
        choices = {
            key: refine(allowed.get(key, self._dimension(key).everything), pairs) for key, pairs in covered.items()
        }
        found = choose(hit, choices, self.effort) if all(choices.values()) else None
        if found is None:
            for key in keys:
                self._note(key)
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

    def _ties(self, keys: Iterable[str], flag: int) -> Iterator[tuple[int, dict[str, int]]]:
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

    # --- actions and resources ------------------------------------------------------------------------------------

    def _whats(
        self, boxes: Sequence[Part], covers: Sequence[Part], hopeless: list[int]
    ) -> Iterator[tuple[str, str, int]]:
        """Actions with resources that the boxes name, and the covers that name them too.

        `hopeless` grows meanwhile: sets of covers for which nothing better need be looked for.
        """
        within = [view.resources[possible] for view, possible in boxes]
        regions = [(1 << place, view.resources[possible]) for place, (view, possible) in enumerate(covers)]
        lettered = False
        if self.symbolic:
            within = widened(within)
            lettered = any(map(has_letter, within))
            regions = [(flag, narrowed(region, texts_have_letters=lettered)) for flag, region in regions]
        else:
            within = [region for region in within if not region.is_everything]
        groups = self._known_groups(boxes, covers, regions) if self.known_actions else self._groups(boxes, covers)
        for actions, hit, is_rest in groups:
            always, asked = 0, []
            for flag, region in regions:
                if not flag & hit or region.is_nothing:
                    continue
                if region.is_everything:
                    always |= flag
                else:
                    asked.append((flag, region))
            yield from self._of_group(actions, within, always, asked, hopeless, lettered=lettered)
            if is_rest and not _is_hopeless(always, hopeless):
                self._examples_failed = True

    def _of_group(
        self,
        actions: Iterable[str],
        within: Sequence[Region],
        always: int,
        asked: Sequence[tuple[int, Region]],
        hopeless: Sequence[int],
        *,
        lettered: bool,
    ) -> Iterator[tuple[str, str, int]]:
        """The resources of actions that the same statements name, for each form of resources once."""
        seen: set[tuple[Region, tuple[Region, ...]]] = set()
        for action in actions:
            changeable = _changeable(action.lower(), of_resource=self.of_resource)
            for form in self._forms(action, lettered=lettered):
                if _is_hopeless(always, hopeless):
                    return
                if (form, changeable) in seen:
                    continue
                seen.add((form, changeable))
                self.effort.spend(4)
                named = [*within, *changeable]
                plain = plain_resource(form, named, [region for _, region in asked])
                if plain is not None:
                    yield action, plain, always
                    continue
                for part, hit, left in _pieces(named, asked):
                    useless = [mask & ~(always | hit) for mask in hopeless]
                    for resource, mask in least_hits([form, *part], left, self.effort, useless):
                        yield action, resource, mask | always | hit

    def _forms(self, action: str, *, lettered: bool) -> tuple[Region, ...]:
        """`lettered`: resources have letters, of which the forms know nothing."""
        if self.of_role:
            return (ROLE,)
        return forms_of(action, self.partitions, self.owners) if self.known_actions and not lettered else (ANY_ARN,)

    def _groups(self, boxes: Sequence[Part], covers: Sequence[Part]) -> Iterator[tuple[Iterable[str], int, bool]]:
        """Over all texts: an action for each least set of covers that name it."""
        if self.of_role:
            yield from self._role_groups(boxes, covers)
            return
        within = [ANY_ACTION, _ORDINARY_OF_RESOURCE if self.of_resource else _ORDINARY]
        within += [region for view, _ in boxes if not (region := _action_region(view)).is_everything]
        asked = [(1 << place, _action_region(view)) for place, (view, _) in enumerate(covers)]
        for action, hit in least_hits(within, asked, self.effort):
            yield [action], hit, False
        for action in sorted(PROTECTED_ACTIONS):
            if all(region.takes(action) for region in within[2:]):
                yield [action], sum(flag for flag, region in asked if region.takes(action)), False

    def _role_groups(self, boxes: Sequence[Part], covers: Sequence[Part]) -> Iterator[tuple[Iterable[str], int, bool]]:
        universe = ActionUniverse(TRUST_ACTIONS)
        for action in TRUST_ACTIONS:
            bit = universe.of_pattern(action.lower())
            if all(universe.of_element(view.actions, negated=view.actions_negated) & bit for view, _ in boxes):
                hit = 0
                for place, (view, _) in enumerate(covers):
                    if universe.of_element(view.actions, negated=view.actions_negated) & bit:
                        hit |= 1 << place
                yield [action], hit, False

    def _known_groups(
        self, boxes: Sequence[Part], covers: Sequence[Part], regions: Sequence[tuple[int, Region]]
    ) -> Iterator[tuple[Iterable[str], int, bool]]:
        """The known actions by the covers that name them, those under fewest first."""
        universe = self.actions
        excluded = (*_ALWAYS_ALLOWED, *_TRUST_NAMES) if self.of_resource else _ALWAYS_ALLOWED
        mask = universe.everything & ~universe.of_element(excluded, negated=False)
        for view, _ in boxes:
            mask &= self._action_mask(view)
        covered: list[tuple[int, int]] = []
        for (flag, region), (view, _) in zip(regions, covers, strict=True):
            if region.is_everything and not view.keys:
                # It covers its actions wholly.
                mask &= ~self._action_mask(view)
            else:
                covered.append((flag, self._action_mask(view)))
        if not mask:
            return
        groups = [(mask, 0)]
        for flag, named in covered:
            split: list[tuple[int, int]] = []
            for group, hit in groups:
                inside = group & named
                if inside:
                    split.append((inside, hit | flag))
                if inside != group:
                    split.append((group & ~inside, hit))
            groups = split
        groups.sort(key=lambda group: group[1].bit_count())
        for group, hit in groups:
            yield universe.names(group), hit, bool(group & REST and universe.has_rest)

    @property
    def actions(self) -> ActionUniverse:
        if self._actions is None:
            patterns = [pattern for view in self.views for pattern in view.actions]
            self._actions = ActionUniverse(patterns, _services_in(self.views), every_service=self._every_service)
        return self._actions

    def _action_mask(self, view: StatementView) -> int:
        found = self._action_masks.get(view)
        if found is None:
            found = self.actions.of_element(view.actions, negated=view.actions_negated)
            self._action_masks[view] = found
        return found


Piece = tuple[Sequence[Region], int, Sequence[tuple[int, Region]]]


def _pieces(within: Sequence[Region], asked: Sequence[tuple[int, Region]]) -> Iterator[Piece]:
    """One pattern of the resources at a time, with the covers that plainly take all of it, and the others."""
    widest = max(within, key=lambda region: 0 if region.negated else len(region.patterns), default=None)
    if widest is None or widest.negated:
        yield within, 0, asked
        return
    others = [region for region in within if region is not widest]
    pieces: list[Piece] = []
    for pattern in widest.patterns:
        hit, left = 0, []
        for flag, region in asked:
            if takes_all_of(region, pattern):
                hit |= flag
            else:
                left.append((flag, region))
        pieces.append(([Region((pattern,)), *others], hit, left))
    yield from sorted(pieces, key=lambda piece: piece[1].bit_count())


def _is_hopeless(hit: int, hopeless: Sequence[int]) -> bool:
    return any(mask & ~hit == 0 for mask in hopeless)


def _may_meet(one: StatementView, other: StatementView) -> bool:
    """Whether two statements may name a common action."""
    return one.services is None or other.services is None or not one.services.isdisjoint(other.services)


@lru_cache(maxsize=1024)
def _changeable(action: str, *, of_resource: bool) -> tuple[Region, ...]:
    """The resources on which policies decide about an action, where there are others: see `engine.protected`."""
    parts = protected_parts(action)
    if of_resource and action.startswith("kms:"):
        # An alias has no policy of its own.
        parts = (*parts, ":alias/")
    return (Region(tuple(items_of_text(f"*{part}*") for part in parts), negated=True),) if parts else ()


def _action_region(view: StatementView) -> Region:
    if "*" in view.actions:
        return Region((), negated=False) if view.actions_negated else EVERY_TEXT
    return Region(tuple(items_of_text(pattern) for pattern in view.actions), view.actions_negated)


def _services_in(views: Iterable[StatementView]) -> Iterator[str]:
    """The services that ARNs of the Resource elements name: their actions may be asked about such ARNs."""
    for view in views:
        element = view.compiled.statement.resources
        for value in element.patterns if element else ():
            parts = value.text.split(":", 3)
            if len(parts) > 2 and "*" not in parts[2] and "?" not in parts[2]:
                yield parts[2].lower()
