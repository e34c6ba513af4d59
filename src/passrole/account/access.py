"""Who may do one thing, and what one principal may do, in an account as a snapshot shows it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from passrole.account.asking import (
    NO_CONTEXT,
    PLAIN,
    Circumstances,
    PrincipalTags,
    Question,
    owner_of,
    question_of,
    request_of,
    tags_of,
)
from passrole.account.compiled_account import NOTHING_BESIDE, Beside, compiled_account, whole_stack
from passrole.account.named_principals import principals_named_in
from passrole.account.organization_tree import OrganizationTree
from passrole.account.snapshot import AccountSnapshot
from passrole.account.uncollected import collector_paused
from passrole.account.under_organization import under_organization
from passrole.account.what_to_ask import Reach, reaches_of
from passrole.account.who import find_principal, stack_for
from passrole.engine.decision import Decision
from passrole.engine.evaluate import evaluate
from passrole.engine.request import ContextValue, Principal, Request
from passrole.engine.stack import Known, Layer, PolicyStack


class Access(NamedTuple):
    """The answer for one principal; `request` and `stack` are what was asked, so that it can be explained."""

    principal: Principal
    decision: Decision
    stack: PolicyStack
    question: Question
    tags: PrincipalTags

    @property
    def request(self) -> Request:
        """Written down when somebody asks for it: of a thousand principals few are explained."""
        return self.question.asked_by(self.principal, self.tags)


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


ResourceLayer = Callable[[str, str], Layer]
"""(action, resource ARN) to the layer of that resource's own policies."""


def _no_policy(_action: str, _resource: str) -> Layer:
    return Known()


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
    accounts' principals and the anonymous caller. Whose policies could not be read is answered undecided. Who else
    of other accounts may get in tells `unlisted`.
    """
    with collector_paused():
        return _who_can(
            snapshot, question_of(snapshot, action, resource, context, circumstances), resource_layer, beside
        )


def _who_can(
    snapshot: AccountSnapshot, question: Question, resource_layer: Layer, beside: Beside
) -> tuple[Access, ...]:
    roll = compiled_account(snapshot).roll(resource_layer, beside)
    answers = [
        Access(asker.principal, decision, asker.stack.stack, question, asker.tags)
        for asker, decision in zip(roll.askers, roll.decide(question), strict=True)
    ]
    for principal in principals_named_in(resource_layer, snapshot, question.action):
        whole = whole_stack(stack_for(snapshot, principal, resource_layer=resource_layer), beside)
        tags = tags_of(snapshot, principal)
        decision = evaluate(question.asked_by(principal, tags), whole)
        answers.append(Access(principal, decision, whole, question, tags))
    return tuple(answers)


def what_can(
    snapshot: AccountSnapshot,
    principal: str | Principal,
    actions: Iterable[str],
    *,
    context: Mapping[str, ContextValue] = NO_CONTEXT,
    circumstances: Circumstances = PLAIN,
    resource_layer: ResourceLayer = _no_policy,
    organization: OrganizationTree | None = None,
) -> tuple[ActionAccess, ...]:
    """Ask which of the actions the principal's own policies let it do, and on what.

    Every resource pattern of an Allow that names the action is asked about with one resource that the pattern
    covers, with the policies that `resource_layer` gives it and the resource control policies of its account in the
    `organization`. What only a resource's policy would grant is not found.
    Raises UnknownPrincipalError, PrincipalError.
    """
    if isinstance(principal, str):
        principal = find_principal(snapshot, principal)
    stack = stack_for(snapshot, principal)
    answers = []
    for action in actions:
        for reach in reaches_of(snapshot, principal, stack, action):
            owner = circumstances.resource_account or owner_of(reach.example, snapshot.account_id)
            whole = replace(stack, resource=resource_layer(action, reach.example))
            around, whole = under_organization(
                organization, snapshot.account_id, owner or snapshot.account_id, action, circumstances, whole
            )
            request = request_of(snapshot, principal, action, reach.example, context, around)
            answers.append(ActionAccess(action, reach, evaluate(request, whole), request, whole))
    return tuple(answers)
