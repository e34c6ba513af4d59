"""Hypothesis strategies for requests and stacks of policies: alphabets small enough that random parts meet."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from passrole.engine.request import Organization, Principal, PrincipalType, Request
from passrole.engine.stack import AttachedPolicy, KeyGrant, Known, Layer, PolicyStack, Unknown
from passrole.policy.model import (
    ActionElement,
    Condition,
    ConditionOperator,
    Effect,
    Policy,
    PolicyType,
    PrincipalElement,
    PrincipalEntry,
    PrincipalKind,
    Quantifier,
    ResourceElement,
    Statement,
    Value,
)
from passrole.policy.operators import OPERATORS, OperatorFamily

ACCOUNT, OTHER = "111122223333", "444455556666"
IAM, STS = f"arn:aws:iam::{ACCOUNT}:", f"arn:aws:sts::{ACCOUNT}:"
ROLE, SESSION = f"{IAM}role/team/app", f"{STS}assumed-role/app/run"

PRINCIPALS = (
    Principal(PrincipalType.USER, f"{IAM}user/ana", ACCOUNT),
    Principal(PrincipalType.USER, f"{IAM}user/staff/ana", ACCOUNT, unique_id="AIDAEXAMPLE1234"),
    Principal(PrincipalType.USER, f"arn:aws:iam::{OTHER}:user/ana", OTHER),
    Principal(PrincipalType.USER, "nobody", None),
    Principal(PrincipalType.ROOT_USER, f"{IAM}root", ACCOUNT),
    Principal(PrincipalType.ROLE_SESSION, SESSION, ACCOUNT),
    Principal(PrincipalType.ROLE_SESSION, SESSION, ACCOUNT, role_arn=ROLE, unique_id="AROAEXAMPLE1234:run"),
    Principal(PrincipalType.ROLE_SESSION, SESSION, ACCOUNT, role_arn=f"{IAM}role/app", unique_id="AROAEXAMPLE1234"),
    Principal(PrincipalType.ROLE_SESSION, ROLE, ACCOUNT, role_arn=ROLE),
    Principal(PrincipalType.FEDERATED_SESSION, f"{STS}federated-user/bo", ACCOUNT),
    Principal(
        PrincipalType.FEDERATED_SESSION, f"{STS}federated-user/bo", ACCOUNT, federating_user_arn=f"{IAM}user/ana"
    ),
    Principal(PrincipalType.FEDERATED_SESSION, f"{STS}federated-user/bo", ACCOUNT, federating_user_arn=f"{IAM}root"),
    Principal(PrincipalType.WEB_IDENTITY_SESSION, SESSION, ACCOUNT, role_arn=ROLE, identity_provider="idp.example.com"),
    Principal(PrincipalType.SAML_SESSION, SESSION, ACCOUNT, role_arn=ROLE, identity_provider=f"{IAM}saml-provider/idp"),
    Principal(PrincipalType.SERVICE, "ec2.amazonaws.com"),
    Principal(
        PrincipalType.SERVICE_LINKED_ROLE_SESSION,
        f"{STS}assumed-role/AWSServiceRoleForX/x",
        ACCOUNT,
        role_arn=f"{IAM}role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX",
    ),
    Principal(PrincipalType.ANONYMOUS, "*"),
)

ENTRIES = (
    (PrincipalKind.EVERYONE, "*"),
    (PrincipalKind.AWS, "*"),
    (PrincipalKind.AWS, ACCOUNT),
    (PrincipalKind.AWS, f"{IAM}root"),
    (PrincipalKind.AWS, OTHER),
    (PrincipalKind.AWS, f"{IAM}user/ana"),
    (PrincipalKind.AWS, f"{IAM}user/staff/ana"),
    (PrincipalKind.AWS, f"{IAM}user/*"),
    (PrincipalKind.AWS, f"arn:aws:iam::{OTHER}:user/ana"),
    (PrincipalKind.AWS, ROLE),
    (PrincipalKind.AWS, f"{IAM}role/app"),
    (PrincipalKind.AWS, SESSION),
    (PrincipalKind.AWS, f"{STS}federated-user/bo"),
    (PrincipalKind.AWS, "AIDAEXAMPLE1234"),
    (PrincipalKind.AWS, "AROAEXAMPLE1234"),
    (PrincipalKind.AWS, "nobody"),
    (PrincipalKind.SERVICE, "ec2.amazonaws.com"),
    (PrincipalKind.SERVICE, "*"),
    (PrincipalKind.FEDERATED, "idp.example.com"),
    (PrincipalKind.FEDERATED, f"{IAM}saml-provider/idp"),
    (PrincipalKind.CANONICAL_USER, "0" * 64),
)

KEY_ARN = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/k"
QUESTIONS = (
    # Thrice what most rules are about.
    *(3 * (("s3:GetObject", "arn:aws:s3:::reports/ana/a.csv"), ("sts:AssumeRole", ROLE), ("kms:Decrypt", KEY_ARN))),
    ("s3:GetObject", "arn:aws:s3:::reports/ana/a.csv"),
    ("s3:GetObject", "arn:aws:s3:::reports/*"),
    ("s3:ListBucket", "arn:aws:s3:::reports"),
    ("sqs:SendMessage", f"arn:aws:sqs:us-east-1:{ACCOUNT}:a:b"),
    ("ec2:DescribeInstances", "*"),
    ("sts:AssumeRoleWithWebIdentity", ROLE),
    ("sts:AssumeRoleWithSAML", ROLE),
    ("sts:TagSession", ROLE),
    ("sts:GetCallerIdentity", "*"),
    ("sts:GetSessionToken", "*"),
    ("kms:RetireGrant", KEY_ARN),
    ("kms:ListKeys", "*"),
    ("kms:CreateAlias", f"arn:aws:kms:us-east-1:{ACCOUNT}:alias/a"),
    ("kms:CreateAlias", f"arn:aws:kms:us-east-1:{ACCOUNT}:alias/aws/a"),
    ("kms:CreateGrant", KEY_ARN),
    ("kms:DescribeKey", KEY_ARN),
    ("iam:DeletePolicy", "arn:aws:iam::aws:policy/ReadOnlyAccess"),
    ("iam:DeleteRole", f"{IAM}role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX"),
    ("iam:UpdateRole", f"{IAM}role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX"),
    ("iam:TagRole", f"{IAM}role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_A_1"),
    ("sts:AssumeRole", f"{IAM}role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX"),
    ("ec2:AcceptVpcPeeringConnection", "*"),
    ("ebs:PutSnapshotBlock", "arn:aws:ec2:us-east-1::snapshot/snap-1"),
    ("events:PutEvents", f"arn:aws:events:us-east-1:{ACCOUNT}:event-bus/orders"),
    ("kms:Decrypt", "*"),
    ("s3:*", "*"),
)
ACTIONS = ("*", "*", "s3:*", "S3:getobject", "s3:Get?bject", "sts:*", "sts:AssumeRole", "kms:*", "ec2:Describe*")
RESOURCES = (
    "*",
    "*",
    "arn:aws:s3:::reports/*",
    "arn:aws:s3:::reports/${aws:username}/*",
    "arn:aws:s3:::reports/${aws:username, 'ana'}/?.csv",
    "arn:aws:s3:::reports/${aws:TagKeys}",
    "arn:aws:s3:::reports/${*}",
    "arn:aws:s3:::${aws:PrincipalTag/team",
    "arn:aws:${aws:username}:::reports",
    "arn:aws:sqs:us-*-1:*:b",
    "arn:aws:sqs:*:b",
    "arn:aws:sqs:us-?ast-1:*:a:*",
    "arn:aws:sqs:u*1:a:b",
    "arn:aws:s3*",
    f"{IAM}role/*",
    f"arn:aws:kms:*:{ACCOUNT}:key/*",
)
KEYS = (
    "aws:username",
    "AWS:UserName",
    "aws:userid",
    "aws:PrincipalArn",
    "aws:PrincipalTag/team",
    "aws:PrincipalTag/Team",
    "aws:PrincipalIsAWSService",
    "aws:TagKeys",
    "aws:SourceArn",
    "s3:max-keys",
)
RARE_KEYS = (
    "aws:CalledVia",
    "aws:CalledViaLast",
    "aws:FederatedProvider",
    "aws:MultiFactorAuthPresent",
    "aws:PrincipalAccount",
    "aws:PrincipalOrgID",
    "aws:PrincipalOrgPaths",
    "aws:ResourceAccount",
    "aws:ResourceOrgID",
    "aws:SourceIp",
    "aws:SourceVpc",
    "aws:TokenIssueTime",
    "aws:ViaAWSService",
    "idp.example.com:sub",
    "saml:iss",
    "kms:GrantOperations",
    "kms:EncryptionContext:team",
    "kms:EncryptionContext:Team",
)
"""What follows from the request, what grants look at, and what makes a bucket policy fixed."""
VALUES: dict[OperatorFamily, tuple[str, ...]] = {
    OperatorFamily.STRING: (
        "",
        "ana",
        "ANA",
        "a*",
        "an?",
        "*",
        "${aws:username}",
        "${aws:PrincipalTag/none}",
        "${*}",
        "${x",
        ACCOUNT,
        "o-a1b2c3d4e5",
        "o-a1b2c3d4e5/r-ab12/",
        "athena.amazonaws.com",
    ),
    OperatorFamily.NUMERIC: (
        "0",
        "-1",
        "1.50",
        "10",
        "9007199254740992",
        "10.0000000000000000",
        "010",
        "+.5",
        "1e1",
        "${aws:username}",
    ),
    OperatorFamily.DATE: (
        "2026-01-01T00:00:00Z",
        "2026-01-01",
        "1767225600",
        "2026-01-01T01:00:00.5+01:00",
        "soon",
        "2026",
    ),
    OperatorFamily.BOOL: ("true", "False", "maybe"),
    OperatorFamily.BINARY: ("YQ==", "Yg==", "not base 64"),
    OperatorFamily.IP: ("203.0.113.9/24", "203.0.113.7", "0.0.0.0/0", "2001:db8::/32", "2001:DB8::1", "10.0.0.0/33"),
    OperatorFamily.ARN: ("arn:aws:*:::reports", ROLE, f"{IAM}role/*", "${aws:PrincipalArn}", "arn:aws:s3*", "*"),
    OperatorFamily.NULL: ("true", "false", "perhaps"),
}
SEEN = (
    "", "ana", "a*", "10", "9007199254740993", "10.0000000000000001", "1.5", "-1", "true", "False", "2026-01-01T00:00:00Z", "1767225600", "YQ==",
    "203.0.113.7", "2001:db8::1", "arn:aws:s3:::reports", ROLE, ACCOUNT, "Decrypt",
)  # fmt: skip
ORGANIZATIONS = (
    Organization(ACCOUNT),
    Organization(OTHER, "o-a1b2c3d4e5", {ACCOUNT: "o-a1b2c3d4e5/r-ab12/"}),
    Organization(None, "o-a1b2c3d4e5", {ACCOUNT: None, OTHER: "o-a1b2c3d4e5/r-ab12/"}),
)


def _some(texts: tuple[str, ...], most: int = 2) -> SearchStrategy[tuple[Value, ...]]:
    return st.lists(st.sampled_from(texts).map(Value), min_size=1, max_size=most).map(tuple)


def _seldom() -> SearchStrategy[bool]:
    return st.sampled_from((False, False, False, True))


@st.composite
def conditions(draw: st.DrawFn) -> Condition:
    base = draw(st.sampled_from(list(OPERATORS)))
    operator = ConditionOperator(base, draw(_seldom()), draw(st.sampled_from((None, None, *Quantifier))))
    keys = RARE_KEYS if draw(_seldom()) else KEYS
    return Condition(operator, draw(st.sampled_from(keys)), draw(_some(VALUES[OPERATORS[base].family])))


@st.composite
def principal_elements(draw: st.DrawFn) -> PrincipalElement:
    entries = draw(st.lists(st.sampled_from(ENTRIES), min_size=1, max_size=3))
    return PrincipalElement(draw(_seldom()), tuple(PrincipalEntry(kind, Value(text)) for kind, text in entries))


@st.composite
def statements(draw: st.DrawFn, kind: PolicyType) -> Statement:
    with_principal = kind in (PolicyType.RESOURCE, PolicyType.TRUST, PolicyType.RCP, PolicyType.ENDPOINT)
    with_resource = kind is not PolicyType.TRUST
    odd = draw(st.integers(0, 19)) == 0
    return Statement(
        draw(st.sampled_from((Effect.ALLOW, Effect.ALLOW, Effect.ALLOW, Effect.DENY))),
        ActionElement(draw(_seldom()), draw(_some(ACTIONS))),
        ResourceElement(draw(_seldom()), draw(_some(RESOURCES))) if with_resource is not odd else None,
        draw(principal_elements()) if with_principal is not odd else None,
        tuple(draw(st.lists(conditions(), max_size=2)) if draw(st.booleans()) else ()),
    )


EVERYTHING = Policy(
    (Statement(Effect.ALLOW, ActionElement(False, (Value("*"),)), ResourceElement(False, (Value("*"),))),)
)
EVERYONE = PrincipalElement(False, (PrincipalEntry(PrincipalKind.EVERYONE, Value("*")),))


@st.composite
def layers(draw: st.DrawFn, kind: PolicyType, unknown: bool = True) -> Layer:
    if unknown and draw(st.integers(0, 6)) == 0:
        return Unknown("not readable")
    # Layers that only limit are often wide, or hardly a request would come past them.
    wide = kind in (PolicyType.SCP, PolicyType.ENDPOINT, PolicyType.BOUNDARY, PolicyType.SESSION) and draw(
        st.booleans()
    )
    policies = draw(
        st.lists(
            st.builds(
                Policy,
                st.lists(statements(kind), min_size=1, max_size=3).map(tuple),
                st.sampled_from((None, "2008-10-17", "2012-10-17", "2012-10-17")),
            ),
            max_size=2,
        )
    )
    if wide:
        allow = EVERYTHING.statements[0]
        policies.append(Policy((replace(allow, principals=EVERYONE if kind is PolicyType.ENDPOINT else None),)))
    return Known(tuple(AttachedPolicy(kind, f"{kind.value} {n}", policy) for n, policy in enumerate(policies)))


@st.composite
def grants(draw: st.DrawFn) -> KeyGrant:
    texts = st.sampled_from([text for kind, text in ENTRIES if kind in (PrincipalKind.AWS, PrincipalKind.SERVICE)])
    pairs = (
        st.none() | st.none() | st.dictionaries(st.sampled_from(("team", "Team")), st.sampled_from(SEEN), max_size=1)
    )
    operations = st.frozensets(st.sampled_from(("Decrypt", "DescribeKey", "CreateGrant", "RetireGrant")), min_size=1)
    return KeyGrant(
        draw(texts),
        draw(operations),
        retiring_principal=draw(st.none() | texts),
        issuing_account=draw(st.sampled_from((None, f"{IAM}root"))),
        context_equals=draw(pairs),
        context_subset=draw(pairs),
        source_arn=draw(st.sampled_from((None, None, None, "arn:aws:s3:::reports"))),
    )


@st.composite
def stacks(draw: st.DrawFn, action: str = "", unknown: bool = True) -> PolicyStack:
    resource_kind = PolicyType.TRUST if action.lower().startswith("sts:assumerole") else PolicyType.RESOURCE

    def maybe(kind: PolicyType) -> SearchStrategy[Layer | None]:
        return st.one_of(st.none(), st.none(), layers(kind, unknown))

    def levels(kind: PolicyType) -> SearchStrategy[tuple[Layer, ...]]:
        return st.one_of(st.just(()), st.just(()), st.lists(layers(kind, unknown), max_size=2).map(tuple))

    return PolicyStack(
        draw(layers(PolicyType.IDENTITY, unknown)),
        draw(layers(resource_kind, unknown)),
        draw(maybe(PolicyType.BOUNDARY)),
        draw(maybe(PolicyType.SESSION)),
        draw(levels(PolicyType.SCP)),
        draw(levels(PolicyType.RCP)),
        draw(maybe(PolicyType.ENDPOINT)),
        draw(_grant_lists(unknown)),
        draw(_seldom()),
        draw(st.sampled_from((False, True, Unknown("not readable") if unknown else True))),
    )


def _grant_lists(unknown: bool) -> SearchStrategy[tuple[KeyGrant, ...] | Unknown]:
    none: SearchStrategy[tuple[KeyGrant, ...] | Unknown] = st.just(())
    some: SearchStrategy[tuple[KeyGrant, ...] | Unknown] = st.lists(grants(), max_size=2).map(tuple)
    return none | some | (st.just(Unknown("not readable")) if unknown else none)


def _mostly_restricted() -> SearchStrategy[bool | Unknown]:
    choices: tuple[bool | Unknown, ...] = (True, True, Unknown("not readable"))
    return st.sampled_from(choices)


@st.composite
def requests(draw: st.DrawFn) -> Request:
    action, resource = draw(st.sampled_from(QUESTIONS))
    values = st.sampled_from(SEEN) | st.lists(st.sampled_from(SEEN), max_size=2).map(tuple)
    patterns = ("*", "aws:PrincipalTag/*", "saml:*")
    return Request(
        draw(st.sampled_from(PRINCIPALS)),
        action,
        resource,
        draw(st.sampled_from((None, None, ACCOUNT, OTHER))),
        draw(st.dictionaries(st.sampled_from((*KEYS, *KEYS, *RARE_KEYS)), values, max_size=4)),
        draw(
            st.frozensets(st.sampled_from((*KEYS, *RARE_KEYS, *3 * patterns)), max_size=2)
            if draw(_seldom())
            else st.just(frozenset())
        ),
        draw(
            st.frozensets(st.sampled_from((*KEYS, *RARE_KEYS, *patterns)), max_size=2)
            if draw(_seldom())
            else st.just(frozenset())
        ),
        draw(st.sampled_from(((), (), ("athena.amazonaws.com",), ("athena.amazonaws.com", "s3.amazonaws.com")))),
        draw(st.sampled_from((None, None, None, *ORGANIZATIONS))),
    )


@st.composite
def key_questions(draw: st.DrawFn) -> tuple[Request, PolicyStack]:
    """Of a KMS key whose grants matter, as little else denies."""
    names = ("Decrypt", "DescribeKey", "CreateGrant", "RetireGrant")
    request = replace(
        draw(requests()),
        action=f"kms:{draw(st.sampled_from(names))}",
        resource=KEY_ARN,
        context={
            **draw(st.dictionaries(st.sampled_from(RARE_KEYS), st.sampled_from(SEEN), max_size=1)),
            **draw(st.dictionaries(st.just("kms:GrantOperations"), st.lists(st.sampled_from(names)).map(tuple))),
        },
    )
    allow = Known((AttachedPolicy(PolicyType.IDENTITY, "identity", EVERYTHING),))
    return request, PolicyStack(
        draw(st.just(Known()) | st.just(allow)),
        boundary=draw(st.none() | st.none() | st.just(Known())),
        grants=tuple(draw(st.lists(grants(), min_size=1, max_size=2))),
    )


@st.composite
def bucket_questions(draw: st.DrawFn) -> tuple[Request, PolicyStack]:
    """Of a bucket whose policy may be public, by callers from elsewhere too."""
    request = replace(draw(requests()), action="s3:GetObject", resource_account=draw(st.sampled_from((ACCOUNT, OTHER))))
    keys = (*RARE_KEYS, "aws:SourceArn", "aws:userid", "aws:PrincipalArn")
    condition = st.builds(
        Condition,
        st.builds(
            ConditionOperator,
            st.sampled_from(("StringEquals", "StringLike", "StringNotEquals", "IpAddress", "ArnLike")),
            _seldom(),
            st.sampled_from((None, None, *Quantifier)),
        ),
        st.sampled_from(keys),
        _some((*VALUES[OperatorFamily.IP], *VALUES[OperatorFamily.STRING][:5], ACCOUNT, ROLE)),
    )
    statement = st.builds(
        Statement,
        st.sampled_from((Effect.ALLOW, Effect.ALLOW, Effect.DENY)),
        st.just(ActionElement(False, (Value("*"),))),
        st.just(ResourceElement(False, (Value("*"),))),
        principal_elements(),
        st.lists(condition, max_size=1).map(tuple),
    )
    policy = Policy(tuple(draw(st.lists(statement, min_size=1, max_size=3))), "2012-10-17")
    return request, PolicyStack(
        Known((AttachedPolicy(PolicyType.IDENTITY, "identity", EVERYTHING),)),
        Known((AttachedPolicy(PolicyType.RESOURCE, "bucket policy", policy),)),
        restrict_public_buckets=draw(_mostly_restricted()),
    )


@st.composite
def questions(draw: st.DrawFn, unknown: bool = True) -> tuple[Request, PolicyStack]:
    request = draw(requests())
    return request, draw(stacks(request.action, unknown))
