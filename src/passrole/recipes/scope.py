"""The values that placeholders and `when` see while one recipe is rendered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

ParameterValue: TypeAlias = "str | bool | int | tuple[str, ...] | None"
"""None: not set. A list parameter is a tuple, empty when it is not set."""

BUILT_IN_NAMES = ("account", "partition", "region", "dns_suffix", "variant")
"""Names every recipe can use; no parameter may take one of them."""

LOOP_NAMES = ("each", "actor")
"""Names with a value in some places only: the element of a `for_each`, and in steps the name of who acts."""


@dataclass(frozen=True, slots=True)
class Scope:
    values: Mapping[str, ParameterValue]

    def get(self, name: str) -> ParameterValue:
        """The value of a known name. An unknown one is a bug here: loading has refused it."""
        return self.values[name]

    def is_set(self, name: str) -> bool:
        """Neither absent, empty nor false."""
        value = self.values[name]
        if isinstance(value, str | tuple):
            return len(value) > 0
        # A number is set even when it is 0: someone chose it.
        return value if isinstance(value, bool) else value is not None

    def with_values(self, **values: ParameterValue) -> Scope:
        return replace(self, values={**self.values, **values})
