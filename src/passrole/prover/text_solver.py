"""z3 (the extra `solver`) on what is left: whether some text is in all of a few regions.

The encoding is exact where every character that the patterns spell out is in z3's strings as it is here, U+0020 to
U+D7FF: all others are alike, and some of those in the range are spelled by no pattern. What z3 finds is checked.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING, assert_never

from passrole.prover.items import AnyCase, Chars, Items, One, Star
from passrole.prover.texts import Effort, Region

if TYPE_CHECKING:
    import z3

FIRST, LAST = " ", "\ud7ff"
RESOURCES = 10_000_000
"""What z3 calls its `rlimit`: unlike seconds the same on every machine. It is some ten seconds."""

SECONDS = 30.0
"""Not everything that z3 does counts as resources."""

STEPS = 20_000
"""What a question is reckoned as."""

_ESCAPED = re.compile(r"\\u\{([0-9a-f]+)\}")


@dataclass(frozen=True, slots=True)
class Solved:
    """None for `text` says that there is none."""

    text: str | None


@cache
def has_solver() -> bool:
    return find_spec("z3") is not None


def solved_by_solver(regions: Sequence[Region], effort: Effort) -> Solved | None:
    """None where z3 is not installed, finds nothing out, or the regions cannot be said to it."""
    if not has_solver() or not all(map(_is_plain, regions)):
        return None
    import z3

    effort.spend(STEPS)
    context = z3.Context()
    solver = z3.Solver(ctx=context)
    solver.set("rlimit", RESOURCES)
    solver.set("timeout", max(1, int(min(SECONDS, effort.seconds_left()) * 1000)))
    text = z3.String("text", ctx=context)
    for region in regions:
        solver.add(z3.InRe(text, _said(region, context)))
    answer = solver.check()
    if answer == z3.unsat:
        return Solved(None)
    if answer != z3.sat:
        return None
    value = solver.model().eval(text, model_completion=True)
    found = _ESCAPED.sub(lambda escaped: chr(int(escaped[1], 16)), value.as_string())
    return Solved(found) if all(region.takes(found) for region in regions) else None


def _is_plain(region: Region) -> bool:
    return all(
        FIRST <= character <= LAST
        for items in region.patterns
        for item in items
        if isinstance(item, (str, AnyCase))
        for character in (item if isinstance(item, str) else item.spellings)
    )


def _said(region: Region, context: z3.Context) -> z3.ReRef:
    import z3

    patterns = [_pattern(items, context) for items in region.patterns]
    every = z3.Star(_between(FIRST, LAST, context))
    if not patterns:
        return every if region.negated else z3.Complement(z3.Star(z3.AllChar(z3.ReSort(z3.StringSort(context)))))
    union = z3.Union(*patterns) if len(patterns) > 1 else patterns[0]
    return z3.Intersect(every, z3.Complement(union)) if region.negated else union


def _pattern(items: Items, context: z3.Context) -> z3.ReRef:
    import z3

    parts = [_item(item, context) for item in items if item != ""]
    if not parts:
        return _text("", context)
    return z3.Concat(*parts) if len(parts) > 1 else parts[0]


def _item(item: str | One | Star | AnyCase, context: z3.Context) -> z3.ReRef:
    import z3

    match item:
        case str():
            return _text(item, context)
        case One(chars):
            return _class(chars, context)
        case Star(chars):
            return z3.Star(_class(chars, context))
        case AnyCase(spellings):
            return (
                z3.Union(*(_text(each, context) for each in spellings))
                if len(spellings) > 1
                else _text(spellings, context)
            )
    assert_never(item)


def _class(chars: Chars, context: z3.Context) -> z3.ReRef:
    import z3

    # All that a class tells apart is ASCII.
    taken = [code for code in range(ord(FIRST), 0x80) if chars.takes(chr(code))]
    ranges = []
    if chars.takes("\u4e00"):
        ranges.append(_between("\x80", LAST, context))
    start = previous = taken[0]
    for code in (*taken[1:], -1):
        if code != previous + 1:
            ranges.append(_between(chr(start), chr(previous), context))
            start = code
        previous = code
    return z3.Union(*ranges) if len(ranges) > 1 else ranges[0]


def _between(first: str, last: str, context: z3.Context) -> z3.ReRef:
    import z3

    return z3.Range(_string(first, context), _string(last, context))


def _text(text: str, context: z3.Context) -> z3.ReRef:
    import z3

    return z3.Re(_string(text, context))


def _string(text: str, context: z3.Context) -> z3.SeqRef:
    """Every character by its number: z3 would read `\\\\u{41}` in a text as an A."""
    import z3

    return z3.StringVal("".join(f"\\u{{{ord(character):x}}}" for character in text), ctx=context)
