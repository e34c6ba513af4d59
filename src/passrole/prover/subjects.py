"""What requests are about: actions with resources, in all of some boxes, and the covers that name them.

Actions are grouped by the covers that name them. Over known actions resources are first looked for with plain names,
and then with whatever names AWS's forms of ARNs leave room for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from passrole.catalog.resource_control_policies import rcps_cover
from passrole.engine.protected import PROTECTED_ACTIONS, protected_parts
from passrole.engine.special_actions import GET_CALLER_IDENTITY, GET_SESSION_TOKEN
from passrole.policy.model import PolicyType
from passrole.prover.actions import REST, ActionUniverse
from passrole.prover.automaton import Chars, One, Star, items_of_text
from passrole.prover.resource_search import Feasible, Piece, pieces_of, resources_of
from passrole.prover.resource_types import ANY_ARN, Owners, forms_of, owners_told_apart, partitions_told_apart
from passrole.prover.symbols import has_letter, narrowed, widened
from passrole.prover.text_search import least_hits
from passrole.prover.texts import EVERY_TEXT, Effort, Region
from passrole.prover.views import StatementView

Part = tuple[StatementView, bool]
"""A statement, and whether it counts where it only may apply (True) or where it surely does (False)."""

Asked = Sequence[tuple[int, Region]]

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
class Setting:
    """Actions that the same covers name: `always` whatever the resource, those of `asked` in their regions."""

    within: tuple[Region, ...]
    """Of the resource."""
    always: int
    asked: tuple[tuple[int, Region], ...]
    resources: Iterator[tuple[str, tuple[Region, ...]]]
    """The forms of the resources of these actions: an action, and what a resource of it is in besides."""
    is_rest: bool
    """Whether the actions are examples for those of all other services."""


@dataclass(slots=True)
class Subjects:
    """The actions and resources of one comparison."""

    views: Sequence[StatementView]
    effort: Effort
    known_actions: bool
    """Only actions that AWS lists, on the resources that it lists for them; else all texts."""
    symbolic: bool
    """Policy variables are letters."""
    examples_failed: bool = False
    """Whether the actions that stand for those of all other services did not do, and all should be asked about."""
    _actions: ActionUniverse | None = None
    _action_masks: dict[StatementView, int] = field(default_factory=dict)
    _partitions: tuple[str, ...] = ()
    _owners: Owners | None = None
    _every_service: bool = False

    @property
    def of_role(self) -> bool:
        return any(view.type is PolicyType.TRUST for view in self.views)

    @property
    def of_resource(self) -> bool:
        return any(view.type is PolicyType.RESOURCE for view in self.views)

    @property
    def has_plain_names(self) -> bool:
        """Whether resources with plain names can be looked for before all others."""
        return self.known_actions and not self.symbolic and not self.of_role

    def ask_every_service(self) -> None:
        self._every_service, self.examples_failed, self._actions = True, False, None
        self._action_masks.clear()

    def find(
        self,
        boxes: Sequence[Part],
        covers: Sequence[Part],
        feasible: Feasible,
        hopeless: Sequence[int],
        *,
        plain_names: bool,
    ) -> Iterator[tuple[str, str, int]]:
        """Actions with resources that the boxes name, and the covers that name them too.

        `hopeless` are sets of covers for which nothing better need be looked for; it may grow meanwhile.
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
            always, asked = _always_and_asked(regions, hit)
            if not feasible(always):
                continue
            pieces: dict[tuple[Region, ...], list[Piece]] = {}
            for action, form, changeable in self._forms(actions, plain_names=plain_names, lettered=lettered):
                if changeable not in pieces:
                    pieces[changeable] = pieces_of([*within, *changeable], asked)
                self.effort.spend(4)
                for resource, under in resources_of(
                    form, pieces[changeable], always, feasible, hopeless, self.effort, plain_names=plain_names
                ):
                    yield action, resource, under
                if not feasible(always):
                    break
            if is_rest and feasible(always):
                self.examples_failed = True

    def settings(self, boxes: Sequence[Part], covers: Sequence[Part]) -> Iterator[Setting]:
        """The same before resources are looked for, without letters."""
        within = [view.resources[possible] for view, possible in boxes]
        within = [region for region in within if not region.is_everything]
        regions = [(1 << place, view.resources[possible]) for place, (view, possible) in enumerate(covers)]
        groups = self._known_groups(boxes, covers, regions) if self.known_actions else self._groups(boxes, covers)
        for actions, hit, is_rest in groups:
            always, asked = _always_and_asked(regions, hit)
            yield Setting(tuple(within), always, tuple(asked), self._resources_of(actions), is_rest)

    def _resources_of(self, actions: Iterable[str]) -> Iterator[tuple[str, tuple[Region, ...]]]:
        for action, form, changeable in self._forms(actions, plain_names=False, lettered=False):
            yield action, (form, *changeable)

    def _forms(
        self, actions: Iterable[str], *, plain_names: bool, lettered: bool
    ) -> Iterator[tuple[str, Region, tuple[Region, ...]]]:
        """The forms of resources of actions, each once with an action; `lettered`: resources have letters, of which
        the forms know nothing. Besides, what is to be left out.
        """
        seen: set[tuple[Region, tuple[Region, ...]]] = set()
        for action in actions:
            changeable = _changeable(action.lower(), of_resource=self.of_resource)
            if self.of_role:
                forms: tuple[Region, ...] = (ROLE,)
            elif self.known_actions and not lettered:
                forms = forms_of(action, self.partitions, self.owners, plain_names=plain_names)
            else:
                forms = (ANY_ARN,)
            for form in forms:
                if (form, changeable) not in seen:
                    seen.add((form, changeable))
                    yield action, form, changeable

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
        universe = self._universe
        excluded = (*_ALWAYS_ALLOWED, *_TRUST_NAMES) if self.of_resource else _ALWAYS_ALLOWED
        mask = universe.everything & ~universe.of_element(excluded, negated=False)
        for view, _ in boxes:
            mask &= self._action_mask(view)
            if view.type is PolicyType.RCP:
                # Of other services they are not asked.
                mask &= universe.of_services(rcps_cover)
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
    def _universe(self) -> ActionUniverse:
        if self._actions is None:
            patterns = [pattern for view in self.views for pattern in view.actions]
            self._actions = ActionUniverse(patterns, _services_in(self.views), every_service=self._every_service)
        return self._actions

    def _action_mask(self, view: StatementView) -> int:
        found = self._action_masks.get(view)
        if found is None:
            found = self._universe.of_element(view.actions, negated=view.actions_negated)
            self._action_masks[view] = found
        return found


def _always_and_asked(regions: Asked, hit: int) -> tuple[int, list[tuple[int, Region]]]:
    """Of the covers that are hit those that take every resource, and the others with their regions."""
    always, asked = 0, []
    for flag, region in regions:
        if not flag & hit or region.is_nothing:
            continue
        if region.is_everything:
            always |= flag
        else:
            asked.append((flag, region))
    return always, asked


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
