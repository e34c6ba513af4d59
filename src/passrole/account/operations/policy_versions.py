"""Create, Get, List, Delete and SetDefault of the versions of managed policies."""

from __future__ import annotations

from passrole.account.asks import on_policy
from passrole.account.context import CallContext
from passrole.account.documents import checked_document
from passrole.account.managed import ManagedPolicy, PolicyVersion, find_policy, get_policy, versions_of
from passrole.account.operation import operation
from passrole.account.pages import page, page_request, rest_of
from passrole.account.params import Params, Result
from passrole.account.quotas import check_quota
from passrole.account.service_error import (
    ServiceError,
    access_denied,
    delete_conflict,
    limit_exceeded,
    no_such_entity,
)
from passrole.account.shapes import version_shape
from passrole.account.version_store import add_version, delete_version, set_default_version
from passrole.catalog.quotas import policy_size
from passrole.policy.model import PolicyType


@operation("iam", "CreatePolicyVersion", writes=True, asks=on_policy())
def create_policy_version(ctx: CallContext, params: Params) -> Result:
    document = params.text("PolicyDocument")
    checked_document(document, PolicyType.IDENTITY, partition=ctx.partition, managed=True)
    policy = get_policy(ctx, params.text("PolicyArn"))
    if policy.entity is None:
        raise access_denied("Cannot update policies outside your own account.")
    check_quota("PolicySize", policy_size(document), ctx.quotas.managed_policy_size)
    if len(versions_of(ctx, policy)) >= ctx.quotas.policy_versions:
        raise limit_exceeded(
            f"A managed policy can have up to {ctx.quotas.policy_versions} versions. Before you create a new version, "
            "you must delete an existing version."
        )
    number = add_version(
        ctx.connection,
        policy.entity.id,
        document,
        created_at=ctx.now,
        set_default=params.flag("SetAsDefault"),
    )
    return {"PolicyVersion": version_shape(_version(ctx, policy.arn, f"v{number}"))}


@operation("iam", "GetPolicyVersion", writes=False, asks=on_policy())
def get_policy_version(ctx: CallContext, params: Params) -> Result:
    version = _version(ctx, params.text("PolicyArn"), params.text("VersionId"))
    return {"PolicyVersion": version_shape(version, with_document=True)}


@operation("iam", "ListPolicyVersions", writes=False, asks=on_policy())
def list_policy_versions(ctx: CallContext, params: Params) -> Result:
    """Newest first."""
    versions = versions_of(ctx, get_policy(ctx, params.text("PolicyArn")))
    request = page_request(params)
    return page(
        request,
        "Versions",
        rest_of(request, versions, sort_key=_newest_first),
        sort_key=_newest_first,
        shape=version_shape,
    )


@operation("iam", "DeletePolicyVersion", writes=True, asks=on_policy())
def delete_policy_version(ctx: CallContext, params: Params) -> Result:
    arn = params.text("PolicyArn")
    policy = find_policy(ctx, arn)
    if policy is not None and policy.entity is None:
        raise access_denied("Cannot delete policy versions for policies outside your own account.")
    version = _version(ctx, arn, params.text("VersionId"))
    if version.is_default:
        raise delete_conflict("Cannot delete the default version of a policy.")
    delete_version(ctx.connection, _own(policy), _number(version))
    return {}


@operation("iam", "SetDefaultPolicyVersion", writes=True, asks=on_policy())
def set_default_policy_version(ctx: CallContext, params: Params) -> Result:
    arn = params.text("PolicyArn")
    policy = find_policy(ctx, arn)
    if policy is not None and policy.entity is None:
        raise access_denied("Cannot update policies outside your own account.")
    version = _version(ctx, arn, params.text("VersionId"))
    set_default_version(ctx.connection, _own(policy), _number(version), updated_at=ctx.now)
    return {}


def _version(ctx: CallContext, arn: str, version_id: str) -> PolicyVersion:
    """Raises NoSuchEntity, with one text for a policy and for a version that is not there."""
    policy = find_policy(ctx, arn)
    found = [] if policy is None else [v for v in versions_of(ctx, policy) if v.version_id == version_id]
    if not found:
        raise _no_version(arn, version_id)
    return found[0]


def _no_version(arn: str, version_id: str) -> ServiceError:
    return no_such_entity(f"Policy {arn} version {version_id} does not exist or is not attachable.")


def _own(policy: ManagedPolicy | None) -> str:
    assert policy is not None
    assert policy.entity is not None
    return policy.entity.id


def _number(version: PolicyVersion) -> int:
    return int(version.version_id.removeprefix("v"))


def _newest_first(version: PolicyVersion) -> str:
    """Sorts backwards: pages go from the last version to the first."""
    return f"{10**9 - _number(version):010d}"
