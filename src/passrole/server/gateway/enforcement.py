"""What happens to a call that is not allowed, or that cannot be bound to what it asks of IAM."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Enforcement(Enum):
    """Of calls to services other than IAM and STS."""

    ENFORCE = "enforce"
    SOFT = "soft"
    """Decided and logged, and carried out all the same."""
    OFF = "off"
    """Not decided. Callers are authenticated still."""


class Unmapped(Enum):
    """Of calls that passrole cannot say what they ask of IAM."""

    REFUSE = "refuse"
    ALLOW = "allow"


@dataclass(frozen=True, slots=True)
class GatewayMode:
    enforcement: Enforcement = Enforcement.ENFORCE
    unmapped: Unmapped = Unmapped.REFUSE

    @property
    def is_strict(self) -> bool:
        """Whether nothing passes that is not allowed."""
        return self == GatewayMode()
