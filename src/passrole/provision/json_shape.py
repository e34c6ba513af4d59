"""Reading JSON of a file: each value is asked for by type, and the first that is not it is named by its path."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

from passrole.recipes.desired import Json


class ShapeError(ValueError):
    """The JSON is not what it should be; `where` is a path such as `changes[2].calls[0].operation`."""

    def __init__(self, where: str, wanted: str) -> None:
        super().__init__(f"`{where or 'the file'}` is not {wanted}")
        self.where = where


@dataclass(frozen=True, slots=True)
class Shape:
    """A value and where it stands. Every method raises ShapeError when the value is not what is asked for."""

    value: Json
    where: str = ""

    def table(self) -> dict[str, Json]:
        if not isinstance(self.value, dict):
            raise ShapeError(self.where, "a JSON object")
        return self.value

    def at(self, key: str) -> Shape:
        """The member `key`; an absent one reads as null."""
        return Shape(self.table().get(key), f"{self.where}.{key}" if self.where else key)

    def members(self) -> Iterator[tuple[str, Shape]]:
        for key in self.table():
            yield key, self.at(key)

    def elements(self) -> Iterator[Shape]:
        """The elements of a list; null reads as an empty one."""
        if self.value is None:
            return
        if not isinstance(self.value, list):
            raise ShapeError(self.where, "a list")
        for number, value in enumerate(self.value):
            yield Shape(value, f"{self.where}[{number}]")

    def text(self) -> str:
        if not isinstance(self.value, str):
            raise ShapeError(self.where, "a string")
        return self.value

    def optional_text(self) -> str | None:
        return None if self.value is None else self.text()

    def texts(self) -> tuple[str, ...]:
        return tuple(element.text() for element in self.elements())

    def flag(self) -> bool:
        """A boolean; null reads as false."""
        if not isinstance(self.value, bool | None):
            raise ShapeError(self.where, "true or false")
        return bool(self.value)

    def one_of(self, *words: str) -> str:
        text = self.text()
        if text not in words:
            raise ShapeError(self.where, f"one of {', '.join(words)}")
        return text

    def allow_only(self, *keys: str) -> None:
        """Refuse members that nobody reads: a misspelt one must not pass for an absent one."""
        for key in self.table():
            if key not in keys:
                raise ShapeError(f"{self.where}.{key}" if self.where else key, "known here")


def parse_json(text: str) -> Shape:
    """Raises ShapeError, with line and column, for what is not JSON, names a key twice or holds half a character."""
    try:
        value = json.loads(text, object_pairs_hook=_without_duplicates, parse_constant=_no_constant)
        # A lone surrogate (`"\\ud800"`) is text that can be neither sent nor written.
        json.dumps(value, ensure_ascii=False).encode()
    except json.JSONDecodeError as err:
        raise ShapeError("", f"JSON: {err.msg.lower()} at line {err.lineno}, column {err.colno}") from err
    except RecursionError as err:
        raise ShapeError("", "JSON that can be read: it is nested too deeply") from err
    except UnicodeEncodeError as err:
        raise ShapeError("", "text in Unicode throughout: it holds half of a surrogate pair") from err
    except ShapeError:
        raise
    except ValueError as err:
        raise ShapeError("", "JSON that can be read: a number has too many digits") from err
    return Shape(cast(Json, value))


def _without_duplicates(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    table: dict[str, Json] = {}
    for key, value in pairs:
        if key in table:
            raise ShapeError(key, "named once")
        table[key] = value
    return table


def _no_constant(name: str) -> Json:
    raise ShapeError("", f"JSON: it holds {name}")


def canonical_json(value: Json) -> str:
    """One text for one value: sorted keys, no whitespace."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def pretty_json(value: Json) -> str:
    """JSON text for a file that people read too; ends with a newline."""
    return json.dumps(value, indent=2) + "\n"
