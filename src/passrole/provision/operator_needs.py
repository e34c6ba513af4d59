"""What each task of the person who runs passrole asks of IAM, for one set-up: actions, resources and conditions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from passrole.catalog.service_principals import service_principal
from passrole.provision.addresses import Address, Kind, Part
from passrole.provision.changes import ApiCall
from passrole.provision.nothing_there import plan_from_nothing
from passrole.provision.wanted import Wanted, join_desired
from passrole.recipes.desired import DesiredState, Json

Condition: TypeAlias = tuple[str, str, tuple[str, ...]] | None
"""Operator, key and values."""


class OperatorTask(Enum):
    """What the person does with a set-up."""

    APPLY = "apply"
    """Makes it in an account that has none of it, reads it back, and goes on after a stop."""
    CHANGE = "change"
    """Alters what is there: adopts entities of others, and brings an older set-up up to date."""
    VERIFY = "verify"
    DESTROY = "destroy"
    """Takes it away; needed too where a changed parameter takes a part of it away."""
    PASS_ROLE = "pass role"  # noqa: S105  # no password
    """Hands its roles to the service, which the service asks of whoever uses them."""


@dataclass(frozen=True, slots=True)
class Need:
    action: str
    resources: tuple[str, ...]
    condition: Condition = None


def needs_of(desired: DesiredState, tasks: frozenset[OperatorTask]) -> Iterator[Need]:
    """Every need of `tasks`; the same action may come more than once."""
    calls = plan_from_nothing(desired).calls
    for wanted in join_desired([desired]):
        arns = _Arns(desired, wanted)
        yield from (Need(action, arns.perhaps_missing) for action in _reads(wanted))
        if OperatorTask.CHANGE in tasks:
            yield from (Need(f"iam:{name}", arns.existing) for name in _changes(wanted))
        if OperatorTask.DESTROY in tasks:
            yield from _destroy_needs(wanted, arns)
        if OperatorTask.VERIFY in tasks:
            yield from _verify_needs(desired, wanted, arns)
        if OperatorTask.APPLY in tasks:
            yield from _apply_needs(desired, [call for call in calls if call.address.entity == wanted.address], arns)
    if OperatorTask.VERIFY in tasks:
        yield Need("organizations:DescribeOrganization", ("*",))
        yield from _resource_policy_needs(desired)
    if OperatorTask.PASS_ROLE in tasks:
        for each in desired.pass_role:
            role = f"{_iam(desired)}:role{each.role_path}{each.role_name}"
            yield _pass_role(desired, role, each.service)


class _Arns:
    """The ARNs that calls about one entity are authorized on."""

    def __init__(self, desired: DesiredState, wanted: Wanted) -> None:
        kind, name = wanted.address.kind, wanted.address.name.rpartition("/")[2]
        start = f"{_iam(desired)}:{_ARN_WORDS[kind]}"
        # At which path an entity of others lies is not known before it is read; `*/` is any path but none.
        here = (f"{start}/{name}", f"{start}/*/{name}") if wanted.path is None else (f"{start}{wanted.path}{name}",)
        self.existing: tuple[str, ...] = here
        bare = f"{start}/{name}"
        # IAM knows no path of what does not exist; only a policy is named by its ARN, path and all.
        missing = () if bare in here or kind is Kind.MANAGED_POLICY else (bare,)
        self.perhaps_missing: tuple[str, ...] = here + missing


_ARN_WORDS = {
    Kind.USER: "user",
    Kind.GROUP: "group",
    Kind.ROLE: "role",
    Kind.MANAGED_POLICY: "policy",
    Kind.INSTANCE_PROFILE: "instance-profile",
}
_READS = {
    Kind.USER: ("GetUser", "ListUserPolicies", "GetUserPolicy", "ListAttachedUserPolicies"),
    Kind.GROUP: ("GetGroup", "ListGroupPolicies", "GetGroupPolicy", "ListAttachedGroupPolicies"),
    Kind.ROLE: ("GetRole", "ListRolePolicies", "GetRolePolicy", "ListAttachedRolePolicies"),
    Kind.MANAGED_POLICY: ("GetPolicy", "GetPolicyVersion", "ListPolicyVersions"),
    Kind.INSTANCE_PROFILE: ("GetInstanceProfile",),
}
_DEEP_READS = {
    Kind.USER: ("ListGroupsForUser", "ListAccessKeys"),
    Kind.ROLE: ("ListInstanceProfilesForRole",),
    Kind.MANAGED_POLICY: ("ListEntitiesForPolicy",),
}
_DELETIONS = {
    Kind.USER: ("DeleteUser",),
    Kind.ROLE: ("DeleteRole", "UpdateAssumeRolePolicy"),
    Kind.MANAGED_POLICY: ("DeletePolicy", "DeletePolicyVersion", "CreatePolicyVersion"),
    Kind.INSTANCE_PROFILE: ("DeleteInstanceProfile", "RemoveRoleFromInstanceProfile"),
}
_TAGGING = {
    "CreateUser": "iam:TagUser",
    "CreateRole": "iam:TagRole",
    "CreatePolicy": "iam:TagPolicy",
    "CreateInstanceProfile": "iam:TagInstanceProfile",
}
_WORDS = {Kind.USER: "User", Kind.GROUP: "Group", Kind.ROLE: "Role"}


def _iam(desired: DesiredState) -> str:
    return f"arn:{desired.partition}:iam::{desired.account_id}"


def _reads(wanted: Wanted) -> Iterator[str]:
    yield from (f"iam:{name}" for name in _READS[wanted.address.kind])
    if wanted.key_set_ups:
        yield "iam:ListAccessKeys"


def _apply_needs(desired: DesiredState, calls: list[ApiCall], arns: _Arns) -> Iterator[Need]:
    for call in calls:
        yield Need(call.row.iam_action, arns.existing, _policy_condition(call.address))
        if call.operation in _TAGGING:
            yield Need(_TAGGING[call.operation], arns.existing)
        if call.operation == "CreateAccessKey":
            # A key whose secret was lost is found, deleted and made again.
            yield Need("iam:DeleteAccessKey", arns.existing)
            yield Need("iam:GetAccessKeyLastUsed", arns.existing)
        if call.operation == "AddRoleToInstanceProfile":
            yield from _pass_to_ec2(desired, str(call.address.detail))


def _pass_to_ec2(desired: DesiredState, role_name: str) -> Iterator[Need]:
    """IAM asks iam:PassRole, to Amazon EC2, of whoever puts a role into an instance profile.

    Source: <https://docs.aws.amazon.com/IAM/latest/APIReference/API_AddRoleToInstanceProfile.html>
    """
    paths = [each.path for each in desired.roles if each.name == role_name]
    for path in paths or ["/"]:
        yield _pass_role(desired, f"{_iam(desired)}:role{path}{role_name}", "ec2.amazonaws.com")


def _pass_role(desired: DesiredState, role: str, service: str) -> Need:
    names = service_principal(service, desired.partition).names
    return Need("iam:PassRole", (role,), ("StringEquals", "iam:PassedToService", names))


def _policy_condition(address: Address) -> Condition:
    """Attaching is allowed for the set-up's policies only: without it, it is a way to become administrator."""
    if address.part is not Part.ATTACHED_POLICY:
        return None
    return ("ArnEquals", "iam:PolicyARN", (str(address.detail),))


def _changes(wanted: Wanted) -> Iterator[str]:
    if wanted.address.kind is Kind.MANAGED_POLICY:
        yield from ("CreatePolicyVersion", "DeletePolicyVersion")
    elif wanted.trust is not None:
        yield "UpdateAssumeRolePolicy"
        if wanted.description is not None or wanted.max_session_seconds is not None:
            yield "UpdateRole"


def _destroy_needs(wanted: Wanted, arns: _Arns) -> Iterator[Need]:
    kind = wanted.address.kind
    yield from (Need(f"iam:{name}", arns.perhaps_missing) for name in _DEEP_READS.get(kind, ()))
    if not wanted.must_exist:
        yield from (Need(f"iam:{name}", arns.existing) for name in _DELETIONS.get(kind, ()))
    if wanted.key_set_ups:
        yield Need("iam:DeleteAccessKey", arns.existing)
        yield Need("iam:GetAccessKeyLastUsed", arns.existing)
    if wanted.inline:
        # What others' statements are left in is written again, without the set-up's.
        yield Need(f"iam:Put{_WORDS[kind]}Policy", arns.existing)
        yield Need(f"iam:Delete{_WORDS[kind]}Policy", arns.existing)
    for arn in wanted.attached:
        condition = _policy_condition(wanted.address.attached_policy(arn))
        yield Need(f"iam:Detach{_WORDS[kind]}Policy", arns.existing, condition)


def _verify_needs(desired: DesiredState, wanted: Wanted, arns: _Arns) -> Iterator[Need]:
    if wanted.attached:
        yield from (Need(f"iam:{name}", tuple(wanted.attached)) for name in ("GetPolicy", "GetPolicyVersion"))
    if wanted.address.kind is Kind.USER:
        yield Need("iam:ListGroupsForUser", arns.existing)
        # Which groups a user is in is known only when it has been read.
        yield from (Need(f"iam:{name}", (f"{_iam(desired)}:group/*",)) for name in _READS[Kind.GROUP])


def _resource_policy_needs(desired: DesiredState) -> Iterator[Need]:
    """The resource-based policies that verify reads (`resource_policies`) of what the set-up's workflows touch.

    Not of a bucket that no parameter names: it stands for one that the service will make, or is AWS's own.
    """
    said = " ".join(_texts(list(desired.parameters.values())))
    for step in (step for workflow in desired.workflows for step in workflow.steps):
        for resource in step.resources:
            service = step.action.partition(":")[0]
            if service == "s3" and ":::" in resource:
                bucket = resource.partition(":::")[2].partition("/")[0]
                if bucket in said:
                    yield Need("s3:GetBucketPolicy", (f"arn:{desired.partition}:s3:::{bucket}",))
            elif service == "kms" and ":key/" in resource and "*" not in resource:
                yield Need("kms:GetKeyPolicy", (resource,))
            elif service == "secretsmanager" and ":secret:" in resource:
                yield Need("secretsmanager:GetResourcePolicy", (resource,))
            elif service == "sns" and resource != "*":
                yield Need("sns:GetTopicAttributes", (resource,))


def _texts(value: Json) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
