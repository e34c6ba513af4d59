"""The bound on plans, for all compiled stacks that share a book: those not used since they last came up go first.

A second-chance queue: a plan that was used is passed over once. Looking a plan up costs nothing here.
"""

from __future__ import annotations

from collections import deque
from threading import Lock

from passrole.engine.fast.decision_pool import DecisionPool
from passrole.engine.fast.plan import Plan

MOST_PLANS = 50_000
"""A plan takes 1 to 3 kB, more when hundreds of resource patterns name its action."""


class PlanBook:
    def __init__(self, most: int = MOST_PLANS) -> None:
        if most < 1:
            raise ValueError("a plan book without room for a plan")
        self.pool = DecisionPool()
        self._most = most
        self._queue: deque[tuple[dict[str, Plan], str, Plan]] = deque()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._queue)

    def add(self, plans: dict[str, Plan], action: str, plan: Plan) -> None:
        """Enter a plan in a stack's own dictionary of plans by action, and here."""
        plans[action] = plan
        with self._lock:
            self._queue.append((plans, action, plan))
            while len(self._queue) > self._most:
                home, name, oldest = self._queue.popleft()
                if oldest.used:
                    oldest.used = False
                    self._queue.append((home, name, oldest))
                elif home.get(name) is oldest:
                    del home[name]
