"""Decisions that principals share: where the same statements apply to like callers, the answer is the same.

Thousands of roles hold the same managed policies under the same organization policies, and most statements are about
none of them in particular. Only stacks of policies that say nothing of who the caller is take part: how a
resource-based policy names a caller is the caller's own affair.
"""

from __future__ import annotations

from collections.abc import Hashable

from passrole.engine.decision import Decision, Outcome
from passrole.engine.identity import Identity
from passrole.engine.principals import account_of
from passrole.engine.request import Principal, PrincipalType
from passrole.engine.stack import Known, Layer, PolicyStack, Unknown
from passrole.policy.model import Policy, PolicyType

MOST_DECISIONS = 32_768

Home = tuple[int, PolicyType, str, Identity[Policy], int]
"""Where a statement stands: the layer's number, the policy's type and name, the policy, the statement's number."""

_LIKE = frozenset({PrincipalType.USER, PrincipalType.ROLE_SESSION})


class DecisionPool:
    def __init__(self, most: int = MOST_DECISIONS) -> None:
        self._most = most
        self._decisions: dict[Hashable, Decision] = {}

    def get(self, key: Hashable) -> Decision | None:
        return self._decisions.get(key)

    def put(self, key: Hashable, decision: Decision) -> None:
        # The reasons of an undecided answer may name the caller.
        if decision.outcome is not Outcome.UNDECIDED:
            if len(self._decisions) >= self._most:
                self._decisions.clear()
            self._decisions[key] = decision


def kind_of(stack: PolicyStack) -> Hashable | None:
    """What a stack says beside its policies, for those that take part; None for the others."""
    if stack.resource != Known() or stack.rcps or stack.endpoint is not None:
        return None
    if stack.grants or stack.aws_managed_key or stack.restrict_public_buckets is not False:
        return None
    limits = (_kind(stack.boundary), _kind(stack.session))
    return (_kind(stack.identity), *limits, *(_kind(layer) for layer in stack.scps))


def kind_of_caller(principal: Principal) -> Hashable | None:
    """What matters of a caller whom no policy names; None for those who are treated in a way of their own."""
    account = account_of(principal)
    if principal.type not in _LIKE or account is None or principal.federating_user_arn is not None:
        return None
    return principal.type, account


def _kind(layer: Layer | None) -> Hashable:
    if layer is None:
        return None
    return (layer.reason,) if isinstance(layer, Unknown) else layer.assumption or ""
