"""The answer of iam:GetAccountAuthorizationDetails as a snapshot: an account's users, groups, roles and policies.

Its pages are values with AWS's member names, as `aws iam get-account-authorization-details` prints them and as
botocore returns them. Policy documents come as JSON objects, as JSON text or percent-encoded.
Source: <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html>
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import TypeVar
from urllib.parse import unquote

from passrole.account.json_place import JsonPlace
from passrole.account.snapshot import (
    AccountSnapshot,
    GroupState,
    InstanceProfileState,
    ManagedPolicyState,
    RoleState,
    Supposed,
    Unreadable,
    UserState,
)
from passrole.errors import UsageError
from passrole.policy.arn import ACCOUNT_ID, Arn, ArnError

LISTS = ("UserDetailList", "GroupDetailList", "RoleDetailList", "Policies")
NO_SCPS = "no service control policy limits the account: authorization details tell of none"
_MAKE = "make the file with: aws iam get-account-authorization-details > FILE"

State = TypeVar("State", UserState, GroupState, RoleState, InstanceProfileState, ManagedPolicyState)


def snapshot_of_details(pages: Iterable[JsonPlace], account: tuple[str, str] | None = None) -> AccountSnapshot:
    """The account that the pages describe together; `account` is its id and partition where they are known.

    Of service control policies they say nothing: none are supposed. Raises JsonPlaceError for what GetAccount-
    AuthorizationDetails does not answer, UsageError for pages that are not all, or not of one account.
    """
    pages = tuple(pages)
    for page in pages:
        if not any(page.has(member) for member in LISTS):
            raise page.wrong(f"has none of {', '.join(LISTS)}", help=_MAKE)
    if pages and pages[-1].members().get("IsTruncated") is True:
        raise pages[-1].wrong("is not the last page: `IsTruncated` is true", help=f"add the pages that follow; {_MAKE}")

    def every(member: str, read: Callable[[JsonPlace], State]) -> list[State]:
        return [read(entry) for page in pages for entry in page.items(member)]

    users, groups = every("UserDetailList", _user), every("GroupDetailList", _group)
    roles, policies = every("RoleDetailList", _role), every("Policies", _policy)
    role_entries = (entry for page in pages for entry in page.items("RoleDetailList"))
    profiles = [_profile(profile) for role in role_entries for profile in role.items("InstanceProfileList")]
    account_id, partition = account or _account_of(
        [each.arn for each in users]
        + [each.arn for each in groups]
        + [each.arn for each in roles]
        + [each.arn for each in policies]
    )
    return AccountSnapshot(
        account_id,
        partition,
        users={state.name: state for state in users},
        groups={state.name: state for state in groups},
        roles={state.name: state for state in roles},
        instance_profiles={state.name: state for state in profiles},
        managed_policies={state.arn: state for state in policies},
        organization_policies=Supposed(NO_SCPS),
    )


def _user(place: JsonPlace) -> UserState:
    return UserState(
        place.text("UserName"),
        place.text("Path"),
        _arn(place, "Arn"),
        place.optional_text("UserId"),
        inline_documents_in(place, "UserPolicyList"),
        attached_arns_in(place),
        place.texts("GroupList"),
        boundary_in(place),
        tags_in(place),
        Unreadable("iam:ListAccessKeys", "authorization details do not tell of access keys"),
    )


def _group(place: JsonPlace) -> GroupState:
    return GroupState(
        place.text("GroupName"),
        place.text("Path"),
        _arn(place, "Arn"),
        place.optional_text("GroupId"),
        inline_documents_in(place, "GroupPolicyList"),
        attached_arns_in(place),
    )


def _role(place: JsonPlace) -> RoleState:
    return RoleState(
        place.text("RoleName"),
        place.text("Path"),
        _arn(place, "Arn"),
        document_in(place.at("AssumeRolePolicyDocument")),
        place.optional_text("RoleId"),
        inline_documents_in(place, "RolePolicyList"),
        attached_arns_in(place),
        boundary_in(place),
        tags_in(place),
        instance_profile_names=tuple(
            profile.text("InstanceProfileName") for profile in place.items("InstanceProfileList")
        ),
    )


def _profile(place: JsonPlace) -> InstanceProfileState:
    return InstanceProfileState(
        place.text("InstanceProfileName"),
        place.text("Path"),
        _arn(place, "Arn"),
        tuple(role.text("RoleName") for role in place.items("Roles")),
        place.optional_text("InstanceProfileId"),
    )


def _policy(place: JsonPlace) -> ManagedPolicyState:
    default = place.text("DefaultVersionId")
    versions = {version.text("VersionId"): version for version in place.items("PolicyVersionList")}
    if default not in versions:
        raise place.at("DefaultVersionId").wrong(f"names `{default}`, which is not in `PolicyVersionList`")
    arn = _arn(place, "Arn")
    return ManagedPolicyState(
        arn,
        # Some that answer in place of AWS leave the name out, which the ARN ends in.
        place.optional_text("PolicyName") or arn.rpartition("/")[2],
        place.text("Path"),
        document_in(versions[default].at("Document")),
        default,
        place.optional_text("PolicyId"),
        place.optional_text("Description"),
        version_ids=tuple(versions),
    )


def inline_documents_in(place: JsonPlace, member: str) -> dict[str, str]:
    return {policy.text("PolicyName"): document_in(policy.at("PolicyDocument")) for policy in place.items(member)}


def attached_arns_in(place: JsonPlace) -> tuple[str, ...]:
    return tuple(_arn(policy, "PolicyArn") for policy in place.items("AttachedManagedPolicies"))


def boundary_in(place: JsonPlace) -> str | None:
    return _arn(place.at("PermissionsBoundary"), "PermissionsBoundaryArn") if place.has("PermissionsBoundary") else None


def tags_in(place: JsonPlace) -> dict[str, str]:
    return {tag.text("Key"): tag.text("Value") for tag in place.items("Tags")}


def document_in(place: JsonPlace) -> str:
    """The JSON text of a document. Whether it is a policy is found out when it is asked."""
    value = place.value
    if isinstance(value, str):
        # A document's first character is `{`; percent-encoded it is `%7B`.
        return unquote(value) if value.lstrip()[:1] == "%" else value
    if isinstance(value, dict):
        return json.dumps(value)
    raise place.wrong("is neither a JSON object nor the text of one")


def _arn(place: JsonPlace, member: str) -> str:
    text = place.text(member)
    try:
        Arn.parse(text)
    except ArnError as error:
        raise place.at(member).wrong(f"holds `{text}`, which is not an ARN") from error
    return text


def _account_of(arns: Iterable[str]) -> tuple[str, str]:
    """The one account that all entities are of; AWS's managed policies are of none."""
    parsed = [Arn.parse(arn) for arn in arns]
    found = dict.fromkeys((arn.account, arn.partition) for arn in parsed if ACCOUNT_ID.fullmatch(arn.account))
    if len(found) == 1:
        return next(iter(found))
    if found:
        accounts = ", ".join(dict.fromkeys(account for account, _ in found))
        raise UsageError(
            f"the authorization details are of several accounts: {accounts}", help="ask about one at a time"
        )
    raise UsageError("the authorization details hold no user, role, group or policy of an account", help=_MAKE)
