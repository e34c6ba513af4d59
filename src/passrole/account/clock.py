"""The account's clock: whole seconds in UTC, as IAM's dates are."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache

Clock = Callable[[], int]
"""Seconds since 1970-01-01T00:00:00Z. Handed in, so that a test decides what time it is."""


def system_clock() -> int:
    return int(time.time())


@lru_cache(maxsize=4096)
def moment(seconds: int) -> datetime:
    """The date that an answer carries for a stored time: timezone-aware, UTC, without fractions."""
    return datetime.fromtimestamp(seconds, UTC)
