"""AWS's wildcards: `*` is any run of characters, `?` exactly one, everything else stands for itself.

A match takes time in proportion to the text, whatever the pattern: what lies between two stars is looked for once,
leftmost first, and never again. `*` and `?` match every character, newlines, slashes and colons included; where
colons bind (ARN operators, the Resource element), the caller splits the pattern first.
"""

from __future__ import annotations

from enum import Enum
from functools import lru_cache


class Wild(Enum):
    ANY = "*"
    ONE = "?"


_WILDS = {"*": Wild.ANY, "?": Wild.ONE}

Piece = str | Wild
Pattern = tuple[Piece, ...]
"""A pattern whose wildcards are told apart from literal `*` and `?`, such as those of a substituted variable."""


def read_pattern(text: str) -> Pattern:
    """Tell wildcards from text: `a*b` is (`a`, ANY, `b`)."""
    pieces: list[Piece] = []
    start = 0
    for index, character in enumerate(text):
        if character in "*?":
            if start < index:
                pieces.append(text[start:index])
            pieces.append(_WILDS[character])
            start = index + 1
    if start < len(text):
        pieces.append(text[start:])
    return tuple(pieces)


class _Run:
    """What stands between two stars: literal text with holes, each of one character."""

    __slots__ = ("_accepts", "_holes", "_literals", "_text", "length")

    def __init__(self, pieces: Pattern) -> None:
        self._literals: list[tuple[int, str]] = []
        self._holes = 0
        self.length = 0
        for piece in pieces:
            if isinstance(piece, str):
                self._literals.append((self.length, piece))
                self.length += len(piece)
            else:
                self._holes |= 1 << self.length
                self.length += 1
        self._text = None if self._holes else "".join(literal for _, literal in self._literals)
        self._accepts: dict[str, int] | None = None

    def at(self, text: str, position: int) -> bool:
        """Whether it stands there; the caller has seen to it that `text` is long enough."""
        if self._text is not None:
            return text.startswith(self._text, position)
        return all(text.startswith(literal, position + offset) for offset, literal in self._literals)

    def find(self, text: str, start: int, end: int) -> int:
        """The leftmost place between `start` and `end` where it stands, or -1."""
        if end - start < self.length:
            return -1
        if self._text is not None:
            return text.find(self._text, start, end)
        if not self._literals:
            return start
        # Shift-And: bit i of `state` says that the first i + 1 places of this run match up to here. One pass,
        # with integers as wide as the run.
        accepts, complete, state = self._accepted(), 1 << (self.length - 1), 0
        for index in range(start, end):
            state = ((state << 1) | 1) & accepts.get(text[index], self._holes)
            if state & complete:
                return index + 1 - self.length
        return -1

    def _accepted(self) -> dict[str, int]:
        if self._accepts is None:
            accepts: dict[str, int] = {}
            for offset, literal in self._literals:
                for place, character in enumerate(literal, offset):
                    accepts[character] = accepts.get(character, self._holes) | (1 << place)
            self._accepts = accepts
        return self._accepts


class Glob:
    """A pattern made ready for matching whole texts."""

    __slots__ = ("_literal", "_runs", "_shortest")

    def __init__(self, pattern: Pattern) -> None:
        self._literal: str | None = None
        self._runs: tuple[_Run, ...] = ()
        self._shortest = 0
        if Wild.ANY not in pattern and Wild.ONE not in pattern:
            self._literal = "".join(piece for piece in pattern if isinstance(piece, str))
            return
        runs: list[list[Piece]] = [[]]
        for piece in pattern:
            if piece is Wild.ANY:
                runs.append([])
            else:
                runs[-1].append(piece)
        # Of several stars in a row one is enough: the empty runs between them match anywhere.
        made = [run for place, run in enumerate(runs) if run or place in (0, len(runs) - 1)]
        self._runs = tuple(_Run(tuple(run)) for run in made)
        self._shortest = sum(run.length for run in self._runs)

    def matches(self, text: str) -> bool:
        if self._literal is not None:
            return text == self._literal
        if len(text) < self._shortest:
            return False
        first, last = self._runs[0], self._runs[-1]
        if first is last:
            return len(text) == first.length and first.at(text, 0)
        end = len(text) - last.length
        if not first.at(text, 0) or not last.at(text, end):
            return False
        position = first.length
        for run in self._runs[1:-1]:
            found = run.find(text, position, end)
            if found < 0:
                return False
            position = found + run.length
        return True


@lru_cache(maxsize=4096)
def glob_of(text: str) -> Glob:
    """The matcher of a pattern text; equal texts share one."""
    return Glob(read_pattern(text))


def glob_match(pattern: str, text: str, *, ignore_case: bool = False) -> bool:
    """Whether the whole `text` matches. Case is ignored as in the names of actions (lower case of both)."""
    if ignore_case:
        return glob_of(pattern.lower()).matches(text.lower())
    return glob_of(pattern).matches(text)
