"""Rules of `passrole prove`, each with a policy that keeps it and one that does not."""

from __future__ import annotations

import json
from typing import Any

import pytest

from passrole.policy.model import PolicyType
from passrole.policy.parse import parse_policy
from passrole.prover.compare import Actions, policy_side
from passrole.prover.prove import Limits, Verdict, cannot, no_new_access, no_public_access, only_from_organization
from passrole.prover.sides import Side


def side(*statements: dict[str, Any], kind: PolicyType = PolicyType.IDENTITY) -> Side:
    return policy_side(parse_policy(json.dumps({"Version": "2012-10-17", "Statement": list(statements)})), kind)


def allow(action: Any, condition: Any = None, effect: str = "Allow") -> dict[str, Any]:
    statement = {"Effect": effect, "Action": action, "Resource": "*"}
    return statement if condition is None else {**statement, "Condition": condition}


def bucket(condition: Any = None, principal: Any = "*", effect: str = "Allow") -> dict[str, Any]:
    statement = {"Effect": effect, "Principal": principal, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"}
    return statement if condition is None else {**statement, "Condition": condition}


@pytest.mark.parametrize(
    ("statements", "verdict"),
    [
        ([allow("s3:*")], Verdict.REFUTED),
        ([allow("s3:Get*")], Verdict.PROVEN),
        ([allow("s3:*"), allow("s3:DeleteBucket", effect="Deny")], Verdict.PROVEN),
        # The key is not in every request, and a Deny with Bool spares the requests without it.
        (
            [allow("s3:*"), allow("s3:DeleteBucket", {"Bool": {"aws:SecureTransport": "true"}}, "Deny")],
            Verdict.REFUTED,
        ),
        ([{"Effect": "Allow", "NotAction": "s3:DeleteBucket", "Resource": "*"}], Verdict.PROVEN),
    ],
)
def test_cannot(statements: list[Any], verdict: Verdict) -> None:
    proof = cannot(side(*statements), ["s3:DeleteBucket"], ["*"])
    assert proof.verdict is verdict
    for one in proof.witnesses:
        assert one.request.action == "s3:DeleteBucket"
        assert one.new.allowed


def test_no_new_access_looks_one_way_only() -> None:
    small, large = side(allow("s3:Get*")), side(allow("s3:*"))
    assert no_new_access(small, large).verdict is Verdict.PROVEN
    assert no_new_access(large, small).verdict is Verdict.REFUTED


ORGANIZATION = {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}


@pytest.mark.parametrize(
    ("statements", "verdict"),
    [
        ([bucket()], Verdict.REFUTED),
        ([bucket(principal={"AWS": "111122223333"})], Verdict.PROVEN),
        ([bucket(principal={"Service": "cloudtrail.amazonaws.com"})], Verdict.PROVEN),
        ([bucket({"StringEquals": ORGANIZATION})], Verdict.PROVEN),
        ([bucket({"StringEqualsIfExists": ORGANIZATION})], Verdict.REFUTED),
        ([bucket(), bucket({"StringNotEquals": ORGANIZATION}, effect="Deny")], Verdict.PROVEN),
        # ForAllValues holds for a key that is not there.
        ([bucket({"ForAllValues:StringLike": {"aws:PrincipalOrgPaths": "o-a1b2c3d4e5/*"}})], Verdict.REFUTED),
        ([bucket({"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}})], Verdict.PROVEN),
        ([bucket({"IpAddress": {"aws:SourceIp": "0.0.0.0/1"}})], Verdict.REFUTED),
        ([bucket({"StringLike": {"aws:PrincipalArn": "*"}})], Verdict.REFUTED),
    ],
)
def test_no_public_access(statements: list[Any], verdict: Verdict) -> None:
    assert no_public_access(side(*statements, kind=PolicyType.RESOURCE)).verdict is verdict


@pytest.mark.parametrize(
    ("statements", "verdict"),
    [
        ([bucket({"StringEquals": ORGANIZATION})], Verdict.PROVEN),
        ([bucket({"StringEquals": {"aws:PrincipalOrgID": "o-zzzzzzzzzz"}})], Verdict.REFUTED),
        ([bucket({"StringEqualsIfExists": ORGANIZATION})], Verdict.REFUTED),
        ([bucket(principal={"AWS": "111122223333"})], Verdict.REFUTED),
        ([bucket(), bucket({"StringNotEquals": ORGANIZATION}, effect="Deny")], Verdict.PROVEN),
        ([bucket(principal={"Service": "cloudtrail.amazonaws.com"})], Verdict.PROVEN),
    ],
)
def test_only_from_organization(statements: list[Any], verdict: Verdict) -> None:
    proof = only_from_organization(side(*statements, kind=PolicyType.RESOURCE), "o-a1b2c3d4e5")
    assert proof.verdict is verdict
    if verdict is Verdict.PROVEN:
        assert proof.assumptions, "that services count as inside is told"


@pytest.mark.parametrize("actions", list(Actions))
@pytest.mark.parametrize("resource", ["*reports*", "arn:*reports/*", "a*:reports/x", "arn:aws:s?:::reports/*"])
def test_a_rule_means_all_that_its_pattern_matches(resource: str, actions: Actions) -> None:
    # What such a pattern grants in a policy AWS's pages leave open; a rule is nobody's grant.
    policy = side({"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::reports/*"})
    proof = cannot(policy, ["s3:Get*"], [resource], Limits(actions))
    assert proof.verdict is Verdict.REFUTED
    assert all(one.request.resource.startswith("arn:aws:s3:::reports/") for one in proof.witnesses)
