"""What happens to a call of another service that is not allowed, or that cannot be bound to what it asks of IAM."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from passrole.account.enforcement import Enforcement


class Unmapped(Enum):
    """Of calls that passrole cannot say what they ask of IAM."""

    REFUSE = "refuse"
    ALLOW = "allow"


@dataclass(frozen=True, slots=True)
class GatewayMode:
    enforcement: Enforcement = Enforcement.ENFORCE
    unmapped: Unmapped = Unmapped.REFUSE
