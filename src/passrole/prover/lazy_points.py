"""Points of a space by the lazy search: one for each group of actions that the same covers name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from passrole.prover.action_groups import Part
from passrole.prover.cover_search import refine
from passrole.prover.lazy_search import RESOURCE, LazySearch, of_resource
from passrole.prover.points import Point
from passrole.prover.subjects import Setting
from passrole.prover.text_reading import text_reading
from passrole.prover.texts import Region, TooHardError
from passrole.prover.views import WHO

if TYPE_CHECKING:
    from passrole.prover.space import Space


def lazy_points(space: Space, boxes: Sequence[Part], covers: Sequence[Part]) -> Iterator[Point]:
    """As `Space.find`, but only one to each group of actions. Raises TooHardError."""
    for setting in space.subjects.settings(boxes, covers):
        if _point(space, setting, boxes, covers, (), None) is None:
            # Whatever the form of the resource.
            continue
        for action, form in setting.resources:
            point = _point(space, setting, boxes, covers, form, action)
            if point is not None:
                yield point
                break
        else:
            if setting.is_rest:
                space.subjects.examples_failed = True
    if space.subjects.examples_failed:
        space.subjects.ask_every_service()
        yield from lazy_points(space, boxes, covers)


def _point(
    space: Space,
    setting: Setting,
    boxes: Sequence[Part],
    covers: Sequence[Part],
    form: Sequence[Region],
    action: str | None,
) -> Point | None:
    """Without an action of whatever action and form."""
    hit = setting.always | sum(flag for flag, _ in setting.asked)
    hits = [(1 << place, part) for place, part in enumerate(covers) if hit >> place & 1]
    keys = {key for view, _ in (*boxes, *(part for _, part in hits)) for key in view.keys}
    allowed: dict[str, int] = {}
    covered: dict[str, list[tuple[int, int]]] = {}
    texts = {RESOURCE: of_resource([*form, *setting.within], setting.asked)}
    for key in sorted(keys):
        about = [(flag, part) for flag, part in hits if key in part[0].keys]
        try:
            table = space.dimension(key)
        except TooHardError:
            if key == WHO:
                # Callers are no texts.
                raise
            texts[key] = text_reading(key, boxes, about, space.bindings, typed=space.typed)
            space.read_in_doubt |= not texts[key].is_certain
            continue
        allowed[key] = table.box_mask(boxes)
        if key == WHO and action is not None:
            allowed[key] &= ~space.callers.not_for(action.lower())
        covered[key] = [(flag, table.masks(view)[possible]) for flag, (view, possible) in about]
    next_flag = 1 << len(covers)
    for flag, ties in space.ties(covered, next_flag):
        hit |= flag
        next_flag = flag << 1
        for key, mask in ties.items():
            covered[key].append((flag, mask))
    for key in [key for key in texts if key != RESOURCE and WHO in covered]:
        callers = space.callers.without(key)
        if callers:
            hit |= next_flag
            covered[WHO].append((next_flag, callers))
            texts[key] = texts[key].never_with(next_flag)
            next_flag <<= 1
    choices = {key: refine(allowed[key], pairs) for key, pairs in covered.items()}
    found = LazySearch(hit, choices, texts, space.effort).find() if all(choices.values()) else None
    if found is None:
        for key in allowed:
            space.note(key)
        return None
    masks, values = found
    numbers = {key: (mask & -mask).bit_length() - 1 for key, mask in masks.items()}
    resource = values.pop(RESOURCE)
    caller = space.callers.values[numbers[WHO]] if WHO in numbers else None
    listed = {key: space.table(key).values[number] for key, number in numbers.items() if key != WHO}
    return Point(action or "", str(resource), {**listed, **values}, caller)
