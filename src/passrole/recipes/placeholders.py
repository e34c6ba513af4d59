"""`{{name}}` in a recipe's strings: found once when the recipe is read, filled in parsed strings only.

What is put in is not looked at again, so `${aws:username}` and a value full of braces come out as they went in.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from passrole.recipes.scope import Scope

_PLACEHOLDER = re.compile(r"\{\{([a-z][a-z0-9_]*)\}\}")

MOST_STRINGS = 10_000
"""Far more than any policy holds; several lists in one string multiply."""


class PlaceholderError(ValueError):
    """A string with braces that are not a placeholder, or a placeholder that has no value; says which."""


@dataclass(frozen=True, slots=True)
class Placeholder:
    name: str


@dataclass(frozen=True, slots=True)
class Template:
    """A string in parts: text to keep and placeholders to fill."""

    parts: tuple[str | Placeholder, ...]

    @classmethod
    def parse(cls, text: str) -> Template:
        """Raises PlaceholderError for `{{` that does not begin a placeholder."""
        parts: list[str | Placeholder] = []
        end = 0
        for match in _PLACEHOLDER.finditer(text):
            parts.append(text[end : match.start()])
            parts.append(Placeholder(match[1]))
            end = match.end()
        parts.append(text[end:])
        if any(isinstance(part, str) and "{{" in part for part in parts):
            raise PlaceholderError("`{{` begins a placeholder: write `{{name}}` with a parameter's name")
        return cls(tuple(part for part in parts if part))

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(part.name for part in self.parts if isinstance(part, Placeholder))

    @property
    def whole(self) -> str | None:
        """The name, where the string is one placeholder and nothing else."""
        match self.parts:
            case (Placeholder(name),):
                return name
            case _:
                return None

    def fill(self, scope: Scope) -> str:
        """The one string that this makes.

        Raises PlaceholderError for a name without a value, and for a list: loading has refused a list parameter
        outside of lists.
        """
        for name in self.names:
            if isinstance(scope.get(name), tuple):
                raise PlaceholderError(f"`{name}` is a list: only a string of a list can name it")
        return self.fill_list(scope)[0]

    def fill_list(self, scope: Scope) -> tuple[str, ...]:
        """As `fill`, but a list parameter makes one string for each of its elements (none when it is empty)."""
        made = [""]
        for part in self.parts:
            if isinstance(part, str):
                made = [text + part for text in made]
                continue
            value = scope.get(part.name)
            if value is None:
                raise PlaceholderError(f"`{{{{{part.name}}}}}` has no value here")
            values = value if isinstance(value, tuple) else (_written(value),)
            if len(made) * len(values) > MOST_STRINGS:
                raise PlaceholderError(f"`{self}` would make more than {MOST_STRINGS} strings of its lists")
            made = [text + one for text in made for one in values]
        return tuple(made)

    def __str__(self) -> str:
        return "".join(part if isinstance(part, str) else f"{{{{{part.name}}}}}" for part in self.parts)


def _written(value: str | bool | int) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
