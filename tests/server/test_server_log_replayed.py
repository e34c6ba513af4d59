"""The server's own log, replayed through the engine, gives the decisions that the server made: for any policies and calls.

Live answers come from compiled stacks that are kept between calls. The log has each request and the policies of its
moment as text; what is read back from it is decided by the engine and by the naive specification.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.server.gateway_served import ACCOUNT, GatewayServed, Keys, gateway
from tests.spec.naive import decide as decide_naively

from passrole.account.decision_log.logged_call import Answered
from passrole.account.decision_log.selection import Selection
from passrole.server.organization_file import read_organization

BUCKET = "replayed-bucket"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/app"
CALLER = f"arn:aws:iam::{ACCOUNT}:user/caller"
DENIALS = {"AccessDenied", "AccessDeniedException"}
ACTIONS = (
    "*",
    "iam:*",
    "iam:Get*",
    "iam:ListUsers",
    "iam:TagUser",
    "iam:AddRoleToInstanceProfile",
    "iam:PassRole",
    "iam:CreateUser",
    "sts:AssumeRole",
    "s3:*",
    "s3:GetObject",
    "s3:PutObject*",
    "s3:List*",
)
RESOURCES = (
    "*",
    CALLER,
    "arn:aws:iam::*:user/${aws:username}",
    ROLE,
    f"arn:aws:iam::{ACCOUNT}:role/*",
    f"arn:aws:iam::{ACCOUNT}:instance-profile/app",
    f"arn:aws:s3:::{BUCKET}",
    f"arn:aws:s3:::{BUCKET}/mine/*",
    f"arn:aws:s3:::{BUCKET}/*",
)
CONDITIONS: tuple[dict[str, dict[str, object]], ...] = (
    {},
    {},
    {},
    {"IpAddress": {"aws:SourceIp": "127.0.0.0/8"}},
    {"NotIpAddress": {"aws:SourceIp": ["127.0.0.1", "10.0.0.0/8"]}},
    {"StringEquals": {"aws:username": "caller"}},
    {"StringLike": {"aws:userid": "AROA*:one"}},
    {"StringEquals": {"aws:RequestTag/team": ["blue", "red"]}},
    {"ForAllValues:StringEquals": {"aws:TagKeys": ["team"]}},
    {"ForAnyValue:StringLike": {"aws:TagKeys": "o*"}},
    {"Null": {"aws:MultiFactorAuthAge": "true"}},
    {"StringEqualsIfExists": {"iam:PassedToService": "ec2.amazonaws.com"}},
    {"Bool": {"aws:SecureTransport": "true"}},
    {"DateGreaterThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}},
    {"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/a*"}, "StringLike": {"s3:prefix": "mine/*"}},
    {"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}},
)

Statement = dict[str, object]


@st.composite
def statements(draw: st.DrawFn, principals: tuple[object, ...] = ()) -> Statement:
    found: Statement = {"Effect": draw(st.sampled_from(("Allow", "Allow", "Allow", "Deny")))}
    service = "s3:" if principals else ""
    actions = tuple(action for action in ACTIONS if action.startswith(service) and (action != "*" or not service))
    found[draw(st.sampled_from(("Action", "Action", "Action", "NotAction")))] = draw(
        st.lists(st.sampled_from(actions), min_size=1, max_size=3, unique=True)
    )
    places = tuple(each for each in RESOURCES if not principals or each.startswith("arn:aws:s3"))
    found["Resource"] = draw(st.lists(st.sampled_from(places), min_size=1, max_size=2, unique=True))
    condition = draw(st.sampled_from(CONDITIONS))
    if condition and not (principals and "iam:" in json.dumps(condition)):
        found["Condition"] = condition
    if principals:
        found["Principal"] = draw(st.sampled_from(principals))
    return found


def documents(principals: tuple[object, ...] = ()) -> st.SearchStrategy[str]:
    """Two thirds of those of an identity begin with an Allow of everything, so that other layers decide."""
    everything: Statement = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    first: tuple[list[Statement], ...] = ([],) if principals else ([], [everything], [everything])
    return st.builds(
        lambda before, found: json.dumps({"Version": "2012-10-17", "Statement": [*before, *found]}),
        st.sampled_from(first),
        st.lists(statements(principals), min_size=1, max_size=2),
    )


@dataclass(frozen=True)
class Step:
    """`change` sets policies, as the administrator; `call` is the caller's, of a service."""

    name: str
    change: Callable[[Any, Any], object] | None = None
    service: str = ""
    as_role: bool = False
    call: Callable[[Any], object] | None = None


def scenarios() -> st.SearchStrategy[list[Step]]:
    """Policies, and then calls with changes between them."""
    own, role, boundary, bucket = changes()
    before = st.tuples(own, role, boundary).map(list)
    rest = st.lists(
        st.one_of(calls(), calls(), calls(), st.one_of(own, role, boundary, bucket)), min_size=3, max_size=8
    )
    with_bucket = st.one_of(st.just([]), bucket.map(lambda step: [step]))
    return st.builds(lambda first, second, third: [*first, *second, *third], before, with_bucket, rest)


def changes() -> tuple[st.SearchStrategy[Step], ...]:
    """Each by boto3's IAM and S3 clients of the administrator."""
    own = documents().map(
        lambda text: Step(
            "policy of the caller",
            lambda iam, _: iam.put_user_policy(UserName="caller", PolicyName="p", PolicyDocument=text),
        )
    )
    role = documents().map(
        lambda text: Step(
            "policy of the role",
            lambda iam, _: iam.put_role_policy(RoleName="app", PolicyName="p", PolicyDocument=text),
        )
    )
    boundary = st.booleans().map(lambda there: Step("boundary", _bound if there else _unbound))
    bucket = documents((CALLER, ROLE)).map(lambda text: text.replace(f'"Principal": "{CALLER}"', _principal(CALLER)))
    of_bucket = bucket.map(lambda text: text.replace(f'"Principal": "{ROLE}"', _principal(ROLE))).map(
        lambda text: Step("bucket policy", lambda _, s3: s3.put_bucket_policy(Bucket=BUCKET, Policy=text))
    )
    return own, role, boundary, of_bucket


def _principal(arn: str) -> str:
    return f'"Principal": {{"AWS": "{arn}"}}'


def _bound(iam: Any, _s3: Any) -> None:
    arn = f"arn:aws:iam::{ACCOUNT}:policy/bound"
    iam.put_user_permissions_boundary(UserName="caller", PermissionsBoundary=arn)
    iam.put_role_permissions_boundary(RoleName="app", PermissionsBoundary=arn)


def _unbound(iam: Any, _s3: Any) -> None:
    for delete, named in (
        (iam.delete_user_permissions_boundary, {"UserName": "caller"}),
        (iam.delete_role_permissions_boundary, {"RoleName": "app"}),
    ):
        with contextlib.suppress(iam.exceptions.NoSuchEntityException):
            delete(**named)


def calls() -> st.SearchStrategy[Step]:
    profile = {"InstanceProfileName": "app", "RoleName": "app"}
    tags = st.lists(
        st.sampled_from((("team", "blue"), ("team", "green"), ("owner", "me"))),
        max_size=2,
        unique_by=lambda tag: tag[0],
    )
    of_service = st.one_of(
        st.sampled_from(
            (
                Step("ListUsers", None, "iam", call=lambda iam: iam.list_users()),
                Step("GetUser", None, "iam", call=lambda iam: iam.get_user(UserName="caller")),
                Step("AddRole", None, "iam", call=lambda iam: iam.add_role_to_instance_profile(**profile)),
                Step("AssumeRole", None, "sts", call=lambda sts: sts.assume_role(RoleArn=ROLE, RoleSessionName="two")),
                Step("Who", None, "sts", call=lambda sts: sts.get_caller_identity()),
                Step("ListBuckets", None, "s3", call=lambda s3: s3.list_buckets()),
            )
        ),
        tags.map(
            lambda found: Step(
                "TagUser",
                None,
                "iam",
                call=lambda iam: iam.tag_user(
                    UserName="caller", Tags=[{"Key": key, "Value": value} for key, value in found]
                ),
            )
        ),
        st.sampled_from(("mine/1", "yours/1")).map(
            lambda key: Step("PutObject", None, "s3", call=lambda s3: s3.put_object(Bucket=BUCKET, Key=key, Body=b"x"))
        ),
        st.sampled_from(("mine/1", "yours/1")).map(
            lambda key: Step(
                "CopyObject",
                None,
                "s3",
                call=lambda s3: s3.copy_object(Bucket=BUCKET, Key=key, CopySource={"Bucket": BUCKET, "Key": "there"}),
            )
        ),
        st.sampled_from(("mine/", "")).map(
            lambda prefix: Step("List", None, "s3", call=lambda s3: s3.list_objects_v2(Bucket=BUCKET, Prefix=prefix))
        ),
    )
    return st.builds(
        lambda step, as_role: Step(step.name, None, step.service, as_role, step.call), of_service, st.booleans()
    )


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder: Path = tmp_path_factory.mktemp("replayed")
    file = folder / "organization.toml"
    file.write_text('id = "o-a1b2c3d4e5"\nmanagement-account = "444455556666"\n[accounts.111122223333]\nname = "a"\n')
    with gateway(folder, organization=read_organization(file), account_id="444455556666") as served:
        yield World(served)


class World:
    """user/caller and a session of role/app in a member account; a boundary that leaves some out; a bucket."""

    def __init__(self, served: GatewayServed) -> None:
        self.served = served
        made = served.served.store.administrator(ACCOUNT)
        self.admin = Keys(made.access_key_id, made.secret)
        self.iam, self.s3 = served.client("iam", self.admin), served.client("s3", self.admin)
        self.iam.create_user(UserName="caller")
        key = self.iam.create_access_key(UserName="caller")["AccessKey"]
        trust = {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        self.iam.create_role(RoleName="app", AssumeRolePolicyDocument=document)
        self.iam.create_instance_profile(InstanceProfileName="app")
        bound = {"Effect": "Allow", "NotAction": ["iam:TagUser", "s3:PutObject"], "Resource": "*"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [bound]})
        self.iam.create_policy(PolicyName="bound", PolicyDocument=document)
        session_policy = json.dumps(
            {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "NotAction": "iam:GetUser", "Resource": "*"}]}
        )
        session = served.client("sts", self.admin).assume_role(
            RoleArn=ROLE, RoleSessionName="one", Policy=session_policy
        )["Credentials"]
        self.s3.create_bucket(Bucket=BUCKET)
        self.s3.put_object(Bucket=BUCKET, Key="there", Body=b"x")
        callers = {
            False: Keys(key["AccessKeyId"], key["SecretAccessKey"]),
            True: Keys(session["AccessKeyId"], session["SecretAccessKey"], session["SessionToken"]),
        }
        self.clients = {
            (as_role, service): served.client(service, keys)
            for as_role, keys in callers.items()
            for service in ("iam", "sts", "s3")
        }

    def clean(self) -> None:
        for delete, named in (
            (self.iam.delete_user_policy, {"UserName": "caller", "PolicyName": "p"}),
            (self.iam.delete_role_policy, {"RoleName": "app", "PolicyName": "p"}),
        ):
            with contextlib.suppress(self.iam.exceptions.NoSuchEntityException):
                delete(**named)
        self.s3.delete_bucket_policy(Bucket=BUCKET)
        _unbound(self.iam, self.s3)
        for _ in self.iam.list_instance_profiles_for_role(RoleName="app")["InstanceProfiles"]:
            self.iam.remove_role_from_instance_profile(InstanceProfileName="app", RoleName="app")

    def run(self, steps: list[Step]) -> dict[str, str | None]:
        """The error's code by the request id of each of the caller's calls; None where it was carried out."""
        told: dict[str, str | None] = {}
        for step in steps:
            if step.change is not None:
                step.change(self.iam, self.s3)
                continue
            assert step.call is not None
            try:
                answer: Any = step.call(self.clients[step.as_role, step.service])
                told[answer["ResponseMetadata"]["RequestId"]] = None
            except ClientError as error:
                told[error.response["ResponseMetadata"]["RequestId"]] = error.response["Error"]["Code"]
        return told


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=scenarios())
def test_the_log_replayed_gives_the_same_decisions(world: World, steps: list[Step]) -> None:
    world.clean()
    log = world.served.served.store.decisions
    before = log.last_number()
    told = world.run(steps)
    found = {call.request_id: call for call in log.calls(Selection(), after=before)}
    assert told.keys() <= found.keys()
    for call in found.values():
        replayed = [
            {
                "action": each.request.action,
                "resource": each.request.resource,
                "outcome": each.decision.outcome.value,
                "decidedBy": None if each.decision.decided_by is None else each.decision.decided_by.value,
            }
            for each in call.decided
        ]
        additional: Any = call.event["additionalEventData"]
        assert replayed == additional["passroleDecisions"]
        for each in call.decided:
            assert decide_naively(each.request, each.stack) is each.decision.outcome
        if call.request_id in told:
            code = told[call.request_id]
            assert (code in DENIALS) is (call.answered is Answered.DENIED) is call.denied, (code, call.event)
