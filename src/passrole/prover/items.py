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
        match self:
            case Chars.ANY | Chars.SOME:
                return True
            case Chars.NOT_COLON:
                return character != ":"
            case Chars.NAME:
                return character not in ":/*?"
            case Chars.REGION:
                return character in "abcdefghijklmnopqrstuvwxyz0123456789-"
            case Chars.DIGIT:
                return character in "0123456789"
            case Chars.PLAIN:
                return character not in ":*?"


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
    if items and isinstance(items[0], str) and not text.startswith(items[0]):
        return False
    ends = {0}
    for item in items:
        if isinstance(item, str):
            ends = {end + len(item) for end in ends if text.startswith(item, end)}
        elif isinstance(item, Star):
            ends = _reached(item.chars, text, ends)
        elif isinstance(item, One):
            ends = {end + 1 for end in ends if end < len(text) and _takes_one(item.chars, text[end])}
        else:
            ends = {end + 1 for end in ends if end < len(text) and text[end] in item.spellings}
        if not ends:
            return False
    return len(text) in ends


def _takes_one(chars: Chars, character: str) -> bool:
    return chars is Chars.SOME if is_letter(character) else chars.takes(character)


def _reached(chars: Chars, text: str, starts: set[int]) -> set[int]:
    """The ends of runs of such characters from one of these starts."""
    if chars is Chars.ANY or chars is Chars.SOME:
        return set(range(min(starts), len(text) + 1))
    found: set[int] = set()
    for start in sorted(starts):
        if start in found:
            # An earlier run went through here, and as far as one can.
            continue
        end = start
        while end < len(text) and not is_letter(text[end]) and chars.takes(text[end]):
            end += 1
        found.update(range(start, end + 1))
    return found
