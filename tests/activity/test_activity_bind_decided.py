"""A bound call, decided by the engine: documented rules from the call to the answer."""

from __future__ import annotations

import pytest
from tests.activity.activity_bind_state import KEY, Facts, call
from tests.engine.engine_builders import bucket, identity

from passrole.activity.bind.bind import bind
from passrole.activity.bind.model import Bound
from passrole.activity.bind.state import Encryption
from passrole.engine.decision import Outcome
from passrole.engine.principals import principal_from_arn
from passrole.engine.several import evaluate_call
from passrole.engine.stack import PolicyStack

ANN = principal_from_arn("arn:aws:iam::111122223333:user/ann")
ROLE = "arn:aws:iam::111122223333:role/web"
OBJECT = "arn:aws:s3:::pics/k"
FACTS = Facts(
    owners={"arn:aws:s3:::pics": "111122223333"},
    encrypted={OBJECT: Encryption("aws:kms", KEY, context={})},
    names={"arn:aws:iam::111122223333:instance-profile/web": ROLE},
)
DELEGATES = bucket({"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "kms:*", "Resource": "*"})
"""The key policy that leaves a key to the identity-based policies of its account."""
READ = ("s3", "GetObject", {"Bucket": "pics", "Key": "k"})
LAUNCH = (
    "ec2",
    "RunInstances",
    {
        "ImageId": "ami-1",
        "SubnetId": "subnet-1",
        "SecurityGroupIds": ["sg-1"],
        "InstanceType": "t3.micro",
        "IamInstanceProfile": {"Name": "web"},
    },
)
Call = tuple[str, str, dict[str, object]]


def allow(action: str, resource: str = "*", condition: object = None) -> dict[str, object]:
    return {"Effect": "Allow", "Action": action, "Resource": resource} | ({"Condition": condition} if condition else {})


def decided(made: Call, *statements: dict[str, object]) -> Outcome:
    bound = bind(call(*made), FACTS)
    assert isinstance(bound, Bound), bound
    policies = identity(*statements)
    return evaluate_call(
        (
            each.asked_by(ANN),
            PolicyStack(policies, DELEGATES if each.action.startswith("kms:") else PolicyStack().resource),
        )
        for each in bound.asks
    ).outcome


VIA = {"StringEquals": {"kms:ViaService": "s3.eu-central-1.amazonaws.com"}}
VIA_OTHER = {"StringEquals": {"kms:ViaService": "ssm.eu-central-1.amazonaws.com"}}
TO_EC2 = {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}
TO_LAMBDA = {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}
CALLED = {"ForAnyValue:StringEquals": {"aws:CalledVia": "s3.amazonaws.com"}}
CONTEXT = {"StringEquals": {"kms:EncryptionContext:aws:s3:arn": OBJECT}}
SAME_TYPE = {"StringEquals": {"ec2:InstanceType": "t3.micro"}}
TYPE = {"StringNotEquals": {"ec2:InstanceType": "t3.micro"}}
ENCRYPTED = {"Bool": {"ec2:Encrypted": "false"}}
GET, RUN = allow("s3:GetObject"), allow("ec2:RunInstances")
PASS = allow("iam:PassRole", ROLE, TO_EC2)

# Sources: UsingKMSEncryption, conditions-kms, id_roles_use_passrole, ExamplePolicies_EC2 of AWS's documentation.
CASES: list[tuple[Call, list[dict[str, object]], Outcome]] = [
    (READ, [GET], Outcome.IMPLICIT_DENY),
    (READ, [GET, allow("kms:Decrypt", KEY)], Outcome.ALLOWED),
    (READ, [GET, allow("kms:Decrypt", KEY, VIA)], Outcome.ALLOWED),
    (READ, [GET, allow("kms:Decrypt", KEY, VIA_OTHER)], Outcome.IMPLICIT_DENY),
    (READ, [GET, allow("kms:Decrypt", KEY, CALLED)], Outcome.ALLOWED),
    (READ, [GET, allow("kms:Decrypt", KEY, CONTEXT)], Outcome.ALLOWED),
    (READ, [allow("kms:Decrypt", KEY)], Outcome.IMPLICIT_DENY),
    (LAUNCH, [RUN], Outcome.IMPLICIT_DENY),
    (LAUNCH, [RUN, PASS], Outcome.ALLOWED),
    (LAUNCH, [RUN, allow("iam:PassRole", ROLE, TO_LAMBDA)], Outcome.IMPLICIT_DENY),
    (
        LAUNCH,
        [RUN, PASS, {**RUN, "Effect": "Deny", "Resource": "arn:aws:ec2:*:*:subnet/subnet-1"}],
        Outcome.EXPLICIT_DENY,
    ),
    (
        LAUNCH,
        [RUN, PASS, {**RUN, "Effect": "Deny", "Resource": "arn:aws:ec2:*:*:instance/*", "Condition": TYPE}],
        Outcome.ALLOWED,
    ),
    (LAUNCH, [RUN, PASS, {**RUN, "Effect": "Deny", "Condition": SAME_TYPE}], Outcome.EXPLICIT_DENY),
    (LAUNCH, [allow("ec2:RunInstances", "arn:aws:ec2:*:*:instance/*"), PASS], Outcome.IMPLICIT_DENY),
    # What only the account's defaults tell is not taken for absent.
    (LAUNCH, [RUN, PASS, {**RUN, "Effect": "Deny", "Resource": "*", "Condition": ENCRYPTED}], Outcome.UNDECIDED),
]


@pytest.mark.parametrize(("made", "statements", "expected"), CASES)
def test_the_answer_to_a_call(made: Call, statements: list[dict[str, object]], expected: Outcome) -> None:
    assert decided(made, *statements) is expected


def test_a_role_given_by_name_where_no_row_explains_it_is_refused() -> None:
    """glue:CreateJob takes a role by name or ARN; https://docs.aws.amazon.com/glue/latest/webapi/API_CreateJob.html"""
    parameters: dict[str, object] = {"Name": "j", "Role": "etl", "Command": {}}
    assert not isinstance(bind(call("glue", "CreateJob", parameters), Facts()), Bound)
    by_arn = bind(call("glue", "CreateJob", {**parameters, "Role": ROLE}), Facts())
    assert isinstance(by_arn, Bound)
    assert by_arn.asks[-1].action == "iam:PassRole"
