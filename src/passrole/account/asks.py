"""The questions that IAM's operations ask, by what they are about: an entity that is there, a new one, a list.

Sources: Service Authorization Reference, AWS Identity and Access Management
<https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html>;
the forms of shown resources are those of AWS's denials in public reports.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from passrole.account import entities
from passrole.account.context import CallContext
from passrole.account.entities import NAME_PARAMETER, Entity, Kind
from passrole.account.managed import find_policy
from passrole.account.operation import Ask, Asker
from passrole.account.params import Params
from passrole.account.service_error import validation_error
from passrole.account.tag_store import tags_of
from passrole.engine.request import ContextValue

Extra = Callable[[CallContext, Params, Entity | None], Mapping[str, ContextValue]]
"""Condition keys that an operation adds; the entity is the one asked about, None when there is none yet."""

_SHOWN = {
    Kind.USER: "user",
    Kind.ROLE: "role",
    Kind.GROUP: "group",
    Kind.POLICY: "policy",
    Kind.INSTANCE_PROFILE: "instance profile",
    Kind.MFA_DEVICE: "MFA device",
}
_TAG_ACTION = {
    Kind.USER: "iam:TagUser",
    Kind.ROLE: "iam:TagRole",
    Kind.POLICY: "iam:TagPolicy",
    Kind.INSTANCE_PROFILE: "iam:TagInstanceProfile",
    Kind.MFA_DEVICE: "iam:TagMFADevice",
}


def on(kind: Kind, *extras: Extra) -> Asker:
    """About the entity that the parameters name, whether it is there or not."""

    def asks(ctx: CallContext, params: Params, action: str) -> tuple[Ask, ...]:
        name = named(ctx, params, kind)
        entity = entities.find(ctx, kind, name)
        return (ask_about(ctx, kind, name, entity, action, _gathered(extras, ctx, params, entity)),)

    return asks


def ask_about(
    ctx: CallContext,
    kind: Kind,
    name: str,
    entity: Entity | None,
    action: str,
    context: Mapping[str, ContextValue],
) -> Ask:
    # The path of an entity that is not there is not known; its name alone is what can be asked about.
    arn = entity.arn if entity is not None else ctx.arn(kind, "/", name)
    return Ask(action, arn, {**resource_tags(ctx, entity), **context}, f"{_SHOWN[kind]} {name}")


def on_policy(*extras: Extra) -> Asker:
    """About the managed policy that `PolicyArn` names."""

    def asks(ctx: CallContext, params: Params, action: str) -> tuple[Ask, ...]:
        arn = params.text("PolicyArn")
        policy = find_policy(ctx, arn)
        entity = policy.entity if policy is not None else None
        context = {**resource_tags(ctx, entity), **_gathered(extras, ctx, params, entity)}
        return (Ask(action, arn, context, f"policy {arn}"),)

    return asks


def creating(kind: Kind, *extras: Extra) -> Asker:
    """About an entity that is to be: its ARN follows from the parameters. With tags, about tagging it as well."""

    def asks(ctx: CallContext, params: Params, action: str) -> tuple[Ask, ...]:
        name = params.text(NAME_PARAMETER[kind])
        arn = ctx.arn(kind, params.optional_text("Path") or "/", name)
        context = {**request_tags(ctx, params, None), **_gathered(extras, ctx, params, None)}
        shown = f"{_SHOWN[kind]} {name}" if kind is Kind.POLICY else None
        question = Ask(action, arn, context, shown)
        if not params.has("Tags"):
            return (question,)
        return (question, Ask(_TAG_ACTION[kind], arn, context))

    return asks


def listing(kind: Kind) -> Asker:
    """About all entities below a path: `arn:aws:iam::111122223333:role/`."""

    def asks(ctx: CallContext, params: Params, action: str) -> tuple[Ask, ...]:
        return (Ask(action, ctx.arn(kind, params.optional_text("PathPrefix") or "/", "")),)

    return asks


def listing_policies(ctx: CallContext, params: Params, action: str) -> tuple[Ask, ...]:
    """Managed policies belong to several accounts, so no ARN stands for all of them."""
    return (Ask(action, "*", shown_resource=f"policy path {params.optional_text('PathPrefix') or '/'}"),)


def account_wide(_ctx: CallContext, _params: Params, action: str) -> tuple[Ask, ...]:
    return (Ask(action, "*"),)


def nothing(_ctx: CallContext, _params: Params, _action: str) -> tuple[Ask, ...]:
    """For what nobody can be denied."""
    return ()


def named(ctx: CallContext, params: Params, kind: Kind) -> str:
    """The name in the parameters; a user's may be left out by a user who means itself. Raises ValidationError."""
    name = params.optional_text(NAME_PARAMETER[kind])
    if name is None and kind is Kind.USER:
        name = ctx.caller.user_name
        if name is None:
            raise validation_error("Must specify userName when calling with non-User credentials")
    assert name is not None, "AWS's model requires every other name"
    return name


def resource_tags(ctx: CallContext, entity: Entity | None) -> dict[str, ContextValue]:
    """aws:ResourceTag of the entity, and for users and roles iam:ResourceTag with the same values."""
    if entity is None:
        return {}
    prefixes = ["aws"] + (["iam"] if entity.kind in (Kind.USER, Kind.ROLE) else [])
    tags = tags_of(ctx.connection, entity.id)
    return {f"{prefix}:ResourceTag/{key}": value for prefix in prefixes for key, value in tags.items()}


def request_tags(_ctx: CallContext, params: Params, _entity: Entity | None) -> dict[str, ContextValue]:
    """aws:RequestTag and aws:TagKeys for `Tags`; absent without them."""
    tags = params.tags()
    if not tags:
        return {}
    return {"aws:TagKeys": tuple(tags), **{f"aws:RequestTag/{key}": value for key, value in tags.items()}}


def untagged_keys(_ctx: CallContext, params: Params, _entity: Entity | None) -> dict[str, ContextValue]:
    return {"aws:TagKeys": params.texts("TagKeys")}


def policy_arn(_ctx: CallContext, params: Params, _entity: Entity | None) -> dict[str, ContextValue]:
    """iam:PolicyARN: the managed policy that is attached or detached."""
    return {"iam:PolicyARN": params.text("PolicyArn")}


def requested_boundary(_ctx: CallContext, params: Params, _entity: Entity | None) -> dict[str, ContextValue]:
    """iam:PermissionsBoundary as the request sets it."""
    boundary = params.optional_text("PermissionsBoundary")
    return {} if boundary is None else {"iam:PermissionsBoundary": boundary}


def present_boundary(_ctx: CallContext, _params: Params, entity: Entity | None) -> dict[str, ContextValue]:
    """iam:PermissionsBoundary as the user or role has it."""
    if entity is None or entity.boundary_arn is None:
        return {}
    return {"iam:PermissionsBoundary": entity.boundary_arn}


def _gathered(
    extras: tuple[Extra, ...], ctx: CallContext, params: Params, entity: Entity | None
) -> dict[str, ContextValue]:
    context: dict[str, ContextValue] = {}
    for extra in extras:
        context.update(extra(ctx, params, entity))
    return context
