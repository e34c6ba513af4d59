"""A question as a case of `conformance/evaluate/*.json`, as far as that format can say it."""

from __future__ import annotations

from collections.abc import Iterable

from tests.long.random_questions import Question

from passrole.engine.request import Principal, Request
from passrole.engine.stack import KeyGrant, Known, Layer, PolicyStack, Unknown
from passrole.policy.printing import Json, policy_to_value


def case_of(question: Question, name: str, rule: str, outcome: str) -> tuple[dict[str, Json], list[str]]:
    """The case, and what it had to leave out. Its expectation is `outcome`, to be settled from AWS's pages."""
    request, stack = question.request, question.stack
    given: dict[str, Json] = {"request": _request(request), "policies": _policies(stack)}
    needs: list[Json] = []
    if request.organization is not None and request.organization.management_account is not None:
        given["organization"] = {"management_account": request.organization.management_account}
        needs.append("management-account")
    if stack.grants or stack.aws_managed_key:
        grants = [] if isinstance(stack.grants, Unknown) else [_grant(grant) for grant in stack.grants]
        given["kms"] = {"key_manager": "AWS" if stack.aws_managed_key else "CUSTOMER", "grants": [*grants]}
        needs += ["aws-managed-keys"] if stack.aws_managed_key else ["kms-grants"]
    if stack.restrict_public_buckets is True:
        given["s3_block_public_access"] = {"restrict_public_buckets": True}
        needs.append("s3-block-public-access")
    case: dict[str, Json] = {
        "id": name,
        "rule": rule,
        "engine_rules": [],
        "side": "match",
        "source": "",
        "flags": [],
        "contested": False,
        **({"needs": needs} if needs else {}),
        "input": given,
        "expected": {"outcome": outcome},
    }
    return case, list(_left_out(request, stack))


def _left_out(request: Request, stack: PolicyStack) -> Iterable[str]:
    if request.absent_keys:
        yield f"absent keys {sorted(request.absent_keys)}"
    if request.called_via:
        yield f"called via {request.called_via}"
    if request.organization is not None and request.organization.id is not None:
        yield f"organization {request.organization}"
    if isinstance(stack.grants, Unknown):
        yield "that the grants are unknown"
    elif any(grant.issuing_account or grant.source_arn for grant in stack.grants):
        yield f"grants {stack.grants}"
    if isinstance(stack.restrict_public_buckets, Unknown):
        yield "that restrict_public_buckets is unknown"


def _request(request: Request) -> Json:
    value: dict[str, Json] = {
        "principal": _principal(request.principal),
        "action": request.action,
        "resource": request.resource,
        "resource_account": request.resource_account,
        "context": {key: seen if isinstance(seen, str) else [*seen] for key, seen in request.context.items()},
    }
    if request.unknown_keys:
        value["unknown_keys"] = [*sorted(request.unknown_keys)]
    return value


def _principal(principal: Principal) -> Json:
    facts: dict[str, Json] = {"type": principal.type.value, "arn": principal.arn}
    for name in ("account", "role_arn", "federating_user_arn", "identity_provider", "unique_id"):
        fact = getattr(principal, name)
        if fact is not None:
            facts[name] = fact
    return facts


def _policies(stack: PolicyStack) -> Json:
    single = {name: getattr(stack, name) for name in ("identity", "resource", "boundary", "session", "endpoint")}
    layers: dict[str, Json] = {name: _layer(layer) for name, layer in single.items() if layer is not None}
    for name, levels in (("scps", stack.scps), ("rcps", stack.rcps)):
        if levels:
            layers[name] = [_level(number, layer) for number, layer in enumerate(levels)]
    return layers


def _layer(layer: Layer) -> Json:
    return _documents(layer) if isinstance(layer, Known) else {"unknown": layer.reason}


def _level(number: int, layer: Layer) -> Json:
    level: dict[str, Json] = {"level": f"level {number}"}
    if isinstance(layer, Known):
        return {**level, "policies": _documents(layer)}
    return {**level, "unknown": layer.reason}


def _documents(layer: Known) -> Json:
    return [policy_to_value(attached.policy) for attached in layer.policies]


def _grant(grant: KeyGrant) -> Json:
    value: dict[str, Json] = {"grantee_principal": grant.grantee, "operations": [*sorted(grant.operations)]}
    if grant.retiring_principal is not None:
        value["retiring_principal"] = grant.retiring_principal
    limits: dict[str, Json] = {}
    if grant.context_equals is not None:
        limits["encryption_context_equals"] = {**grant.context_equals}
    if grant.context_subset is not None:
        limits["encryption_context_subset"] = {**grant.context_subset}
    return {**value, "constraints": limits} if limits else value
