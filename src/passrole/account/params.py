"""The parameters of a call as typed values; `validation` has checked them against AWS's model before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Result = dict[str, object]
"""The output of an operation, member by member, as botocore's output shape names them."""


class KeptShape(dict[str, object]):
    """A part of an output that nobody changes: the same object again as long as what it shows is the same.

    `written` is for the wire, which keeps there what it has made of it.
    """

    __slots__ = ("written",)

    written: tuple[object, str]


@dataclass(frozen=True, slots=True)
class Params:
    """What the caller sent, named as in AWS's model (`RoleName`). A missing member reads as None."""

    values: Mapping[str, object]

    def text(self, name: str) -> str:
        value = self.values[name]
        assert isinstance(value, str)
        return value

    def optional_text(self, name: str) -> str | None:
        return self.text(name) if self.has(name) else None

    def number(self, name: str) -> int | None:
        value = self.values.get(name)
        assert value is None or isinstance(value, int)
        return value

    def flag(self, name: str) -> bool:
        return self.values.get(name) is True

    def texts(self, name: str) -> tuple[str, ...]:
        return tuple(value for value in self._list(name) if isinstance(value, str))

    def records(self, name: str) -> tuple[Params, ...]:
        """A list of structures, such as Tags."""
        return tuple(Params(value) for value in self._list(name) if isinstance(value, Mapping))

    def structures(self, name: str) -> tuple[Params, ...]:
        """A structure as none or one."""
        value = self.values.get(name)
        return (Params(value),) if isinstance(value, Mapping) else ()

    def tags(self, name: str = "Tags") -> dict[str, str]:
        """Key to value, in the order given. Of two equal keys the later wins: `tag_store` refuses them before."""
        return {tag.text("Key"): tag.text("Value") for tag in self.records(name)}

    def has(self, name: str) -> bool:
        return self.values.get(name) is not None

    def _list(self, name: str) -> list[object] | tuple[object, ...]:
        value = self.values.get(name)
        assert value is None or isinstance(value, (list, tuple))
        return value or ()
