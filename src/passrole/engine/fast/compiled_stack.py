"""A policy stack made ready for many requests: `compile_stack(stack).decide(request)` is `evaluate(request, stack)`.

It keeps one plan for each principal and action. What it does not take (`taken.py`) it hands to `evaluate`.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field

from passrole.engine.caller import Caller
from passrole.engine.decision import Decision
from passrole.engine.evaluate import evaluate
from passrole.engine.fast.answers import Answers
from passrole.engine.fast.decision_pool import Home, kind_of, kind_of_caller
from passrole.engine.fast.plan import Plan, has_traits
from passrole.engine.fast.plan_book import PlanBook
from passrole.engine.fast.policy import FastPolicy, FastStatement, fast_policy
from passrole.engine.fast.taken import REQUESTS_MAY_SAY_MORE, is_taken, layers_of, says_more
from passrole.engine.request import ContextValue, Principal, Request
from passrole.engine.stack import AttachedPolicy, Known, PolicyStack
from passrole.engine.statements import NAMING_PRINCIPALS
from passrole.policy.model import PolicyType

KEPT_PRINCIPALS = 64
"""For one stack. A stack is one principal's as a rule; several sessions of a role may share one."""

SHARED_BOOK = PlanBook()
"""The bound for every stack that is compiled without a book of its own."""

MAX_STATEMENTS = 4096
"""That name one action. Past it the sets of statements would cost more than they save."""


@dataclass(frozen=True, slots=True)
class _Asker:
    """A principal as the plans of a stack know it, and its plans by action."""

    caller: Caller
    kind: Hashable | None
    plans: dict[str, Plan] = field(default_factory=dict)


class CompiledStack:
    """Safe to share between threads: what two of them find missing at once is only made twice."""

    __slots__ = ("_askers", "_book", "_kind", "_last", "_policies", "stack")

    def __init__(self, stack: PolicyStack, book: PlanBook) -> None:
        self.stack = stack
        self._book = book
        self._policies = _fast_policies(stack)
        self._kind = kind_of(stack)
        self._askers: dict[Principal, _Asker] = {}
        self._last: tuple[Principal | None, _Asker | None] = (None, None)

    def decide(self, request: Request) -> Decision:
        """What `evaluate` answers, statements and reasons included. Never raises."""
        principal, asker = self._last
        if asker is None or request.principal is not principal:
            asker = self._asker(request.principal)
        plan = asker.plans.get(request.action)
        if plan is None:
            if self._policies is None:
                return evaluate(request, self.stack)
            plan = self._plan(request.action, asker, self._policies)
        if REQUESTS_MAY_SAY_MORE and says_more(request):
            return evaluate(request, self.stack)
        return plan.decide(request)

    def recall(self, principal: Principal, like: Request, context: Mapping[str, ContextValue]) -> Decision | None:
        """The decision on a request that is `like` but for its principal and context, if a like one was made before.

        None says nothing: ask with `decide`. Whoever has one question for thousands need not write it down for each.
        """
        last, asker = self._last
        if asker is None or principal is not last:
            return None
        plan = asker.plans.get(like.action)
        if plan is None or (REQUESTS_MAY_SAY_MORE and says_more(like)):
            return None
        return plan.recall(like, context)

    def plan_for(self, principal: Principal, action: str) -> Plan | None:
        """The plan that decides these requests; None when the stack is not taken."""
        last, asker = self._last
        if asker is None or principal is not last:
            asker = self._asker(principal)
        if self._policies is None:
            return None
        return asker.plans.get(action) or self._plan(action, asker, self._policies)

    def prepare_all(self) -> None:
        """Leave no statement to be prepared by the first request that it is about."""
        for _, _, policy in self._policies or ():
            policy.prepare_all()

    def _asker(self, principal: Principal) -> _Asker:
        asker = self._askers.get(principal)
        if asker is None:
            caller = Caller.of(principal, has_boundary=self.stack.boundary is not None)
            asker = _Asker(caller, kind_of_caller(caller))
            if len(self._askers) >= KEPT_PRINCIPALS:
                self._askers.clear()
            self._askers[principal] = asker
        self._last = principal, asker
        return asker

    def _plan(self, action: str, asker: _Asker, policies: tuple[_Attached, ...]) -> Plan:
        lower = action.lower()
        statements: list[FastStatement] = []
        homes: list[Home] = []
        naming: set[int] = set()
        for layer, attached, policy in policies:
            for place in policy.statements_naming(lower):
                naming.add(id(attached))
                statement = policy.statement(place)
                if _may_name(statement, attached.type, asker.caller):
                    statements.append(statement)
                    homes.append((layer, attached.type, attached.name, policy.identity, place))
        understood = (
            len(statements) <= MAX_STATEMENTS
            and not any(one.resources.opaque for one in statements)
            # Grants on a key look at the request's encryption context.
            and not (self.stack.grants and lower.startswith("kms:"))
            # An action with a wildcard is a question of its own, which `evaluate` answers.
            and not set("*?") & set(action)
        )
        traits = has_traits(lower)
        # What a resource's ARN tells is in no key that is shared.
        kind = None if self._kind is None or asker.kind is None or traits else (self._kind, asker.kind)
        answers = Answers(self.stack, frozenset(naming), homes, self._book.pool, kind)
        plan = Plan(statements if understood else None, answers, has_traits=traits, note_kept=self._book.note_kept)
        self._book.add(asker.plans, action, plan)
        return plan


def compile_stack(stack: PolicyStack, book: PlanBook = SHARED_BOOK) -> CompiledStack:
    """Make a stack ready. It costs microseconds; plans are made when they are first needed.

    Its policies are prepared once for all stacks that hold the same `Policy` objects.
    """
    return CompiledStack(stack, book)


_Attached = tuple[int, AttachedPolicy, FastPolicy]
"""A policy of a stack, and the number of its layer."""


def _fast_policies(stack: PolicyStack) -> tuple[_Attached, ...] | None:
    """None for a stack that is not taken."""
    if not is_taken(stack):
        return None
    found: list[_Attached] = []
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
