"""Rehearsing dms-user, dms-roles and sms on an account that holds just what they make."""

from __future__ import annotations

import json
from typing import Any

import pytest

from passrole.account.snapshot import AccountSnapshot, GroupState, ManagedPolicyState, RoleState, UserState
from passrole.activity.failures import get_failure
from passrole.activity.necessity import needs
from passrole.activity.rehearse import Rehearsal, Verdict, rehearse
from passrole.catalog.managed_policies import get_managed_policy
from passrole.engine.stack import AttachedPolicy, Known
from passrole.policy.model import PolicyType
from passrole.policy.parse import parse_policy
from passrole.recipes.desired import DesiredState, RenderedPolicy
from passrole.recipes.load import load_recipe
from passrole.recipes.render import render

KEY = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
SECRET = "arn:aws:secretsmanager:us-east-1:111122223333:secret:MySQLTestSecret-qeHamH"


def document(policy: RenderedPolicy) -> str:
    return json.dumps(policy.to_value())


def account_with(desired: DesiredState) -> AccountSnapshot:
    """An account in which all of `desired` has been made, a role that must exist among them, and nothing else."""
    iam = f"arn:{desired.partition}:iam::{desired.account_id}"
    trust = json.dumps({"Version": "2012-10-17", "Statement": []})
    bearers = [*desired.users, *desired.groups, *desired.roles]
    own = {
        policy.arn(desired.partition, desired.account_id): ManagedPolicyState(
            policy.arn(desired.partition, desired.account_id), policy.name, policy.path, document(policy.policy), "v1"
        )
        for policy in desired.managed_policies
    }
    of_aws = {
        arn: ManagedPolicyState(arn, found.name, found.path, found.default_version.document, found.default_version_id)
        for bearer in bearers
        for arn in bearer.attached_policy_arns
        if arn not in own and (found := get_managed_policy(arn, desired.partition))
    }

    def put(bearer: Any) -> dict[str, Any]:
        return {
            "inline_policies": {name: document(policy) for name, policy in bearer.inline_policies.items()},
            "attached_policy_arns": bearer.attached_policy_arns,
        }

    return AccountSnapshot(
        desired.account_id,
        desired.partition,
        users={one.name: UserState(one.name, "/", f"{iam}:user/{one.name}", "AIDATEST", **put(one)) for one in desired.users},
        groups={one.name: GroupState(one.name, "/", f"{iam}:group/{one.name}", **put(one)) for one in desired.groups},
        roles={
            one.name: RoleState(
                one.name, "/", f"{iam}:role/{one.name}",
                document(one.trust_policy) if one.trust_policy else trust, "AROATEST", **put(one),
            )
            for one in desired.roles
        },
        managed_policies={**own, **of_aws},
    )  # fmt: skip


def rehearsed(recipe: str, variant: str = "corrected", partition: str = "aws", **values: Any) -> Rehearsal:
    region = {"aws": "us-east-1", "aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1"}[partition]
    if recipe == "dms-user":
        values.setdefault("principal", "user/migrator")
    desired = render(
        load_recipe(recipe), values, account_id="111122223333", partition=partition, region=region, variant=variant
    )
    # Buckets and secrets have no policies of their own here, and keys the one that KMS gives them by default.
    key_policy = parse_policy(json.dumps(default_key_policy(partition)))
    key_layer = Known((AttachedPolicy(PolicyType.RESOURCE, "default key policy", key_policy),))
    return rehearse(
        desired, account_with(desired), lambda action, _resource: key_layer if action.startswith("kms:") else Known(())
    )


def default_key_policy(partition: str) -> dict[str, Any]:
    """Source: KMS Developer Guide, "Default key policy"."""
    return {
        "Version": "2012-10-17",
        "Statement": {
            "Sid": "Enable IAM User Permissions",
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:{partition}:iam::111122223333:root"},
            "Action": "kms:*",
            "Resource": "*",
        },
    }


def denied(rehearsal: Rehearsal) -> list[str]:
    return sorted({result.step.action for result in rehearsal.step_results() if result.verdict is not Verdict.ALLOWED})


EVERYTHING: dict[str, dict[str, Any]] = {
    "dms-user": {"s3_target_role": "dms-s3-target", "secret_arn": SECRET},
    "dms-roles": {"redshift": True, "s3_target_bucket": "buckettest2", "s3_target_canned_acl": True,
                  "s3_target_kms_key": KEY, "secret_arn": SECRET, "secret_kms_key": KEY},
    "sms": {"user": "user/migrator", "connector_names": ["east", "west"]},
}  # fmt: skip


@pytest.mark.parametrize("variant", ["documented", "corrected"])
@pytest.mark.parametrize(
    ("recipe", "values"),
    [
        ("dms-user", {}),
        ("dms-user", EVERYTHING["dms-user"]),
        ("dms-user", {**EVERYTHING["dms-user"], "restrict_roles": True}),
        ("dms-user", {**EVERYTHING["dms-user"], "restrict_roles": True, "roles_preconfigured": True}),
        ("dms-user", {"interface": "cli", "kms_key": KEY, "monitoring": False, "logs": False, "redshift": False}),
        ("dms-user", {"principal": "group/migrators"}),
        ("dms-user", {"principal": "role/Migrations"}),
        ("dms-user", {"forbidden_tag_key": "Env", "forbidden_tag_values": "x", "request_tag_key": "a", "request_tag_values": "b"}),
        ("dms-roles", {}),
        ("dms-roles", EVERYTHING["dms-roles"]),
        ("dms-roles", {**EVERYTHING["dms-roles"], "restrict_source": True}),
        ("dms-roles", {"redshift": True, "redshift_bucket": "warehouse-staging", "redshift_serverless": True}),
        ("sms", {}),
        ("sms", EVERYTHING["sms"]),
        ("sms", {**EVERYTHING["sms"], "method": "template", "role_name": "migrations"}),
        ("sms", {**EVERYTHING["sms"], "restrict_source": True}),
    ],
)  # fmt: skip
def test_every_call_is_allowed(recipe: str, values: dict[str, Any], variant: str) -> None:
    rehearsal = rehearsed(recipe, variant, **values)

    assert rehearsal.workflows
    assert denied(rehearsal) == []
    assert rehearsal.verdict is Verdict.ALLOWED


@pytest.mark.parametrize("partition", ["aws-cn", "aws-us-gov"])
@pytest.mark.parametrize("recipe", ["dms-user", "dms-roles", "sms"])
def test_every_call_is_allowed_in_other_partitions(recipe: str, partition: str) -> None:
    values = {"dms-roles": {"redshift": True, "restrict_source": True}, "sms": {"user": "user/m"}}.get(recipe, {})

    assert denied(rehearsed(recipe, partition=partition, **values)) == []


def test_copies_of_aws_s_policies_are_as_good_as_the_originals() -> None:
    assert denied(rehearsed("dms-roles", redshift=True, policies="custom-copy")) == []


def test_a_copy_of_the_printed_version_3_fails_at_the_two_calls_that_version_4_added() -> None:
    rehearsal = rehearsed("dms-roles", "documented", policies="custom-copy")

    assert denied(rehearsal) == ["ec2:DescribeDhcpOptions", "ec2:DescribeNetworkInterfaces"]
    told = {
        one for result in rehearsal.step_results() if result.verdict is Verdict.DENIED for one in result.step.on_deny
    }
    assert told == {"F21"}
    failure = get_failure("F21")
    assert failure is not None
    assert "version 3" in failure.causes[0]


@pytest.mark.parametrize(
    ("recipe", "values"),
    [("dms-user", {}), ("dms-user", {"restrict_roles": True}), ("dms-user", {"interface": "cli"}),
     ("dms-user", EVERYTHING["dms-user"]), ("dms-roles", EVERYTHING["dms-roles"]),
     ("dms-roles", {"redshift": True, "policies": "custom-copy"}),
     ("dms-roles", {"redshift": True, "redshift_bucket": "warehouse-staging"}), ("sms", EVERYTHING["sms"])],
)  # fmt: skip
def test_what_no_call_needs_says_why_it_stays(recipe: str, values: dict[str, Any]) -> None:
    idle = [need for need in needs(rehearsed(recipe, **values)) if need.breaks is None]

    assert [(need.policy, need.statement_number, need.action) for need in idle if not need.keep] == []


def test_the_network_interfaces_are_made_with_the_role_and_not_by_the_person() -> None:
    idle = {need.action for need in needs(rehearsed("dms-user")) if need.breaks is None}

    assert {"ec2:CreateNetworkInterface", "ec2:ModifyNetworkInterfaceAttribute", "ec2:DeleteNetworkInterface"} <= idle
    steps = [
        result.step for result in rehearsed("dms-roles").step_results() if "NetworkInterface" in result.step.action
    ]
    assert {step.actor for step in steps} == {"vpc-role"}
