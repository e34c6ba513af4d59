"""The bound on pages, for all compiled stacks that share a book: those not used since they last came up go first.

A second-chance queue: a page that was used is passed over once. Looking a page up costs nothing here. Principals for
whom the same statements speak of an action have one page, as long as one of them has it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable
from threading import Lock
from weakref import WeakValueDictionary

from passrole.engine.fast.circumstance import Circumstances
from passrole.engine.fast.common_plan import CommonPlan
from passrole.engine.fast.decision_pool import DecisionPool
from passrole.engine.fast.page import Page

MOST_PLANS = 50_000
"""A page takes 0.5 to 4 kB as a rule."""

MOST_STATEMENTS = 500_000
"""In all plans together: one that hundreds of statements name takes some 400 bytes for each of them."""

MOST_KEPT = 400_000
"""Decisions that pages keep, all together. Few have more than three; those of somebody who tries things have many."""

MOST_COMMON = 4096
"""Plans of several principals, one for each action and circumstance of each kind of them."""


class PlanBook:
    """INVARIANT: the most recent page is there, whatever its size."""

    def __init__(
        self, most: int = MOST_PLANS, *, most_statements: int = MOST_STATEMENTS, most_kept: int = MOST_KEPT
    ) -> None:
        if most < 1:
            raise ValueError("a plan book without room for a plan")
        self.pool = DecisionPool()
        self.circumstances = Circumstances()
        self._most = most
        self._most_statements = most_statements
        self._most_kept = most_kept
        self._statements = 0
        self._kept = 0
        self._queue: deque[tuple[dict[str, Page], str, Page]] = deque()
        self._shared: WeakValueDictionary[Hashable, Page] = WeakValueDictionary()
        self._common: dict[Hashable, CommonPlan] = {}
        self._in_common = 0
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._queue)

    @property
    def statements(self) -> int:
        """In all pages together; what principals share counts for each."""
        return self._statements

    def shared(self, key: Hashable) -> Page | None:
        """A page that some principal has, by all that it rests on."""
        return self._shared.get(key)

    def share(self, key: Hashable, page: Page) -> None:
        self._shared[key] = page

    def common(self, key: Hashable) -> CommonPlan:
        """The plan of all principals to whom this key belongs."""
        found = self._common.get(key)
        if found is None:
            if len(self._common) >= MOST_COMMON:
                self._common.clear()
                self._in_common = 0
            found = self._common[key] = CommonPlan()
        return found

    def note_in_common(self, statements: int) -> None:
        """As many statements more are in some common plan. Where there are too many, all are made anew."""
        self._in_common += statements
        if self._in_common > self._most_statements:
            self._common.clear()
            self._in_common = 0

    def add(self, pages: dict[str, Page], action: str, page: Page) -> None:
        """Enter a page in a stack's own dictionary of pages by action, and here."""
        pages[action] = page
        with self._lock:
            self._queue.append((pages, action, page))
            self._statements += page.size
            while len(self._queue) > 1 and self._is_full():
                home, name, oldest = self._queue.popleft()
                if oldest.used:
                    oldest.used = False
                    self._queue.append((home, name, oldest))
                    continue
                self._statements -= oldest.size
                if home.get(name) is oldest:
                    del home[name]

    def note_kept(self) -> None:
        """One more decision is kept by some page. Where there are too many, all pages start over."""
        self._kept += 1
        if self._kept > self._most_kept:
            with self._lock:
                for _, _, page in self._queue:
                    page.forget()
                for common in list(self._common.values()):
                    common.forget()
                self._kept = 0

    def _is_full(self) -> bool:
        return len(self._queue) > self._most or self._statements > self._most_statements
