"""Who acts in a step of a workflow: the engine's principal, and the policies AWS would consult for it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias, assert_never

from passrole.account.policy_layers import policy_layer
from passrole.account.snapshot import (
    AccountSnapshot,
    GroupState,
    ManagedPolicyState,
    RoleState,
    Unreadable,
    UserState,
)
from passrole.account.who import stack_for
from passrole.engine.glob import glob_match
from passrole.engine.request import Principal, PrincipalType
from passrole.engine.stack import AttachedPolicy, Known, Layer, PolicyStack, Unknown
from passrole.policy.arn import Arn, ArnError
from passrole.policy.model import PolicyType
from passrole.policy.parse import policy_from_value
from passrole.recipes.desired import DesiredState, ElsewherePolicy
from passrole.recipes.workflow import (
    Actor,
    IamGroupMemberActor,
    IamUserActor,
    OutsideActor,
    PolicyBearer,
    RoleSessionActor,
    ServiceActor,
    Step,
    StepKind,
)

Entity: TypeAlias = UserState | GroupState | RoleState | ManagedPolicyState

ResourceLayers = Callable[[str, str], Layer]
"""(action, resource ARN) to the layer of that resource's own policies."""


@dataclass(frozen=True, slots=True)
class Caller:
    principal: Principal
    stack: PolicyStack
    resource_account: str | None


@dataclass(frozen=True, slots=True)
class MissingEntity:
    """The actor or the role to assume does not exist in the account; the call fails before any policy is asked."""

    text: str


@dataclass(frozen=True, slots=True)
class UnreadableEntity:
    """The actor may exist, but the caller may not read it; nothing can be said of the call."""

    text: str


def caller_of(
    actor: Actor,
    step: Step,
    resource: str,
    desired: DesiredState,
    snapshot: AccountSnapshot,
    resource_layers: ResourceLayers,
) -> Caller | MissingEntity | UnreadableEntity:
    """Turn a step's actor into a principal with its policy stack for `resource`.

    An actor that stands for nobody by name (the bearer of a policy, a member of a group) is a user added to a copy
    of the snapshot: what AWS would consult for it is then found by the same function as for everyone.
    """
    match actor:
        case PolicyBearer():
            arns = [
                policy.arn(desired.partition, desired.account_id)
                for policy in desired.managed_policies
                if policy.policy.id in actor.policy_ids
            ]
            for arn in arns:
                if trouble := _trouble(f"policy {arn}", snapshot.managed_policies.get(arn)):
                    return trouble
            managed = {policy.policy.id for policy in desired.managed_policies}
            # A policy that is on nobody by itself is in no account: the set-up's own text stands for it.
            inline = {
                policy.id: json.dumps(policy.to_value())
                for policy in desired.policies
                if policy.id in actor.policy_ids and policy.id not in managed
            }
            snapshot = _with_user(snapshot, actor.name, inline_policies=inline, attached_policy_arns=tuple(arns))
            principal = _user_principal(snapshot, actor.name)
        case IamGroupMemberActor():
            if trouble := _trouble(f"group/{actor.group_name}", snapshot.groups.get(actor.group_name)):
                return trouble
            name = actor.member_name
            snapshot = _with_user(snapshot, name, group_names=(actor.group_name,))
            principal = _user_principal(snapshot, name)
        case IamUserActor():
            if trouble := _trouble(f"user/{actor.user_name}", snapshot.users.get(actor.user_name)):
                return trouble
            principal = _user_principal(snapshot, actor.user_name)
        case RoleSessionActor():
            role = snapshot.roles.get(actor.role_name)
            trouble = _trouble(f"role/{actor.role_name}", role)
            if trouble or role is None or isinstance(role, Unreadable):
                return trouble or MissingEntity(actor.role_name)
            principal = Principal(
                PrincipalType.ROLE_SESSION,
                f"arn:{snapshot.partition}:sts::{snapshot.account_id}:assumed-role/{role.name}/{actor.session_name}",
                snapshot.account_id,
                role_arn=role.arn,
                unique_id=f"{role.role_id}:{actor.session_name}" if role.role_id else None,
            )
        case ServiceActor():
            principal = Principal(PrincipalType.SERVICE, actor.service)
        case OutsideActor():
            raise AssertionError("a step outside IAM is never asked")
        case _:
            assert_never(actor)
    if step.kind is StepKind.ASSUME:
        layer = _profile_trouble(actor, resource, desired, snapshot) or _trust_layer(resource, desired, snapshot)
    else:
        layer = _elsewhere_layer(resource, desired) or resource_layers(step.action, resource)
    if isinstance(layer, MissingEntity | UnreadableEntity):
        return layer
    return Caller(principal, stack_for(snapshot, principal, resource_layer=layer), _account_of(resource, desired))


def _trouble(address: str, entity: Entity | Unreadable | None) -> MissingEntity | UnreadableEntity | None:
    if entity is None:
        return MissingEntity(f"`{address}` does not exist in the account")
    if isinstance(entity, Unreadable):
        return UnreadableEntity(f"`{address}` could not be read: {entity.reason}")
    # IAM finds a name in any case of letters; services that look for a fixed name, and ARNs in policies, do not.
    kind, _, name = address.partition("/")
    if kind in ("user", "group", "role") and entity.name != name:
        return MissingEntity(
            f"`{address}` does not exist in the account: what there is is called `{kind}/{entity.name}`"
        )
    return None


def _with_user(
    snapshot: AccountSnapshot,
    name: str,
    *,
    inline_policies: Mapping[str, str] | None = None,
    attached_policy_arns: tuple[str, ...] = (),
    group_names: tuple[str, ...] = (),
) -> AccountSnapshot:
    user = UserState(
        name,
        "/",
        f"arn:{snapshot.partition}:iam::{snapshot.account_id}:user/{name}",
        inline_policies=inline_policies or {},
        attached_policy_arns=attached_policy_arns,
        group_names=group_names,
    )
    return replace(snapshot, users={**snapshot.users, name: user})


def _user_principal(snapshot: AccountSnapshot, name: str) -> Principal:
    user = snapshot.users[name]
    assert isinstance(user, UserState)
    return Principal(PrincipalType.USER, user.arn, snapshot.account_id, unique_id=user.user_id)


def _profile_trouble(
    actor: Actor, role_arn: str, desired: DesiredState, snapshot: AccountSnapshot
) -> MissingEntity | UnreadableEntity | None:
    """Amazon EC2 gets a role's credentials for an instance only where the set-up's instance profile holds the role."""
    if not isinstance(actor, ServiceActor) or not actor.service.startswith("ec2."):
        return None
    role_name = role_arn.rpartition("/")[2]
    for wanted in desired.instance_profiles:
        if wanted.role_name != role_name:
            continue
        profile = snapshot.instance_profiles.get(wanted.name)
        if profile is None or isinstance(profile, Unreadable):
            return _trouble(f"instance-profile/{wanted.name}", profile)
        if role_name not in profile.role_names:
            return MissingEntity(f"`instance-profile/{wanted.name}` does not hold `role/{role_name}`")
    return None


def _trust_layer(
    role_arn: str, desired: DesiredState, snapshot: AccountSnapshot
) -> Layer | MissingEntity | UnreadableEntity:
    account = Arn.parse(role_arn).account
    if account != snapshot.account_id:
        return Unknown(f"the trust policy of `{role_arn}` is in account {account or '(none)'}")
    name = role_arn.rsplit("/", 1)[-1]
    role = snapshot.roles.get(name)
    trouble = _trouble(f"role/{name}", role)
    if trouble or role is None or isinstance(role, Unreadable):
        return trouble or MissingEntity(name)
    layer = policy_layer(PolicyType.TRUST, {f"role/{name} trust policy": role.trust_policy})
    wanted = next((each.path for each in desired.roles if each.name == name), role.path)
    if isinstance(layer, Known) and role.path != wanted:
        return replace(
            layer,
            assumption=f"the service finds `role/{name}` at the path `{role.path}`; "
            f"a service that looks for a role by its name alone looks at `{wanted}`",
        )
    return layer


def _elsewhere_layer(resource: str, desired: DesiredState) -> Layer | None:
    """The policies that the recipe tells the resource's owner to set: supposed, and said so."""
    here = [policy for policy in desired.elsewhere if _is_of(resource, policy)]
    if not here:
        return None
    return Known(
        tuple(
            AttachedPolicy(
                PolicyType.RESOURCE,
                f"policy of {policy.resource}",
                policy_from_value(policy.policy.to_value(), f"policy of {policy.resource}"),
            )
            for policy in here
        ),
        assumption="; ".join(
            f"the owner of `{policy.resource}` has set the policy that `passrole show {desired.recipe}` prints for it"
            for policy in here
        ),
    )


def _is_of(resource: str, policy: ElsewherePolicy) -> bool:
    """Whether the policy's resource is meant, or what lies below it: a bucket policy is for its objects too."""
    return glob_match(policy.resource, resource) or glob_match(f"{policy.resource}/*", resource)


def _account_of(resource: str, desired: DesiredState) -> str | None:
    for policy in desired.elsewhere:
        if policy.account_id and _is_of(resource, policy):
            return policy.account_id
    try:
        return Arn.parse(resource).account or desired.account_id
    except ArnError:
        return desired.account_id
