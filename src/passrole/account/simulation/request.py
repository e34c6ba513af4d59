"""What SimulatePrincipalPolicy and SimulateCustomPolicy are asked: documents, caller, resources and context keys.

Texts of errors are AWS's where public reports show them; the others are guesses that say so.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from passrole.account import entities
from passrole.account.context import CallContext
from passrole.account.documents import checked_document
from passrole.account.entities import Entity, Kind
from passrole.account.params import Params
from passrole.account.service_error import ServiceError, invalid_input
from passrole.account.simulation.source_policy import SourcePolicy, SourceType
from passrole.engine.principals import PrincipalError, principal_from_arn
from passrole.engine.request import ContextValue, Principal, PrincipalType
from passrole.policy.arn import ACCOUNT_ID
from passrole.policy.model import PolicyType

EVERYTHING = ("*",)

_EC2_SCENARIOS = {
    "EC2-VPC-InstanceStore": ("instance", "image", "security-group", "network-interface"),
    "EC2-VPC-InstanceStore-Subnet": ("instance", "image", "security-group", "network-interface", "subnet"),
    "EC2-VPC-EBS": ("instance", "image", "security-group", "network-interface", "volume"),
    "EC2-VPC-EBS-Subnet": ("instance", "image", "security-group", "network-interface", "subnet", "volume"),
}
_ENTITY = re.compile(r"arn:[a-z-]+:iam::(\d{12}):(user|role|group)/([\x21-\x7e]+/)?([\w+=,.@-]+)", re.ASCII)
_ACTION = re.compile(r"[A-Za-z0-9-]+:[A-Za-z0-9_-]+")


def entity_of_arn(ctx: CallContext, arn: str) -> tuple[Kind, str, Entity | None]:
    """Kind, name and, where it is there, the entity that `PolicySourceArn` names. Raises InvalidInput."""
    found = _ENTITY.fullmatch(arn)
    if found is None:
        raise invalid_input(f"Invalid Entity Arn: {arn} does not clearly define entity type and name.")
    entity = entities.find_by_arn(ctx.connection, arn)
    is_own = entity is not None and entity.account_id == ctx.account_id
    return Kind(found[2]), found[4], entity if is_own else None


def source_entity(ctx: CallContext, arn: str) -> Entity:
    """Raises InvalidInput and NoSuchEntity."""
    kind, name, entity = entity_of_arn(ctx, arn)
    if entity is None:
        raise entities.not_found(kind, name)
    return entity


def given_policies(
    ctx: CallContext,
    params: Params,
    member: str,
    type: PolicyType,  # noqa: A002
    source: SourceType,
) -> list[SourcePolicy]:
    """The documents in a list parameter, called as the simulator calls them. Raises InvalidInput."""
    return [
        SourcePolicy(f"{member}.{place}", source, _checked(ctx, document, type, f"{member}.{place}"))
        for place, document in enumerate(params.texts(member), 1)
    ]


def given_boundary(ctx: CallContext, params: Params) -> list[SourcePolicy] | None:
    member = "PermissionsBoundaryPolicyInputList"
    found = given_policies(ctx, params, member, PolicyType.BOUNDARY, SourceType.BOUNDARY)
    if len(found) > 1:
        # The text is a guess; "You can input only one permissions boundary" says the page.
        raise invalid_input("Invalid input - only one permissions boundary can be simulated.")
    return found or None


def given_resource_policy(ctx: CallContext, params: Params, caller: Principal | None) -> list[SourcePolicy]:
    """Raises InvalidInput: a resource-based policy names its callers, and AWS simulates it for users only."""
    document = params.optional_text("ResourcePolicy")
    if document is None:
        return []
    if caller is None:
        raise invalid_input("Invalid caller - Caller cannot be null or empty.")
    if caller.type is not PrincipalType.USER:
        raise invalid_input("Invalid caller - Caller must be an IAM user in this context.")
    checked = _checked(ctx, document, PolicyType.RESOURCE, "ResourcePolicy")
    return [SourcePolicy("ResourcePolicy", SourceType.RESOURCE, checked)]


def given_levels(ctx: CallContext, params: Params) -> list[list[SourcePolicy]]:
    """The service control policies of OrderedOrganizationPolicyInputList, level by level."""
    member = "OrderedOrganizationPolicyInputList"
    return [
        [
            SourcePolicy(name, SourceType.IAM, _checked(ctx, document, PolicyType.SCP, name))
            for place, document in enumerate(record.texts("ServiceControlPolicyInputList"), 1)
            for name in [f"{member}.{level}.{place}"]
        ]
        for level, record in enumerate(params.records(member), 1)
    ]


def caller_of(arn: str | None) -> Principal | None:
    """The user or role that is simulated as the caller; None for a group, which calls nothing. Raises InvalidInput."""
    if arn is None:
        return None
    found = _ENTITY.fullmatch(arn)
    if found is None:
        raise invalid_input(f"Invalid Entity Arn: {arn} does not clearly define entity type and name.")
    if found[2] == "group":
        return None
    try:
        return principal_from_arn(arn)
    except PrincipalError as error:
        raise invalid_input(f"Invalid Entity Arn: {arn} does not clearly define entity type and name.") from error


def actions_of(params: Params) -> tuple[str, ...]:
    """Raises InvalidInput for what is not the name of one action: wildcards are not taken (the text is a guess)."""
    for action in params.texts("ActionNames"):
        if not _ACTION.fullmatch(action):
            raise invalid_input(f"Invalid Action: {action} is not the name of one action.")
    return params.texts("ActionNames")


def resources_of(params: Params) -> tuple[str, ...]:
    """Raises InvalidInput where an EC2 scenario lacks a resource that it needs (the text is a guess)."""
    resources = params.texts("ResourceArns") or EVERYTHING
    option = params.optional_text("ResourceHandlingOption")
    if option is not None:
        if option not in _EC2_SCENARIOS:
            raise invalid_input(f"Invalid ResourceHandlingOption: {option}")
        present = {resource.split(":", 5)[-1].partition("/")[0] for resource in resources}
        missing = [kind for kind in _EC2_SCENARIOS[option] if kind not in present]
        if missing:
            raise invalid_input(f"The scenario {option} requires resources of type: {', '.join(missing)}")
    return resources


def context_of(params: Params) -> Mapping[str, ContextValue]:
    """ContextEntries as condition keys: a list type makes a multivalued key, whatever the number of values."""
    context: dict[str, ContextValue] = {}
    for entry in params.records("ContextEntries"):
        if not entry.has("ContextKeyName"):
            raise invalid_input("Invalid context entry - ContextKeyName cannot be null or empty.")
        values = entry.texts("ContextKeyValues")
        several = (entry.optional_text("ContextKeyType") or "").endswith("List")
        if not several and len(values) > 1:
            raise invalid_input(f"Invalid context entry - {entry.text('ContextKeyName')} takes one value.")
        if several or values:
            context[entry.text("ContextKeyName")] = values if several else values[0]
    return context


def owner_of(params: Params, otherwise: str) -> str:
    """The account in ResourceOwner, which is an id or the ARN of a root user. Raises InvalidInput."""
    owner = params.optional_text("ResourceOwner")
    if owner is None:
        return otherwise
    parts = owner.split(":")
    account = parts[4] if len(parts) == 6 and parts[5] == "root" else owner
    if not ACCOUNT_ID.fullmatch(account):
        raise invalid_input(f"Invalid ResourceOwner: {owner}")
    return account


def _checked(ctx: CallContext, document: str, type: PolicyType, name: str) -> str:  # noqa: A002
    """The document, once it is known to be a policy. AWS's error is InvalidInput; its text is a guess."""
    ctx.pause()
    try:
        checked_document(document, type, partition=ctx.partition)
    except ServiceError as error:
        raise invalid_input(f"Invalid policy {name}: {error.message}") from error
    return document
