"""What was read and made of a file, good as long as nobody has written to it: the same pages are asked for again."""

from __future__ import annotations

from collections.abc import Hashable
from threading import Lock
from typing import Any

from sqlalchemy import Connection

from passrole.account.sqlite_engine import FileState, state_of


class KeptPages:
    """Of the state that was seen last, up to so many `items`. Safe to use from several threads.

    What is kept is given out again as it is: nobody changes it.
    """

    def __init__(self, most_items: int) -> None:
        self._most = most_items
        self._lock = Lock()
        self._state: FileState | None = None
        self._pages: dict[Hashable, Any] = {}
        self._items = 0

    def find(self, connection: Connection, key: Hashable) -> Any:
        """None for what is not kept. Within the transaction in which it would be read."""
        state = state_of(connection)
        with self._lock:
            return self._pages.get(key) if state is not None and state == self._state else None

    def keep(self, connection: Connection, key: Hashable, page: object, items: int) -> None:
        """`page` is what this transaction has read, or made of it."""
        state = state_of(connection)
        if state is None:
            return
        with self._lock:
            if state != self._state or self._items + items > self._most:
                self._pages.clear()
                self._items = 0
                self._state = state
            self._pages[key] = page
            self._items += items
