"""S3 Block Public Access: what AWS's page calls public, and whom RestrictPublicBuckets shuts out."""

from __future__ import annotations

import pytest
from tests.engine.engine_builders import ACCOUNT, ALLOW_ALL, ANA, OTHER, REPORT, ask, bucket, document, identity

from passrole.engine.decision import Outcome
from passrole.engine.evaluate import evaluate
from passrole.engine.public_access import is_public
from passrole.engine.stack import Known, PolicyStack, Unknown
from passrole.engine.truth import Doubt

ALLOWED, IMPLICIT, DENIED, UNDECIDED = Outcome.ALLOWED, Outcome.IMPLICIT_DENY, Outcome.EXPLICIT_DENY, Outcome.UNDECIDED
PUT = {"Effect": "Allow", "Action": "s3:PutObject", "Resource": "*"}
EVERYONE = {**PUT, "Principal": "*"}


def public(statement: dict[str, object]) -> object:
    answer = is_public(document(statement))
    return "?" if isinstance(answer, Doubt) else answer


@pytest.mark.parametrize(
    ("principal", "expected"),
    [
        # The first three are the page's own.
        ({"Federated": "graph.facebook.com"}, True),
        ("*", True),
        ({"Service": "cloudtrail.amazonaws.com"}, False),
        ({"AWS": "*"}, True),
        ({"AWS": OTHER}, False),
        ({"AWS": [ANA, f"arn:aws:iam::{OTHER}:root"]}, False),
        ({"AWS": [ANA, "*"]}, True),
        ({"CanonicalUser": "0" * 64}, False),
        ({"Federated": f"arn:aws:iam::{ACCOUNT}:saml-provider/idp"}, "?"),
    ],
)
def test_principals(principal: object, expected: object) -> None:
    assert public({**PUT, "Principal": principal}) == expected


@pytest.mark.parametrize(
    ("operator", "key", "value", "expected"),
    [
        # The page's own examples.
        ("StringLike", "aws:SourceVpc", "vpc-*", True),
        ("StringEquals", "aws:SourceVpc", "vpc-91237329", False),
        ("IpAddress", "aws:SourceIp", "0.0.0.0/1", True),
        ("StringLike", "s3:DataAccessPointArn", "arn:aws:s3:us-west-2:123456789012:accesspoint/*", False),
        # "values broader than /8 for IPv4 and /32 for IPv6 (excluding RFC1918 private ranges)"
        ("IpAddress", "aws:SourceIp", "8.0.0.0/8", False),
        ("IpAddress", "aws:SourceIp", "8.0.0.0/7", True),
        ("IpAddress", "aws:SourceIp", ["203.0.113.0/24", "0.0.0.0/0"], True),
        ("IpAddress", "aws:SourceIp", "2001:db8::/32", False),
        ("IpAddress", "aws:SourceIp", "2001:db8::/31", True),
        ("IpAddress", "aws:SourceIp", "10.0.0.0/8", False),
        # The list of keys.
        ("StringEquals", "aws:PrincipalOrgID", "o-a1b2c3d4e5", False),
        ("StringEquals", "AWS:principalorgid", "o-a1b2c3d4e5", False),
        ("ArnEquals", "aws:SourceArn", "arn:aws:sns:us-east-1:111122223333:topic", False),
        ("ArnLike", "aws:SourceArn", "arn:aws:sns:*:111122223333:topic", True),
        ("StringEquals", "aws:SourceAccount", ACCOUNT, False),
        ("StringEquals", "aws:SourceVpce", "vpce-1a2b3c4d", False),
        ("StringLike", "aws:userid", "AROAEXAMPLE1234:*", True),
        ("StringEquals", "aws:userid", "AIDAEXAMPLE1234", False),
        ("StringEquals", "s3:x-amz-server-side-encryption-aws-kms-key-id", "arn:aws:kms:us-east-1:1:key/k", False),
        ("StringLike", "s3:DataAccessPointArn", "arn:aws:s3:us-west-2:*:accesspoint/*", True),
        # Other keys, variables, and conditions that say who it is not.
        ("StringEquals", "aws:UserAgent", "browser", True),
        ("StringEquals", "aws:SourceVpc", "${aws:PrincipalTag/vpc}", True),
        ("StringNotEquals", "aws:SourceVpc", "vpc-91237329", True),
        ("NotIpAddress", "aws:SourceIp", "203.0.113.0/24", True),
        ("Null", "aws:SourceVpc", "false", True),
        # Without the key these hold for everyone; what S3 makes of that is written nowhere.
        ("StringEqualsIfExists", "aws:SourceVpc", "vpc-91237329", "?"),
        ("ForAllValues:StringEquals", "aws:SourceVpc", "vpc-91237329", "?"),
    ],
)
def test_conditions(operator: str, key: str, value: object, expected: object) -> None:
    assert public({**EVERYONE, "Condition": {operator: {key: value}}}) == expected


def test_a_deny_is_never_public_and_helps_nobody() -> None:
    deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"}
    assert is_public(document(deny)) is False
    assert is_public(document(EVERYONE, deny)) is True
    assert public({**PUT, "NotPrincipal": {"AWS": OTHER}}) is True


TO_SERVICE = {**PUT, "Principal": {"Service": "cloudtrail.amazonaws.com"}}
TO_ACCOUNT = {"Effect": "Allow", "Principal": {"AWS": OTHER}, "Action": "s3:GetObject", "Resource": "*"}
TO_ALL = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}


class TestExampleOfThePage:
    """One statement for AWS CloudTrail, one for another account, one "to the public"."""

    WITH_PUBLIC = bucket(TO_SERVICE, TO_ACCOUNT, TO_ALL)
    WITHOUT = bucket(TO_SERVICE, TO_ACCOUNT)
    STRANGER = f"arn:aws:iam::{OTHER}:user/dan"

    def outcome(self, who: str, policy: Known | Unknown, restrict: bool | Unknown, action: str) -> Outcome:
        stack = PolicyStack(identity(ALLOW_ALL), policy, restrict_public_buckets=restrict)
        return evaluate(ask(action, REPORT, who=who), stack).outcome

    @pytest.mark.parametrize(
        ("who", "action", "unrestricted", "restricted"),
        [
            ("cloudtrail.amazonaws.com", "s3:PutObject", ALLOWED, ALLOWED),
            (STRANGER, "s3:GetObject", ALLOWED, DENIED),
            ("*", "s3:GetObject", ALLOWED, DENIED),
            (ANA, "s3:GetObject", ALLOWED, ALLOWED),
        ],
    )
    def test_who_is_shut_out(self, who: str, action: str, unrestricted: Outcome, restricted: Outcome) -> None:
        assert self.outcome(who, self.WITH_PUBLIC, False, action) is unrestricted
        assert self.outcome(who, self.WITH_PUBLIC, True, action) is restricted
        assert self.outcome(who, self.WITHOUT, True, action) is (IMPLICIT if who == "*" else unrestricted)

    def test_what_is_not_known(self) -> None:
        not_read = Unknown("AccessDenied")
        assert self.outcome(self.STRANGER, self.WITH_PUBLIC, not_read, "s3:GetObject") is UNDECIDED
        assert self.outcome(self.STRANGER, self.WITHOUT, not_read, "s3:GetObject") is ALLOWED
        assert self.outcome(self.STRANGER, not_read, True, "s3:GetObject") is UNDECIDED
        assert self.outcome(ANA, self.WITH_PUBLIC, not_read, "s3:GetObject") is ALLOWED

    def test_the_decision_says_what_decided(self) -> None:
        stack = PolicyStack(identity(ALLOW_ALL), self.WITH_PUBLIC, restrict_public_buckets=True)
        decision = evaluate(ask(who=self.STRANGER), stack)
        assert (decision.outcome, decision.decided_by, decision.determining) == (DENIED, None, ())
        assert decision.rule == "S3 Block Public Access (RestrictPublicBuckets): the bucket policy is public"

    def test_only_s3(self) -> None:
        stack = PolicyStack(identity(ALLOW_ALL), bucket({**EVERYONE, "Action": "*"}), restrict_public_buckets=True)
        queue = f"arn:aws:sqs:us-east-1:{ACCOUNT}:queue"
        assert evaluate(ask("sqs:SendMessage", queue, who=self.STRANGER), stack).outcome is ALLOWED
