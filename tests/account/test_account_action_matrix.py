"""The matrix of principals and actions agrees with what the engine answers to requests."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.engine.engine_strategies import PRINCIPALS, requests, stacks

from passrole.account.action_matrix import action_matrix
from passrole.account.snapshot import AccountSnapshot, ManagedPolicyState, RoleState, Unreadable, UserState
from passrole.catalog.actions import expand_action_pattern
from passrole.engine.evaluate import evaluate
from passrole.engine.fast.action_sets import ActionList
from passrole.engine.fast.reach import reach_of
from passrole.engine.principals import principal_from_arn
from passrole.engine.request import Principal, PrincipalType, Request
from passrole.engine.stack import Known, PolicyStack, Unknown

BOUNDED = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
ACCOUNT = "111122223333"
IAM = f"arn:aws:iam::{ACCOUNT}:"
OWN = [
    one for one in PRINCIPALS if one.type in (PrincipalType.USER, PrincipalType.ROLE_SESSION, PrincipalType.ROOT_USER)
]
LISTED = ActionList(
    (
        "s3:GetObject",
        "s3:ListBucket",
        "sqs:SendMessage",
        "ec2:DescribeInstances",
        "kms:Decrypt",
        "kms:ListKeys",
        "kms:RetireGrant",
        "kms:CreateAlias",
        "iam:DeleteRole",
        "sts:AssumeRole",
        "sts:AssumeRoleWithSAML",
        "sts:AssumeRoleWithWebIdentity",
        "sts:TagSession",
        "sts:GetCallerIdentity",
        "sts:GetSessionToken",
    )
)


@BOUNDED
@given(st.sampled_from(OWN), stacks(), st.lists(requests(), min_size=1, max_size=6))
def test_bounds_hold_for_every_request(who: Principal, stack: PolicyStack, asked: list[Request]) -> None:
    stack = PolicyStack(stack.identity, Known(), stack.boundary, stack.session, stack.scps)
    reach = reach_of(stack, who.type, LISTED)
    assert reach.every & ~reach.some == 0
    for request in asked:
        column = LISTED.matching(request.action)
        if "*" in request.action or not column:
            continue
        mine = Request(who, request.action, request.resource, who.account, request.context, request.unknown_keys)
        decision = evaluate(mine, stack)
        if decision.allowed:
            assert reach.some & column
        if reach.every & column:
            assert decision.allowed


def test_layers_that_are_not_known_leave_everything_open() -> None:
    column = LISTED.matching("s3:GetObject")
    unread = reach_of(PolicyStack(Unknown("x")), PrincipalType.USER, LISTED)
    assert (unread.some & column, unread.every & column) == (column, 0)
    limited = reach_of(PolicyStack(Known(), scps=(Unknown("x"),)), PrincipalType.ROOT_USER, LISTED)
    assert (limited.some & column, limited.every & column) == (column, 0)


def test_principals_without_policies_of_their_own() -> None:
    for kind in (PrincipalType.SERVICE, PrincipalType.ANONYMOUS, PrincipalType.FEDERATED_SESSION):
        with pytest.raises(ValueError, match="no policies of its own"):
            reach_of(PolicyStack(), kind, LISTED)


def document(*statements: dict[str, object]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(action: object, resource: object = "*", **more: object) -> dict[str, object]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


SNAPSHOT = AccountSnapshot(
    ACCOUNT,
    users={
        "ana": UserState("ana", "/", f"{IAM}user/ana", inline_policies={"p": document(allow("s3:Get*"))}),
        "bo": Unreadable("iam:GetUser", "denied"),
    },
    roles={
        "app": RoleState(
            "app",
            "/",
            f"{IAM}role/app",
            trust_policy="{}",
            inline_policies={"p": document(allow(["s3:GetObject", "sqs:*"], "arn:aws:s3:::reports/*"))},
            boundary_arn=f"{IAM}policy/limit",
        )
    },
    managed_policies={
        f"{IAM}policy/limit": ManagedPolicyState(f"{IAM}policy/limit", "limit", "/", document(allow("s3:*")), "v1")
    },
    organization_policies=((document(allow("*"), {**allow("s3:GetBucketAcl"), "Effect": "Deny"}),),),
)
ACTIONS = ("s3:GetObject", "s3:GetBucketAcl", "s3:PutObject", "sqs:SendMessage")


def test_an_account() -> None:
    matrix = action_matrix(SNAPSHOT, ACTIONS)
    root, ana, bo, app = matrix.principals
    assert [one.arn.rpartition(":")[2] for one in matrix.principals] == ["root", "user/ana", "user/bo", "role/app"]
    # An organization's Deny limits the root user too; whose policies were not read may be allowed anything.
    assert matrix.who("s3:GetObject") == ((root, True), (ana, True), (bo, False), (app, False))
    assert matrix.who("S3:getbucketacl") == ()
    assert matrix.who("sqs:SendMessage") == ((root, True), (bo, False))
    assert matrix.who("s3:NoSuchAction") == ()
    assert matrix.what(ana) == (("s3:GetObject",), ("s3:GetObject",))
    assert matrix.what(app) == (("s3:GetObject",), ())
    with pytest.raises(ValueError, match="not in"):
        matrix.what(principal_from_arn(f"{IAM}user/nobody"))


def test_every_action_that_aws_publishes() -> None:
    matrix = action_matrix(SNAPSHOT)
    some, _ = matrix.what(matrix.principals[1])
    everything = expand_action_pattern("s3:Get*")
    assert [name for name in some if name.startswith("s3:")] == sorted(
        (name for name in everything if name != "s3:GetBucketAcl"), key=str.lower
    )
    assert len(matrix.actions.actions) > 20_000
