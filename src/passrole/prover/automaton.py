"""Many patterns read at once: each place in each pattern is a bit of one integer, and a character moves all of them.

Characters that no pattern tells apart are tried once, so that a search over all texts is one over the few states
that a set of patterns can be in.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

from passrole.prover.items import Chars, Items, One, Star, is_letter

# Characters for places where any would do, the plainest first.
_POOL = "xyzwabcdefghijklmnopqrstuv0123456789XYZWABCDEFGHIJKLMNOPQRSTUV-_.,=@+:/*? é\u4e00\U00010000"


@lru_cache(maxsize=256)
def _kinds_of_characters(classes: tuple[Chars, ...]) -> tuple[str, ...]:
    """The characters of the pool, those together that these classes do not tell apart."""
    kinds: dict[tuple[bool, ...], str] = {}
    for character in _POOL:
        signature = tuple(each.takes(character) for each in classes)
        kinds[signature] = kinds.get(signature, "") + character
    return tuple(kinds.values())


class _Places:
    """The places of one pattern, the first of them as bit 0."""

    __slots__ = ("length", "loops", "ones", "spelled", "spelled_at")

    def __init__(self, items: Items) -> None:
        self.spelled: dict[str, int] = {}
        self.spelled_at: list[str] = []
        """The characters that each place spells out."""
        self.ones: dict[Chars, int] = {}
        self.loops: dict[Chars, int] = {}
        bit = 1
        for item in items:
            if isinstance(item, Star):
                self.loops[item.chars] = self.loops.get(item.chars, 0) | bit
                continue
            if isinstance(item, One):
                self.ones[item.chars] = self.ones.get(item.chars, 0) | bit
                self.spelled_at.append("")
                bit <<= 1
                continue
            for spellings in item if isinstance(item, str) else (item.spellings,):
                self.spelled_at.append(spellings)
                for character in spellings:
                    self.spelled[character] = self.spelled.get(character, 0) | bit
                bit <<= 1
        self.spelled_at.append("")
        self.length = bit.bit_length()


@lru_cache(maxsize=8192)
def _places(items: Items) -> _Places:
    return _Places(items)


class Automaton:
    """Some patterns, side by side."""

    __slots__ = (
        *("_always", "_at", "_loops", "_moves", "_ones", "_spelled", "_spelled_places"),
        *("finals", "spans", "start", "traps", "wild"),
    )

    def __init__(self, patterns: Sequence[Items]) -> None:
        self.start = 0
        self.finals: list[int] = []
        """For each pattern the bit that says that it matches."""
        self.spans: list[int] = []
        """All bits of each pattern; when none is set it cannot match any more."""
        self._spelled: dict[str, int] = {}
        self._ones: dict[Chars, int] = {}
        self._loops: dict[Chars, int] = {}
        self._moves: dict[str, tuple[int, int]] = {}
        self._at: list[str] = []
        offset = final_bits = 0
        for items in patterns:
            places = _places(items)
            self.start |= 1 << offset
            for character, mask in places.spelled.items():
                self._spelled[character] = self._spelled.get(character, 0) | mask << offset
            for kind, mask in places.ones.items():
                self._ones[kind] = self._ones.get(kind, 0) | mask << offset
            for kind, mask in places.loops.items():
                self._loops[kind] = self._loops.get(kind, 0) | mask << offset
            final = 1 << (offset + places.length - 1)
            final_bits |= final
            self.finals.append(final)
            self.spans.append(((1 << places.length) - 1) << offset)
            offset += places.length
            self._at += places.spelled_at
        self.traps = final_bits & self._loops.get(Chars.ANY, 0)
        """The bits that stay whatever follows."""
        self.wild = 0
        """The bits from which more goes on than one character."""
        for mask in (*self._ones.values(), *self._loops.values()):
            self.wild |= mask
        self._spelled_places = 0
        for mask in self._spelled.values():
            self._spelled_places |= mask
        self._always: dict[str, None] = {}

    def _representatives(self) -> Iterator[str]:
        """One character of each kind that the classes in use tell apart, preferably one that no pattern spells."""
        code = 0x4E01
        while chr(code) in self._spelled:
            code += 1
        for kind in _kinds_of_characters((*self._ones, *self._loops)):
            likes_any = "\u4e00" in kind
            plain = next((character for character in kind if character not in self._spelled), None)
            yield plain or (chr(code) if likes_any else kind[0])

    def step(self, state: int, character: str) -> int:
        move = self._moves.get(character)
        if move is None:
            taken, kept = self._spelled.get(character, 0), 0
            if is_letter(character):
                # A letter may be many characters or none, and colons among them.
                taken |= self._ones.get(Chars.SOME, 0)
                kept = self._loops.get(Chars.ANY, 0) | self._loops.get(Chars.SOME, 0)
            else:
                for kind, mask in self._ones.items():
                    taken |= mask if kind.takes(character) else 0
                for kind, mask in self._loops.items():
                    kept |= mask if kind.takes(character) else 0
            move = self._moves[character] = (taken, kept)
        return ((state & move[0]) << 1) | (state & move[1])

    def moves(self, state: int) -> list[str]:
        """The characters that lead to different states from here."""
        always = self._always
        if not always:
            always = self._always = dict.fromkeys(self._representatives())
        return [*always, *(c for c in self.spelled_at(state) if c not in always)]

    def spelled_at(self, state: int) -> dict[str, None]:
        """The characters that patterns spell out at the places of a state."""
        found: dict[str, None] = {}
        places, at = state & self._spelled_places, self._at
        while places:
            bit = places & -places
            places ^= bit
            for character in at[bit.bit_length() - 1]:
                found[character] = None
        return found
