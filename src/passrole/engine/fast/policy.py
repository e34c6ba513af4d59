"""One policy made ready for plans: nothing in it depends on who asks for what.

Its statements are prepared when a plan first needs them: of the hundreds of a wide policy, few name one action.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from passrole.engine.fast.action_index import ActionIndex
from passrole.engine.fast.checks import Check, check_of
from passrole.engine.fast.resources import FastResources, prepare_resources
from passrole.engine.identity import Identity
from passrole.engine.principal_element import PreparedPrincipals, prepare_principals
from passrole.policy.model import Effect, Policy, Statement

KEPT_POLICIES = 8192

MAX_STATEMENTS = 1024
"""Sets of statements are integers of as many bits; a document past this is left to `evaluate`."""


@dataclass(frozen=True, slots=True)
class FastStatement:
    """What of a statement depends on the request, apart from its action."""

    effect: Effect
    principals: PreparedPrincipals | None
    resources: FastResources
    checks: tuple[Check, ...]
    keys: frozenset[str]
    """Every condition key that it looks at, in lower case."""


class FastPolicy:
    __slots__ = ("_actions", "_last", "_statements", "identity", "policy")

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.identity = Identity(policy)
        self._last: tuple[str | None, tuple[int, ...]] = (None, ())
        self._actions = ActionIndex(policy.statements)
        self._statements: list[FastStatement | None] = [None] * len(policy.statements)

    def statements_naming(self, action: str) -> tuple[int, ...]:
        """The places of the statements whose Action or NotAction matches `action` (in lower case)."""
        asked, found = self._last
        if action == asked:
            # One action of many principals who hold the same policy.
            return found
        bits = self._actions.statements_naming(action)
        places = []
        while bits:
            lowest = bits & -bits
            places.append(lowest.bit_length() - 1)
            bits ^= lowest
        found = tuple(places)
        self._last = action, found
        return found

    def statement(self, place: int) -> FastStatement:
        found = self._statements[place]
        if found is None:
            found = _prepare(self.policy.statements[place], variables=self.policy.has_policy_variables)
            self._statements[place] = found
        return found

    def prepare_all(self) -> None:
        """Leave nothing for the first request."""
        for place in range(len(self._statements)):
            self.statement(place)


def _prepare(statement: Statement, *, variables: bool) -> FastStatement:
    checks = tuple(check_of(condition, variables=variables) for condition in statement.conditions)
    resources = prepare_resources(statement.resources, variables=variables)
    return FastStatement(
        statement.effect,
        None if statement.principals is None else prepare_principals(statement.principals),
        resources,
        checks,
        resources.keys.union(*(check.keys for check in checks)),
    )


def fast_policy(policy: Policy) -> FastPolicy | None:
    """The policy made ready, once for as long as it is in use; None for one of too many statements."""
    return None if len(policy.statements) > MAX_STATEMENTS else _fast_policy(Identity(policy))


@lru_cache(maxsize=KEPT_POLICIES)
def _fast_policy(key: Identity[Policy]) -> FastPolicy:
    return FastPolicy(key.value)
