"""The principals and requests of the engine's benchmark: made from a seed, the same on every machine.

Half of the requests are allowed, most resources are asked about once, and every request brings a context of the size
that AWS's own requests have. What is not a condition key of some policy is there because requests have it.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from passrole.catalog.managed_policies import get_managed_policy
from passrole.engine.fast.compiled_stack import compile_stack
from passrole.engine.request import Principal, PrincipalType, Request
from passrole.engine.stack import AttachedPolicy, Known, PolicyStack
from passrole.policy.model import Policy, PolicyType
from passrole.policy.parse import parse_policy

ACCOUNT = "111122223333"
REGIONS = ("us-east-1", "eu-central-1", "eu-west-1", "ap-south-1")
TEAMS = ("red", "green", "blue", "ochre")
START = datetime(2026, 11, 20, tzinfo=UTC)
"""When the first request is made; twenty a second follow."""

Document = dict[str, object]


@dataclass(frozen=True, slots=True)
class Subject:
    """One principal with its stack, and the documents of the stack for programs that read JSON."""

    principal: Principal
    stack: PolicyStack
    documents: Mapping[PolicyType, tuple[tuple[tuple[str, Document], ...], ...]]
    """By type; for SCPs one tuple a level, else one tuple."""


@dataclass(frozen=True, slots=True)
class Workload:
    name: str
    subjects: tuple[Subject, ...]
    requests: tuple[Request, ...]
    subject_of: tuple[int, ...]
    """Which subject each request is of."""


def role(number: int) -> Principal:
    name = f"app-{number:04}"
    return Principal(
        PrincipalType.ROLE_SESSION,
        f"arn:aws:sts::{ACCOUNT}:assumed-role/{name}/i-0123456789abcdef0",
        ACCOUNT,
        role_arn=f"arn:aws:iam::{ACCOUNT}:role/service/{name}",
        unique_id=f"AROA{number:017}:i-0123456789abcdef0",
    )


_parsed: dict[str, Policy] = {}


def parsed(document: Document) -> Policy:
    """The same document is one object, as in a process that keeps policies by their text."""
    text = json.dumps(document)
    if text not in _parsed:
        _parsed[text] = parse_policy(text)
    return _parsed[text]


def subject(number: int, **documents: object) -> Subject:
    """`identity`, `boundary`: documents by name; `scps`: a list of those, one a level."""
    layers: dict[str, object] = {}
    shown: dict[PolicyType, tuple[tuple[tuple[str, Document], ...], ...]] = {}
    for key, type_ in (("identity", PolicyType.IDENTITY), ("boundary", PolicyType.BOUNDARY), ("scps", PolicyType.SCP)):
        given = documents.get(key)
        if given is None:
            continue
        levels = given if isinstance(given, list) else [given]
        known = tuple(
            Known(tuple(AttachedPolicy(type_, name, parsed(document)) for name, document in level.items()))
            for level in levels
        )
        layers[key] = known if key == "scps" else known[0]
        shown[type_] = tuple(tuple(level.items()) for level in levels)
    return Subject(role(number), PolicyStack(**layers), shown)


def allow(actions: object, resources: object, condition: object = None, effect: str = "Allow") -> Document:
    statement: Document = {"Effect": effect, "Action": actions, "Resource": resources}
    return statement if condition is None else {**statement, "Condition": condition}


def document(*statements: Document) -> Document:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def small(number: int) -> Subject:
    """3 policies, 10 statements: what an application's role has."""
    arn = f"arn:aws:{{}}:us-east-1:{ACCOUNT}:{{}}"
    bucket, table = f"arn:aws:s3:::app-{number:04}-data", arn.format("dynamodb", f"table/app-{number:04}")
    return subject(
        number,
        identity={
            "storage": document(
                allow("s3:ListBucket", bucket),
                allow(["s3:GetObject", "s3:PutObject", "s3:DeleteObject"], f"{bucket}/*"),
                allow("s3:GetObject", "arn:aws:s3:::shared-artifacts/releases/*"),
                allow("s3:*", f"{bucket}/private/*", effect="Deny"),
            ),
            "database": document(
                allow(["dynamodb:GetItem", "dynamodb:Query", "dynamodb:PutItem"], [table, f"{table}/index/*"]),
                allow("dynamodb:DescribeTable", "*"),
                allow(
                    ["sqs:SendMessage", "sqs:ReceiveMessage", "sqs:DeleteMessage"],
                    arn.format("sqs", f"app-{number:04}-*"),
                ),
            ),
            "operations": document(
                allow(
                    ["logs:CreateLogStream", "logs:PutLogEvents"], arn.format("logs", f"log-group:/app/{number:04}:*")
                ),
                allow("cloudwatch:PutMetricData", "*", {"StringEquals": {"cloudwatch:namespace": "App"}}),
                allow("secretsmanager:GetSecretValue", arn.format("secretsmanager", f"secret:app/{number:04}/*")),
            ),
        },
    )


MANAGED = (
    "AmazonS3ReadOnlyAccess",
    "AmazonSQSFullAccess",
    "AmazonDynamoDBFullAccess",
    "AWSLambda_FullAccess",
    "AmazonEC2ReadOnlyAccess",
    "CloudWatchLogsFullAccess",
    "AmazonSSMReadOnlyAccess",
    "AmazonECS_FullAccess",
    "SecretsManagerReadWrite",
    "AmazonKinesisReadOnlyAccess",
)


def managed(name: str) -> Document:
    policy = get_managed_policy(name)
    assert policy is not None, name
    found: Document = json.loads(policy.default_version.document)
    return found


def typical(number: int) -> Subject:
    """10 AWS managed policies, a permissions boundary and 3 SCPs."""
    return subject(
        number,
        identity={name: managed(name) for name in MANAGED},
        boundary={
            "boundary": document(
                allow(["s3:*", "sqs:*", "dynamodb:*", "lambda:*", "ec2:*", "logs:*", "ssm:*", "secretsmanager:*"], "*"),
                allow("dynamodb:Delete*", f"arn:aws:dynamodb:*:{ACCOUNT}:table/prod-*", effect="Deny"),
            )
        },
        scps=[
            {"FullAWSAccess": document(allow("*", "*"))},
            {
                "regions": document(
                    allow("*", "*"),
                    {
                        "Effect": "Deny",
                        "NotAction": ["iam:*", "organizations:*", "route53:*", "sts:*", "support:*"],
                        "Resource": "*",
                        "Condition": {"StringNotEquals": {"aws:RequestedRegion": list(REGIONS[:3])}},
                    },
                )
            },
            {
                "guard": document(
                    allow("*", "*"),
                    allow(["s3:PutBucketPolicy", "s3:DeleteBucketPolicy", "logs:DeleteLogGroup"], "*", effect="Deny"),
                    allow("*", "*", {"Bool": {"aws:SecureTransport": "false"}}, effect="Deny"),
                )
            },
        ],
    )


def project_policy(project: int) -> Document:
    """10 statements about one project, all but one with conditions, as permission-set generators write them."""
    name, team = f"proj-{project:03}", TEAMS[project % len(TEAMS)]
    arn = f"arn:aws:{{}}:*:{ACCOUNT}:{{}}"
    bucket = f"arn:aws:s3:::{name}-data"
    of_team = {"StringEquals": {"aws:PrincipalTag/team": team}}
    inside = {"IpAddress": {"aws:SourceIp": ["10.0.0.0/8", "203.0.113.0/24"]}}
    return document(
        allow(["s3:GetObject", "s3:GetObjectVersion"], f"{bucket}/*", of_team),
        allow(["s3:PutObject", "s3:DeleteObject"], f"{bucket}/*", {**of_team, **inside}),
        allow("s3:ListBucket", bucket, {"StringLike": {"s3:prefix": ["", "home/*", "shared/*"]}}),
        allow(["dynamodb:GetItem", "dynamodb:Query"], arn.format("dynamodb", f"table/{name}-*"), of_team),
        allow("sqs:*", arn.format("sqs", f"{name}-*"), {"Bool": {"aws:SecureTransport": "true"}}),
        allow(
            ["ec2:StartInstances", "ec2:StopInstances"],
            arn.format("ec2", "instance/*"),
            {"StringEquals": {"aws:ResourceTag/project": name}, "Bool": {"aws:MultiFactorAuthPresent": "true"}},
        ),
        allow("secretsmanager:GetSecretValue", arn.format("secretsmanager", f"secret:{name}/*"), inside),
        allow(
            ["lambda:InvokeFunction", "lambda:GetFunction"],
            arn.format("lambda", f"function:{name}-*"),
            {"DateGreaterThan": {"aws:CurrentTime": "2026-01-01T00:00:00Z"}},
        ),
        allow("s3:*", f"{bucket}/restricted/*", {"StringNotEquals": {"aws:PrincipalTag/team": team}}, effect="Deny"),
        allow("*", f"arn:aws:*:*:{ACCOUNT}:*{name}-frozen*", effect="Deny"),
    )


PROJECTS = 200


def heavy(number: int) -> Subject:
    """20 policies, 200 statements with conditions, out of 200 policies that the account has."""
    chosen = random.Random(number).sample(range(PROJECTS), 20)
    return subject(number, identity={f"proj-{project:03}": project_policy(project) for project in chosen})


Draw = Callable[[random.Random, int, Subject], tuple[str, str, dict[str, str]]]


def draw_small(dice: random.Random, number: int, _subject: Subject) -> tuple[str, str, dict[str, str]]:
    whose = number if dice.random() < 0.7 else dice.randrange(1000)
    ident = f"{dice.getrandbits(64):016x}"
    action, resource = dice.choice(
        (
            ("s3:GetObject", f"arn:aws:s3:::app-{whose:04}-data/in/{ident}.json"),
            ("s3:PutObject", f"arn:aws:s3:::app-{whose:04}-data/{dice.choice(('out', 'private'))}/{ident}.json"),
            ("s3:DeleteObject", f"arn:aws:s3:::app-{whose:04}-data/tmp/{ident}"),
            ("s3:GetObject", f"arn:aws:s3:::shared-artifacts/releases/{ident}.zip"),
            ("s3:GetBucketPolicy", f"arn:aws:s3:::app-{whose:04}-data"),
            ("dynamodb:GetItem", f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/app-{whose:04}"),
            ("dynamodb:Query", f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/app-{whose:04}/index/{ident[:4]}"),
            ("sqs:SendMessage", f"arn:aws:sqs:us-east-1:{ACCOUNT}:app-{whose:04}-{ident[:8]}"),
            ("logs:PutLogEvents", f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/app/{whose:04}:log-stream:{ident}"),
            (
                "secretsmanager:GetSecretValue",
                f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:app/{whose:04}/{ident}",
            ),
            ("ec2:TerminateInstances", f"arn:aws:ec2:us-east-1:{ACCOUNT}:instance/i-{ident}"),
        )
    )
    return action, resource, {}


def draw_typical(dice: random.Random, _number: int, _subject: Subject) -> tuple[str, str, dict[str, str]]:
    ident, region = f"{dice.getrandbits(64):016x}", dice.choice(REGIONS)
    arn = f"arn:aws:{{}}:{region}:{ACCOUNT}:{{}}"
    action, resource = dice.choice(
        (
            ("s3:GetObject", f"arn:aws:s3:::bucket-{ident[:6]}/{ident}"),
            ("s3:PutObject", f"arn:aws:s3:::bucket-{ident[:6]}/{ident}"),
            ("s3:ListBucket", f"arn:aws:s3:::bucket-{ident}"),
            ("sqs:SendMessage", arn.format("sqs", f"queue-{ident}")),
            ("dynamodb:GetItem", arn.format("dynamodb", f"table/{dice.choice(('prod', 'test'))}-{ident}")),
            ("dynamodb:DeleteTable", arn.format("dynamodb", f"table/{dice.choice(('prod', 'test'))}-{ident}")),
            ("lambda:InvokeFunction", arn.format("lambda", f"function:f-{ident}")),
            ("ec2:DescribeInstances", "*"),
            ("ec2:TerminateInstances", arn.format("ec2", f"instance/i-{ident}")),
            ("logs:GetLogEvents", arn.format("logs", f"log-group:/app:log-stream:{ident}")),
            ("logs:DeleteLogGroup", arn.format("logs", f"log-group:/app/{ident}")),
            ("ssm:GetParameter", arn.format("ssm", f"parameter/app/{ident}")),
            ("secretsmanager:GetSecretValue", arn.format("secretsmanager", f"secret:{ident}")),
            ("iam:CreateUser", f"arn:aws:iam::{ACCOUNT}:user/{ident}"),
            ("kinesis:GetRecords", arn.format("kinesis", f"stream/{ident}")),
        )
    )
    return (
        action,
        resource,
        {"aws:RequestedRegion": region, "aws:SecureTransport": "false" if dice.random() < 0.05 else "true"},
    )


def draw_heavy(dice: random.Random, _number: int, subject: Subject) -> tuple[str, str, dict[str, str]]:
    names = [name for name, _ in subject.documents[PolicyType.IDENTITY][0]]
    name = dice.choice(names) if dice.random() < 0.9 else f"proj-{dice.randrange(PROJECTS):03}"
    team = TEAMS[int(name[5:]) % len(TEAMS)] if dice.random() < 0.8 else dice.choice(TEAMS)
    ident, region = f"{dice.getrandbits(64):016x}", dice.choice(REGIONS)
    arn = f"arn:aws:{{}}:{region}:{ACCOUNT}:{{}}"
    action, resource = dice.choice(
        (
            ("s3:GetObject", f"arn:aws:s3:::{name}-data/{dice.choice(('in', 'out', 'restricted'))}/{ident}"),
            ("s3:PutObject", f"arn:aws:s3:::{name}-data/{dice.choice(('in', 'out'))}/{ident}"),
            ("s3:ListBucket", f"arn:aws:s3:::{name}-data"),
            ("dynamodb:GetItem", arn.format("dynamodb", f"table/{name}-{dice.choice(('', '', 'frozen-'))}{ident}")),
            ("sqs:SendMessage", arn.format("sqs", f"{name}-{ident}")),
            ("ec2:StartInstances", arn.format("ec2", f"instance/i-{ident}")),
            ("secretsmanager:GetSecretValue", arn.format("secretsmanager", f"secret:{name}/{ident}")),
            ("lambda:InvokeFunction", arn.format("lambda", f"function:{name}-{ident}")),
        )
    )
    context = {
        "aws:PrincipalTag/team": team,
        "aws:ResourceTag/project": name,
        "aws:MultiFactorAuthPresent": "true" if dice.random() < 0.8 else "false",
        "aws:SourceIp": f"{dice.choice(('10.1', '203.0', '198.51'))}.113.{dice.randrange(256)}",
        "aws:RequestedRegion": region,
    }
    if action == "s3:ListBucket":
        context["s3:prefix"] = dice.choice((f"home/{ident}", "", f"other/{ident}"))
    return action, resource, context


KINDS: Mapping[str, tuple[Callable[[int], Subject], Draw]] = {
    "small": (small, draw_small),
    "typical": (typical, draw_typical),
    "heavy": (heavy, draw_heavy),
}


def workload(name: str, *, requests: int, principals: int) -> Workload:
    """`requests` of them over `principals` principals, in random order, half of them allowed."""
    make, draw = KINDS[name]
    dice = random.Random(f"{name} {principals}")
    subjects = tuple(make(number) for number in range(principals))
    stacks = [compile_stack(one.stack) for one in subjects]
    wanted = {True: requests // 2, False: requests - requests // 2}
    asked: list[tuple[int, Request]] = []
    while len(asked) < requests:
        place = dice.randrange(principals)
        action, resource, more = draw(dice, place, subjects[place])
        context = {
            "aws:CurrentTime": (START + timedelta(seconds=len(asked) // 20)).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "aws:SourceIp": f"10.{dice.randrange(8)}.113.{dice.randrange(256)}",
            "aws:SecureTransport": "true",
            "aws:UserAgent": "aws-sdk-java/2.20.1",
            **more,
        }
        request = Request(subjects[place].principal, action, resource, ACCOUNT, context)
        allowed = stacks[place].decide(request).allowed
        if wanted[allowed]:
            wanted[allowed] -= 1
            asked.append((place, request))
    return Workload(name, subjects, tuple(request for _, request in asked), tuple(place for place, _ in asked))
