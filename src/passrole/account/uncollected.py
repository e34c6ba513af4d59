"""No garbage collection while very many objects are made that all stay.

The collector looks at the whole heap again each time it has grown by a quarter: for the policies of a thousand roles
that is half of the time, and nothing is found.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collector_paused() -> Iterator[None]:
    """Other threads are not collected either meanwhile; what they leave is collected afterwards."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
