"""Whether a caller may do what an operation asks: its policies from the store, the answer from the engine."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

from passrole.account.asking import owner_of
from passrole.account.callers import caller_context
from passrole.account.context import CallContext
from passrole.account.decided import Decided
from passrole.account.enforcement import Enforcement
from passrole.account.operation import Ask
from passrole.account.organization_tree import OrganizationTree
from passrole.account.service_error import access_denied, protected_role
from passrole.account.stack_cache import StackCache
from passrole.engine.decision import Decision
from passrole.engine.protected import (
    AWS_POLICIES,
    LINKED_ROLES,
    PROTECTED_ACTIONS,
    RESERVED_ROLES,
    why_protected,
)
from passrole.engine.request import Organization, Request
from passrole.engine.statements import Asked
from passrole.engine.wording import denial_message

_PROTECTED: Final = frozenset({AWS_POLICIES, LINKED_ROLES, RESERVED_ROLES})


def authorize(
    ctx: CallContext, asks: Iterable[Ask], stacks: StackCache, enforcement: Enforcement = Enforcement.ENFORCE
) -> None:
    """Raises AccessDenied, in AWS's words, for the first question that is not answered with yes.

    Only that depends on `enforcement`: entities that AWS alone changes are refused, with UnmodifiableEntity, whatever
    policies say. With soft enforcement every question is asked, to learn all that is lacking.
    """
    for ask in asks:
        if enforcement is Enforcement.ENFORCE:
            request, decision = decide(ctx, ask, stacks)
            if not decision.allowed and decision.rule not in _PROTECTED:
                shown = replace(request, resource=ask.shown_resource or ask.resource)
                raise access_denied(denial_message(shown, decision))
        elif enforcement is Enforcement.SOFT:
            decide(ctx, ask, stacks)
        _check_modifiable(ctx, ask)


def _check_modifiable(ctx: CallContext, ask: Ask) -> None:
    """AWS looks at the caller's permissions first; nobody has one that would help."""
    if ask.action.lower() not in PROTECTED_ACTIONS:
        return
    asked = Asked.of(Request(ctx.caller.principal, ask.action, ask.resource), has_boundary=False)
    # The operations on managed policies refuse AWS's own themselves, in IAM's words.
    if why_protected(asked) in (LINKED_ROLES, RESERVED_ROLES):
        raise protected_role(ask.resource.rpartition("/")[2])


def decide(ctx: CallContext, ask: Ask, stacks: StackCache) -> tuple[Request, Decision]:
    """One question, as it was put to the engine, and the answer."""
    owner = ask.resource_account or owner_of(ask.resource, ctx.account_id)
    own_or_else = owner or ctx.account_id
    organization = stacks.organization_of(ctx)
    rcps = () if organization is None else organization.rcps_over(own_or_else, ask.action.partition(":")[0])
    request = Request(
        principal=ctx.caller.principal,
        action=ask.action,
        resource=ask.resource,
        resource_account=owner,
        context={**common_context(ctx), **ctx.request_context, **caller_context(ctx.caller, ctx.now), **ask.context},
        organization=organization_for(organization, ctx.account_id, own_or_else),
    )
    compiled = stacks.compiled(ctx, ctx.caller, ask.resource_layer, rcps)
    decision = compiled.decide(request)
    ctx.decided.append(Decided(request, decision, compiled.stack))
    return request, decision


def organization_for(tree: OrganizationTree | None, *account_ids: str) -> Organization | None:
    """None where there is none, and where none of the accounts is a member."""
    return None if tree is None else tree.for_request_between(account_ids)


def common_context(ctx: CallContext) -> dict[str, str]:
    """The condition keys that every request has."""
    return {
        "aws:CurrentTime": _time(ctx.now),
        "aws:EpochTime": str(ctx.now),
        "aws:RequestedRegion": ctx.region,
        "aws:ViaAWSService": "false",
    }


@lru_cache(maxsize=16)
def _time(now: int) -> str:
    return datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
