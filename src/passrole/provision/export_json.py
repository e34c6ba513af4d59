"""A set-up as one JSON document: its entities, the policy documents as IAM takes them, and their reasons."""

from __future__ import annotations

from collections.abc import Mapping

from passrole.provision.json_shape import pretty_json
from passrole.recipes.desired import (
    DesiredGroup,
    DesiredRole,
    DesiredState,
    DesiredUser,
    Json,
    RenderedPolicy,
    Source,
)

FORMAT_VERSION = "1.0"


def export_json(desired: DesiredState) -> str:
    """The JSON text of everything that the set-up wants; `document` members are what IAM is given."""
    return pretty_json(desired_to_value(desired))


def desired_to_value(desired: DesiredState) -> dict[str, Json]:
    return {
        "format_version": FORMAT_VERSION,
        "recipe": desired.recipe,
        "label": desired.label,
        "variant": desired.variant,
        "account_id": desired.account_id,
        "partition": desired.partition,
        "region": desired.region,
        "parameters": dict(desired.parameters),
        "managed_policies": [
            {
                "arn": each.arn(desired.partition, desired.account_id),
                "name": each.name,
                "path": each.path,
                "description": each.description,
                "reason": each.reason,
                **_policy(each.policy),
            }
            for each in desired.managed_policies
        ],
        "users": [{**_holder(each), "path": each.path, "access_key": each.access_key} for each in desired.users],
        "groups": [_holder(each) for each in desired.groups],
        "roles": [
            {
                **_holder(each),
                "path": each.path,
                "trust_policy": None if each.trust_policy is None else _policy(each.trust_policy),
                "description": each.description,
                "max_session_seconds": each.max_session_seconds,
            }
            for each in desired.roles
        ],
        "instance_profiles": [
            {"name": each.name, "path": each.path, "role_name": each.role_name, "reason": each.reason}
            for each in desired.instance_profiles
        ],
        "elsewhere": [
            {
                "resource": each.resource,
                "account_id": each.account_id,
                "reason": each.reason,
                **_policy(each.policy),
            }
            for each in desired.elsewhere
        ],
        "pass_role": [
            {"role_name": each.role_name, "role_path": each.role_path, "service": each.service, "reason": each.reason}
            for each in desired.pass_role
        ],
        "notes": [
            {
                "id": each.id,
                "kind": each.kind,
                "about": each.about,
                "text": each.text,
                "source": _source(each.source) if each.source else None,
            }
            for each in desired.notes
        ],
    }


def _holder(each: DesiredUser | DesiredGroup | DesiredRole) -> dict[str, Json]:
    return {
        "name": each.name,
        "reason": each.reason,
        "inline_policies": _inline(each.inline_policies),
        "attached_policy_arns": list(each.attached_policy_arns),
    }


def _inline(policies: Mapping[str, RenderedPolicy]) -> dict[str, Json]:
    return {name: _policy(policy) for name, policy in policies.items()}


def _policy(policy: RenderedPolicy) -> dict[str, Json]:
    return {
        "document": policy.to_value(),
        "statements": [
            {"id": each.id, "reason": each.reason, "source": _source(each.source), "keep": each.keep}
            for each in policy.statements
        ],
    }


def _source(source: Source) -> dict[str, Json]:
    return {"title": source.title, "url": source.url}
