"""What requests are about: actions with resources, in all of some boxes, and the covers that name them.

Over known actions resources are first looked for with plain names,
and then with whatever names AWS's forms of ARNs leave room for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from passrole.engine.protected import protected_parts
from passrole.policy.model import PolicyType
from passrole.prover.action_groups import ActionGroups, Part
from passrole.prover.differing import Differing
from passrole.prover.items import items_of_text
from passrole.prover.resource_search import Feasible, Piece, pieces_of, resources_of
from passrole.prover.resource_types import ANY_ARN, Owners, forms_of, owners_told_apart, partitions_told_apart
from passrole.prover.symbols import has_letter, narrowed, widened
from passrole.prover.texts import Effort, Region
from passrole.prover.views import StatementView

Asked = Sequence[tuple[int, Region]]

ROLE = Region((("arn:aws:iam::111122223333:role/x",),))


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
    differing: Differing | None
    """Only actions of which the two sides may say different things; None for all."""
    examples_failed: bool = False
    """Whether the actions that stand for those of all other services did not do, and all should be asked about."""
    _actions: ActionGroups | None = None
    _partitions: tuple[str, ...] = ()
    _owners: Owners | None = None

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
        self.examples_failed = False
        self._groups.ask_every_service()

    @property
    def _groups(self) -> ActionGroups:
        if self._actions is None:
            self._actions = ActionGroups(
                self.views, self.effort, self.known_actions, self.differing, self.of_role, self.of_resource
            )
        return self._actions

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
        for actions, hit, is_rest in self._groups.find(boxes, covers, regions):
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
        for actions, hit, is_rest in self._groups.find(boxes, covers, regions):
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
