"""Entities as the members of answers: which of their parts AWS shows depends on the operation.

Which parts those are was taken from recorded answers: a role in a list has no tags, a managed policy has `Tags` even
when there are none, a role inside an instance profile has neither description nor session duration.
"""

from __future__ import annotations

from collections.abc import Mapping

from passrole.account.clock import moment
from passrole.account.documents import encoded_document
from passrole.account.entities import Entity
from passrole.account.managed import ManagedPolicy, PolicyVersion
from passrole.account.params import Result
from passrole.account.role_store import Role
from passrole.account.tag_store import tag_list


def user_shape(user: Entity) -> Result:
    return {
        "Path": user.path,
        "UserName": user.name,
        "UserId": user.id,
        "Arn": user.arn,
        "CreateDate": moment(user.created_at),
    }


def group_shape(group: Entity) -> Result:
    return {
        "Path": group.path,
        "GroupName": group.name,
        "GroupId": group.id,
        "Arn": group.arn,
        "CreateDate": moment(group.created_at),
    }


def role_shape(role: Role) -> Result:
    """What every answer shows of a role."""
    entity = role.entity
    return {
        "Path": entity.path,
        "RoleName": entity.name,
        "RoleId": entity.id,
        "Arn": entity.arn,
        "CreateDate": moment(entity.created_at),
        "AssumeRolePolicyDocument": encoded_document(role.trust_policy),
    }


def listed_role_shape(role: Role) -> Result:
    """A role in ListRoles."""
    shape = role_shape(role) | {"MaxSessionDuration": role.max_session_seconds}
    return shape | described(role.entity)


def full_role_shape(role: Role, tags: Mapping[str, str]) -> Result:
    """A role in GetRole."""
    shape = listed_role_shape(role) | {"RoleLastUsed": last_used_shape(role)}
    return shape | tags_if_any(tags) | boundary_if_any(role.entity)


def last_used_shape(role: Role) -> Result:
    if role.last_used_at is None:
        return {}
    return {"LastUsedDate": moment(role.last_used_at), "Region": role.last_used_region}


def described(entity: Entity) -> Result:
    return {} if entity.description is None else {"Description": entity.description}


def boundary_if_any(entity: Entity) -> Result:
    if entity.boundary_arn is None:
        return {}
    boundary = {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": entity.boundary_arn}
    return {"PermissionsBoundary": boundary}


def tags_if_any(tags: Mapping[str, str]) -> Result:
    return {"Tags": tag_list(tags)} if tags else {}


def instance_profile_shape(profile: Entity, roles: list[Role]) -> Result:
    return {
        "Path": profile.path,
        "InstanceProfileName": profile.name,
        "InstanceProfileId": profile.id,
        "Arn": profile.arn,
        "CreateDate": moment(profile.created_at),
        "Roles": [role_shape(role) for role in roles],
    }


def policy_shape(policy: ManagedPolicy, *, attachments: int, boundaries: int) -> Result:
    """What every answer shows of a managed policy; its description is shown by GetPolicy alone."""
    return {
        "PolicyName": policy.name,
        "PolicyId": policy.policy_id,
        "Arn": policy.arn,
        "Path": policy.path,
        "DefaultVersionId": policy.default_version_id,
        "AttachmentCount": attachments,
        "PermissionsBoundaryUsageCount": boundaries,
        "IsAttachable": policy.attachable,
        "CreateDate": policy.created_at,
        "UpdateDate": policy.updated_at,
    }


def described_policy(policy: ManagedPolicy) -> Result:
    return {} if policy.description is None else {"Description": policy.description}


def version_shape(version: PolicyVersion, *, with_document: bool = False) -> Result:
    shape: Result = {"VersionId": version.version_id, "IsDefaultVersion": version.is_default}
    if version.created_at is not None:
        shape["CreateDate"] = version.created_at
    if with_document:
        shape["Document"] = encoded_document(version.document)
    return shape


def attached_policy_shape(policy_arn: str) -> Result:
    return {"PolicyName": policy_arn.rpartition("/")[2], "PolicyArn": policy_arn}
