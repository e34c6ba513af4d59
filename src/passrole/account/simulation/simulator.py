"""One action on one resource, decided by the engine, with what each type of policy says of it.

Source: IAM API Reference, EvaluationResult and ResourceSpecificResult
<https://docs.aws.amazon.com/IAM/latest/APIReference/API_EvaluationResult.html>
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum

from passrole.engine.context import Context
from passrole.engine.decision import Decision, Outcome, StatementRef
from passrole.engine.fast.compiled_stack import compile_stack
from passrole.engine.fast.plan_book import PlanBook
from passrole.engine.implied_keys import implied_keys
from passrole.engine.layers import Finding, Verdict
from passrole.engine.principals import implied_context
from passrole.engine.request import ContextValue, Organization, Principal, Request
from passrole.engine.stack import PolicyStack
from passrole.engine.statements import Asked
from passrole.engine.truth import Doubt
from passrole.engine.unowned_actions import PERHAPS_UNOWNED, is_unowned
from passrole.engine.verdicts import Verdicts, scps_apply, verdicts_of
from passrole.policy.arn import account_in
from passrole.policy.model import PolicyType


class Answer(Enum):
    """The values are the API's."""

    ALLOWED = "allowed"
    IMPLICIT_DENY = "implicitDeny"
    EXPLICIT_DENY = "explicitDeny"

    @property
    def strictness(self) -> int:
        return [Answer.ALLOWED, Answer.IMPLICIT_DENY, Answer.EXPLICIT_DENY].index(self)


@dataclass(frozen=True, slots=True)
class Scene:
    """What is the same for all actions and resources of a simulation.

    `resource_owner` owns the resources whose ARN names no account. `absent_keys` are keys that the caller would have,
    but that nobody gave: all of them when no caller is named. `policy_keys` are those that the identity-based and
    resource-based policies refer to anywhere: AWS does not look whether the statement is about the action (recorded in
    boto3's issue 3111).
    """

    principal: Principal
    stack: PolicyStack
    resource_owner: str
    context: Mapping[str, ContextValue]
    absent_keys: frozenset[str]
    policy_keys: tuple[str, ...]
    organization: Organization | None = None


@dataclass(frozen=True, slots=True)
class Simulated:
    """`by_type` is there for requests across accounts: what each type of policy comes to.

    `allowed_by_boundary` and `allowed_by_organization` are None where there is no boundary, no organization.
    """

    answer: Answer
    matched: tuple[StatementRef, ...]
    missing_keys: tuple[str, ...]
    allowed_by_boundary: bool | None
    allowed_by_organization: bool | None
    by_type: Mapping[str, Answer] | None


class Simulator:
    """Answers any number of questions about one scene."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        # With a book of its own: nobody asks its plans after it, and a server would keep them in the shared one.
        self._compiled = compile_stack(scene.stack, PlanBook())
        self._surroundings: dict[tuple[str, str], _Surroundings] = {}

    def simulate(self, action: str, resource: str) -> Simulated:
        """What is undecided for the engine is not allowed: an answer of the simulator has no third value."""
        scene = self._scene
        service = action.partition(":")[0].lower()
        # Actions of AWS STS differ in what their callers have, some others in whether they tell the resource's owner.
        alone = service == "sts" or is_unowned(action.lower()) or action.lower() == PERHAPS_UNOWNED
        place = (action.lower() if alone else service), resource
        around = self._surroundings.get(place)
        if around is None:
            around = self._surroundings[place] = _surroundings(scene, action, resource)
        request = Request(
            scene.principal,
            action,
            resource,
            around.owner,
            scene.context,
            absent_keys=around.absent_keys,
            organization=scene.organization,
        )
        missing = around.missing_keys
        decision = self._compiled.decide(request)
        crosses = request.resource_account != scene.principal.account
        if not (crosses or scene.stack.boundary or scene.stack.scps):
            return Simulated(_answer_of(decision), _matched(decision), missing, None, None, None)
        asked = Asked.of(request, has_boundary=scene.stack.boundary is not None)
        verdicts = verdicts_of(scene.stack, asked)
        organization = _by_organization(verdicts) if scene.stack.scps and scps_apply(asked) else None
        return Simulated(
            _answer_of(decision),
            _matched(decision, verdicts if crosses else None),
            missing,
            None if verdicts.boundary is None else _answer(verdicts.boundary) is Answer.ALLOWED,
            organization,
            None if not crosses or organization is False else _by_type(verdicts),
        )


@dataclass(frozen=True, slots=True)
class _Surroundings:
    """What is the same for all actions of one service on one resource."""

    owner: str
    absent_keys: frozenset[str]
    missing_keys: tuple[str, ...]


def _surroundings(scene: Scene, action: str, resource: str) -> _Surroundings:
    owner = account_in(resource) or scene.resource_owner
    plain = Request(scene.principal, action, resource, owner, organization=scene.organization)
    # A key that AWS would fill, with a value that only a real request has, is one that nobody gave.
    implied = {**implied_context(scene.principal), **implied_keys(plain)}
    absent = scene.absent_keys | {key for key, value in implied.items() if isinstance(value, Doubt)}
    context = Context(replace(plain, context=scene.context, absent_keys=absent))
    return _Surroundings(owner, absent, _missing_keys(scene.policy_keys, context))


def _answer_of(decision: Decision) -> Answer:
    if decision.outcome is Outcome.EXPLICIT_DENY:
        return Answer.EXPLICIT_DENY
    return Answer.ALLOWED if decision.allowed else Answer.IMPLICIT_DENY


def _answer(verdict: Verdict) -> Answer:
    if verdict.deny.truth is True:
        return Answer.EXPLICIT_DENY
    return Answer.ALLOWED if _granting(verdict).truth is True else Answer.IMPLICIT_DENY


def _granting(verdict: Verdict) -> Finding:
    granted = verdict.anyhow()
    return granted if granted.truth is not False else verdict.allow


def _matched(decision: Decision, across: Verdicts | None = None) -> tuple[StatementRef, ...]:
    """The statements that decide; none of service control policies, which the simulator does not show."""
    if decision.decided_by is PolicyType.SCP:
        return ()
    if across is not None and decision.outcome is Outcome.IMPLICIT_DENY:
        # Across accounts both sides must allow: what one of them does is shown also where the other does not.
        both = (across.identity, across.resource)
        return tuple(ref for verdict in both if verdict for ref in _granting(verdict).statements)
    return decision.determining


def _by_organization(verdicts: Verdicts) -> bool:
    return all(_answer(verdict) is Answer.ALLOWED for verdict in verdicts.scps)


def _by_type(verdicts: Verdicts) -> Mapping[str, Answer]:
    named = {
        "IAM Policy": verdicts.identity,
        "Resource Policy": verdicts.resource,
        "Permissions Boundary Policy": verdicts.boundary,
    }
    return {name: _answer(verdict) for name, verdict in named.items() if verdict is not None}


def _missing_keys(keys: tuple[str, ...], context: Context) -> tuple[str, ...]:
    found = ((key, context.get(key.lower())) for key in keys)
    return tuple(key for key, value in found if value is None or isinstance(value, Doubt))
