"""Whether what policies deny is denied: always, unless whoever starts a server wants to learn what is lacking."""

from __future__ import annotations

from enum import Enum


class Enforcement(Enum):
    """Of authorization alone. Callers are authenticated, and what is written is checked, under each of them."""

    ENFORCE = "enforce"
    SOFT = "soft"
    """Decided and logged, and carried out all the same."""
    OFF = "off"
    """Not decided."""
