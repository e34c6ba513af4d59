"""Where each key and value of a TOML text stands: `tomllib` gives values without places.

The scanner reads text that `tomllib` has already accepted, so it only has to follow TOML's structure, not to
check it. Source: <https://toml.io/en/v1.0.0>
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

from passrole.errors import Span

KeyPath: TypeAlias = "tuple[str | int, ...]"
"""Keys and list indexes from the top of the document down."""


@dataclass(frozen=True, slots=True)
class TomlPositions:
    """`of(path)` answers for any path; one that the text does not spell out gets its nearest ancestor's place."""

    source: str
    text: str
    """Valid TOML (`tomllib` has taken it), with the newlines that `tomllib` saw."""

    def of(self, path: KeyPath) -> Span:
        """The place of a key; in a list, of the value. The text is scanned when the first place is asked for."""
        places = find_places(self.text)
        while path and path not in places:
            path = path[:-1]
        start, end = places.get(path, (0, 1))
        line, column = self._line_and_column(start)
        end_line, end_column = self._line_and_column(end)
        return Span(self.source, line, column, end_line, end_column)

    def _line_and_column(self, offset: int) -> tuple[int, int]:
        before = self.text[:offset]
        return before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1


@lru_cache(maxsize=16)
def find_places(text: str) -> dict[KeyPath, tuple[int, int]]:
    """Start and end of every key and list element of a valid TOML text, as offsets."""
    scanner = _Scanner(text)
    scanner.document()
    return scanner.places


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.places: dict[KeyPath, tuple[int, int]] = {}
        self.tables_seen: dict[KeyPath, int] = {}

    def document(self) -> None:
        table: KeyPath = ()
        while self.at < len(self.text):
            character = self.text[self.at]
            if character in " \t\r\n":
                self.at += 1
            elif character == "#":
                self.skip_comment()
            elif character == "[":
                table = self.header()
            else:
                self.pair(table)

    def header(self) -> KeyPath:
        start = self.at
        is_list = self.text.startswith("[[", self.at)
        self.at += 2 if is_list else 1
        keys = self.key()
        self.at += 2 if is_list else 1
        path = self.inside_lists(keys[:-1], (start, self.at))
        path = (*path, keys[-1])
        if is_list:
            self.tables_seen[path] = self.tables_seen.get(path, -1) + 1
            self.places.setdefault(path, (start, self.at))
            path = (*path, self.tables_seen[path])
        self.places.setdefault(path, (start, self.at))
        return path

    def inside_lists(self, keys: tuple[str, ...], place: tuple[int, int]) -> KeyPath:
        """The path of a header's parents: a list of tables means its last element. New parents get its place."""
        path: KeyPath = ()
        for key in keys:
            path = (*path, key)
            self.places.setdefault(path, place)
            if path in self.tables_seen:
                path = (*path, self.tables_seen[path])
        return path

    def pair(self, table: KeyPath) -> None:
        start = self.at
        keys = self.key()
        end = self.at
        path = table
        for key in keys:
            path = (*path, key)
            self.places.setdefault(path, (start, end))
        self.skip_blanks(newlines=False)
        self.at += 1  # the equals sign
        self.value(path)

    def key(self) -> tuple[str, ...]:
        """One key, dotted or not; `at` ends behind its last part."""
        parts: list[str] = []
        while True:
            self.skip_blanks(newlines=False)
            start = self.at
            if self.text[self.at] in "\"'":
                self.skip_string()
                parts.append(str(tomllib.loads(f"k = {self.text[start : self.at]}")["k"]))
            else:
                while self.at < len(self.text) and (self.text[self.at].isalnum() or self.text[self.at] in "-_"):
                    self.at += 1
                parts.append(self.text[start : self.at])
            end = self.at
            self.skip_blanks(newlines=False)
            if self.at >= len(self.text) or self.text[self.at] != ".":
                self.at = end
                # A header's closing bracket may stand behind blanks.
                if self.text[end:].lstrip(" \t").startswith("]"):
                    self.skip_blanks(newlines=False)
                return tuple(parts)
            self.at += 1

    def value(self, path: KeyPath) -> None:
        self.skip_blanks(newlines=False)
        start = self.at
        character = self.text[self.at]
        if character in "\"'":
            self.skip_string()
        elif character == "[":
            self.array(path)
        elif character == "{":
            self.inline_table(path)
        else:
            while self.at < len(self.text) and self.text[self.at] not in ",]}#\r\n":
                self.at += 1
        self.places.setdefault(path, (start, self.at))

    def array(self, path: KeyPath) -> None:
        self.at += 1
        index = 0
        while True:
            self.skip_blanks(newlines=True)
            if self.text[self.at] == "]":
                self.at += 1
                return
            if self.text[self.at] == ",":
                self.at += 1
                continue
            self.value((*path, index))
            index += 1

    def inline_table(self, path: KeyPath) -> None:
        self.at += 1
        while True:
            self.skip_blanks(newlines=True)
            if self.text[self.at] == "}":
                self.at += 1
                return
            if self.text[self.at] == ",":
                self.at += 1
                continue
            self.pair(path)

    def skip_blanks(self, *, newlines: bool) -> None:
        blanks = " \t\r\n" if newlines else " \t"
        while self.at < len(self.text):
            if self.text[self.at] in blanks:
                self.at += 1
            elif newlines and self.text[self.at] == "#":
                self.skip_comment()
            else:
                return

    def skip_comment(self) -> None:
        end = self.text.find("\n", self.at)
        self.at = len(self.text) if end < 0 else end

    def skip_string(self) -> None:
        """Step behind the string that begins here: basic or literal, on one line or several."""
        quote = self.text[self.at]
        escapes = quote == '"'
        long = self.text.startswith(quote * 3, self.at)
        closing = quote * 3 if long else quote
        self.at += len(closing)
        while not self.text.startswith(closing, self.at):
            self.at += 2 if escapes and self.text[self.at] == "\\" else 1
        self.at += len(closing)
        if long:
            # A multi-line string may end in one or two quotes of its own before the closing three.
            while self.text.startswith(quote, self.at):
                self.at += 1
