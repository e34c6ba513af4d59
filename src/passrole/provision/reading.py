"""Reading IAM entities one by one, each part seen, absent, or unreadable with the action that was refused."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from passrole.account.snapshot import (
    GroupState,
    InstanceProfileState,
    ManagedPolicyState,
    RoleState,
    Unreadable,
    UserState,
)
from passrole.provision.addressed import Reading
from passrole.provision.addresses import Kind
from passrole.provision.call import call, call_list, call_pages
from passrole.provision.errors import AccessDeniedError, NoSuchEntityError

if TYPE_CHECKING:
    from botocore.client import BaseClient

_T = TypeVar("_T")


def readable(read: Callable[[], _T]) -> _T | Unreadable:
    """What `read` gives, or what refused it. Only a refusal of access makes something unreadable."""
    try:
        return read()
    except AccessDeniedError as err:
        return Unreadable(err.action, err.aws_message)


def found(read: Callable[[], _T]) -> _T | Unreadable | None:
    """What `read` gives; None when it does not exist, which is not the same as unreadable."""
    try:
        return readable(read)
    except NoSuchEntityError:
        return None


def read_user(iam: BaseClient, name: str, reading: Reading, *, groups: bool) -> UserState:
    """Raises NoSuchEntityError when there is none, AccessDeniedError when not even that may be known."""
    user = call(iam, "GetUser", {"UserName": name})["User"]
    return UserState(
        name=user["UserName"],
        path=user["Path"],
        arn=user["Arn"],
        user_id=user["UserId"],
        inline_policies=_inline_policies(iam, "User", name),
        attached_policy_arns=_attached_policies(iam, "User", name),
        group_names=_names(iam, "ListGroupsForUser", {"UserName": name}, "Groups", "GroupName")
        if reading.deep or groups
        else _not_asked("iam:ListGroupsForUser"),
        boundary_arn=_boundary(user),
        tags=_tags(user),
        access_key_ids=_names(iam, "ListAccessKeys", {"UserName": name}, "AccessKeyMetadata", "AccessKeyId")
        if reading.deep or reading.keys
        else _not_asked("iam:ListAccessKeys"),
    )


def read_group(iam: BaseClient, name: str) -> GroupState:
    """Raises as `read_user`."""
    group = call(iam, "GetGroup", {"GroupName": name, "MaxItems": 1})["Group"]
    return GroupState(
        name=group["GroupName"],
        path=group["Path"],
        arn=group["Arn"],
        group_id=group["GroupId"],
        inline_policies=_inline_policies(iam, "Group", name),
        attached_policy_arns=_attached_policies(iam, "Group", name),
    )


def read_role(iam: BaseClient, name: str, reading: Reading) -> RoleState:
    """Raises as `read_user`."""
    role = call(iam, "GetRole", {"RoleName": name})["Role"]
    profiles = ("ListInstanceProfilesForRole", {"RoleName": name}, "InstanceProfiles", "InstanceProfileName")
    return RoleState(
        name=role["RoleName"],
        path=role["Path"],
        arn=role["Arn"],
        trust_policy=document_text(role["AssumeRolePolicyDocument"]),
        role_id=role["RoleId"],
        inline_policies=_inline_policies(iam, "Role", name),
        attached_policy_arns=_attached_policies(iam, "Role", name),
        boundary_arn=_boundary(role),
        tags=_tags(role),
        description=role.get("Description"),
        max_session_seconds=role.get("MaxSessionDuration", 3600),
        instance_profile_names=_names(iam, *profiles)
        if reading.deep
        else _not_asked("iam:ListInstanceProfilesForRole"),
    )


def read_managed_policy(iam: BaseClient, arn: str, *, versions: bool) -> ManagedPolicyState:
    """The policy with its default version's document. Raises as `read_user`; without the document there is no
    state, so a caller who may read the policy and not its versions gets AccessDeniedError."""
    policy = call(iam, "GetPolicy", {"PolicyArn": arn})["Policy"]
    default = policy["DefaultVersionId"]
    version = call(iam, "GetPolicyVersion", {"PolicyArn": arn, "VersionId": default})["PolicyVersion"]
    listed = call_list(iam, "ListPolicyVersions", {"PolicyArn": arn}, "Versions") if versions else ()
    return ManagedPolicyState(
        arn=policy["Arn"],
        name=policy["PolicyName"],
        path=policy["Path"],
        document=document_text(version["Document"]),
        default_version_id=default,
        policy_id=policy["PolicyId"],
        description=policy.get("Description"),
        tags=_tags(policy),
        version_ids=tuple(each["VersionId"] for each in listed),
    )


def read_instance_profile(iam: BaseClient, name: str) -> InstanceProfileState:
    """Raises as `read_user`."""
    profile = call(iam, "GetInstanceProfile", {"InstanceProfileName": name})["InstanceProfile"]
    return InstanceProfileState(
        name=profile["InstanceProfileName"],
        path=profile["Path"],
        arn=profile["Arn"],
        role_names=tuple(role["RoleName"] for role in profile["Roles"]),
        instance_profile_id=profile["InstanceProfileId"],
        tags=_tags(profile),
    )


def read_policy_holders(iam: BaseClient, arn: str) -> tuple[str, ...] | Unreadable:
    """The addresses of all that have the managed policy attached or as their boundary, sorted."""

    def read() -> tuple[str, ...]:
        return tuple(
            sorted(
                f"{kind.value}/{entry[key]}"
                for page in call_pages(iam, "ListEntitiesForPolicy", {"PolicyArn": arn})
                for kind, member, key in _HOLDERS
                for entry in page.get(member, ())
            )
        )

    return readable(read)


_HOLDERS = (
    (Kind.USER, "PolicyUsers", "UserName"),
    (Kind.GROUP, "PolicyGroups", "GroupName"),
    (Kind.ROLE, "PolicyRoles", "RoleName"),
)


def document_text(document: object) -> str:
    """botocore has already percent-decoded and parsed the document; where it could not, it is left as text."""
    return document if isinstance(document, str) else json.dumps(document)


def _inline_policies(iam: BaseClient, word: str, name: str) -> Mapping[str, str] | Unreadable:
    owner = {f"{word}Name": name}

    def read() -> Mapping[str, str]:
        names = call_list(iam, f"List{word}Policies", owner, "PolicyNames")
        return dict(_documents(iam, f"Get{word}Policy", owner, names))

    return readable(read)


def _documents(
    iam: BaseClient, operation: str, owner: Mapping[str, str], names: Iterable[str]
) -> Iterable[tuple[str, str]]:
    for name in names:
        try:
            answer = call(iam, operation, {**owner, "PolicyName": name})
        except NoSuchEntityError:
            continue  # Deleted by someone since it was listed.
        yield name, document_text(answer["PolicyDocument"])


def _attached_policies(iam: BaseClient, word: str, name: str) -> tuple[str, ...] | Unreadable:
    return _names(iam, f"ListAttached{word}Policies", {f"{word}Name": name}, "AttachedPolicies", "PolicyArn")


def _names(
    iam: BaseClient, operation: str, parameters: Mapping[str, str], member: str, key: str
) -> tuple[str, ...] | Unreadable:
    return readable(lambda: tuple(entry[key] for entry in call_list(iam, operation, parameters, member)))


def _not_asked(action: str) -> Unreadable:
    return Unreadable(action, NOT_ASKED)


NOT_ASKED = "not read: this command does not need it"


def _boundary(entity: Mapping[str, Any]) -> str | None:
    arn = entity.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn")
    return None if arn is None else str(arn)


def _tags(entity: Mapping[str, Any]) -> dict[str, str]:
    # The Get operations answer with the tags, so that no further permission (iam:ListRoleTags) is needed.
    return {tag["Key"]: tag["Value"] for tag in entity.get("Tags", ())}
