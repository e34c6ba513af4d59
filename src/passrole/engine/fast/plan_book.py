"""The bound on plans, for all compiled stacks that share a book: those not used since they last came up go first.

A second-chance queue: a plan that was used is passed over once. Looking a plan up costs nothing here.
"""

from __future__ import annotations

from collections import deque
from threading import Lock

from passrole.engine.fast.decision_pool import DecisionPool
from passrole.engine.fast.plan import Plan

MOST_PLANS = 50_000
"""A plan takes 3 to 4 kB as a rule."""

MOST_STATEMENTS = 500_000
"""In all plans together: one that hundreds of statements name takes some 400 bytes for each of them."""

MOST_KEPT = 400_000
"""Decisions that plans keep, all together. Few have more than three; those of somebody who tries things have many."""


class PlanBook:
    """INVARIANT: the most recent plan is there, whatever its size."""

    def __init__(
        self, most: int = MOST_PLANS, *, most_statements: int = MOST_STATEMENTS, most_kept: int = MOST_KEPT
    ) -> None:
        if most < 1:
            raise ValueError("a plan book without room for a plan")
        self.pool = DecisionPool()
        self._most = most
        self._most_statements = most_statements
        self._most_kept = most_kept
        self._statements = 0
        self._kept = 0
        self._queue: deque[tuple[dict[str, Plan], str, Plan]] = deque()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._queue)

    @property
    def statements(self) -> int:
        """In all plans together."""
        return self._statements

    def add(self, plans: dict[str, Plan], action: str, plan: Plan) -> None:
        """Enter a plan in a stack's own dictionary of plans by action, and here."""
        plans[action] = plan
        with self._lock:
            self._queue.append((plans, action, plan))
            self._statements += plan.size
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
        """One more decision is kept by some plan. Where there are too many, all plans start over."""
        self._kept += 1
        if self._kept > self._most_kept:
            with self._lock:
                for _, _, plan in self._queue:
                    plan.forget()
                self._kept = 0

    def _is_full(self) -> bool:
        return len(self._queue) > self._most or self._statements > self._most_statements
