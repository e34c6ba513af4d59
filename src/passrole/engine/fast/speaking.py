"""The statements of a stack that speak to one principal of one action."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from passrole.engine.caller import Caller
from passrole.engine.fast.answers import Answers
from passrole.engine.fast.decision_pool import DecisionPool, Home
from passrole.engine.fast.plan import has_traits
from passrole.engine.fast.policy import FastPolicy, FastStatement, fast_policy
from passrole.engine.fast.taken import is_taken, layers_of
from passrole.engine.stack import AttachedPolicy, Known, PolicyStack
from passrole.engine.statements import NAMING_PRINCIPALS
from passrole.policy.model import PolicyType

MAX_STATEMENTS = 4096
"""That name one action. Past it the sets of statements would cost more than they save."""

Attached = tuple[int, AttachedPolicy, FastPolicy]
"""A policy of a stack, and the number of its layer."""


@dataclass(frozen=True, slots=True)
class Speaking:
    """The statements of a stack that speak to a principal of an action."""

    statements: tuple[FastStatement, ...] | None
    """None where they are not understood, and `evaluate` is to be asked."""
    homes: tuple[Home, ...]
    has_traits: bool
    answers: Answers
    kind: Hashable | None
    """What decisions rest on beside these and the circumstance; None where they are about the caller."""

    @property
    def keys(self) -> frozenset[str]:
        return frozenset[str]().union(*(one.keys for one in self.statements or ()))


def speaking(
    stack: PolicyStack,
    policies: Sequence[Attached],
    action: str,
    caller: Caller,
    pool: DecisionPool,
    kinds: tuple[Hashable | None, Hashable | None],
) -> Speaking:
    """`policies` are those of the stack, `kinds` what `decision_pool` says of the stack and of the caller."""
    lower = action.lower()
    statements: list[FastStatement] = []
    homes: list[Home] = []
    naming: set[int] = set()
    for layer, attached, policy in policies:
        for place in policy.statements_naming(lower):
            naming.add(id(attached))
            statement = policy.statement(place)
            if _may_name(statement, attached.type, caller):
                statements.append(statement)
                homes.append((layer, attached.type, attached.name, policy.identity, place))
    understood = (
        len(statements) <= MAX_STATEMENTS
        and not any(one.resources.opaque for one in statements)
        # Grants on a key look at the request's encryption context.
        and not (stack.grants and lower.startswith("kms:"))
        # An action with a wildcard is a question of its own, which `evaluate` answers.
        and not set("*?") & set(action)
    )
    traits = has_traits(lower)
    # What a resource's ARN tells is in no key that is shared.
    kind = None if None in kinds or traits or not understood else kinds
    answers = Answers(stack, frozenset(naming), homes, pool, kind)
    return Speaking(tuple(statements) if understood else None, tuple(homes), traits, answers, kind)


def fast_policies(stack: PolicyStack) -> tuple[Attached, ...] | None:
    """None for a stack that is not taken."""
    if not is_taken(stack):
        return None
    found: list[Attached] = []
    for number, layer in enumerate(layers_of(stack)):
        for attached in layer.policies if isinstance(layer, Known) else ():
            policy = fast_policy(attached.policy)
            if policy is None:
                return None
            found.append((number, attached, policy))
    return tuple(found)


def _may_name(statement: FastStatement, type: PolicyType, caller: Caller) -> bool:  # noqa: A002
    """False for a statement that cannot apply to the caller, whatever is asked."""
    if statement.principals is None or statement.principals.element.negated or type not in NAMING_PRINCIPALS:
        # What is missing or out of place here is the same for every request: for `evaluate` to say what follows.
        return True
    return statement.principals.truth(caller, statement.effect) is not False
