"""What an account must hold after a set-up, told by the rendered recipe and compared with what plain botocore lists."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from passrole import __version__
from passrole.recipes.desired import DesiredGroup, DesiredRole, DesiredState, DesiredUser, RenderedPolicy


def marks_of(desired: DesiredState) -> dict[str, str]:
    """The tags of what passrole makes."""
    return {"passrole:set-up": desired.label, "passrole:recipe": desired.recipe, "passrole:version": __version__}


def with_what_is_wanted(before: Mapping[str, Any], desired: DesiredState, tags: Mapping[str, str]) -> dict[str, Any]:
    """The account's contents with all that the set-up wants, as the recipe's rendering alone tells it."""
    contents = {address: entity if isinstance(entity, list) else dict(entity) for address, entity in before.items()}
    for user in desired.users:
        fresh = {"path": user.path, "keys": int(user.access_key), "tags": tags}
        contents[f"user/{user.name}"] = {**fresh, **policies_of(user)}
    for group in desired.groups:
        contents[f"group/{group.name}"] = {**contents[f"group/{group.name}"], **policies_of(group)}
    for role in desired.roles:
        found = contents.get(f"role/{role.name}")
        if role.trust_policy is not None:
            assert found is None
            found = {
                "path": role.path,
                "trust": statements(role.trust_policy),
                "description": role.description,
                "seconds": role.max_session_seconds or 3600,
                "tags": tags,
            }
        assert found is not None
        contents[f"role/{role.name}"] = {**found, **policies_of(role)}
    for policy in desired.managed_policies:
        entity = {"document": statements(policy.policy), "tags": tags}
        contents[f"policy{policy.path}{policy.name}"] = entity
    for profile in desired.instance_profiles:
        contents[f"profile/{profile.name}"] = [profile.role_name]
    return contents


def policies_of(bearer: DesiredUser | DesiredGroup | DesiredRole) -> dict[str, Any]:
    return {
        "inline": {name: statements(policy) for name, policy in bearer.inline_policies.items()},
        "attached": sorted(bearer.attached_policy_arns),
    }


def statements(policy: RenderedPolicy) -> list[Any]:
    return list(policy.to_value()["Statement"])
