"""The codes of what is said about recipes, parameters and set-up files (docs/recipe-diagnostics.md explains each)."""

from __future__ import annotations

from typing import Final

SYNTAX: Final = "R0001"
"""Not TOML."""

SHAPE: Final = "R0002"
"""A key that is unknown, missing or of the wrong type."""

PLACEHOLDER: Final = "R0003"
"""Braces that are no placeholder."""

TWICE: Final = "R0004"
"""The same id twice."""

NAME: Final = "R0005"
"""A placeholder that has no value, or cannot stand there."""

WHEN: Final = "R0006"
"""A condition that can never be decided, or never hold."""

REFERENCE: Final = "R0007"
"""A name that leads nowhere."""

PARAMETER: Final = "R0008"
"""A declaration that contradicts itself."""

STEP: Final = "R0009"
"""A step, an actor or a fragment that cannot be played."""

TRIAL: Final = "R0010"
"""What example values bring to light."""

UNKNOWN: Final = "R0101"
"""A parameter that the recipe does not have."""

MISSING: Final = "R0102"
"""A parameter that is needed."""

VALUE: Final = "R0103"
"""A value that its type refuses."""

NO_EFFECT: Final = "R0104"
"""A parameter that would have no effect."""
