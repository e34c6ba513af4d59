"""Values of a policy or a request inside a line of text: few of many, and the beginning of what is very long."""

from __future__ import annotations

from collections.abc import Sequence

MOST_VALUES, MOST_CHARACTERS = 8, 160
"""`--output json` has all of it."""


def values_text(values: Sequence[str]) -> str:
    shown = [value_text(value) for value in values[:MOST_VALUES]]
    more = len(values) - len(shown)
    return " or ".join([*shown, f"{more} more"] if more else shown)


def value_text(value: str) -> str:
    if len(value) <= MOST_CHARACTERS:
        return value
    return f"{value[:MOST_CHARACTERS]}… ({len(value):,} characters)"
