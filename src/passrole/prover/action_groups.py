"""The actions that all of some statements name, grouped by the covers that name them too."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from passrole.catalog.resource_control_policies import rcps_cover
from passrole.engine.protected import PROTECTED_ACTIONS
from passrole.engine.special_actions import GET_CALLER_IDENTITY, GET_SESSION_TOKEN
from passrole.policy.model import PolicyType
from passrole.prover.actions import REST, ActionUniverse, listed_name
from passrole.prover.differing import Differing
from passrole.prover.items import Chars, One, Star, items_of_text
from passrole.prover.text_search import least_hits
from passrole.prover.texts import EVERY_TEXT, Effort, Region
from passrole.prover.views import StatementView

Part = tuple[StatementView, bool]
"""A statement, and whether it counts where it only may apply (True) or where it surely does (False)."""

Group = tuple[Iterable[str], int, bool]
"""Actions with the covers that name them, and whether they stand for those of all other services."""

ANY_ACTION = Region(((One(Chars.PLAIN), Star(Chars.PLAIN), ":", One(Chars.PLAIN), Star(Chars.PLAIN)),))
"""`service:Name`, in lower case."""

TRUST_ACTIONS = (
    "sts:AssumeRole",
    "sts:AssumeRoleWithSAML",
    "sts:AssumeRoleWithWebIdentity",
    "sts:TagSession",
    "sts:SetSourceIdentity",
    "sts:SetContext",
)
"""What is asked of a role's trust policy, and nothing else is."""

# Whatever policies say, AWS allows them.
_ALWAYS_ALLOWED = (GET_CALLER_IDENTITY, GET_SESSION_TOKEN)
_TRUST_NAMES = tuple(action.lower() for action in TRUST_ACTIONS)
_ORDINARY = Region(tuple((name,) for name in (*_ALWAYS_ALLOWED, *sorted(PROTECTED_ACTIONS))), negated=True)
# These ask a role's trust policy, and no other policy of a resource.
_ORDINARY_OF_RESOURCE = Region((*_ORDINARY.patterns, *((name,) for name in _TRUST_NAMES)), negated=True)


@dataclass(slots=True)
class ActionGroups:
    views: Sequence[StatementView]
    effort: Effort
    known_actions: bool
    """Only actions that AWS lists, and what the policies name besides; else all texts."""
    differing: Differing | None
    """Only these; None for all."""
    of_role: bool
    of_resource: bool
    _universe: ActionUniverse | None = None
    _masks: dict[StatementView, int] = field(default_factory=dict)
    _every_service: bool = False

    def ask_every_service(self) -> None:
        """From now on with no examples for services that no policy names."""
        self._every_service, self._universe = True, None
        self._masks.clear()

    def find(self, boxes: Sequence[Part], covers: Sequence[Part], regions: Sequence[tuple[int, Region]]) -> list[Group]:
        """Those under fewest covers first; `regions` are the resources of the covers. Raises TooHardError."""
        if self.of_role:
            return list(self._of_role(boxes, covers))
        if not self.known_actions:
            return list(self._of_any_text(boxes, covers))
        whole = [
            view
            for (_, region), (view, _) in zip(regions, covers, strict=True)
            if region.is_everything and not view.keys
        ]
        listed = self._listed(boxes)
        groups = (
            self._of_universe(boxes, covers, whole) if listed is None else self._of_list(listed, boxes, covers, whole)
        )
        return sorted(groups, key=lambda group: group[1].bit_count())

    # --- of a role's trust policy ---------------------------------------------------------------------------------

    def _of_role(self, boxes: Sequence[Part], covers: Sequence[Part]) -> Iterator[Group]:
        for action in TRUST_ACTIONS:
            name = action.lower()
            # Statements about other actions only were set aside.
            asked = self.differing is None or self.differing.takes(name)
            if asked and all(view.names(name) for view, _ in boxes):
                yield [action], sum(1 << place for place, (view, _) in enumerate(covers) if view.names(name)), False

    # --- over all texts -------------------------------------------------------------------------------------------

    def _of_any_text(self, boxes: Sequence[Part], covers: Sequence[Part]) -> Iterator[Group]:
        """An action for each least set of covers that name it."""
        within = [ANY_ACTION, _ORDINARY_OF_RESOURCE if self.of_resource else _ORDINARY]
        within += [region for view, _ in boxes if not (region := _region(view)).is_everything]
        if self.differing is not None:
            within.append(Region(tuple(map(items_of_text, self.differing.patterns))))
        asked = [(1 << place, _region(view)) for place, (view, _) in enumerate(covers)]
        for action, hit in least_hits(within, asked, self.effort):
            yield [action], hit, False
        for action in sorted(PROTECTED_ACTIONS):
            if all(region.takes(action) for region in within[2:]):
                yield [action], sum(flag for flag, region in asked if region.takes(action)), False

    # --- over known actions ---------------------------------------------------------------------------------------

    def _excluded(self) -> tuple[str, ...]:
        return (*_ALWAYS_ALLOWED, *_TRUST_NAMES) if self.of_resource else _ALWAYS_ALLOWED

    def _listed(self, boxes: Sequence[Part]) -> Collection[str] | None:
        """Some actions, in lower case, among which are all that the boxes name; None without such a list."""
        lists: list[Collection[str]] = []
        if self.differing is not None and not self.differing.wild:
            lists.append(self.differing.texts)
        for view, _ in boxes:
            if not view.actions_negated and not view.named.wild:
                lists.append(view.named.texts)
        return min(lists, key=len, default=None)

    def _of_list(
        self, listed: Collection[str], boxes: Sequence[Part], covers: Sequence[Part], whole: Sequence[StatementView]
    ) -> list[Group]:
        excluded = self._excluded()
        limited = self.known_actions and any(view.type is PolicyType.RCP for view, _ in boxes)
        groups: dict[int, list[str]] = {}
        for action in sorted(listed):
            service, colon, _ = action.partition(":")
            if (
                action in excluded
                or not (colon if self.known_actions else ANY_ACTION.takes(action))
                or (limited and not rcps_cover(service))
                or not all(view.names(action) for view, _ in boxes)
                or not (self.differing is None or self.differing.takes(action))
                or any(view.names(action) for view in whole)
            ):
                continue
            hit = 0
            for place, (view, _) in enumerate(covers):
                if view.names(action):
                    hit |= 1 << place
            groups.setdefault(hit, []).append(listed_name(action) or action)
        return [(names, hit, False) for hit, names in groups.items()]

    def _of_universe(
        self, boxes: Sequence[Part], covers: Sequence[Part], whole: Sequence[StatementView]
    ) -> Iterator[Group]:
        universe = self.universe
        mask = universe.everything & ~universe.of_element(self._excluded(), negated=False)
        if self.differing is not None:
            mask &= universe.of_element(self.differing.patterns, negated=False)
        for view, _ in boxes:
            mask &= self._mask(view)
            if view.type is PolicyType.RCP:
                # Of other services they are not asked.
                mask &= universe.of_services(rcps_cover)
        for view in whole:
            mask &= ~self._mask(view)
        if not mask:
            return
        groups = [(mask, 0)]
        for place, (view, _) in enumerate(covers):
            named, flag = self._mask(view), 1 << place
            split: list[tuple[int, int]] = []
            for group, hit in groups:
                inside = group & named
                if inside:
                    split.append((inside, hit | flag))
                if inside != group:
                    split.append((group & ~inside, hit))
            groups = split
        for group, hit in groups:
            yield universe.names(group), hit, bool(group & REST and universe.has_rest)

    @property
    def universe(self) -> ActionUniverse:
        if self._universe is None:
            patterns = [pattern for view in self.views for pattern in view.actions]
            patterns += self.differing.patterns if self.differing is not None else ()
            self._universe = ActionUniverse(patterns, _services_in(self.views), every_service=self._every_service)
        return self._universe

    def _mask(self, view: StatementView) -> int:
        found = self._masks.get(view)
        if found is None:
            found = self._masks[view] = self.universe.of_element(view.actions, negated=view.actions_negated)
        return found


def _region(view: StatementView) -> Region:
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
