"""Patterns, place by place: what each place takes, and whether a text is one that a pattern takes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

from passrole.engine.compare.arn import PARTS, split_pattern
from passrole.engine.glob import Pattern, Wild, read_pattern


class Chars(Enum):
    """What a place of a pattern takes where it is not one character."""

    ANY = "any"
    SOME = "any, and what a letter stands for"
    NOT_COLON = "not a colon"
    NAME = "neither a colon nor a slash"
    REGION = "a-z, 0-9 or -"
    DIGIT = "0-9"
    PLAIN = "neither a wildcard nor a colon"
    """Of names of actions."""

    # Members are looked up often, and Enum's own hash is slow.
    __hash__ = object.__hash__

    def takes(self, character: str) -> bool:
        refused = _REFUSED.get(self)
        if refused is not None:
            return character not in refused
        taken = _TAKEN.get(self)
        return taken is None or character in taken


_REFUSED = {Chars.NOT_COLON: ":", Chars.NAME: ":/*?", Chars.PLAIN: ":*?"}
_TAKEN = {Chars.REGION: "abcdefghijklmnopqrstuvwxyz0123456789-", Chars.DIGIT: "0123456789"}

_FIRST_LETTER = 0xF0000


def letter(number: int) -> str:
    """A character of Unicode's private use that stands for any text: see `symbols`."""
    return chr(_FIRST_LETTER + number)


def is_letter(character: str) -> bool:
    return ord(character) >= _FIRST_LETTER


@dataclass(frozen=True, slots=True)
class One:
    chars: Chars


@dataclass(frozen=True, slots=True)
class Star:
    chars: Chars


@dataclass(frozen=True, slots=True)
class AnyCase:
    """A character in any spelling of its case."""

    spellings: str


Items = tuple[str | One | Star | AnyCase, ...]
"""A pattern, place by place; a text in it stands for its characters one after the other."""

EVERYTHING: Items = (Star(Chars.ANY),)


def items_of(pattern: Pattern, chars: Chars = Chars.ANY) -> Items:
    """A pattern of the engine, whose wildcards take these characters."""
    return tuple(
        piece if isinstance(piece, str) else Star(chars) if piece is Wild.ANY else One(chars) for piece in pattern
    )


def within_segments(pattern: Pattern) -> Items:
    """A pattern of an ARN whose wildcards stop at colons, but for those of the sixth segment."""
    segments = split_pattern(pattern)
    items: list[str | One | Star | AnyCase] = []
    for place, segment in enumerate(segments):
        if place:
            items.append(":")
        items += items_of(segment, Chars.ANY if place == PARTS - 1 else Chars.NOT_COLON)
    return tuple(items)


@lru_cache(maxsize=4096)
def items_of_text(text: str) -> Items:
    return items_of(read_pattern(text))


def in_any_case(text: str) -> Items:
    """Of ASCII text. Three characters become `k` in lower case: k, K and the sign for kelvin."""
    return tuple(AnyCase("".join(sorted({c.lower(), c.upper(), *("\u212a" if c in "kK" else "")}))) for c in text)


def takes(items: Items, text: str) -> bool:
    """Whether a pattern takes a text. A letter stands for many characters or none, colons among them."""
    end, last = 0, len(items) - 1
    for place, item in enumerate(items):
        if isinstance(item, str):
            if not text.startswith(item, end):
                return False
            end += len(item)
        elif isinstance(item, Star):
            if place == last:
                return _furthest(item.chars, text, end) == len(text)
            after = items[place + 1]
            if not isinstance(after, str) or is_letter(after[0]) or item.chars.takes(after[0]):
                return _takes_from(items[place:], text, end)
            # What comes next can stand at the end of the run only.
            end = _furthest(item.chars, text, end)
        elif end < len(text) and _takes_one(item, text[end]):
            end += 1
        else:
            return False
    return end == len(text)


def _takes_from(items: Items, text: str, start: int) -> bool:
    """The same from a place in the text on, with all the places where a pattern's beginning may end."""
    ends = {start}
    for item in items:
        if isinstance(item, str):
            ends = {end + len(item) for end in ends if text.startswith(item, end)}
        elif isinstance(item, Star):
            ends = {place for end in ends for place in range(end, _furthest(item.chars, text, end) + 1)}
        else:
            ends = {end + 1 for end in ends if end < len(text) and _takes_one(item, text[end])}
        if not ends:
            return False
    return len(text) in ends


def _takes_one(item: One | AnyCase, character: str) -> bool:
    if isinstance(item, AnyCase):
        return character in item.spellings
    return item.chars is Chars.SOME if is_letter(character) else item.chars.takes(character)


def _furthest(chars: Chars, text: str, start: int) -> int:
    """Where the run of such characters from here on ends."""
    if chars is Chars.ANY or chars is Chars.SOME:
        return len(text)
    end = start
    while end < len(text) and chars.takes(text[end]) and not is_letter(text[end]):
        end += 1
    return end
