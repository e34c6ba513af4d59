"""Whether a caller may make a call: what it asks of IAM, answered by the caller's own policies alone.

Neither stored state nor the resource's own policies are read yet: a question that needs them is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from passrole.account.asking import owner_of
from passrole.account.authorization import common_context, organization_for
from passrole.account.callers import caller_context
from passrole.account.context import CallContext
from passrole.account.decided import Decided
from passrole.account.stack_cache import StackCache
from passrole.activity.bind.bind import bind
from passrole.activity.bind.model import ApiCall, Refused
from passrole.activity.bind.state import NothingKnown
from passrole.engine.request import ContextValue
from passrole.engine.stack import Known
from passrole.engine.wording import denial_message
from passrole.server.gateway.backend import Backend


@dataclass(frozen=True, slots=True)
class CallVerdict:
    """`decided` are the questions that were asked, in order; of a refused call the last one is what it failed on.

    `message` is what the caller is told; None for an allowed call. `refused` is there when the call could not be bound,
    and nothing was asked.
    """

    allowed: bool
    decided: tuple[Decided, ...] = ()
    message: str | None = None
    refused: Refused | None = None


def authorize_call(
    ctx: CallContext,
    call: ApiCall,
    backend: Backend,
    stacks: StackCache,
    *,
    connection_keys: Mapping[str, ContextValue],
) -> CallVerdict:
    """Decide a call of `ctx.caller`, in the transaction of `ctx`; the questions also end in `ctx.decided`."""
    binding = bind(call, NothingKnown())
    if isinstance(binding, Refused):
        return CallVerdict(False, message=f"passrole refuses the call: {binding.reason}", refused=binding)
    tree = stacks.organization_of(ctx)
    answers: list[Decided] = []
    for asked in binding.asks:
        owner = asked.resource_account or owner_of(asked.resource, ctx.account_id) or ctx.account_id
        rcps = () if tree is None else tree.rcps_over(owner, asked.action.partition(":")[0])
        keys = {**common_context(ctx), **ctx.request_context, **caller_context(ctx.caller, ctx.now), **connection_keys}
        request = replace(
            asked.knowing(keys).asked_by(ctx.caller.principal, organization_for(tree, ctx.account_id, owner)),
            resource_account=owner,
        )
        compiled = stacks.compiled(ctx, ctx.caller, Known(), rcps)
        decision = compiled.decide(request)
        answer = Decided(request, decision, compiled.stack)
        answers.append(answer)
        ctx.decided.append(answer)
        if not decision.allowed:
            return CallVerdict(False, tuple(answers), denial_message(request, decision))
    return CallVerdict(True, tuple(answers))
