"""One call as the log takes it: what is at hand when it has been answered, not yet written out."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from passrole.account.callers import Caller
from passrole.account.decided import Decided


@dataclass(frozen=True, slots=True)
class RecordedCall:
    """`now` is in seconds since 1970, `error` the code and message of a refusal.

    `parameters` and `output` are the caller's own and may hold secrets: only what `redaction` leaves is written.
    """

    event_id: str
    request_id: str
    now: int
    service: str
    operation: str
    writes: bool
    region: str
    caller: Caller
    access_key_id: str
    parameters: Mapping[str, object] = field(repr=False)
    output: Mapping[str, object] | None = field(repr=False)
    error: tuple[str, str] | None
    decided: tuple[Decided, ...]
    source_ip: str
    user_agent: str | None
    authorization_message: str | None = field(default=None, repr=False)
    unsafe_credentials: bool = False
    account_id: str | None = None
    """Where it is not the caller's: of an anonymous call."""
    enforcement: str | None = None
    """Of an `Enforcement`; None for a call to IAM or STS that was enforced."""
    unmapped: str | None = None
    """Why it could not be said what the call asks of IAM."""

    @property
    def denied(self) -> bool:
        """Also of a call of which nobody could tell what it asks."""
        return self.unmapped is not None or any(not each.decision.allowed for each in self.decided)


def message_digest(authorization_message: str) -> str:
    return hashlib.sha256(authorization_message.encode("utf-8", "replace")).hexdigest()
