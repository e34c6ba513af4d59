"""The least policy of decisions: it allows them, and no pair of action and resource beside them."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from passrole.account.decided import Decided
from passrole.activity.tighten.against_existing import against_existing
from passrole.activity.tighten.asked import owner_of_policies, sort_decisions
from passrole.activity.tighten.least_policy import Shape, check_pattern, least_policy, not_allowed_by
from passrole.activity.tighten.seen_conditions import check_key
from passrole.engine.decision import Outcome
from passrole.engine.evaluate import evaluate
from passrole.engine.principals import principal_from_arn
from passrole.engine.request import ContextValue, Request
from passrole.engine.stack import AttachedPolicy, Known, PolicyStack
from passrole.errors import UsageError
from passrole.policy.model import PolicyType
from passrole.policy.parse import policy_from_value
from passrole.prover.compare import Relation

ROLE = "arn:aws:iam::111122223333:role/app"


def attached(*statements: dict, of: PolicyType = PolicyType.IDENTITY, name: str = "p") -> AttachedPolicy:
    return AttachedPolicy(of, name, policy_from_value({"Version": "2012-10-17", "Statement": list(statements)}))


ALL = attached({"Effect": "Allow", "Action": "*", "Resource": "*"})


def asked(action: str, on: str, context: dict[str, ContextValue] | None = None, **stack: object) -> Decided:
    request = Request(principal_from_arn(ROLE), action, on, context=context or {})
    policies = PolicyStack(**{"identity": Known((ALL,)), **stack})
    return Decided(request, evaluate(request, policies), policies)


def statements(decisions: Sequence[Decided], shape: Shape | None = None) -> list[dict]:
    document = least_policy(decisions, shape or Shape()).document
    found: list[dict] = json.loads(json.dumps(document))["Statement"]
    return found


def allows(decisions: Sequence[Decided], action: str, resource: str, context: dict | None = None) -> bool:
    identity = Known((least_policy(decisions).attached,))
    request = Request(principal_from_arn(ROLE), action, resource, context=context or {})
    return evaluate(request, PolicyStack(identity=identity)).allowed


ACTIONS = st.sampled_from(["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "kms:Decrypt"])
# A key may hold what means something else in a policy; what they would cover is in the list too.
KEYS = ["a", "b", "*", "?", "a?", "${aws:username}", "$", "$*", "a/b", "${*}", "ab"]
RESOURCES = st.sampled_from([f"arn:aws:s3:::bucket/{key}" for key in KEYS])


@settings(max_examples=150, deadline=None)
@given(st.sets(st.tuples(ACTIONS, RESOURCES), min_size=1, max_size=8), ACTIONS, RESOURCES)
def test_a_pair_is_allowed_exactly_when_it_was_asked_for(pairs: set, action: str, resource: str) -> None:
    decisions = [asked(*pair) for pair in sorted(pairs)]
    assert not_allowed_by(least_policy(decisions), decisions) == ()
    assert allows(decisions, action, resource) == ((action, resource) in pairs)


def test_actions_with_the_same_resources_share_a_statement() -> None:
    decisions = [
        asked("s3:PutObject", "arn:aws:s3:::b/2"),
        asked("s3:GetObject", "arn:aws:s3:::b/1"),
        asked("s3:GetObject", "arn:aws:s3:::b/2"),
        asked("s3:GetObjectTagging", "arn:aws:s3:::b/2"),
        asked("s3:GetObjectTagging", "arn:aws:s3:::b/1"),
        asked("s3:GetObject", "arn:aws:s3:::b/1"),
    ]
    assert statements(decisions) == [
        {
            "Effect": "Allow",
            "Action": ["s3:GetObject", "s3:GetObjectTagging"],
            "Resource": ["arn:aws:s3:::b/1", "arn:aws:s3:::b/2"],
        },
        {"Effect": "Allow", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::b/2"},
    ]


def test_no_resource_is_a_star_and_told() -> None:
    decisions = [asked("s3:ListAllMyBuckets", "*"), asked("ec2:RunInstances", "*"), asked("ec2:RunInstances", ROLE)]
    assert statements(decisions) == [
        {"Effect": "Allow", "Action": ["ec2:RunInstances", "s3:ListAllMyBuckets"], "Resource": "*"}
    ]
    assert least_policy(decisions).wide == (("ec2:RunInstances", "*"), ("s3:ListAllMyBuckets", "*"))


def test_a_pattern_that_is_named_takes_the_place_of_what_it_covers() -> None:
    decisions = [asked("s3:GetObject", f"arn:aws:s3:::b/{key}") for key in ("1", "2", "x/3")]
    decisions.append(asked("s3:GetObject", "arn:aws:s3:::other/1"))
    pattern = "arn:aws:s3:::b/*"
    assert [each["Resource"] for each in statements(decisions, Shape((pattern,)))] == [
        [pattern, "arn:aws:s3:::other/1"]
    ]
    assert least_policy(decisions, Shape((pattern,))).wide == (("s3:GetObject", pattern),)
    assert least_policy(decisions).wide == ()


@pytest.mark.parametrize("pattern", ["*", "disk-images/*", "arn:aws:s3", "arn:aws:s3:::b/${aws:username}"])
def test_what_is_no_pattern(pattern: str) -> None:
    with pytest.raises(UsageError):
        check_pattern(pattern)


def test_context_is_kept_only_when_asked_for() -> None:
    decisions = [
        asked("s3:GetObject", "arn:aws:s3:::b/1", {"aws:SourceIp": "203.0.113.5", "aws:RequestedRegion": "eu-west-1"}),
        asked("s3:GetObject", "arn:aws:s3:::b/1", {"aws:sourceip": "203.0.113.9"}),
        asked("s3:PutObject", "arn:aws:s3:::b/2"),
    ]
    assert all("Condition" not in each for each in statements(decisions))
    shape = Shape(keys=("aws:SourceIp",))
    assert statements(decisions, shape) == [
        {
            "Effect": "Allow",
            "Action": "s3:GetObject",
            "Resource": "arn:aws:s3:::b/1",
            "Condition": {"IpAddress": {"aws:SourceIp": ["203.0.113.5", "203.0.113.9"]}},
        },
        {"Effect": "Allow", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::b/2"},
    ]
    assert least_policy(decisions, shape).without_key == 1
    assert not_allowed_by(least_policy(decisions, shape), decisions) == ()


def test_values_of_two_keys_are_not_mixed() -> None:
    """Otherwise a combination would be allowed that no request had."""
    one, two = (
        {"aws:RequestedRegion": "eu-west-1", "ec2:InstanceType": "t3.nano"},
        {
            "aws:RequestedRegion": "us-east-1",
            "ec2:InstanceType": "m5.large",
        },
    )
    decisions = [asked("ec2:RunInstances", "*", each) for each in (one, two)]
    shape = Shape(keys=("aws:RequestedRegion", "ec2:InstanceType"))
    policy = Known((least_policy(decisions, shape).attached,))
    mixed = Request(principal_from_arn(ROLE), "ec2:RunInstances", "*", context={**one, "ec2:InstanceType": "m5.large"})
    assert not_allowed_by(least_policy(decisions, shape), decisions) == ()
    assert not evaluate(mixed, PolicyStack(identity=policy)).allowed


def test_a_value_is_a_value_also_where_it_looks_like_a_variable() -> None:
    context = {"s3:prefix": "${aws:username}*"}
    decisions = [asked("s3:ListBucket", "arn:aws:s3:::b", context)]
    assert not_allowed_by(least_policy(decisions, Shape(keys=("s3:prefix",))), decisions) == ()
    policy = Known((least_policy(decisions, Shape(keys=("s3:prefix",))).attached,))
    for other in ("x", "${aws:username}", "${aws:username}x"):
        request = Request(principal_from_arn(ROLE), "s3:ListBucket", "arn:aws:s3:::b", context={"s3:prefix": other})
        assert not evaluate(request, PolicyStack(identity=policy)).allowed


@pytest.mark.parametrize("key", ["aws:TagKeys", "SourceIp", "aws:*"])
def test_keys_of_which_no_condition_is_made(key: str) -> None:
    with pytest.raises(UsageError):
        check_key(key)


def test_what_needs_an_identity_based_policy() -> None:
    bucket_policy = attached(
        {"Effect": "Allow", "Principal": {"AWS": ROLE}, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"},
        of=PolicyType.RESOURCE,
        name="bucket policy",
    )
    deny = attached({"Effect": "Deny", "Action": "s3:DeleteObject", "Resource": "*"})
    scp = attached({"Effect": "Allow", "NotAction": "ec2:*", "Resource": "*"}, of=PolicyType.SCP, name="organization")
    by_bucket = asked("s3:GetObject", "arn:aws:s3:::b/1", resource=Known((bucket_policy,)))
    by_role = asked("s3:GetObject", "arn:aws:s3:::c/1", resource=Known((bucket_policy,)))
    anything = asked("sts:GetCallerIdentity", "*")
    denied = asked("s3:DeleteObject", "arn:aws:s3:::c/1", identity=Known((ALL, deny)))
    above = asked("ec2:RunInstances", "*", scps=(Known((scp,)),))
    found = sort_decisions([by_bucket, by_role, anything, denied, above])
    assert found.free == (by_bucket, anything)
    assert found.needed == (by_role, denied)
    assert [ref.attached for ref in found.denied_by] == [deny]
    (impossible,) = found.impossible
    assert (impossible.decided, impossible.then.decided_by) == (above, PolicyType.SCP)
    assert impossible.then.outcome is Outcome.IMPLICIT_DENY


def test_the_policies_that_are_there() -> None:
    existing = attached(
        {"Sid": "Used", "Effect": "Allow", "Action": ["s3:Get*", "s3:PutObject"], "Resource": "*"},
        {"Sid": "Not", "Effect": "Allow", "Action": "ec2:*", "Resource": "*"},
        {
            "Sid": "From",
            "Effect": "Allow",
            "Action": "kms:Decrypt",
            "Resource": "*",
            "Condition": {"StringEquals": {"aws:RequestedRegion": "eu-west-1"}},
        },
        {"Sid": "No", "Effect": "Deny", "Action": "s3:DeleteBucket", "Resource": "*"},
    )
    identity = Known((existing,))
    key = "arn:aws:kms:eu-west-1:111122223333:key/1"
    decisions = [
        asked("s3:GetObject", "arn:aws:s3:::b/1", identity=identity),
        asked("kms:Decrypt", key, {"aws:RequestedRegion": "eu-west-1"}, identity=identity),
    ]
    against = against_existing((existing,), least_policy(decisions), decisions)
    assert [(each.ref.statement.sid, each.actions, each.whole) for each in against.unused] == [
        ("Used", ("s3:PutObject",), False),
        ("Not", ("ec2:*",), True),
    ]
    assert [ref.statement.sid for ref in against.conditions_left_out] == ["From"]
    assert [ref.statement.sid for ref in against.denies] == ["No"]
    # Without the condition it allows Decrypt from every Region.
    assert against.comparison.relation is Relation.INCOMPARABLE
    shape = Shape(keys=("aws:RequestedRegion",))
    kept = against_existing((existing,), least_policy(decisions, shape), decisions, kept_keys=shape.keys)
    assert kept.comparison.relation is Relation.NARROWER
    assert kept.conditions_left_out == ()


@pytest.mark.parametrize(
    ("arn", "owner"),
    [
        ("arn:aws:iam::111122223333:user/x/ana", "arn:aws:iam::111122223333:user/x/ana"),
        (ROLE, ROLE),
        ("arn:aws:iam::111122223333:root", None),
        ("ec2.amazonaws.com", None),
    ],
)
def test_whose_policies_decide(arn: str, owner: str | None) -> None:
    assert owner_of_policies(principal_from_arn(arn)) == owner
