"""A parsed JSON value that knows its place, so that whoever finds it wrong can say where."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from passrole.errors import UsageError


class JsonPlaceError(UsageError):
    """A value is missing or of another type than it must be; the message names its place."""


@dataclass(frozen=True, slots=True)
class JsonPlace:
    """`path` is like `RoleDetailList[3].RolePolicyList[0]`; `source` is what it lies in."""

    value: object
    source: str
    path: str = ""

    def __str__(self) -> str:
        return f"`{self.path}` of `{self.source}`" if self.path else f"`{self.source}`"

    def wrong(self, what: str, help: str | None = None) -> JsonPlaceError:  # noqa: A002
        return JsonPlaceError(f"{self} {what}", help=help)

    def members(self) -> Mapping[str, object]:
        if not isinstance(self.value, dict):
            raise self.wrong("is not a JSON object")
        return self.value

    def has(self, member: str) -> bool:
        return self.members().get(member) is not None

    def at(self, member: str) -> JsonPlace:
        value = self.members().get(member)
        place = JsonPlace(value, self.source, f"{self.path}.{member}" if self.path else member)
        if value is None:
            raise place.wrong("is missing")
        return place

    def text(self, member: str) -> str:
        place = self.at(member)
        if not isinstance(place.value, str):
            raise place.wrong("is not a JSON string")
        return place.value

    def optional_text(self, member: str) -> str | None:
        return self.text(member) if self.has(member) else None

    def items(self, member: str) -> Iterator[JsonPlace]:
        """The elements of a list; nothing where the member is missing."""
        if not self.has(member):
            return
        place = self.at(member)
        if not isinstance(place.value, list | tuple):
            raise place.wrong("is not a JSON list")
        for number, value in enumerate(place.value):
            yield JsonPlace(value, self.source, f"{place.path}[{number}]")

    def texts(self, member: str) -> tuple[str, ...]:
        """The elements of a list of strings."""
        found = []
        for place in self.items(member):
            if not isinstance(place.value, str):
                raise place.wrong("is not a JSON string")
            found.append(place.value)
        return tuple(found)
