"""Rehearsal: a set-up's workflows replayed, call by call, against the policies read back from an account."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from passrole.account.asking import owner_of, request_of
from passrole.account.organization_tree import OrganizationTree
from passrole.account.snapshot import AccountSnapshot, RoleState
from passrole.account.under_organization import under_organization
from passrole.activity.actors import Caller, MissingEntity, ResourceLayers, UnreadableEntity, caller_of
from passrole.activity.surroundings import circumstances, context_of
from passrole.engine.decision import Decision, Outcome
from passrole.engine.evaluate import evaluate
from passrole.engine.request import Request
from passrole.engine.stack import PolicyStack
from passrole.recipes.desired import DesiredState
from passrole.recipes.workflow import OutsideActor, Step, StepKind, Workflow


class Verdict(Enum):
    ALLOWED = "allowed"
    DENIED = "denied"
    TOLERATED = "denied, and the service goes on without it"
    UNDECIDED = "undecided"
    OUTSIDE = "decided outside IAM policies"


@dataclass(frozen=True, slots=True)
class Question:
    """One request of a step with the policies that were asked, and their answer."""

    request: Request
    stack: PolicyStack
    decision: Decision


@dataclass(frozen=True, slots=True)
class StepResult:
    """`missing` says what keeps the step from being asked at all: an entity that does not exist or cannot be read."""

    step: Step
    verdict: Verdict
    questions: tuple[Question, ...] = ()
    missing: str | None = None


@dataclass(frozen=True, slots=True)
class WorkflowResult:
    workflow: Workflow
    steps: tuple[StepResult, ...]

    @property
    def verdict(self) -> Verdict:
        """DENIED if a step is, else UNDECIDED if a step is, else ALLOWED."""
        verdicts = {result.verdict for result in self.steps}
        for verdict in (Verdict.DENIED, Verdict.UNDECIDED):
            if verdict in verdicts:
                return verdict
        return Verdict.ALLOWED


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """Every workflow of a set-up, with the answers; `assumptions` are those that an answer rests on."""

    desired: DesiredState
    workflows: tuple[WorkflowResult, ...]

    @property
    def verdict(self) -> Verdict:
        verdicts = {result.verdict for result in self.workflows}
        for verdict in (Verdict.DENIED, Verdict.UNDECIDED):
            if verdict in verdicts:
                return verdict
        return Verdict.ALLOWED

    @property
    def assumptions(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(a for q in self.questions() for a in q.decision.assumptions))

    def step_results(self) -> Iterator[StepResult]:
        for workflow in self.workflows:
            yield from workflow.steps

    def questions(self) -> Iterator[Question]:
        for result in self.step_results():
            yield from result.questions


def rehearse(
    desired: DesiredState,
    snapshot: AccountSnapshot,
    resource_layers: ResourceLayers,
    organization: OrganizationTree | None = None,
) -> Rehearsal:
    """Ask the engine about every step of every workflow of `desired`, as its actor, with the policies of `snapshot`.

    The snapshot has the service control policies; `organization` adds what it has over resources.
    """
    return Rehearsal(
        desired,
        tuple(
            WorkflowResult(
                workflow,
                tuple(
                    _rehearse_step(step, desired, snapshot, resource_layers, organization) for step in workflow.steps
                ),
            )
            for workflow in desired.workflows
        ),
    )


def _rehearse_step(
    step: Step,
    desired: DesiredState,
    snapshot: AccountSnapshot,
    resource_layers: ResourceLayers,
    organization: OrganizationTree | None,
) -> StepResult:
    actor = desired.actors[step.actor]
    if step.kind is StepKind.OUTSIDE or isinstance(actor, OutsideActor):
        return StepResult(step, Verdict.OUTSIDE)
    questions = []
    for resource in (_as_it_is_there(resource, snapshot) for resource in step.resources):
        caller = caller_of(actor, step, resource, desired, snapshot, resource_layers)
        if isinstance(caller, MissingEntity):
            return StepResult(step, _denied(step), missing=caller.text)
        if isinstance(caller, UnreadableEntity):
            return StepResult(step, Verdict.UNDECIDED, missing=caller.text)
        questions.append(_ask(caller, step, resource, snapshot, organization))
    return StepResult(step, _verdict(step, questions), tuple(questions))


def _as_it_is_there(resource: str, snapshot: AccountSnapshot) -> str:
    """A role's ARN with the path that the role has in the account; every other resource as the recipe names it."""
    start = f"arn:{snapshot.partition}:iam::{snapshot.account_id}:role/"
    name = resource.removeprefix(start).rpartition("/")[2]
    role = snapshot.roles.get(name) if resource.startswith(start) else None
    return role.arn if isinstance(role, RoleState) and role.name == name else resource


def _ask(
    caller: Caller, step: Step, resource: str, snapshot: AccountSnapshot, organization: OrganizationTree | None
) -> Question:
    owner = caller.resource_account or owner_of(resource, snapshot.account_id) or snapshot.account_id
    around, stack = under_organization(
        organization, snapshot.account_id, owner, step.action, circumstances(caller.resource_account), caller.stack
    )
    request = request_of(
        snapshot,
        caller.principal,
        step.action,
        resource,
        context_of(step.context),
        around,
    )
    return Question(request, stack, evaluate(request, stack))


def _verdict(step: Step, questions: list[Question]) -> Verdict:
    outcomes = {question.decision.outcome for question in questions}
    if outcomes & {Outcome.EXPLICIT_DENY, Outcome.IMPLICIT_DENY}:
        return _denied(step)
    return Verdict.UNDECIDED if Outcome.UNDECIDED in outcomes else Verdict.ALLOWED


def _denied(step: Step) -> Verdict:
    return Verdict.TOLERATED if step.denial_tolerated else Verdict.DENIED
