"""The policies of callers, gathered and compiled once for as long as the account stays as it is.

The generation is read with every look-up, in the caller's transaction, so that what one process revokes the next
request to another is denied. There is no time to live. When it has risen the caller's rows are read again: where they
say what they said, as most changes are about others, what was made of them is good.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from threading import Lock
from typing import Final, Generic, TypeVar

from sqlalchemy import Connection, select

from passrole.account.callers import Caller, SessionTerms
from passrole.account.context import AccountView
from passrole.account.generation import tentative_generation
from passrole.account.managed import default_document, find_policy
from passrole.account.organization_store import find_organization
from passrole.account.organization_tree import OrganizationTree
from passrole.account.policy_layers import key_of_layer, policy_layer
from passrole.account.prepared import Prepared
from passrole.account.snapshot import AccountSnapshot
from passrole.account.snapshot_of import snapshot_for
from passrole.account.tables import account_file
from passrole.account.who import stack_for
from passrole.engine.fast.compiled_stack import CompiledStack, compile_stack
from passrole.engine.fast.plan_book import PlanBook
from passrole.engine.identity import Identity
from passrole.engine.request import Principal, PrincipalType
from passrole.engine.stack import Layer, PolicyStack, Unknown
from passrole.policy.model import PolicyType

Value = TypeVar("Value")
_GENERATION = Prepared(select(account_file.c.generation))

KEPT_CALLERS = 1024
KEPT_PLANS = 4096
"""Of one cache. Each change of policies leaves plans behind that nobody asks again: a bound for a whole process would
let a server grow to 200 MB before they go."""


_ALWAYS: Final = 0
_NOBODY: Final = PolicyStack()


@dataclass(frozen=True, slots=True)
class _Made:
    """A stack and all that it was made of."""

    snapshot: AccountSnapshot
    principal: Principal
    organization: OrganizationTree | None
    stack: PolicyStack


class StackCache:
    """Safe to share between threads; the least recently used go first."""

    def __init__(self, size: int = KEPT_CALLERS) -> None:
        self._stacks: _Recent[PolicyStack] = _Recent(size)
        self._compiled: _Recent[CompiledStack] = _Recent(size)
        self._lasting: _Recent[CompiledStack] = _Recent(size)
        self._made: _Recent[_Made] = _Recent(size)
        self._book = PlanBook(KEPT_PLANS)
        self._organizations: _Recent[OrganizationTree | None] = _Recent(2)

    def stack_of(self, view: AccountView, caller: Caller) -> PolicyStack:
        """The caller's stack without session policies. Must be asked before the transaction writes."""
        return self._gathered(view, caller, _generation(view.connection))

    def organization_of(self, view: AccountView) -> OrganizationTree | None:
        """The organization over the file's accounts. Must be asked before the transaction writes."""
        return self._organization(view, _generation(view.connection))

    def compiled(
        self, view: AccountView, caller: Caller, resource_layer: Layer, rcps: tuple[Layer, ...] = ()
    ) -> CompiledStack:
        """The whole stack of a caller who asks for something with these policies of its own and over it.

        Must be asked before the transaction writes.
        """
        generation = _generation(view.connection)
        terms = _terms_of(caller)
        session = None if terms is None else (terms.policies, terms.policy_arns)
        gathered = self._gathered(view, caller, generation)
        key = (Identity(gathered), session, *map(key_of_layer, (resource_layer, *rcps)))

        def whole() -> CompiledStack:
            return compile_stack(
                replace(
                    gathered,
                    resource=resource_layer,
                    rcps=rcps,
                    session=None if terms is None else session_layer(view, terms),
                ),
                self._book,
            )

        if session is None:
            # It follows from what is in the key, whatever else has changed.
            return self._lasting.get(_ALWAYS, key, whole)
        return self._compiled.get(generation, key, whole)

    def _gathered(self, view: AccountView, caller: Caller, generation: int) -> PolicyStack:
        entity = caller.entity
        if entity is None:
            return _NOBODY

        def gathered() -> PolicyStack:
            organization = self._organization(view, generation)
            snapshot, principal = snapshot_for(view, entity), _holder(caller).principal
            before = self._made.peek(entity.id)
            if (
                before is not None
                and before.organization is organization
                and before.principal == principal
                and before.snapshot == snapshot
            ):
                return before.stack
            stack = stack_for(snapshot, principal)
            if organization is not None:
                stack = replace(stack, scps=organization.scps_over(entity.account_id))
            self._made.put(entity.id, _Made(snapshot, principal, organization, stack))
            return stack

        return self._stacks.get(generation, entity.id, gathered)

    def _organization(self, view: AccountView, generation: int) -> OrganizationTree | None:
        return self._organizations.get(generation, None, lambda: find_organization(view.connection))


def session_layer(view: AccountView, terms: SessionTerms) -> Layer:
    """The session policies that a session was made with."""
    documents = {f"session policy {place}": text for place, text in enumerate(terms.policies, 1)}
    for arn in terms.policy_arns:
        policy = find_policy(view, arn)
        if policy is None:
            return Unknown(f"the session policy {arn} no longer exists")
        documents[arn] = default_document(view, policy)
    return policy_layer(PolicyType.SESSION, documents)


def _holder(caller: Caller) -> Caller:
    """Whose policies are asked: a federated user has those of the user who federated it."""
    if not caller.is_federated or caller.entity is None:
        return caller
    principal = Principal(PrincipalType.USER, caller.entity.arn, caller.principal.account, unique_id=caller.entity.id)
    return Caller(principal, caller.entity.id, caller.entity)


def _terms_of(caller: Caller) -> SessionTerms | None:
    """None for a caller without session policies."""
    terms = caller.session.terms if caller.session is not None else None
    return terms if terms is not None and (terms.policies or terms.policy_arns) else None


def _generation(connection: Connection) -> int:
    tentative = tentative_generation(connection)
    if tentative is not None:
        return tentative
    row = _GENERATION.first(connection, {})
    assert row is not None, "a file has its row"
    generation: int = row.generation
    return generation


class _Recent(Generic[Value]):
    """Values of the generation that was asked for last: those of an older one are never asked for again."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._generation = -1
        self._values: OrderedDict[Hashable, tuple[Value]] = OrderedDict()
        self._lock = Lock()

    def get(self, generation: int, key: Hashable, make: Callable[[], Value]) -> Value:
        with self._lock:
            if generation != self._generation:
                self._values.clear()
                self._generation = generation
            found = self._values.get(key)
            if found is not None:
                self._values.move_to_end(key)
                return found[0]
        value = make()
        with self._lock:
            # Otherwise another transaction has seen another state meanwhile.
            if generation == self._generation:
                self._keep(key, value)
        return value

    def peek(self, key: Hashable) -> Value | None:
        with self._lock:
            found = self._values.get(key)
            return None if found is None else found[0]

    def put(self, key: Hashable, value: Value) -> None:
        with self._lock:
            self._keep(key, value)

    def _keep(self, key: Hashable, value: Value) -> None:
        self._values[key] = (value,)
        self._values.move_to_end(key)
        while len(self._values) > self._size:
            self._values.popitem(last=False)
