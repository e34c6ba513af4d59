"""Resources of one form that some patterns take and as few covers as can be: which patterns are worth a search.

A pattern of a box is one piece of work. Covers that take all of it are known without a search, and where those alone
spoil the answer there is none; where names have no colons, a pattern and a form often cannot meet at all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from passrole.prover.items import Items, Star
from passrole.prover.resource_types import plain_resource
from passrole.prover.text_search import least_hits
from passrole.prover.texts import Effort, Region, takes_all_of

Feasible = Callable[[int], bool]
"""Whether condition keys can have values that avoid all of these covers."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Patterns of which a resource must be in all, with the covers that plainly take it, and the others."""

    within: tuple[Region, ...]
    pattern: Items | None
    """The one that was taken out of a region of several; None where there is none."""
    hit: int
    left: tuple[tuple[int, Region], ...]


def pieces_of(within: Sequence[Region], asked: Sequence[tuple[int, Region]]) -> list[Piece]:
    """One pattern of the resources at a time, those under fewest covers first."""
    widest = max(within, key=lambda region: 0 if region.negated else len(region.patterns), default=None)
    if widest is None or widest.negated:
        return [Piece(tuple(within), None, 0, tuple(asked))]
    others = [region for region in within if region is not widest]
    pieces: list[Piece] = []
    for pattern in widest.patterns:
        hit, left = 0, []
        for flag, region in asked:
            if takes_all_of(region, pattern):
                hit |= flag
            else:
                left.append((flag, region))
        pieces.append(Piece((Region((pattern,)), *others), pattern, hit, tuple(left)))
    return sorted(pieces, key=lambda piece: piece.hit.bit_count())


def resources_of(
    form: Region,
    pieces: Sequence[Piece],
    always: int,
    feasible: Feasible,
    hopeless: Sequence[int],
    effort: Effort,
    *,
    plain_names: bool,
) -> Iterator[tuple[str, int]]:
    """Resources with the covers that they come under, `always` among them. Raises TooHardError.

    `plain_names`: the form's names have no colons.
    """
    worth: list[tuple[Piece, Region]] = []
    for piece in pieces:
        met = meeting(form, piece.pattern) if plain_names and piece.pattern is not None else form
        if met is not None and feasible(always | piece.hit):
            worth.append((piece, met))
    for piece, met in worth:
        under = always | piece.hit
        resource = plain_resource(met, piece.within, [region for _, region in piece.left])
        if resource is not None:
            yield resource, under
            if not piece.hit:
                return
            continue
        useless = [mask & ~under for mask in hopeless]
        for resource, mask in least_hits([met, *piece.within], piece.left, effort, useless):
            yield resource, mask | under


@lru_cache(maxsize=65536)
def meeting(form: Region, pattern: Items) -> Region | None:
    """The patterns of a form without colons in names that may have a text in common with another; None for none."""
    segments, open_end = _segments(pattern)
    found = tuple(items for items in form.patterns if _may_meet(_segments(items)[0], segments, open_end))
    if len(found) == len(form.patterns):
        return form
    return Region(found) if found else None


Segment = tuple[str, bool, bool]
"""How a segment begins, whether that is all of it, and whether it can be empty."""


@lru_cache(maxsize=16384)
def _segments(items: Items) -> tuple[tuple[Segment, ...], bool]:
    """What stands between the colons that are spelled out, and whether something else may stand for colons too."""
    found: list[Segment] = [("", True, True)]
    for item in items:
        if not isinstance(item, str):
            text, _, empty = found[-1]
            found[-1] = (text, False, empty and isinstance(item, Star))
            continue
        first, *rest = item.split(":")
        text, whole, empty = found[-1]
        found[-1] = (text + first if whole else text, whole, empty and not first)
        found += [(part, True, not part) for part in rest]
    return tuple(found), any(not isinstance(item, str) for item in items)


def _may_meet(form: Sequence[Segment], pattern: Sequence[Segment], wild: bool) -> bool:
    """`form` spells out all its colons; where `pattern` has as many, its wildcards stand for none."""
    if len(pattern) > len(form) or (len(pattern) < len(form) and not wild):
        return False
    if len(pattern) == len(form):
        return all(map(_can_be_alike, form, pattern))
    # Up to its first wildcard the pattern spells out its colons, too.
    for one, other in zip(form, pattern, strict=False):
        if not other[1]:
            return one[0].startswith(other[0]) or (not one[1] and other[0].startswith(one[0]))
        if not _can_be_alike(one, other):
            return False
    return True


def _can_be_alike(one: Segment, other: Segment) -> bool:
    if one[1] and other[1]:
        return one[0] == other[0]
    if one[1]:
        return one[0].startswith(other[0]) and (other[2] or one[0] != "")
    if other[1]:
        return other[0].startswith(one[0]) and (one[2] or other[0] != "")
    return one[0].startswith(other[0]) or other[0].startswith(one[0])
