"""Rehearsing vm-import and session-manager on an account that holds just what they make."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.recipes.recipe_text import SMALL

from passrole.account.organization_tree import RCP_FULL_ACCESS, RCP_FULL_ACCESS_DOCUMENT, OrganizationTree, Target
from passrole.account.snapshot import (
    AccountSnapshot,
    GroupState,
    InstanceProfileState,
    ManagedPolicyState,
    RoleState,
    UserState,
)
from passrole.activity.failures import get_failure
from passrole.activity.necessity import needs
from passrole.activity.rehearse import Rehearsal, Verdict, rehearse
from passrole.engine.stack import AttachedPolicy, Known
from passrole.policy.model import PolicyType
from passrole.policy.parse import policy_from_value
from passrole.recipes.desired import DesiredState, RenderedPolicy
from passrole.recipes.load import load_recipe
from passrole.recipes.read import read_recipe
from passrole.recipes.render import render

REGIONS = {"aws": "us-east-1", "aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1"}
KEY = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
THEIR_KEY = KEY.replace("111122223333", "444455556666")
IMPORT = {"import_bucket": "images"}
BOTH = {"import_bucket": "images", "export_bucket": "exports"}
S3 = {"logging": "s3", "log_bucket": "session-logs"}


def document(policy: RenderedPolicy) -> str:
    return json.dumps(policy.to_value())


def account_with(desired: DesiredState) -> AccountSnapshot:
    """An account in which all of `desired` has been made, a group or role that must exist among it, and no more."""
    iam = f"arn:{desired.partition}:iam::{desired.account_id}"
    trust = json.dumps({"Version": "2012-10-17", "Statement": []})
    managed = {
        one.arn(desired.partition, desired.account_id): ManagedPolicyState(
            one.arn(desired.partition, desired.account_id), one.name, one.path, document(one.policy), "v1"
        )
        for one in desired.managed_policies
    }

    def bears(bearer: Any) -> dict[str, Any]:
        return {
            "inline_policies": {name: document(policy) for name, policy in bearer.inline_policies.items()},
            "attached_policy_arns": bearer.attached_policy_arns,
        }

    return AccountSnapshot(
        desired.account_id,
        desired.partition,
        users={one.name: UserState(one.name, "/", f"{iam}:user/{one.name}", "AIDATEST", **bears(one)) for one in desired.users},
        groups={one.name: GroupState(one.name, "/", f"{iam}:group/{one.name}", **bears(one)) for one in desired.groups},
        roles={
            one.name: RoleState(
                one.name, "/", f"{iam}:role/{one.name}",
                document(one.trust_policy) if one.trust_policy else trust, "AROATEST", **bears(one),
            )
            for one in desired.roles
        },
        managed_policies=managed,
        instance_profiles={
            one.name: InstanceProfileState(one.name, "/", f"{iam}:instance-profile/{one.name}", (one.role_name,))
            for one in desired.instance_profiles
        },
    )  # fmt: skip


def rehearsed(recipe: str, variant: str = "corrected", partition: str = "aws", **values: Any) -> Rehearsal:
    desired = render(
        load_recipe(recipe), values, account_id="111122223333", partition=partition, region=REGIONS[partition], variant=variant
    )  # fmt: skip
    # Source: KMS Developer Guide, "Default key policy": the account's own policies decide.
    default_key_policy = {
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:{partition}:iam::111122223333:root"},
            "Action": "kms:*",
            "Resource": "*",
        },
    }
    key_layer = Known((AttachedPolicy(PolicyType.RESOURCE, "key policy", policy_from_value(default_key_policy)),))
    return rehearse(
        desired, account_with(desired), lambda action, _resource: key_layer if action.startswith("kms:") else Known(())
    )


def denied(rehearsal: Rehearsal) -> set[tuple[str, str, str]]:
    return {
        (workflow.workflow.id, result.step.actor, result.step.action)
        for workflow in rehearsal.workflows
        for result in workflow.steps
        if result.verdict in (Verdict.DENIED, Verdict.UNDECIDED)
    }


CORRECTED: list[tuple[str, dict[str, Any]]] = [
    ("vm-import", IMPORT),
    ("vm-import", BOTH),
    ("vm-import", {**BOTH, "user": "user/bob", "kms": True, "kms_for_user": True, "license_manager": True}),
    ("vm-import", {**BOTH, "user": "group/admins", "kms_key_arns": KEY, "kms_for_user": True, "restrict_kms": True,
                   "restrict_source": True, "restrict_pass_role": True, "create_bucket": True}),
    ("vm-import", {**BOTH, "user": "role/ci", "role_name": "import"}),
    ("session-manager", {}),
    ("session-manager", {"kms_key_arn": KEY, "user": "user/bob"}),
    ("session-manager", {"logging": "both", "log_bucket": "session-logs", "log_prefix": "p", "kms_key_arn": KEY, "user": "group/ops"}),
    ("session-manager", {**S3, "user_policy": True}),
    ("session-manager", {**S3, "log_bucket_key_arn": KEY, "log_prefix": "p"}),
    ("session-manager", {"logging": "cloudwatch", "log_group": "/x", "create_log_group": True}),
    ("session-manager", {**S3, "log_bucket_account": "444455556666"}),
    ("session-manager", {**S3, "log_bucket_account": "444455556666", "log_bucket_key_arn": THEIR_KEY, "log_prefix": "p"}),
    ("session-manager", {**S3, "log_bucket_account": "444455556666", "log_bucket_kms": False}),
]  # fmt: skip


@pytest.mark.parametrize(("recipe", "values"), CORRECTED)
def test_every_call_of_the_corrected_set_up_is_allowed(recipe: str, values: dict[str, Any]) -> None:
    rehearsal = rehearsed(recipe, **values)

    assert denied(rehearsal) == set()
    assert rehearsal.verdict is Verdict.ALLOWED
    assert bool(rehearsal.assumptions) is ("log_bucket_account" in values)


@pytest.mark.parametrize("partition", ["aws-cn", "aws-us-gov"])
@pytest.mark.parametrize(
    ("recipe", "values"),
    [
        ("vm-import", {**BOTH, "user": "user/bob", "kms": True, "restrict_kms": True, "restrict_source": True}),
        ("session-manager", {"logging": "both", "log_bucket": "session-logs", "user": "user/bob"}),
    ],
)
def test_it_is_in_every_partition(recipe: str, values: dict[str, Any], partition: str) -> None:
    rehearsal = rehearsed(recipe, partition=partition, **values)
    assert denied(rehearsal) == set()
    assert rehearsal.verdict is Verdict.ALLOWED


DOCUMENTED: list[tuple[str, dict[str, Any], set[tuple[str, str, str]]]] = [
    # E9: users may not pass the role.
    ("vm-import", IMPORT, {("import-image", "user", "iam:PassRole"), ("import-snapshot", "user", "iam:PassRole")}),
    # E9 and E11: nor fetch what they export.
    ("vm-import", BOTH, {
        ("import-image", "user", "iam:PassRole"), ("import-snapshot", "user", "iam:PassRole"),
        ("export-image", "user", "iam:PassRole"), ("export-image", "user", "s3:GetObject"),
    }),
    ("session-manager", {"kms_key_arn": KEY}, set()),
    # E3 and E4: no log arrives, with a prefix or without.
    ("session-manager", {**S3, "log_prefix": "p"}, {("session-logged", "instance-role", "s3:PutObject")}),
    ("session-manager", S3, {("session-logged", "instance-role", "s3:PutObject")}),
    # E5: keeping logs breaks encrypted sessions.
    ("session-manager", {"logging": "cloudwatch", "kms_key_arn": KEY}, {("session-encrypted", "instance-role", "kms:Decrypt")}),
]  # fmt: skip


@pytest.mark.parametrize(("recipe", "values", "expected"), DOCUMENTED)
def test_the_documented_set_up_fails_where_its_notes_say(
    recipe: str, values: dict[str, Any], expected: set[tuple[str, str, str]]
) -> None:
    assert denied(rehearsed(recipe, "documented", **values)) == expected


@pytest.mark.parametrize(("recipe", "values"), CORRECTED)
def test_what_no_step_needs_says_why_it_stays(recipe: str, values: dict[str, Any]) -> None:
    idle = [need for need in needs(rehearsed(recipe, **values)) if need.breaks is None]
    assert [(need.policy, need.statement_number, need.action) for need in idle if need.keep is None] == []


def test_the_permission_that_no_one_asks_for_is_found() -> None:
    idle = {need.action for need in needs(rehearsed("vm-import", **BOTH)) if need.breaks is None}
    assert "ec2:ImportVolume" in idle
    assert "ec2:ImportImage" not in idle


@pytest.mark.parametrize("recipe", ["vm-import", "session-manager"])
def test_every_failure_that_a_step_names_is_known(recipe: str) -> None:
    for name, values in CORRECTED:
        if name == recipe:
            steps = [result.step for result in rehearsed(recipe, **values).step_results()]
            failures = [one for step in steps for one in step.on_deny]
            assert failures
            assert [one for one in failures if get_failure(one) is None] == []


def test_a_policy_that_is_on_nobody_is_rehearsed_by_a_bearer_of_it() -> None:
    """A recipe may leave a policy to be put on someone later: then only its text can be asked."""
    text = SMALL + '\n[actors.person]\nprincipal = "{{person}}"\nor_policies = ["access"]\n' + (
        '\n[[workflows.steps]]\nactor = "person"\naction = "s3:GetObject"\nresource = "arn:{{partition}}:s3:::{{bucket}}/x"\n'
        '\n[[workflows.steps]]\nactor = "person"\naction = "s3:PutObject"\nresource = "arn:{{partition}}:s3:::{{bucket}}/x"\n'
    )  # fmt: skip
    text = text.replace("[demo]", '[parameters.person]\ntype = "principal"\ndescription = "Who."\n\n[demo]')
    recipe = read_recipe(text, "acme.toml")
    desired = render(recipe, {"bucket": "files"}, account_id="111122223333", partition="aws", region="us-east-1")

    rehearsal = rehearse(desired, account_with(desired), lambda _action, _resource: Known(()))
    verdicts = [(one.step.action, one.verdict) for one in rehearsal.step_results() if one.step.actor == "person"]
    assert verdicts == [("s3:GetObject", Verdict.ALLOWED), ("s3:PutObject", Verdict.DENIED)]


def test_a_resource_control_policy_of_the_organization_denies_a_step() -> None:
    # <https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html>
    text = SMALL + '\n[actors.person]\nprincipal = "{{person}}"\nor_policies = ["access"]\n' + (
        '\n[[workflows.steps]]\nactor = "person"\naction = "s3:GetObject"\nresource = "arn:{{partition}}:s3:::{{bucket}}/x"\n'
    )  # fmt: skip
    text = text.replace("[demo]", '[parameters.person]\ntype = "principal"\ndescription = "Who."\n\n[demo]')
    desired = render(
        read_recipe(text, "acme.toml"),
        {"bucket": "files"},
        account_id="111122223333",
        partition="aws",
        region="us-east-1",
    )
    statement = {"Effect": "Deny", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}
    deny = {"no reading": json.dumps({"Version": "2012-10-17", "Statement": [statement]})}
    full = {RCP_FULL_ACCESS: RCP_FULL_ACCESS_DOCUMENT}
    targets = [
        Target("r-ab12", "root", None, {}, full),
        Target("999988887777", "management", "r-ab12", {}, full),
        Target("111122223333", "member", "r-ab12", {}, full | deny),
    ]
    tree = OrganizationTree("o-a1b2c3d4e5", "999988887777", {target.id: target for target in targets})
    found = rehearse(desired, account_with(desired), lambda _action, _resource: Known(()), tree)
    (verdict,) = [one.verdict for one in found.step_results() if one.step.actor == "person"]
    assert verdict is Verdict.DENIED
