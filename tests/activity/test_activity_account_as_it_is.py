"""Rehearsals where the account is not quite what the set-up would make: the answer is about what is there."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from passrole.account.snapshot import AccountSnapshot, InstanceProfileState, RoleState, Unreadable
from passrole.activity.rehearse import Rehearsal, StepResult, Verdict, rehearse
from passrole.engine.stack import Known
from passrole.recipes.desired import DesiredRole, DesiredState
from passrole.recipes.load import load_recipe
from passrole.recipes.render import render

ACCOUNT = "111122223333"
IAM = f"arn:aws:iam::{ACCOUNT}"
PROFILE = "MySessionManagerInstanceProfile"


def session_manager() -> DesiredState:
    return render(load_recipe("session-manager"), {}, account_id=ACCOUNT, partition="aws", region="us-east-1")


def made(role: DesiredRole) -> RoleState:
    assert role.trust_policy is not None
    inline = {name: json.dumps(policy.to_value()) for name, policy in role.inline_policies.items()}
    return RoleState(
        role.name, "/", f"{IAM}:role/{role.name}", json.dumps(role.trust_policy.to_value()), "AROATEST", inline
    )


def first_step(profile: InstanceProfileState | Unreadable | None) -> StepResult:
    """Amazon EC2 assumes the role of the instance, which has no other policies here."""
    desired = session_manager()
    profiles = {} if profile is None else {PROFILE: profile}
    snapshot = AccountSnapshot(
        ACCOUNT, "aws", roles={role.name: made(role) for role in desired.roles}, instance_profiles=profiles
    )
    return next(replayed(desired, snapshot).step_results())


def replayed(desired: DesiredState, snapshot: AccountSnapshot) -> Rehearsal:
    return rehearse(desired, snapshot, lambda _action, _resource: Known(()))


def profile_with(*roles: str) -> InstanceProfileState:
    return InstanceProfileState(PROFILE, "/", f"{IAM}:instance-profile/{PROFILE}", roles)


@pytest.mark.parametrize(
    ("profile", "missing"),
    [
        (None, f"`instance-profile/{PROFILE}` does not exist in the account"),
        (profile_with(), f"`instance-profile/{PROFILE}` does not hold `role/{PROFILE}`"),
        (profile_with("another"), f"`instance-profile/{PROFILE}` does not hold `role/{PROFILE}`"),
    ],
)
def test_an_instance_gets_no_role_without_its_profile(profile: InstanceProfileState | None, missing: str) -> None:
    result = first_step(profile)
    assert (result.step.actor, result.step.action) == ("service", "sts:AssumeRole")
    assert (result.verdict, result.missing) == (Verdict.DENIED, missing)


def test_a_profile_that_may_not_be_read_leaves_the_answer_open() -> None:
    result = first_step(Unreadable("iam:GetInstanceProfile", "no policy allows it"))
    assert result.verdict is Verdict.UNDECIDED


def test_an_instance_gets_the_role_that_its_profile_holds() -> None:
    assert first_step(profile_with(PROFILE)).verdict is Verdict.ALLOWED


def test_the_trust_policy_of_a_role_of_another_account_is_not_known() -> None:
    desired = session_manager()
    workflow = desired.workflows[0]
    step = replace(workflow.steps[0], resources=(f"arn:aws:iam::999988887777:role/{PROFILE}",))
    desired = replace(desired, workflows=(replace(workflow, steps=(step,)),), instance_profiles=())
    snapshot = AccountSnapshot(ACCOUNT, "aws", roles={role.name: made(role) for role in desired.roles})

    (result,) = replayed(desired, snapshot).step_results()
    assert result.verdict is Verdict.UNDECIDED


DENY_IF = [
    ({"StringEquals": {"aws:PrincipalTag/team": "red"}}, Verdict.DENIED),
    ({"StringEquals": {"aws:PrincipalTag/team": "blue"}}, Verdict.ALLOWED),
    # Every call is made somewhere and sometime: that the workflow does not say where does not make it nowhere.
    ({"StringEquals": {"aws:RequestedRegion": "us-east-1"}}, Verdict.UNDECIDED),
    ({"DateGreaterThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}, Verdict.UNDECIDED),
    ({"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}}, Verdict.UNDECIDED),
    ({"StringEquals": {"aws:ResourceTag/team": "red"}}, Verdict.UNDECIDED),
    # Bucket policies and the like that insist on TLS deny nothing that a service does.
    ({"Bool": {"aws:SecureTransport": "false"}}, Verdict.ALLOWED),
    # A parameter of the call that the step does not tell is not in the call.
    ({"StringEquals": {"aws:RequestTag/team": "red"}}, Verdict.ALLOWED),
    ({"StringEquals": {"s3:x-amz-acl": "public-read"}}, Verdict.ALLOWED),
]


@pytest.mark.parametrize(("condition", "verdict"), DENY_IF)
def test_what_a_step_does_not_tell_is_not_absent(condition: dict[str, dict[str, str]], verdict: Verdict) -> None:
    deny = {"Effect": "Deny", "Action": "ssm:UpdateInstanceInformation", "Resource": "*", "Condition": condition}
    allow = {"Effect": "Allow", "Action": "ssm:UpdateInstanceInformation", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [allow, deny]})
    desired = session_manager()
    (role,) = (made(each) for each in desired.roles)
    role = replace(role, inline_policies={"all": document}, tags={"team": "red"})
    snapshot = AccountSnapshot(
        ACCOUNT, "aws", roles={role.name: role}, instance_profiles={PROFILE: profile_with(PROFILE)}
    )
    results = replayed(desired, snapshot).step_results()
    (found,) = {each.verdict for each in results if each.step.action == "ssm:UpdateInstanceInformation"}
    assert found is verdict
