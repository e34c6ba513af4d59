"""Questions about a whole account are answered as `evaluate` answers each: also again, and beside other questions."""

from __future__ import annotations

import gc
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.engine.engine_strategies import KEY_ARN, KEYS, SEEN, grants

from passrole.account.access import who_can
from passrole.account.asking import Circumstances, request_of
from passrole.account.compiled_account import Beside
from passrole.account.policy_layers import policy_layer
from passrole.account.snapshot import AccountSnapshot, RoleState, Unreadable, UserState
from passrole.account.uncollected import collector_paused
from passrole.engine.evaluate import evaluate
from passrole.engine.stack import Known
from passrole.policy.model import PolicyType

BOUNDED = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
ACCOUNT = "111122223333"
IAM = f"arn:aws:iam::{ACCOUNT}:"


def document(*statements: dict[str, object]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(action: object, resource: object = "*", **more: object) -> dict[str, object]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action: object, resource: object = "*", **more: object) -> dict[str, object]:
    return {**allow(action, resource, **more), "Effect": "Deny"}


OWN = allow("s3:*", "arn:aws:s3:::reports/${aws:username}/*")
BLUE = {"StringEquals": {"aws:PrincipalTag/team": "blue"}}
PLACES = {"StringNotEquals": {"aws:RequestedRegion": "us-east-1"}}


def user(name: str, *statements: dict[str, object], **more: object) -> UserState:
    return UserState(name, "/", f"{IAM}user/{name}", inline_policies={"p": document(*statements)}, **more)


def role(name: str, *statements: dict[str, object], path: str = "/", **more: object) -> RoleState:
    arn = f"{IAM}role{path}{name}"
    return RoleState(name, path, arn, trust_policy="{}", inline_policies={"p": document(*statements)}, **more)


SNAPSHOT = AccountSnapshot(
    ACCOUNT,
    users={
        "ana": user("ana", OWN, tags={"team": "blue"}),
        "ben": user("ben", OWN, allow("kms:*", Condition=BLUE), tags={"Team": "red"}),
        "cleo": Unreadable("iam:GetUser", "no"),
    },
    roles={
        "app": role("app", allow(["s3:GetObject", "kms:Decrypt"], Condition=BLUE), tags={"TEAM": "blue", "x": "y"}),
        "all": role("all", allow("*"), deny("s3:Get*", "arn:aws:s3:::*/a.csv", Condition=BLUE)),
        "mfa": role("mfa", allow("*", Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}})),
        "AWSServiceRoleForX": role("AWSServiceRoleForX", allow("*"), path="/aws-service-role/x.amazonaws.com/"),
    },
    organization_policies=((document(allow("*"), deny("*", Condition=PLACES)),),),
)
QUESTIONS = (
    ("s3:GetObject", "arn:aws:s3:::reports/ana/a.csv"),
    ("s3:GetObject", "arn:aws:s3:::reports/ben/b.csv"),
    ("s3:ListBucket", "*"),
    ("kms:Decrypt", KEY_ARN),
    ("kms:Decrypt", "*"),
    ("sts:AssumeRole", f"{IAM}role/app"),
    ("iam:DeleteRole", f"{IAM}role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX"),
    ("iam:DeleteRole", f"{IAM}role/app"),
)
LAYERS = (
    Known(),
    policy_layer(PolicyType.RESOURCE, {"r": document({**allow("*"), "Principal": {"AWS": [f"{IAM}user/ben", "*"]}})}),
    policy_layer(PolicyType.TRUST, {"t": document({**allow("sts:*"), "Principal": {"AWS": f"{IAM}root"}})}),
)
CONTEXTS = st.dictionaries(
    st.sampled_from((*KEYS, "aws:RequestedRegion", "aws:MultiFactorAuthPresent")),
    st.sampled_from((*SEEN, "us-east-1")),
    max_size=3,
)
UNKNOWN = st.frozensets(st.sampled_from((*KEYS, "*", "aws:PrincipalTag/*", "aws:RequestedRegion")), max_size=2)
CIRCUMSTANCES = st.builds(
    Circumstances,
    UNKNOWN,
    UNKNOWN,
    st.sampled_from(((), ("athena.amazonaws.com",))),
    st.sampled_from((None, "444455556666")),
)
BESIDE = st.builds(
    Beside,
    st.just(()) | st.just((Known(),)),
    st.none(),
    st.lists(grants(), max_size=2).map(tuple),
    st.booleans(),
    st.booleans(),
)


@BOUNDED
@given(
    st.lists(st.tuples(st.sampled_from(QUESTIONS), CONTEXTS, CIRCUMSTANCES), min_size=1, max_size=3),
    st.sampled_from(LAYERS),
    BESIDE,
)
def test_everyone_is_answered_as_evaluate_answers(asked: list, layer: Known, beside: Beside) -> None:
    """One compiled account for all examples, and each question twice: the second time from what is kept."""
    for (action, resource), context, circumstances in asked + asked:
        answers = who_can(
            SNAPSHOT,
            action,
            resource,
            context=context,
            circumstances=circumstances,
            resource_layer=layer,
            beside=beside,
        )
        assert len(answers) >= 1 + len(SNAPSHOT.users) + len(SNAPSHOT.roles)
        for answer in answers:
            assert answer.decision == evaluate(answer.request, answer.stack)
            wanted = request_of(SNAPSHOT, answer.principal, action, resource, context, circumstances)
            assert answer.request == wanted


def test_collection_is_as_it_was() -> None:
    assert gc.isenabled()
    with collector_paused():
        assert not gc.isenabled()
        with collector_paused():
            pass
        assert not gc.isenabled()
    assert gc.isenabled()


def test_collection_goes_on_after_an_error() -> None:
    with pytest.raises(KeyError), collector_paused():
        raise KeyError
    assert gc.isenabled()
