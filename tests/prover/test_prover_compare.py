"""What `compare` says of pairs whose relation follows from AWS's pages, and the requests that it shows."""

from __future__ import annotations

import json
from typing import Any

import pytest

from passrole.policy.model import Policy, PolicyType
from passrole.policy.parse import parse_policy
from passrole.prover.compare import Actions, Certainty, Comparison, Relation, compare, layers_side, policy_side
from passrole.prover.sides import Side

S3 = "arn:aws:s3:::"
HOME = f"{S3}home/${{aws:username}}/*"
ROLE = "arn:aws:iam::111122223333:role/x"


def allow(action: Any, resource: Any = "*", condition: Any = None, effect: str = "Allow") -> dict[str, Any]:
    statement = {"Effect": effect, "Action": action, "Resource": resource}
    return statement if condition is None else {**statement, "Condition": condition}


def deny(action: Any, resource: Any = "*", condition: Any = None) -> dict[str, Any]:
    return allow(action, resource, condition, "Deny")


def policy(*statements: dict[str, Any], version: str = "2012-10-17") -> Policy:
    return parse_policy(json.dumps({"Version": version, "Statement": list(statements)}))


def related(old: list[Any], new: list[Any], actions: Actions = Actions.KNOWN) -> Comparison:
    return compare(policy_side(policy(*old)), policy_side(policy(*new)), actions=actions)


TLS = {"aws:SecureTransport": "false"}
TEAM = {"StringEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}}
CASES: dict[str, tuple[list[Any], list[Any], Relation]] = {
    "one pattern or two halves": (
        [allow("*", "*", {"IpAddress": {"aws:SourceIp": ["10.0.0.0/9", "10.128.0.0/9"]}})],
        [allow("*", "*", {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}})],
        Relation.EQUIVALENT,
    ),
    "NotAction and the rest": (
        [allow("*")],
        [{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}, allow("iam:*")],
        Relation.EQUIVALENT,
    ),
    "a longer bucket name": (
        [allow("s3:GetObject", f"{S3}b/*")],
        [allow("s3:GetObject", f"{S3}b*")],
        Relation.BROADER,
    ),
    # "…if the policy has an explicit Deny and the key is absent, Bool does not match": AWS warns of the two forms.
    "Bool and BoolIfExists in a Deny": (
        [allow("*"), deny("*", "*", {"Bool": TLS})],
        [allow("*"), deny("*", "*", {"BoolIfExists": TLS})],
        Relation.NARROWER,
    ),
    "Allow if true is less than Deny if false": (
        [allow("*", "*", {"Bool": {"aws:SecureTransport": "true"}})],
        [allow("*"), deny("*", "*", {"Bool": TLS})],
        Relation.BROADER,
    ),
    "different services": ([allow("sqs:*")], [allow("sns:*")], Relation.DISJOINT),
    "each has its own": ([allow(["sqs:*", "s3:*"])], [allow(["sns:*", "s3:*"])], Relation.INCOMPARABLE),
    "no tags satisfy ForAllValues": (
        [allow("ec2:RunInstances", "*", {"ForAllValues:StringEquals": {"aws:TagKeys": ["a", "b"]}})],
        [
            allow(
                "ec2:RunInstances",
                "*",
                {
                    "ForAllValues:StringEquals": {"aws:TagKeys": ["a", "b"]},
                    "Null": {"aws:TagKeys": "false"},
                },
            )
        ],
        Relation.NARROWER,
    ),
    "1.0 is 1": (
        [allow("s3:ListBucket", "*", {"NumericEquals": {"s3:max-keys": "1"}})],
        [allow("s3:ListBucket", "*", {"NumericEquals": {"s3:max-keys": "1.0"}})],
        Relation.EQUIVALENT,
    ),
    "the same moment in two time zones": (
        [allow("*", "*", {"DateLessThan": {"aws:CurrentTime": "2026-01-01T00:00:00Z"}})],
        [allow("*", "*", {"DateLessThan": {"aws:CurrentTime": "2026-01-01T01:00:00+01:00"}})],
        Relation.EQUIVALENT,
    ),
    "ArnEquals is ArnLike": (
        [allow("*", "*", {"ArnEquals": {"aws:PrincipalArn": "arn:aws:iam::*:role/a*"}})],
        [allow("*", "*", {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/a*"}})],
        Relation.EQUIVALENT,
    ),
    # A Deny names a value that the variable can have: read as an opaque letter, the two would be called equivalent.
    "a Deny of one user's folder": (
        [allow("s3:GetObject", HOME)],
        [allow("s3:GetObject", HOME), deny("s3:*", f"{S3}home/admin/*")],
        Relation.NARROWER,
    ),
    "a folder each or all folders": (
        [allow("s3:GetObject", HOME)],
        [allow("s3:GetObject", f"{S3}home/*")],
        Relation.BROADER,
    ),
    "a part of the own folder": (
        [allow("s3:GetObject", HOME)],
        [allow("s3:GetObject", [HOME, f"{S3}home/${{aws:username}}/a*"])],
        Relation.EQUIVALENT,
    ),
    "a Deny that the Allow's condition implies": (
        [allow("ec2:StartInstances", "*", TEAM)],
        [
            allow("ec2:StartInstances", "*", TEAM),
            deny("*", "*", {"StringNotEquals": TEAM["StringEquals"]}),
        ],
        Relation.EQUIVALENT,
    ),
    "the end of a text or of an ARN of a service": (
        [allow("*", "*", {"StringLike": {"ec2:SourceInstanceARN": "*${ec2:InstanceId}"}})],
        [allow("*", "*", {"ArnLike": {"ec2:SourceInstanceARN": "arn:aws:ec2:*:*:instance/${ec2:InstanceId}"}})],
        Relation.NARROWER,
    ),
    "case ignored": (
        [allow("ec2:StartInstances", "*", TEAM)],
        [allow("ec2:StartInstances", "*", {"StringEqualsIgnoreCase": TEAM["StringEquals"]})],
        Relation.BROADER,
    ),
    # "You cannot change the permissions defined in AWS managed policies": nobody can, whatever policies say.
    "what nobody can change": (
        [allow("iam:CreatePolicyVersion", "arn:aws:iam::111122223333:policy/a")],
        [allow("iam:CreatePolicyVersion", ["arn:aws:iam::111122223333:policy/a", "arn:aws:iam::aws:policy/a"])],
        Relation.EQUIVALENT,
    ),
    # "No permissions are required to perform this operation."
    "an action that needs no permission": (
        [allow("s3:GetObject")],
        [allow(["s3:GetObject", "sts:GetCallerIdentity"])],
        Relation.EQUIVALENT,
    ),
    "an action that AWS does not list": (
        [allow("s3:GetObject")],
        [allow(["s3:GetObject", "newservice:*"])],
        Relation.BROADER,
    ),
    "nothing and something": ([deny("*")], [allow("s3:GetObject")], Relation.BROADER),
    "nothing and nothing": ([deny("*")], [allow("s3:*"), deny("s3:*")], Relation.EQUIVALENT),
}


@pytest.mark.parametrize("name", CASES)
def test_relation(name: str) -> None:
    old, new, relation = CASES[name]
    found = related(old, new)
    assert found.relation is relation, found
    for one in found.gained:
        assert one.new.allowed
        assert not one.old.allowed
    for one in found.lost:
        assert one.old.allowed
        assert not one.new.allowed


@pytest.mark.parametrize("name", CASES)
def test_the_other_way_round_is_the_mirror_image(name: str) -> None:
    old, new, relation = CASES[name]
    mirrored = {Relation.BROADER: Relation.NARROWER, Relation.NARROWER: Relation.BROADER}
    assert related(new, old).relation is mirrored.get(relation, relation)


def test_only_over_known_actions_are_get_and_g_the_same() -> None:
    known, any_ = (related([allow("s3:Get*")], [allow("s3:G*")], actions) for actions in Actions)
    assert (known.relation, known.certainty) == (Relation.EQUIVALENT, Certainty.ASSUMING)
    assert known.assumptions
    assert (any_.relation, any_.certainty) == (Relation.BROADER, Certainty.EXACT)


def test_an_action_is_asked_about_its_own_resources() -> None:
    """ListBucket is about buckets, whose names have no slash."""
    found = related(
        [allow("s3:ListBucket", [f"{S3}b", f"{S3}b/*"])],
        [allow("s3:ListBucket", f"{S3}b")],
    )
    assert (found.relation, found.certainty) == (Relation.EQUIVALENT, Certainty.ASSUMING)


def test_a_witness_is_a_request_that_aws_could_receive() -> None:
    (one, *_) = related([allow("s3:GetObject", f"{S3}b/*")], [allow("s3:GetObject", f"{S3}b*")]).gained
    assert one.request.action == "s3:GetObject"
    bucket, _, key = one.request.resource.removeprefix(S3).partition("/")
    assert bucket.startswith("b")
    assert bucket != "b"
    assert key


def test_a_shared_doubt_is_no_difference() -> None:
    strange = deny("s3:*", "*", {"NumericEquals": {"s3:max-keys": "many"}})
    found = related([allow("*"), strange], [allow("*"), strange])
    assert found.relation is Relation.EQUIVALENT


def test_a_doubt_of_one_side_is_undecided_with_its_reason() -> None:
    strange = deny("s3:*", "*", {"NumericEquals": {"s3:max-keys": "many"}})
    found = related([allow("*")], [allow("*"), strange])
    assert found.relation is Relation.UNDECIDED
    assert any("many" in reason for reason in found.undecided_because)


def test_an_old_document_has_no_variables() -> None:
    old, new = policy(allow("s3:GetObject", HOME), version="2008-10-17"), policy(allow("s3:GetObject", HOME))
    found = compare(policy_side(old), policy_side(new))
    assert found.relation is Relation.INCOMPARABLE


def test_what_takes_too_long_is_undecided() -> None:
    patterns = [f"{S3}*{first}{second}*" for first in "abcdefgh" for second in "ijkl"]
    old = [allow("s3:GetObject", pattern) for pattern in patterns]
    found = compare(
        policy_side(policy(*old)),
        policy_side(policy(deny("s3:GetObject", f"{S3}x*"), allow("s3:*", patterns))),
        steps=50,
    )
    assert found.relation is Relation.UNDECIDED
    assert found.undecided_because


# --- principals --------------------------------------------------------------------------------------------------------


def names(principal: Any, action: str = "s3:GetObject", condition: Any = None, **other: Any) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": principal, "Action": action, "Resource": f"{S3}b/*", **other}
    return statement if condition is None else {**statement, "Condition": condition}


def trusts(principal: Any, action: str = "sts:AssumeRole", condition: Any = None) -> dict[str, Any]:
    return {key: value for key, value in names(principal, action, condition).items() if key != "Resource"}


def of_bucket(old: list[Any], new: list[Any], kind: PolicyType = PolicyType.RESOURCE) -> Comparison:
    return compare(policy_side(policy(*old), kind), policy_side(policy(*new), kind))


ACCOUNT = "111122223333"
ORGANIZATION = {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}
PRINCIPALS: dict[str, tuple[list[Any], list[Any], Relation]] = {
    "an account and its root ARN": (
        [names({"AWS": ACCOUNT})],
        [names({"AWS": f"arn:aws:iam::{ACCOUNT}:root"})],
        Relation.EQUIVALENT,
    ),
    "everyone, written twice": ([names("*")], [names({"AWS": "*"})], Relation.EQUIVALENT),
    "an account or everyone": ([names({"AWS": ACCOUNT})], [names("*")], Relation.BROADER),
    "IfExists lets in whoever has no organization": (
        [names("*", condition={"StringEquals": ORGANIZATION})],
        [names("*", condition={"StringEqualsIfExists": ORGANIZATION})],
        Relation.BROADER,
    ),
    # A role that is named needs no policy of its own, one of a named account does.
    "a role or its account": ([names({"AWS": ACCOUNT})], [names({"AWS": ROLE})], Relation.INCOMPARABLE),
}


@pytest.mark.parametrize("name", PRINCIPALS)
def test_resource_based_policies_are_compared_over_callers(name: str) -> None:
    old, new, relation = PRINCIPALS[name]
    assert of_bucket(old, new).relation is relation


def test_a_trust_policy_that_names_a_service_more() -> None:
    found = of_bucket(
        [trusts({"Service": "ec2.amazonaws.com"})],
        [trusts({"Service": ["ec2.amazonaws.com", "vmie.amazonaws.com"]})],
        PolicyType.TRUST,
    )
    assert found.relation is Relation.BROADER
    assert {one.request.principal.arn for one in found.gained} == {"vmie.amazonaws.com"}


def test_a_trust_policy_that_loses_its_external_id() -> None:
    condition = {"StringEquals": {"sts:ExternalId": "vmimport"}}
    found = of_bucket(
        [trusts({"Service": "vmie.amazonaws.com"}, condition=condition)],
        [trusts({"Service": "vmie.amazonaws.com"})],
        PolicyType.TRUST,
    )
    assert found.relation is Relation.BROADER
    assert found.gained[0].request.context.get("sts:ExternalId") != "vmimport"


# --- stacks ------------------------------------------------------------------------------------------------------------


def stack(*layers: tuple[PolicyType, list[Any]]) -> Side:
    sides = [policy_side(policy(*statements), kind).layers[0] for kind, statements in layers]
    return layers_side(sides)


def test_a_boundary_takes_away() -> None:
    identity = (PolicyType.IDENTITY, [allow("s3:*"), allow("sqs:*")])
    alone = stack(identity)
    bounded = stack(identity, (PolicyType.BOUNDARY, [allow("s3:*")]))
    found = compare(alone, bounded)
    assert found.relation is Relation.NARROWER
    assert all(one.request.action.startswith("sqs:") for one in found.lost)


def test_every_level_of_scps_must_allow() -> None:
    identity = (PolicyType.IDENTITY, [allow("*")])
    one = stack(identity, (PolicyType.SCP, [allow("*")]), (PolicyType.SCP, [allow("s3:*"), deny("s3:PutObject")]))
    other = stack(identity, (PolicyType.SCP, [{"Effect": "Allow", "NotAction": "s3:PutObject", "Resource": "*"}]))
    assert compare(one, other).relation is Relation.BROADER
    narrowed = stack((PolicyType.IDENTITY, [{"Effect": "Allow", "NotAction": "s3:PutObject", "Resource": "*"}]))
    assert compare(other, narrowed).relation is Relation.EQUIVALENT


def test_each_protected_action_has_its_own_exceptions() -> None:
    """Of a role under /aws-reserved/ only AWS changes tags; those of a service-linked role can be changed."""
    linked = "arn:aws:iam::111122223333:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX"
    both = ["iam:DeleteRole", "iam:TagRole"]
    found = related([deny("*")], [allow(both, linked)])
    assert found.relation is Relation.BROADER
    assert {one.request.action for one in found.gained} == {"iam:TagRole"}


@pytest.mark.parametrize(
    ("action", "pattern", "resource"),
    [
        # <https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-vs-inline.html>
        ("iam:GetPolicy", "arn:aws:iam::aws:policy/*", "arn:aws:iam::aws:policy/x"),
        # <https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-public-parameters.html>
        ("ssm:GetParameter", "arn:aws:ssm:us-east-1::parameter/aws/*", "arn:aws:ssm:us-east-1::parameter/aws/x"),
    ],
)
def test_resources_of_aws_itself_are_among_those_asked_about(action: str, pattern: str, resource: str) -> None:
    """AWS's list of resource types writes `${Account}` where such ARNs have `aws` or nothing."""
    found = related([allow(action)], [allow(action), deny(action, pattern)])
    assert found.relation is Relation.NARROWER
    assert resource in {one.request.resource for one in found.lost}
    twelve = "?" * 12
    account = pattern.replace(":aws:policy", f":{twelve}:policy").replace("::parameter/aws", f":{twelve}:parameter")
    mine = related([allow(action, account.replace(twelve, "*"))], [allow(action, account)])
    assert mine.relation is Relation.NARROWER


def test_an_account_that_is_named_makes_no_difference_of_resources_of_aws() -> None:
    """They are as those of any account that is not named, and are not shown beside them."""
    mine = allow("iam:GetPolicy", "arn:aws:iam::111122223333:policy/*")
    found = related([mine], [allow("iam:GetPolicy", "arn:aws:iam::*:policy/*")])
    assert [one.request.resource.split(":")[4].isdigit() for one in found.gained] == [True]


def test_no_request_without_a_resource_is_shown_beside_one_with_it() -> None:
    """AWS lists two types of resources for the action, each as optional: one of them is named in each request."""
    found = related([allow("s3:PutObject")], [allow("s3:PutObject"), allow("s3:AbortMultipartUpload")])
    resources = {one.request.resource for one in found.gained}
    assert "arn:aws:s3:::x/x" in resources
    assert "*" not in resources


def _named(principal: Any, action: str, **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Principal": principal, "Action": action, **more}


def test_a_session_that_is_named_may_be_one_of_a_role_with_a_path() -> None:
    """A session's ARN does not tell the path of its role: both statements can be about one caller, or about others."""
    role = policy(_named({"AWS": "arn:aws:iam::111122223333:role/team/app"}, "sts:TagSession"))
    session = policy(_named({"AWS": "arn:aws:sts::111122223333:assumed-role/app/run"}, "sts:TagSession"))
    found = compare(policy_side(role, PolicyType.TRUST), policy_side(session, PolicyType.TRUST))
    assert found.relation is Relation.INCOMPARABLE
    assert found.common is not None


_OF_MY_ORGANIZATION = {"StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-a"}}


@pytest.mark.parametrize(
    ("actions", "relation"),
    [
        (["s3:*"], Relation.EQUIVALENT),
        (["s3:*", "sqs:*"], Relation.NARROWER),
        # "RCPs apply to a subset of AWS services": to those of EC2 not.
        (["s3:*", "ec2:*"], Relation.EQUIVALENT),
        (["s3:GetObject"], Relation.BROADER),
    ],
)
def test_resource_control_policies_are_compared_beside_the_one_that_allows_everything(
    actions: list[str], relation: Relation
) -> None:
    def rcp(*actions: str) -> Side:
        statement = {**deny(list(actions), "*", _OF_MY_ORGANIZATION), "Principal": "*"}
        return policy_side(policy(statement), PolicyType.RCP, "rcp")

    found = compare(rcp("s3:*"), rcp(*actions))
    assert found.relation is relation
    assert found.certainty in (Certainty.EXACT, Certainty.ASSUMING)


def test_endpoint_policies_are_compared_by_what_they_let_through() -> None:
    def endpoint(principal: Any, *actions: str) -> Side:
        named = _named(principal, "s3:*", Resource=f"{S3}b/*") | {"Action": list(actions)}
        return policy_side(policy(named), PolicyType.ENDPOINT, "endpoint")

    found = compare(endpoint("*", "s3:GetObject"), endpoint("*", "s3:GetObject", "s3:PutObject"))
    assert found.relation is Relation.BROADER
    assert [one.request.action for one in found.gained] == ["s3:PutObject"]
    # At a gateway endpoint the Principal must be `*`, and S3 has both sorts: a user of another account is let through
    # neither, and what becomes of those of this account depends on the sort.
    some = compare(endpoint("*", "s3:GetObject"), endpoint({"AWS": "111122223333"}, "s3:GetObject"))
    assert some.relation is Relation.NARROWER
    assert all(one.request.principal.account != "111122223333" for one in some.lost)
    assert any("gateway endpoint" in each for each in some.assumptions)


def test_a_caller_about_whom_one_side_is_in_doubt_is_no_witness() -> None:
    """Whether the session of a federated user has the unique ID of a user is not known."""
    by_id = _named({"AWS": ["arn:aws:iam::111122223333:root", "AIDAEXAMPLE1234"]}, "sts:AssumeRole")
    account = _named({"AWS": ["444455556666", "arn:aws:iam::111122223333:root"]}, "sts:AssumeRole")
    others_users = {
        **_named("*", "sts:AssumeRole"),
        "Effect": "Deny",
        "Condition": {
            "ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:user/*"},
            "StringNotEquals": {"aws:PrincipalAccount": "111122223333"},
        },
    }
    old, new = policy(others_users, by_id), policy(others_users, by_id, account)
    found = compare(policy_side(old, PolicyType.TRUST), policy_side(new, PolicyType.TRUST))
    assert found.relation is Relation.BROADER
    assert not any("federated-user" in one.request.principal.arn for one in found.gained)


GOOGLE = {"Federated": "accounts.google.com"}
OF_GOOGLE = {"StringEquals": {"aws:FederatedProvider": "accounts.google.com"}}
LOGS = {"Service": "logging.s3.amazonaws.com"}
OTHERS = {"StringNotEquals": {"aws:PrincipalAccount": "111122223333"}}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        # "OIDC federated principals are not supported in policy types other than role trust policies": what a Deny of
        # one does elsewhere nobody says.
        ([names(LOGS)], [names(LOGS), names("*", condition=OF_GOOGLE), names(GOOGLE, Effect="Deny")]),
        # Which account a request of a service has is written nowhere.
        ([names("*", condition=OTHERS, Effect="Deny")], [names("*", condition=OTHERS, Effect="Deny"), names(LOGS)]),
        (
            [names({"AWS": "111122223333"})],
            [
                names({"AWS": "111122223333"}),
                names(LOGS, condition={"StringEqualsIfExists": {"aws:PrincipalAccount": "111122223333"}}),
            ],
        ),
    ],
)
def test_a_doubt_about_who_asks_is_never_equivalent(old: list[Any], new: list[Any]) -> None:
    found = of_bucket(old, new)
    assert found.relation is Relation.UNDECIDED, found
    assert of_bucket(new, old).relation is Relation.UNDECIDED


def test_an_identity_provider_is_named_by_an_endpoint_for_the_calls_that_bring_a_token() -> None:
    queue = names("*", "sqs:GetQueueUrl", Resource="*")

    def and_google(action: Any) -> Comparison:
        return of_bucket([queue], [queue, names(GOOGLE, action, Resource="*")], PolicyType.ENDPOINT)

    assert and_google("sts:AssumeRoleWithWebIdentity").relation is Relation.BROADER
    assert and_google("sqs:SendMessage").relation is Relation.EQUIVALENT
    assert and_google(["sts:AssumeRoleWithWebIdentity", "sqs:SendMessage"]).relation is Relation.UNDECIDED


@pytest.mark.parametrize("actions", list(Actions))
def test_an_action_with_letters_beyond_ascii_is_an_action_more(actions: Actions) -> None:
    # No action of AWS's is written so, and the engine folds such letters as it does all others.
    comparison = related([allow("s3:GetObject")], [allow(["s3:GetObject", "s3:GetÄ"])], actions)
    assert comparison.relation is Relation.BROADER
    assert [one.request.action for one in comparison.gained] == ["s3:GetÄ"]


def _trust(*statements: dict[str, Any]) -> Side:
    return policy_side(policy(*({"Effect": "Allow", **each} for each in statements)), PolicyType.TRUST)


_ACCOUNT = {"AWS": "444455556666"}


@pytest.mark.parametrize("actions", list(Actions))
def test_what_is_never_asked_of_a_trust_policy_is_no_difference_of_two(actions: Actions) -> None:
    old = _trust({"Principal": _ACCOUNT, "Action": "sts:AssumeRole"})
    new = _trust({"Principal": _ACCOUNT, "Action": ["sts:AssumeRole", "s3:GetObject", "sts:GetFederationToken"]})
    comparison = compare(old, new, actions=actions)
    assert comparison.relation is Relation.EQUIVALENT
    assert comparison.undecided_because == ()


@pytest.mark.parametrize("actions", list(Actions))
def test_all_but_one_action_of_a_trust_policy_are_those_by_which_a_role_is_assumed(actions: Actions) -> None:
    sent = {"StringNotEquals": {"aws:RequestTag/t": "a"}}
    federated = {"Principal": {"Federated": "accounts.google.com"}, "NotAction": "sts:AssumeRole*"}
    comparison = compare(_trust(federated), _trust({**federated, "Condition": sent}), actions=actions)
    assert comparison.relation is Relation.NARROWER
    assert {one.request.action for one in comparison.lost} <= {"sts:TagSession", "sts:SetSourceIdentity"}


@pytest.mark.parametrize("actions", list(Actions))
def test_a_context_is_set_where_the_trust_policy_lets(actions: Actions) -> None:
    old = _trust({"Principal": _ACCOUNT, "Action": "sts:AssumeRole"})
    new = _trust({"Principal": _ACCOUNT, "Action": ["sts:AssumeRole", "sts:SetContext"]})
    comparison = compare(old, new, actions=actions)
    assert comparison.relation is Relation.BROADER
    assert {one.request.action for one in comparison.gained} == {"sts:SetContext"}


@pytest.mark.parametrize("actions", list(Actions))
def test_an_endpoint_that_names_an_account_names_all_in_it(actions: Actions) -> None:
    queues = {"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}
    old, new = (policy_side(policy({**queues, "Principal": named}), PolicyType.ENDPOINT) for named in ("*", _ACCOUNT))
    comparison = compare(old, new, actions=actions)
    assert comparison.relation is Relation.NARROWER
    assert all(one.request.principal.account != "444455556666" for one in comparison.lost)
