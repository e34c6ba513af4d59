"""Who may do one thing, and what one principal may do, in an account as a snapshot shows it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from passrole.account.asking import NO_CONTEXT, PLAIN, Circumstances, request_of
from passrole.account.named_principals import principals_named_in
from passrole.account.snapshot import AccountSnapshot, Unreadable
from passrole.account.what_to_ask import Reach, reaches_of
from passrole.account.who import find_principal, stack_for
from passrole.engine.decision import Decision
from passrole.engine.evaluate import evaluate
from passrole.engine.request import ContextValue, Principal, PrincipalType, Request
from passrole.engine.stack import KeyGrant, Known, Layer, PolicyStack, Unknown


@dataclass(frozen=True, slots=True)
class Beside:
    """What stands beside a resource's own policies: see `PolicyStack` for the meaning of each."""

    rcps: tuple[Layer, ...] = ()
    endpoint: Layer | None = None
    grants: tuple[KeyGrant, ...] | Unknown = ()
    aws_managed_key: bool = False
    restrict_public_buckets: bool | Unknown = False


NOTHING_BESIDE = Beside()


@dataclass(frozen=True, slots=True)
class Access:
    """The answer for one principal; `request` and `stack` are what was asked, so that it can be explained."""

    principal: Principal
    decision: Decision
    request: Request
    stack: PolicyStack


@dataclass(frozen=True, slots=True)
class ActionAccess:
    """The answer for one action of a principal on one reach of resources.

    The decision is of one resource within `reach`; a Deny that speaks of others is among `reach.limits`.
    """

    action: str
    reach: Reach
    decision: Decision
    request: Request
    stack: PolicyStack


def who_can(
    snapshot: AccountSnapshot,
    action: str,
    resource: str,
    *,
    context: Mapping[str, ContextValue] = NO_CONTEXT,
    resource_layer: Layer = Known(),  # noqa: B008 (frozen)
    circumstances: Circumstances = PLAIN,
    beside: Beside = NOTHING_BESIDE,
) -> tuple[Access, ...]:
    """Ask for every principal of the account, and for everyone else whom the resource's policies name.

    First the root user, then users and roles by name (a role stands for any session of it), then services, other
    accounts' principals and the anonymous caller. Whose policies could not be read is answered undecided.
    """
    answers = []
    for principal in (*principals_of(snapshot), *principals_named_in(resource_layer, snapshot, action)):
        stack = whole_stack(stack_for(snapshot, principal, resource_layer=resource_layer), beside)
        request = request_of(snapshot, principal, action, resource, context, circumstances)
        answers.append(Access(principal, evaluate(request, stack), request, stack))
    return tuple(answers)


def what_can(
    snapshot: AccountSnapshot,
    principal: str | Principal,
    actions: Iterable[str],
    *,
    context: Mapping[str, ContextValue] = NO_CONTEXT,
    circumstances: Circumstances = PLAIN,
) -> tuple[ActionAccess, ...]:
    """Ask which of the actions the principal's own policies let it do, and on what.

    Every resource pattern of an Allow that names the action is asked about with one resource that the pattern
    covers. What only a resource's policy would grant is not found. Raises UnknownPrincipalError, PrincipalError.
    """
    if isinstance(principal, str):
        principal = find_principal(snapshot, principal)
    stack = stack_for(snapshot, principal)
    answers = []
    for action in actions:
        for reach in reaches_of(snapshot, principal, stack, action):
            request = request_of(snapshot, principal, action, reach.example, context, circumstances)
            answers.append(ActionAccess(action, reach, evaluate(request, stack), request, stack))
    return tuple(answers)


def principals_of(snapshot: AccountSnapshot) -> Iterator[Principal]:
    """The root user, then every user and role of the account by name."""
    start = f"arn:{snapshot.partition}:iam::{snapshot.account_id}:"
    yield Principal(PrincipalType.ROOT_USER, f"{start}root", snapshot.account_id)
    for kind, states in (("user", snapshot.users), ("role", snapshot.roles)):
        for name, state in sorted(states.items()):
            # Of an entity that could not be read the path is not known; its name is enough to say that it is there.
            arn = f"{start}{kind}/{name}" if isinstance(state, Unreadable) else state.arn
            yield find_principal(snapshot, arn)


def whole_stack(stack: PolicyStack, beside: Beside) -> PolicyStack:
    """A stack of policies with what stands beside the resource's."""
    return replace(
        stack,
        rcps=beside.rcps,
        endpoint=beside.endpoint,
        grants=beside.grants,
        aws_managed_key=beside.aws_managed_key,
        restrict_public_buckets=beside.restrict_public_buckets,
    )
