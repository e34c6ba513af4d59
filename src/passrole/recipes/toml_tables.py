"""Typed reading of a TOML table: each accessor gives the model's type for one key.

Wrong shapes have already been reported against the schema. An accessor that meets one gives an empty value, so that
reading goes on and the other mistakes of the file are found in the same run.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from passrole.errors import Span
from passrole.recipes.codes import PLACEHOLDER
from passrole.recipes.desired import Json
from passrole.recipes.model_documents import Item, SourceReference, Strings
from passrole.recipes.placeholders import PlaceholderError, Template
from passrole.recipes.problems import Problems
from passrole.recipes.toml_positions import KeyPath, TomlPositions
from passrole.recipes.when import Wanted, When


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the file and the way to it."""

    value: dict[str, Json]
    path: KeyPath
    positions: TomlPositions
    problems: Problems

    def span(self, *keys: str | int) -> Span:
        return self.positions.of((*self.path, *keys))

    def add(self, code: str, message: str, *keys: str | int, help_text: str | None = None) -> None:
        self.problems.add(code, message, span=self.span(*keys), help=help_text)

    def text(self, key: str, default: str = "") -> str:
        value = self.value.get(key, default)
        return value if isinstance(value, str) else default

    def optional_text(self, key: str) -> str | None:
        value = self.value.get(key)
        return value if isinstance(value, str) else None

    def number(self, key: str) -> int | None:
        value = self.value.get(key)
        return value if isinstance(value, int) and not isinstance(value, bool) else None

    def flag(self, key: str) -> bool:
        return self.value.get(key) is True

    def words(self, key: str) -> tuple[str, ...]:
        value = self.value.get(key)
        return tuple(one for one in value if isinstance(one, str)) if isinstance(value, list) else ()

    def template(self, key: str, default: str = "") -> Template:
        return self.optional_template(key) or Template.parse(default)

    def optional_template(self, key: str) -> Template | None:
        value = self.value.get(key)
        return self.parse(value, key) if isinstance(value, str) else None

    def parse(self, text: str, *keys: str | int) -> Template:
        """The template that a string is; a problem (and the text as it stands) when its braces are wrong."""
        try:
            return Template.parse(text)
        except PlaceholderError as problem:
            self.add(PLACEHOLDER, str(problem), *keys)
            return Template((text,))

    def strings(self, key: str) -> Strings | None:
        """A string, a list, or `{ value = …, when = … }` around either."""
        value = self.value.get(key)
        match value:
            case None:
                return None
            case str():
                return Strings((Item(self.parse(value, key)),), single=True)
            case list():
                return Strings(tuple(self.items(key)))
            case dict():
                outer = self.inner(key)
                strings = outer.strings("value") or Strings(())
                return Strings(strings.items, strings.single, outer.when())
            case _:
                return Strings(())

    def items(self, key: str) -> Iterator[Item]:
        """The elements of a list of strings, each with its `when`."""
        value = self.value.get(key)
        for index, element in enumerate(value if isinstance(value, list) else []):
            if isinstance(element, str):
                yield Item(self.parse(element, key, index))
            elif isinstance(element, dict):
                inner = self.inner(key, index)
                yield Item(inner.template("value"), inner.when())

    def when(self, key: str = "when") -> When:
        value = self.value.get(key)
        alternatives = value if isinstance(value, list) else [value]
        tables = [one for one in alternatives if isinstance(one, dict)]
        return When(tuple({name: _wanted(one) for name, one in table.items()} for table in tables))

    def source(self, key: str = "source") -> SourceReference | None:
        text = self.optional_text(key)
        if not text:
            return None
        source_id, _, anchor = text.partition("#")
        return SourceReference(source_id, anchor or None)

    def inner(self, *keys: str | int) -> Table:
        """The table at a key, or an empty one."""
        value: Json = self.value
        for key in keys:
            if isinstance(value, dict) and isinstance(key, str):
                value = value.get(key)
            elif isinstance(value, list) and isinstance(key, int):
                value = value[key]
        found = value if isinstance(value, dict) else {}
        return Table(found, (*self.path, *keys), self.positions, self.problems)

    def tables(self, key: str) -> Iterator[Table]:
        """The tables of a list of tables."""
        value = self.value.get(key)
        for index, element in enumerate(value if isinstance(value, list) else []):
            if isinstance(element, dict):
                yield self.inner(key, index)

    def named(self, key: str) -> Iterator[tuple[str, Table]]:
        """The tables of a table of tables, by name."""
        outer = self.inner(key)
        for name, element in outer.value.items():
            if isinstance(element, dict):
                yield name, outer.inner(name)


def _wanted(value: Json) -> Wanted:
    if isinstance(value, bool):
        return value
    if isinstance(value, list):
        return tuple(one for one in value if isinstance(one, str))
    return (value,) if isinstance(value, str) else ()
