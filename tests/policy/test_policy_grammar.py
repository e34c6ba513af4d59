"""What AWS refuses when a document is written, and in which words."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from tests.strategies import policies

from passrole.errors import Severity
from passrole.policy.answers import aws_answer
from passrole.policy.grammar import check_grammar
from passrole.policy.model import Policy, PolicyType
from passrole.policy.parse import PolicySyntaxError, parse_policy, policy_from_value

Document = dict[str, object]
IDENTITY, TRUST = PolicyType.IDENTITY, PolicyType.TRUST

ALLOW: Document = {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::bucket"}
NO_RESOURCE: Document = {"Effect": "Allow", "Action": "s3:ListBucket"}
TRUSTS: Document = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}


def document(*statements: Document, version: str | None = "2012-10-17") -> Document:
    value: Document = {"Statement": list(statements)}
    return value if version is None else {"Version": version, **value}


def answer(value: object, type: PolicyType, *, managed: bool = False, partition: str | None = None) -> str | None:  # noqa: A002
    """What the account would answer to a document: the way a caller uses parser and grammar together."""
    text = value if isinstance(value, str) else json.dumps(value)
    try:
        policy = parse_policy(text)
    except PolicySyntaxError as error:
        return aws_answer(error.diagnostics, type)
    return aws_answer(check_grammar(policy, type, managed=managed, partition=partition), type)


def codes(value: object, type: PolicyType) -> list[str]:  # noqa: A002
    return [finding.code for finding in check_grammar(policy_from_value(value), type)]


SYNTAX = "Syntax errors in policy."
LEGACY = "The policy failed legacy parsing"
VENDOR = "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."
COLON = "Actions/Condition can contain only one colon."
NO_ACTIONS = "Policy statement must contain actions."
NO_RESOURCES = "Policy statement must contain resources."
VERSION = "Policy document must be version 2012-10-17 or greater."
SAME_SID = "Statement IDs (SID) in a single policy must be unique."
UNQUALIFIED = "Resource vendor must be fully qualified and cannot contain regexes."
IAM_PATH = (
    'IAM resource path must either be "*" or start with user/, federated-user/, role/, group/, instance-profile/, mfa/, '
    "server-certificate/, policy/, sms-mfa/, saml-provider/, oidc-provider/, report/, access-report/."
)


def resource(text: object) -> Document:
    return document({**ALLOW, "Resource": text})


def where(condition: object) -> Document:
    return document({**ALLOW, "Condition": condition})


# What IAM answered to CreatePolicy, as moto's tests have recorded it; `None` where it took the document.
RECORDED: dict[str, tuple[object, str | None]] = {
    "no JSON": ("This is not a json document", SYNTAX),
    "no version": (document(ALLOW, version=None), VERSION),
    "the first version": (document(ALLOW, version="2008-10-17"), VERSION),
    "an unknown version": (document(ALLOW, version="2013-10-17"), SYNTAX),
    "no statement": ({"Version": "2012-10-17"}, SYNTAX),
    "no statements": (document(), SYNTAX),
    "a statement that is a string": ({"Version": "2012-10-17", "Statement": ["afd"]}, SYNTAX),
    "an unknown element of the policy": ({**document(ALLOW), "Extra field": "value"}, SYNTAX),
    "an unknown element of a statement": (document({**ALLOW, "Extra field": "value"}), SYNTAX),
    "an Id that is no string": ({**document(ALLOW), "Id": {}}, SYNTAX),
    "an Id": ({**document(ALLOW), "Id": "x"}, None),
    "an unknown effect": (document({**ALLOW, "Effect": "invalid"}), SYNTAX),
    "an effect in another case": (document({**ALLOW, "Effect": "denY"}), LEGACY),
    "no effect": (document({"Action": "s3:ListBucket", "Resource": "*"}), SYNTAX),
    "no action": (document({"Effect": "Allow", "Resource": "arn:aws:s3:::bucket"}), NO_ACTIONS),
    "no action in the list": (document({**ALLOW, "Action": []}), NO_ACTIONS),
    "Action and NotAction": (document({**ALLOW, "NotAction": "iam:x"}), SYNTAX),
    "an action that is an object": (document({**ALLOW, "Action": {}}), SYNTAX),
    "an action without a vendor": (document({**ALLOW, "Action": "invalid"}), VENDOR),
    "an empty action": (document({**ALLOW, "Action": ""}), VENDOR),
    "an action with two colons": (document({**ALLOW, "Action": "s3:List:Bucket"}), COLON),
    "an action with a space in its vendor": (
        document({**ALLOW, "Action": "a a:ListBucket"}),
        "Vendor a a is not valid",
    ),
    "an action with spaces in its name": (document({**ALLOW, "Action": "iam: asdf safdsf af "}), None),
    "an action of an unknown service": (document({**ALLOW, "Action": "aaaaaadsfdsaf:ListBucket"}), None),
    "an action with a hyphen and a full stop": (document({**ALLOW, "Action": ["s3-s:x", "s3.s:x"]}), None),
    "every action": (document({**ALLOW, "Action": "*"}), None),
    "no resource": (document(NO_RESOURCE), NO_RESOURCES),
    "no resource in the list": (resource([]), NO_RESOURCES),
    "no resource, and an action without a vendor": (document({"Effect": "Allow", "Action": "invalid"}), VENDOR),
    "Resource and NotResource": (document({**ALLOW, "NotResource": "*"}), SYNTAX),
    "a resource that is an object": (resource({"a": "arn:aws:s3:::bucket"}), SYNTAX),
    "an object among the resources": (resource(["adfdf", {}]), SYNTAX),
    "a resource that is no ARN": (
        resource("invalid resource"),
        'Resource invalid resource must be in ARN format or "*".',
    ),
    "an empty resource": (resource(""), 'Resource  must be in ARN format or "*".'),
    "a resource before an action": (
        document({**ALLOW, "Action": "s:3:ListBucket", "Resource": "sdfsadf"}),
        'Resource sdfsadf must be in ARN format or "*".',
    ),
    "an unknown partition": (
        resource("arn:error:s3:::bucket"),
        'Partition "error" is not valid for resource "arn:error:s3:::bucket".',
    ),
    "a partition and nothing more": (
        resource("a:bsdfdsafsad"),
        'Partition "bsdfdsafsad" is not valid for resource "arn:bsdfdsafsad:*:*:*:*".',
    ),
    "a partition and a service": (
        resource("a:b:cadfsdf"),
        'Partition "b" is not valid for resource "arn:b:cadfsdf:*:*:*".',
    ),
    "no `arn:` before the partition": (
        resource("aws:s3:::bucket"),
        'Partition "s3" is not valid for resource "arn:s3:::bucket:*".',
    ),
    "a partition and an empty service": (
        resource("a:b:"),
        'Partition "b" is not valid for resource "arn:b:*:*:*:*".',
    ),
    "a resource with more colons": (
        resource("a:b:c:d:e:f:g:h"),
        'Partition "b" is not valid for resource "arn:b:c:d:e:f:g:h".',
    ),
    "no service": (resource("arn:aws"), UNQUALIFIED),
    "a colon too few": (resource("arn:aws:s3::bucket"), LEGACY),
    "an empty service": (resource("arn:aws::::bucket"), LEGACY),
    "an empty service and colons too few": (resource("arn:aws::fdsasf"), LEGACY),
    "a colon too few in NotResource": (
        document({**NO_RESOURCE, "NotResource": "arn:aws:s3::bucket"}),
        LEGACY,
    ),
    "a service and nothing more": (resource("arn:aws:fdsasf"), None),
    "a resource of an unknown service": (resource("arn:aws:invalid-service:us-east-1::x"), None),
    "an IAM resource without its kind": (resource("arn:aws:iam:::bucket"), IAM_PATH),
    "an IAM resource": (resource("arn:aws:iam:::user/x"), None),
    "an IAM resource with a Region": (
        resource("arn:aws:iam:us-east-1::bucket"),
        "IAM resource arn:aws:iam:us-east-1::bucket cannot contain region information.",
    ),
    "a bucket with a Region": (
        resource("arn:aws:s3:us-east-1::bucket"),
        "Resource arn:aws:s3:us-east-1::bucket can not contain region information.",
    ),
    "an access point with a Region": (resource("arn:aws:s3:us-east-1:111122223333:accesspoint/x"), None),
    "every resource": (resource(["arn:aws:s3:::bucket", "*"]), None),
    "a condition that is a list": (where([]), SYNTAX),
    "an operator that is no object": (where({"DateGreaterThan": "b"}), SYNTAX),
    "an unknown operator": (where({"x": {"a": "1"}}), SYNTAX),
    "two colons in an operator": (where({"ForAnyValue::StringEqualsIfExists": {"a": "x"}}), SYNTAX),
    "a value that is an object": (where({"DateGreaterThan": {"a": {}}}), SYNTAX),
    "an empty condition": (where({}), None),
    "a set operator": (where({"ForAnyValue:StringEqualsIfExists": {"a": "x"}}), None),
    "a date that is none": (where({"DateGreaterThan": {"a": "sdfdsf"}}), LEGACY),
    "a month that is none": (where({"DateLessThanEquals": {"a": "234-13"}}), LEGACY),
    "an offset of one digit": (where({"DateLessThanEquals": {"a": "2016-12-13t2:00:00.593194+1"}}), LEGACY),
    "a fraction of ten digits": (where({"DateLessThanEquals": {"a": "2016-12-13t2:00:00.1999999999+10:59"}}), LEGACY),
    "a number of seconds past 63 bits": (where({"DateLessThan": {"a": "9223372036854775808"}}), LEGACY),
    "a year before the first": (where({"DateLessThan": {"a": "-292275055"}}), LEGACY),
    "the first year": (where({"DateLessThan": {"a": "-292275054"}}), None),
    "a year and a T": (where({"DateGreaterThan": {"a": "01T"}}), None),
    "dates": (where({"DateGreaterThan": {"a": ["2017-07-01T00:00:00Z", "2016-12-13t2:00:00.593194+23"]}}), None),
    "a date before a partition": (
        document({**ALLOW, "Resource": "arn:error:s3:::bucket", "Condition": {"DateGreaterThan": {"a": "sdfdsf"}}}),
        LEGACY,
    ),
    "a Sid that is no string": (document({**ALLOW, "Sid": {}}), SYNTAX),
    "two statements of one Sid": (document({**ALLOW, "Sid": "sdf"}, {**ALLOW, "Sid": "sdf", "Action": "*"}), SAME_SID),
    "two empty Sids": (document({**ALLOW, "Sid": ""}, {**ALLOW, "Sid": "", "Action": "*"}), None),
    "a Sid and a resource that fails legacy parsing": (
        document({**ALLOW, "Sid": "a"}, {**ALLOW, "Sid": "a", "Resource": "arn:aws:s3::bucket"}),
        LEGACY,
    ),
    "a Sid and a wrong resource": (
        document({**ALLOW, "Sid": "a", "Resource": "x"}, {**ALLOW, "Sid": "a", "Resource": "x"}),
        SAME_SID,
    ),
    "two statements, one with a colon too many": (
        document({**ALLOW, "Action": "s3s:ListBucket"}, {**ALLOW, "Action": "s:3s:ListBucket"}),
        COLON,
    ),
}


@pytest.mark.parametrize("name", RECORDED)
def test_iam_answers_as_recorded(name: str) -> None:
    value, expected = RECORDED[name]
    assert answer(value, IDENTITY, managed=True) == expected


@pytest.mark.parametrize("name", RECORDED)
def test_moto_which_was_built_on_those_recordings_agrees(name: str) -> None:
    from moto.iam.exceptions import MalformedPolicyDocument
    from moto.iam.policy_validation import IAMPolicyDocumentValidator

    value, expected = RECORDED[name]
    text = value if isinstance(value, str) else json.dumps(value)
    if expected is None:
        IAMPolicyDocumentValidator(text).validate()
        return
    with pytest.raises(MalformedPolicyDocument) as caught:
        IAMPolicyDocumentValidator(text).validate()
    assert caught.value.message == expected


# Answers of AWS seen in public issues and pages, and what follows from AWS's documentation.
ANSWERED: dict[str, tuple[PolicyType, Document, str | None]] = {
    "a principal in an identity-based policy": (
        IDENTITY,
        document({**ALLOW, "Principal": "*"}),
        "Policy document should not specify a principal.",
    ),
    "a principal in a session policy": (
        PolicyType.SESSION,
        document({**ALLOW, "Principal": {"AWS": "111122223333"}}),
        "Policy document should not specify a principal.",
    ),
    "a Sid with a space": (
        IDENTITY,
        document({**ALLOW, "Sid": "Space Space"}),
        "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*",
    ),
    "a wildcard for the vendor": (
        IDENTITY,
        document({**ALLOW, "Action": "*:Untag*"}),
        "Action vendors (e.g., aws, ec2, etc.) must not contain wildcards.",
    ),
    "a wildcard in the vendor": (
        IDENTITY,
        document({**ALLOW, "Action": "s3*:GetObject"}),
        "Action vendors (e.g., aws, ec2, etc.) must not contain wildcards.",
    ),
    "a wildcard in the vendor of a resource": (IDENTITY, resource("arn:aws:s3*:::bucket"), UNQUALIFIED),
    "a variable for the partition": (
        IDENTITY,
        resource("arn:${ARN_PARTITION}:s3:::bucket"),
        'Partition "${ARN_PARTITION}" is not valid for resource "arn:${ARN_PARTITION}:s3:::bucket".',
    ),
    "an empty partition": (
        IDENTITY,
        resource("arn::s3:::BUCKET-NAME"),
        'Partition "" is not valid for resource "arn::s3:::BUCKET-NAME".',
    ),
    "a wildcard for the kind of an IAM resource": (IDENTITY, resource("arn:aws:iam::111122223333:*/*"), IAM_PATH),
    "every IAM resource": (IDENTITY, resource("arn:aws:iam::111122223333:*"), None),
    "a variable in an IAM resource": (IDENTITY, resource("arn:aws:iam::*:user/${aws:username}"), None),
    "the root of an account": (IDENTITY, resource("arn:aws:iam::*:root"), None),
    "a boundary of the first version": (PolicyType.BOUNDARY, document(ALLOW, version="2008-10-17"), VERSION),
    "an inline policy of the first version": (IDENTITY, document(ALLOW, version="2008-10-17"), None),
    "a service that is trusted": (TRUST, document(TRUSTS), None),
    "a trust policy of the first version": (TRUST, document(TRUSTS, version="2008-10-17"), None),
    "a trust policy with an empty Sid": (TRUST, document({**TRUSTS, "Sid": ""}), None),
    "a trust policy with an empty condition": (TRUST, document({**TRUSTS, "Condition": {}}), None),
    "a trust policy with a resource": (TRUST, document({**TRUSTS, "Resource": "*"}), "Has prohibited field Resource"),
    "a trust policy without a principal": (
        TRUST,
        document({"Effect": "Allow", "Action": "sts:AssumeRole"}),
        "Missing required field Principal",
    ),
    "a trust policy with another action": (
        TRUST,
        document({**TRUSTS, "Action": ["sts:AssumeRole", "s3:GetObject"]}),
        "AssumeRole policy may only specify STS AssumeRole actions.",
    ),
    "a trust policy with every action": (
        TRUST,
        document({**TRUSTS, "Action": "*"}),
        "AssumeRole policy may only specify STS AssumeRole actions.",
    ),
    "a trust policy with every action of sts": (
        TRUST,
        document({**TRUSTS, "Action": "sts:*"}),
        "AssumeRole policy may only specify STS AssumeRole actions.",
    ),
    "what else a trust policy may allow": (
        TRUST,
        document({**TRUSTS, "Action": ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity", "STS:assumerole"]}),
        None,
    ),
    "federation": (
        TRUST,
        document(
            {
                **TRUSTS,
                "Principal": {"Federated": ["arn:aws:iam::111122223333:oidc-provider/x.com/y", "accounts.google.com"]},
                "Action": ["sts:AssumeRoleWithWebIdentity", "sts:AssumeRoleWithSAML"],
            }
        ),
        None,
    ),
    "everyone without a kind": (
        TRUST,
        document({**TRUSTS, "Principal": "*"}),
        'AssumeRolepolicy contained an invalid principal: "STAR":"*".',
    ),
    "everyone with a kind": (TRUST, document({**TRUSTS, "Principal": {"AWS": "*"}}), None),
    "an account of eleven digits": (
        TRUST,
        document({**TRUSTS, "Principal": {"AWS": "arn:aws:iam::12345678910:role/Orchestration_Role"}}),
        'Invalid principal in policy: "AWS":"arn:aws:iam::12345678910:role/Orchestration_Role"',
    ),
    "a service without a name": (
        TRUST,
        document({**TRUSTS, "Principal": {"Service": "amazonaws.com"}}),
        'Invalid principal in policy: "SERVICE":"amazonaws.com"',
    ),
    "a service without a domain": (
        TRUST,
        document({**TRUSTS, "Principal": {"Service": "ec2"}}),
        'Invalid principal in policy: "SERVICE":"ec2"',
    ),
    "a pattern of roles": (
        TRUST,
        document({**TRUSTS, "Principal": {"AWS": "arn:aws:iam::111122223333:role/*"}}),
        'Invalid principal in policy: "AWS":"arn:aws:iam::111122223333:role/*"',
    ),
    "a pattern of paths": (
        TRUST,
        document({**TRUSTS, "Principal": {"AWS": "arn:aws:iam::111122223333:role/*/app"}}),
        'Invalid principal in policy: "AWS":"arn:aws:iam::111122223333:role/*/app"',
    ),
    "a principal with a Region": (
        TRUST,
        document({**TRUSTS, "Principal": {"AWS": "arn:aws:iam:us-east-1:111122223333:root"}}),
        'Invalid principal in policy: "AWS":"arn:aws:iam:us-east-1:111122223333:root"',
    ),
    "a group": (
        TRUST,
        document({**TRUSTS, "Principal": {"AWS": "arn:aws:iam::111122223333:group/admins"}}),
        'Invalid principal in policy: "AWS":"arn:aws:iam::111122223333:group/admins"',
    ),
    "the unique ID of a deleted role": (
        TRUST,
        document({**TRUSTS, "Principal": {"AWS": "AROAEXAMPLEEXAMPLE123"}}),
        'Invalid principal in policy: "AWS":"AROAEXAMPLEEXAMPLE123"',
    ),
    "users, roles and sessions": (
        TRUST,
        document(
            {
                **TRUSTS,
                "Principal": {
                    "AWS": [
                        "111122223333",
                        "arn:aws:iam::111122223333:root",
                        "arn:aws:iam::111122223333:user/path/ana",
                        "arn:aws:iam::111122223333:role/service-role/app",
                        "arn:aws:sts::111122223333:assumed-role/app/session",
                        "arn:aws:sts::111122223333:federated-user/bob",
                    ]
                },
            }
        ),
        None,
    ),
    "an operator in lower case, in a trust policy": (
        TRUST,
        document({**TRUSTS, "Condition": {"stringEquals": {"sts:ExternalId": "x"}}}),
        "Invalid Condition type : stringEquals",
    ),
    "a service that nobody has heard of, in a condition": (
        TRUST,
        document({**TRUSTS, "Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:vmie:*:111122223333:*"}}}),
        None,
    ),
    "a bucket policy without a principal": (PolicyType.RESOURCE, document(ALLOW), "Missing required field Principal"),
    "a bucket policy": (
        PolicyType.RESOURCE,
        document({**ALLOW, "Sid": "Allow them to read", "Principal": {"CanonicalUser": "ab" * 32}}),
        None,
    ),
    "a bucket policy with a pattern of users": (
        PolicyType.RESOURCE,
        document({**ALLOW, "Principal": {"AWS": "arn:aws:iam::111122223333:user/*"}}),
        "Invalid principal in policy",
    ),
    "a bucket policy for an origin access identity": (
        PolicyType.RESOURCE,
        document(
            {**ALLOW, "Principal": {"AWS": "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1EXAMPLE"}}
        ),
        None,
    ),
    "an SCP": (PolicyType.SCP, document({**ALLOW, "Effect": "Deny", "Condition": {"Null": {"a:b": "true"}}}), None),
    "an SCP that allows under a condition": (
        PolicyType.SCP,
        document(
            {"Effect": "Allow", "NotAction": "iam:*Key*", "Resource": "*", "Condition": {"Null": {"a:b": "true"}}}
        ),
        None,
    ),
    "an SCP with a principal": (
        PolicyType.SCP,
        document({**ALLOW, "Principal": "*"}),
        "The provided policy document does not meet the requirements of the specified policy type.",
    ),
    "an SCP of the first version": (
        PolicyType.SCP,
        document(ALLOW, version=None),
        "The provided policy document does not meet the requirements of the specified policy type.",
    ),
    "an RCP": (
        PolicyType.RCP,
        document({"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"}),
        None,
    ),
    "AWS's own RCP": (
        PolicyType.RCP,
        document({"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}),
        None,
    ),
    "an RCP that allows something": (
        PolicyType.RCP,
        document({"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "arn:aws:s3:::bucket"}),
        "The provided policy document does not meet the requirements of the specified policy type.",
    ),
    "an RCP for one principal": (
        PolicyType.RCP,
        document({"Effect": "Deny", "Principal": {"AWS": "111122223333"}, "Action": "s3:*", "Resource": "*"}),
        "The provided policy document does not meet the requirements of the specified policy type.",
    ),
    "an RCP with NotAction": (
        PolicyType.RCP,
        document({"Effect": "Deny", "Principal": "*", "NotAction": "s3:*", "Resource": "*"}),
        "The provided policy document does not meet the requirements of the specified policy type.",
    ),
    "an endpoint policy": (PolicyType.ENDPOINT, document({**ALLOW, "Principal": "*"}), None),
}


@pytest.mark.parametrize("name", ANSWERED)
def test_aws_answers(name: str) -> None:
    type_, value, expected = ANSWERED[name]
    assert answer(value, type_) == expected


@pytest.mark.parametrize(
    ("type_", "value", "code"),
    [
        (TRUST, document({**TRUSTS, "NotResource": "*"}), "P0141"),
        (
            TRUST,
            document({"Effect": "Deny", "NotPrincipal": {"AWS": "111122223333"}, "Action": "sts:AssumeRole"}),
            "P0160",
        ),
        (TRUST, document({**TRUSTS, "Principal": {"CanonicalUser": "ab" * 32}}), "P0162"),
        (TRUST, document({**TRUSTS, "Principal": {"Federated": "arn:aws:iam::111122223333:user/a"}}), "P0162"),
        (PolicyType.RESOURCE, document({**ALLOW, "NotPrincipal": {"AWS": "111122223333"}}), "P0159"),
        (PolicyType.ENDPOINT, document({**ALLOW, "Principal": "*", "Resource": "bucket"}), "P0107"),
        (PolicyType.SCP, document(NO_RESOURCE), "P0142"),
    ],
)
def test_refused_where_aws_answers_are_not_known(type_: PolicyType, value: Document, code: str) -> None:
    assert codes(value, type_) == [code]


def test_a_short_arn_is_a_warning_because_iam_stores_it() -> None:
    (finding,) = check_grammar(policy_from_value(resource("arn:aws:codebuild:*")), IDENTITY)
    assert finding.code == "P0158"
    assert finding.severity is Severity.WARNING
    assert finding.help == "write arn:aws:codebuild:*:*:*"
    assert aws_answer((finding,), IDENTITY) is None


@pytest.mark.parametrize(
    ("partition", "text", "refused"),
    [
        (None, "arn:aws-cn:s3:::b", False),
        ("aws", "arn:aws-cn:s3:::b", True),
        ("aws-cn", "arn:aws-cn:s3:::b", False),
        ("aws-cn", "arn:*:s3:::b", False),
        ("aws-us-gov", "arn:aws:s3:::b", True),
    ],
)
def test_an_account_knows_its_own_partition_only(partition: str | None, text: str, refused: bool) -> None:
    given_answer = answer(resource(text), IDENTITY, partition=partition)
    named = text.split(":")[1]
    assert given_answer == (f'Partition "{named}" is not valid for resource "{text}".' if refused else None)


def test_a_trusted_principal_is_of_the_accounts_partition() -> None:
    value = document({**TRUSTS, "Principal": {"AWS": "arn:aws:iam::111122223333:root"}})
    assert answer(value, TRUST, partition="aws") is None
    assert answer(value, TRUST, partition="aws-cn") == (
        'Invalid principal in policy: "AWS":"arn:aws:iam::111122223333:root"'
    )


def test_all_findings_come_at_once_and_point_at_their_values() -> None:
    text = """{
    "Statement": [
        { "Effect": "Allow", "Action": ["GetObject", "s3:Get:Object"], "Resource": ["key-name", "arn:aws:iam:x::y"] },
        { "Sid": "a b", "Effect": "Deny", "Principal": "*", "Action": "*" }
    ]
}"""
    found = check_grammar(parse_policy(text), IDENTITY, managed=True)
    places = {(f.code, f.span.line, f.span.column) for f in found if f.span}
    lines = text.splitlines()
    assert places == {
        ("P0151", 1, 1),
        ("P0144", 3, lines[2].index('"GetObject"') + 1),
        ("P0145", 3, lines[2].index('"s3:Get:') + 1),
        ("P0107", 3, lines[2].index('"key-name"') + 1),
        ("P0154", 3, lines[2].index('"arn:aws:iam') + 1),
        ("P0149", 4, 9),
        ("P0140", 4, lines[3].index('"*"') + 1),
        ("P0142", 4, 9),
    }
    assert len(found) == 8


@given(policies(with_resources=None))
@settings(max_examples=100, deadline=None)
def test_every_finding_is_complete(policy: Policy) -> None:
    for type_ in PolicyType:
        found = check_grammar(policy, type_, managed=True)
        errors = [finding for finding in found if finding.severity is Severity.ERROR]
        assert (aws_answer(found, type_) is None) == (not errors)
        for finding in found:
            assert finding.code.startswith("P01")
            assert finding.cause
            assert finding.help
            assert finding.see
            for part in (finding.message, finding.cause, finding.help):
                assert not part.endswith(".")


@given(policies(with_principals=False, sids=None))
@settings(max_examples=100, deadline=None)
def test_the_order_of_values_does_not_change_whether_a_document_is_refused(policy: Policy) -> None:
    import dataclasses

    turned = dataclasses.replace(policy, statements=policy.statements[::-1])
    first, second = (sorted(f.code for f in check_grammar(p, IDENTITY)) for p in (policy, turned))
    assert first == second
