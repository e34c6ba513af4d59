"""Instance profiles: create, get, list, delete, and the one role that each may hold."""

from __future__ import annotations

from passrole.account import entities
from passrole.account.asks import ask_about, creating, listing, on
from passrole.account.context import CallContext
from passrole.account.creation import RESERVED_PATHS, new_entity
from passrole.account.deletion import refuse_deletion_in_use
from passrole.account.entities import Entity, Kind
from passrole.account.operation import Ask, operation
from passrole.account.pages import page, page_request
from passrole.account.params import Params, Result
from passrole.account.profile_store import add_role, profiles_after, remove_role, roles_in_profiles
from passrole.account.quotas import check_quota
from passrole.account.service_error import no_such_entity, protected_role
from passrole.account.shapes import instance_profile_shape, tags_if_any
from passrole.account.tag_store import checked_tags, put_tags, tag_list, tags_of
from passrole.catalog.service_principals import service_principal


@operation("iam", "CreateInstanceProfile", writes=True, asks=creating(Kind.INSTANCE_PROFILE))
def create_instance_profile(ctx: CallContext, params: Params) -> Result:
    tags = checked_tags(params, Kind.INSTANCE_PROFILE)
    profile = new_entity(ctx, params, Kind.INSTANCE_PROFILE)
    entities.add(ctx.connection, profile)
    put_tags(ctx.connection, profile, tags)
    return {"InstanceProfile": instance_profile_shape(profile, []) | tags_if_any(tags)}


@operation("iam", "GetInstanceProfile", writes=False, asks=on(Kind.INSTANCE_PROFILE))
def get_instance_profile(ctx: CallContext, params: Params) -> Result:
    profile = entities.get(ctx, Kind.INSTANCE_PROFILE, params.text("InstanceProfileName"))
    (shape,) = _shapes(ctx, [profile])
    return {"InstanceProfile": shape | {"Tags": tag_list(tags_of(ctx.connection, profile.id))}}


@operation("iam", "ListInstanceProfiles", writes=False, asks=listing(Kind.INSTANCE_PROFILE))
def list_instance_profiles(ctx: CallContext, params: Params) -> Result:
    request = page_request(params)
    profiles = entities.list_after(
        ctx,
        Kind.INSTANCE_PROFILE,
        path_prefix=params.optional_text("PathPrefix"),
        after=request.after,
        limit=request.limit,
    )
    result = page(request, "InstanceProfiles", profiles, sort_key=entities.sort_key)
    return result | {"InstanceProfiles": _shapes(ctx, profiles[: request.max_items])}


@operation("iam", "ListInstanceProfilesForRole", writes=False, asks=on(Kind.ROLE))
def list_instance_profiles_for_role(ctx: CallContext, params: Params) -> Result:
    role = entities.get(ctx, Kind.ROLE, params.text("RoleName"))
    request = page_request(params)
    profiles = profiles_after(ctx.connection, role, after=request.after, limit=request.limit)
    result = page(request, "InstanceProfiles", profiles, sort_key=entities.sort_key)
    return result | {"InstanceProfiles": _shapes(ctx, profiles[: request.max_items])}


def _asks_to_add_role(ctx: CallContext, params: Params, action: str) -> tuple[Ask, ...]:
    """The role is passed to Amazon EC2, so the caller must be allowed to pass it.

    Source: IAM API Reference, AddRoleToInstanceProfile
    <https://docs.aws.amazon.com/IAM/latest/APIReference/API_AddRoleToInstanceProfile.html>
    """
    asks = on(Kind.INSTANCE_PROFILE)(ctx, params, action)
    name = params.text("RoleName")
    role = entities.find(ctx, Kind.ROLE, name)
    context = {
        # The first name is what the partition's console writes; in China a condition may hold either.
        "iam:PassedToService": service_principal("ec2", ctx.partition).name,
        "iam:AssociatedResourceArn": f"arn:{ctx.partition}:ec2:*:{ctx.account_id}:instance/*",
    }
    passing = ask_about(ctx, Kind.ROLE, name, role, "iam:PassRole", context)
    return (*asks, Ask(passing.action, passing.resource, passing.context))


@operation("iam", "AddRoleToInstanceProfile", writes=True, asks=_asks_to_add_role)
def add_role_to_instance_profile(ctx: CallContext, params: Params) -> Result:
    profile = entities.get(ctx, Kind.INSTANCE_PROFILE, params.text("InstanceProfileName"))
    role = entities.get(ctx, Kind.ROLE, params.text("RoleName"))
    if role.path.startswith(RESERVED_PATHS):
        raise protected_role(role.name)
    present = roles_in_profiles(ctx.connection, [profile]).get(profile.id, [])
    allowed = ctx.quotas.roles_in_instance_profile
    check_quota("InstanceSessionsPerInstanceProfile", len(present) + 1, allowed)
    add_role(ctx.connection, profile, role)
    return {}


@operation("iam", "RemoveRoleFromInstanceProfile", writes=True, asks=on(Kind.INSTANCE_PROFILE))
def remove_role_from_instance_profile(ctx: CallContext, params: Params) -> Result:
    profile = entities.get(ctx, Kind.INSTANCE_PROFILE, params.text("InstanceProfileName"))
    role = entities.get(ctx, Kind.ROLE, params.text("RoleName"))
    if not remove_role(ctx.connection, profile, role):
        raise no_such_entity(f"Role {role.name} in Instance Profile {profile.name} cannot be found.")
    return {}


@operation("iam", "DeleteInstanceProfile", writes=True, asks=on(Kind.INSTANCE_PROFILE))
def delete_instance_profile(ctx: CallContext, params: Params) -> Result:
    profile = entities.get(ctx, Kind.INSTANCE_PROFILE, params.text("InstanceProfileName"))
    refuse_deletion_in_use(ctx.connection, profile)
    entities.remove(ctx.connection, profile)
    return {}


def _shapes(ctx: CallContext, profiles: list[Entity]) -> list[Result]:
    roles = roles_in_profiles(ctx.connection, profiles)
    return [instance_profile_shape(profile, roles.get(profile.id, [])) for profile in profiles]
