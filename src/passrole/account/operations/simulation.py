"""SimulatePrincipalPolicy, SimulateCustomPolicy: what policies would decide, by the engine that decides here.

Sources: IAM API Reference
<https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html>,
<https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulateCustomPolicy.html>
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from passrole.account import entities
from passrole.account.asks import account_wide, ask_about
from passrole.account.authorization import organization_for
from passrole.account.context import CallContext
from passrole.account.context_keys import context_keys_of
from passrole.account.operation import Ask, operation
from passrole.account.organization_store import find_organization
from passrole.account.pages import page, page_request, rest_of
from passrole.account.params import Params, Result
from passrole.account.simulation.exclusions import exclusions_of
from passrole.account.simulation.request import (
    actions_of,
    caller_of,
    context_of,
    entity_of_arn,
    given_boundary,
    given_levels,
    given_policies,
    given_resource_policy,
    owner_of,
    resources_of,
    source_entity,
)
from passrole.account.simulation.result import evaluation_result
from passrole.account.simulation.simulator import Scene, Simulated, Simulator
from passrole.account.simulation.source_policy import (
    SourcePolicy,
    SourceType,
    layer_of,
    managed_source,
    policies_of,
)
from passrole.account.tag_store import tags_of
from passrole.engine.request import ContextValue, Principal, PrincipalType
from passrole.engine.stack import Known, Layer, PolicyStack
from passrole.policy.model import PolicyType

_KEYS_OF_CALLER = frozenset(
    {"aws:PrincipalAccount", "aws:PrincipalArn", "aws:PrincipalType", "aws:userid", "aws:username"}
)
"""What nobody knows when no caller is simulated."""

MOST_EVALUATIONS = 5000
"""Of an action on a resource, on one page; one action is always there. Thousands of both would keep all other callers
waiting. "IAM might return fewer than the MaxItems number of results, even when there are more results available."
"""


def asks_about_source(ctx: CallContext, params: Params, action: str) -> tuple[Ask, ...]:
    """About the user, role or group in PolicySourceArn."""
    arn = params.text("PolicySourceArn")
    kind, name, entity = entity_of_arn(ctx, arn)
    ask = ask_about(ctx, kind, name, entity, action, {})
    return (replace(ask, resource=arn, shown_resource=arn),)


@operation("iam", "SimulatePrincipalPolicy", writes=False, asks=asks_about_source, takes_long=True)
def simulate_principal_policy(ctx: CallContext, params: Params) -> Result:
    entity = source_entity(ctx, params.text("PolicySourceArn"))
    excluded, excluded_types = exclusions_of(params)
    identity = [source for source in policies_of(ctx, entity) if not excluded(source)]
    identity += given_policies(ctx, params, "PolicyInputList", PolicyType.IDENTITY, SourceType.IAM)
    boundary = given_boundary(ctx, params)
    if boundary is None and entity.boundary_arn is not None:
        attached = managed_source(ctx, entity.boundary_arn, SourceType.BOUNDARY)
        boundary = None if excluded(attached) else [attached]
    caller = caller_of(params.optional_text("CallerArn") or entity.arn)
    tree = find_organization(ctx.connection)
    scps = () if tree is None or "scp" in excluded_types else tree.scps_over(ctx.account_id)
    return _simulated(ctx, params, caller, identity, boundary, scps)


@operation("iam", "SimulateCustomPolicy", writes=False, asks=account_wide, takes_long=True)
def simulate_custom_policy(ctx: CallContext, params: Params) -> Result:
    identity = given_policies(ctx, params, "PolicyInputList", PolicyType.IDENTITY, SourceType.IAM)
    levels = tuple(layer_of(level, PolicyType.SCP) for level in given_levels(ctx, params))
    caller = caller_of(params.optional_text("CallerArn"))
    return _simulated(ctx, params, caller, identity, given_boundary(ctx, params), levels)


def _simulated(
    ctx: CallContext,
    params: Params,
    caller: Principal | None,
    identity: Sequence[SourcePolicy],
    boundary: Sequence[SourcePolicy] | None,
    scps: tuple[Layer, ...],
) -> Result:
    resource_policy = given_resource_policy(ctx, params, caller)
    actions, resources = actions_of(params), resources_of(params)
    stack = PolicyStack(
        identity=layer_of(identity, PolicyType.IDENTITY),
        resource=layer_of(resource_policy, PolicyType.RESOURCE),
        boundary=None if boundary is None else layer_of(boundary, PolicyType.BOUNDARY),
        scps=scps,
    )
    # Somebody of this account of whom no more is known; no policy names it.
    principal = caller or Principal(
        PrincipalType.USER, f"arn:{ctx.partition}:iam::{ctx.account_id}:user/", ctx.account_id
    )
    scene = Scene(
        principal,
        stack,
        owner_of(params, otherwise=principal.account or ctx.account_id),
        {**_tags_of_caller(ctx, principal), **context_of(params)},
        frozenset() if caller else _KEYS_OF_CALLER,
        context_keys_of(
            attached.policy
            for layer in (stack.identity, stack.resource)
            for attached in (layer.policies if isinstance(layer, Known) else ())
        ),
        organization_for(find_organization(ctx.connection), principal.account or ctx.account_id),
    )
    simulator = Simulator(scene)
    sources = {source.key: source for source in (*identity, *(boundary or ()), *resource_policy)}
    asked = page_request(params)
    request = replace(asked, max_items=min(asked.max_items, max(1, MOST_EVALUATIONS // max(1, len(resources)))))
    rest = rest_of(request, list(enumerate(actions)), sort_key=_place)
    result = page(request, "EvaluationResults", rest, sort_key=_place)
    result["EvaluationResults"] = [
        evaluation_result(action, resources, [_answer(ctx, simulator, action, one) for one in resources], sources)
        for _, action in rest[: request.max_items]
    ]
    return result


def _answer(ctx: CallContext, simulator: Simulator, action: str, resource: str) -> Simulated:
    ctx.pause()
    return simulator.simulate(action, resource)


def _tags_of_caller(ctx: CallContext, principal: Principal) -> dict[str, ContextValue]:
    """The tags of a caller that is there: a real request of its would have them as well."""
    entity = entities.find_by_arn(ctx.connection, principal.role_arn or principal.arn)
    if entity is None or entity.account_id != ctx.account_id:
        return {}
    return {f"aws:PrincipalTag/{key}": value for key, value in tags_of(ctx.connection, entity.id).items()}


def _place(numbered: tuple[int, str]) -> str:
    return f"{numbered[0]:06d}"
