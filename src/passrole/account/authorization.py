"""Whether a caller may do what an operation asks: its policies from the store, the answer from the engine."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from threading import Lock

from sqlalchemy import select

from passrole.account.callers import Caller, caller_context
from passrole.account.context import AccountView, CallContext
from passrole.account.managed import default_document, find_policy
from passrole.account.operation import Ask
from passrole.account.policy_layers import policy_layer
from passrole.account.service_error import access_denied
from passrole.account.snapshot_of import snapshot_for
from passrole.account.tables import account
from passrole.account.who import stack_for
from passrole.engine.decision import Decision
from passrole.engine.evaluate import evaluate
from passrole.engine.protected import AWS_POLICIES
from passrole.engine.request import Request
from passrole.engine.stack import Layer, PolicyStack, Unknown
from passrole.engine.wording import denial_message
from passrole.policy.model import PolicyType


class StackCache:
    """Assembled policy stacks by principal and generation of the account; the least recently used go first.

    The generation is read with every look-up, in the caller's transaction, so that what one process revokes the next
    request to another is denied.
    """

    def __init__(self, size: int = 1024) -> None:
        self._size = size
        self._stacks: OrderedDict[tuple[str, int], PolicyStack] = OrderedDict()
        self._lock = Lock()

    def stack_of(self, view: AccountView, caller: Caller) -> PolicyStack:
        """The caller's stack without session policies. Must be asked before the transaction writes."""
        if caller.entity is None:
            return PolicyStack()
        generation = view.connection.execute(select(account.c.generation)).scalar_one()
        key = (caller.entity.id, generation)
        with self._lock:
            if key in self._stacks:
                self._stacks.move_to_end(key)
                return self._stacks[key]
        stack = stack_for(snapshot_for(view, caller.entity), caller.principal)
        with self._lock:
            self._stacks[key] = stack
            while len(self._stacks) > self._size:
                self._stacks.popitem(last=False)
        return stack


def authorize(ctx: CallContext, asks: Iterable[Ask], stacks: StackCache) -> None:
    """Raises AccessDenied, in AWS's words, for the first question that is not answered with yes."""
    for ask in asks:
        request, decision = decide(ctx, ask, stacks)
        if decision.rule == AWS_POLICIES:
            # The operations on managed policies refuse this themselves, in IAM's words.
            continue
        if not decision.allowed:
            raise access_denied(denial_message(replace(request, resource=ask.shown_resource or ask.resource), decision))


def decide(ctx: CallContext, ask: Ask, stacks: StackCache) -> tuple[Request, Decision]:
    """One question, as it was put to the engine, and the answer."""
    request = Request(
        principal=ctx.caller.principal,
        action=ask.action,
        resource=ask.resource,
        resource_account=ctx.account_id,
        context={**common_context(ctx), **ctx.request_context, **caller_context(ctx.caller), **ask.context},
    )
    stack = replace(
        stacks.stack_of(ctx, ctx.caller), resource=ask.resource_layer, session=session_layer(ctx, ctx.caller)
    )
    return request, evaluate(request, stack)


def common_context(ctx: CallContext) -> dict[str, str]:
    """The condition keys that every request has."""
    now = datetime.fromtimestamp(ctx.now, UTC)
    return {
        "aws:CurrentTime": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "aws:EpochTime": str(ctx.now),
        "aws:RequestedRegion": ctx.region,
        "aws:ViaAWSService": "false",
    }


def session_layer(view: AccountView, caller: Caller) -> Layer | None:
    """The session policies that the caller's session was made with; None when it was made without."""
    terms = caller.session.terms if caller.session is not None else None
    if terms is None or not (terms.policies or terms.policy_arns):
        return None
    documents = {f"session policy {place}": text for place, text in enumerate(terms.policies, 1)}
    for arn in terms.policy_arns:
        policy = find_policy(view, arn)
        if policy is None:
            return Unknown(f"the session policy {arn} no longer exists")
        documents[arn] = default_document(view, policy)
    return policy_layer(PolicyType.SESSION, documents)
