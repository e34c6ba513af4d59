"""A question about an account: what must be read for it, the stack it makes, and the explained answer as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from passrole.account.snapshot import AccountSnapshot, Unreadable
from passrole.account.who import find_principal, policy_layer, stack_for
from passrole.catalog.actions import close_matches, is_known_action
from passrole.cli.target import OpenAccount
from passrole.engine.explain import explain
from passrole.engine.explanation import Explanation, LayerExplanation
from passrole.engine.principals import principal_from_arn
from passrole.engine.request import ContextValue, Principal, PrincipalType, Request
from passrole.engine.stack import Layer, Unknown
from passrole.errors import UsageError
from passrole.policy.arn import Arn, ArnError
from passrole.policy.model import PolicyType
from passrole.provision import addresses
from passrole.provision.addressed import Addressed, Reading
from passrole.provision.addresses import Address
from passrole.provision.observe import observe
from passrole.provision.organization import organization_policies
from passrole.provision.resource_policies import resource_layers


def explain_question(
    account: OpenAccount, who: str, action: str, resource: str, context: Mapping[str, ContextValue]
) -> Explanation:
    """Read what the question needs from the account, and answer it.

    Raises UsageError for a principal, an action or a resource that cannot be meant, PassroleError for what the
    account answers.
    """
    account_id, partition = account.identity.account_id, account.identity.partition
    prefix = f"arn:{partition}:iam::{account_id}:"
    _check_action(action)
    assumed = prefix + resource if resource.startswith("role/") else resource
    _check_resource(assumed)
    named = principal_from_arn(prefix + who if who.startswith(("user/", "role/")) else who)
    wanted = [address for address in (_entity_of(named), _role_of(assumed)) if address]
    seen = observe(
        account.clients, Addressed({address: Reading() for address in wanted}, related=True), account.identity
    )
    snapshot = replace(seen.snapshot, organization_policies=organization_policies(account.clients, account_id))
    principal = find_principal(snapshot, who)
    if action.lower().startswith("sts:assumerole"):
        layer = _trust_layer(assumed, snapshot)
    else:
        layer = resource_layers(account.clients, account_id, partition)(action, assumed)
    request = Request(
        principal, action, assumed, Arn.parse(assumed).account or None if assumed != "*" else None, context
    )
    return explain(request, stack_for(snapshot, principal, resource_layer=layer))


def _check_action(action: str) -> None:
    if is_known_action(action):
        return
    near = close_matches(action)
    raise UsageError(
        f"`{action}` is no action that AWS publishes",
        help=f"did you mean {' or '.join(f'`{name}`' for name in near)}?" if near else "an action is like s3:GetObject",
    )


def _check_resource(resource: str) -> None:
    if resource == "*":
        return
    try:
        Arn.parse(resource)
    except ArnError as error:
        raise UsageError(
            f"`{resource}` is neither an ARN nor `*`", help="a resource is like arn:aws:s3:::disk-images/vm.ova"
        ) from error


def _entity_of(principal: Principal) -> Address | None:
    name = principal.arn.rsplit("/", 1)[-1]
    match principal.type:
        case PrincipalType.USER:
            return addresses.user(name)
        case PrincipalType.ROLE_SESSION | PrincipalType.SERVICE_LINKED_ROLE_SESSION:
            return addresses.role(principal.arn.split("/")[1] if ":assumed-role/" in principal.arn else name)
        case _:
            return None


def _role_of(resource: str) -> Address | None:
    return addresses.role(resource.rsplit("/", 1)[-1]) if ":role/" in resource else None


def _trust_layer(role_arn: str, snapshot: AccountSnapshot) -> Layer:
    name = role_arn.rsplit("/", 1)[-1]
    role = snapshot.roles.get(name)
    if isinstance(role, Unreadable):
        return Unknown(role.reason)
    if role is None:
        raise UsageError(f"there is no `role/{name}` in account {snapshot.account_id}")
    return policy_layer(PolicyType.TRUST, {f"role/{name} trust policy": role.trust_policy})


def decision_value(explanation: Explanation) -> dict[str, object]:
    """The JSON of a decision: outcome, deciding policy type, determining statements, and the layers' answers."""
    decision, request = explanation.decision, explanation.request
    return {
        "outcome": decision.outcome.value,
        "decided_by": decision.decided_by.value if decision.decided_by else None,
        "principal": request.principal.arn,
        "action": request.action,
        "resource": request.resource,
        "context": {key: list(value) if isinstance(value, tuple) else value for key, value in request.context.items()},
        "determining": [
            {"policy": ref.attached.name, "statement": ref.index + 1, "sid": ref.statement.sid}
            for ref in decision.determining
        ],
        "undecided_because": list(decision.undecided_because),
        "assumptions": list(decision.assumptions),
        "layers": [_layer_value(layer) for layer in explanation.layers],
        "missing": explanation.missing.statement() if explanation.missing else None,
    }


def _layer_value(layer: LayerExplanation) -> dict[str, object]:
    return {
        "type": layer.type.value,
        "level": layer.level,
        "answer": layer.answer.value,
        "notes": list(layer.notes),
        "statements": [
            {
                "policy": statement.ref.attached.name,
                "statement": statement.ref.index + 1,
                "effect": statement.effect.value,
                "match": statement.match.value,
                "failed": None
                if statement.failed is None
                else {
                    "element": statement.failed.element,
                    "seen": statement.failed.seen,
                    "wanted": list(statement.failed.wanted),
                },
            }
            for policy in layer.policies
            for statement in policy.statements
        ],
    }
