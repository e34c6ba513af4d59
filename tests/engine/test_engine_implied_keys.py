"""Keys that AWS fills from the request: forward access sessions, accounts, organizations, sessions; what is unknown."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.engine.engine_builders import (
    ACCOUNT,
    ALLOW_ALL,
    ANA,
    DENY_ALL,
    OTHER,
    RUN,
    ask,
    bucket,
    identity,
    layer,
    scps,
)

from passrole.engine.context import Context
from passrole.engine.decision import Outcome
from passrole.engine.evaluate import evaluate
from passrole.engine.principals import principal_from_arn
from passrole.engine.request import Organization, Principal, PrincipalType, Request
from passrole.engine.stack import PolicyStack
from passrole.engine.truth import Doubt
from passrole.policy.model import PolicyType

T = PrincipalType
CHAIN = ("cloudformation.amazonaws.com", "dynamodb.amazonaws.com")
KEY = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/my-example-key"


def seen(request: Request, *keys: str) -> list[object]:
    context = Context(request)
    return ["?" if isinstance(value := context.get(key.lower()), Doubt) else value for key in keys]


class TestForwardAccessSessions:
    """The chain of AWS's page: User 1, then AWS CloudFormation, then DynamoDB, which calls AWS KMS."""

    KEYS = ("aws:CalledVia", "aws:CalledViaFirst", "aws:CalledViaLast", "aws:ViaAWSService")
    LAST = replace(ask("kms:Decrypt", KEY), called_via=CHAIN)

    def test_keys(self) -> None:
        assert seen(self.LAST, *self.KEYS) == [CHAIN, CHAIN[0], CHAIN[1], "true"]
        assert seen(ask("kms:Decrypt", KEY), *self.KEYS) == [None, None, None, "false"]

    def test_via_is_in_every_request(self) -> None:
        """ "This key is always included in the request context": services that once lacked it are no exception."""
        assert seen(ask("ec2:StopInstances", "*"), "aws:ViaAWSService") == ["false"]
        assert seen(replace(ask("ec2:StopInstances", "*"), called_via=CHAIN), "aws:ViaAWSService") == ["true"]

    @pytest.mark.parametrize(
        ("condition", "allowed"),
        [
            ({"ForAnyValue:StringEquals": {"aws:CalledVia": ["dynamodb.amazonaws.com"]}}, True),
            ({"ForAnyValue:StringEquals": {"aws:CalledVia": ["athena.amazonaws.com"]}}, False),
            ({"StringEquals": {"aws:CalledViaFirst": CHAIN[0], "aws:CalledViaLast": CHAIN[1]}}, True),
            ({"StringEquals": {"aws:CalledViaFirst": CHAIN[1]}}, False),
            ({"Bool": {"aws:ViaAWSService": "true"}}, True),
        ],
    )
    def test_policies_of_the_page(self, condition: dict[str, object], allowed: bool) -> None:
        key_policy = {"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": condition}
        stack = PolicyStack(identity(key_policy))
        assert evaluate(replace(ask(), called_via=CHAIN), stack).allowed is allowed
        assert not evaluate(ask(), stack).allowed

    def test_what_the_context_says_comes_first(self) -> None:
        request = ask(context={"aws:viaawsservice": "true", "aws:CalledVia": "athena.amazonaws.com"})
        assert seen(request, "aws:ViaAWSService", "aws:CalledVia") == ["true", ("athena.amazonaws.com",)]


def test_arity_belongs_to_the_key() -> None:
    """A single value of a multivalued key is still a list: without a set operator nobody is granted anything."""
    statement = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    plain = {**statement, "Condition": {"StringEquals": {"aws:TagKeys": "team"}}}
    quantified = {**statement, "Condition": {"ForAnyValue:StringEquals": {"aws:TagKeys": "team"}}}
    for value in ("team", ("team",)):
        request = ask(context={"aws:TagKeys": value})
        assert evaluate(request, PolicyStack(identity(plain))).outcome is Outcome.IMPLICIT_DENY
        assert evaluate(request, PolicyStack(identity(quantified))).outcome is Outcome.ALLOWED


def test_account_of_the_resource() -> None:
    assert seen(ask(owner=OTHER), "aws:ResourceAccount") == [OTHER]
    assert seen(ask(owner=None), "aws:ResourceAccount") == ["?"]
    assert seen(ask("s3:ListAllMyBuckets", "*", owner=None), "aws:ResourceAccount") == ["?"]


class TestActionsThatTellNoOwner:
    """ "The following actions don't support this key"."""

    KEYS = ("aws:ResourceAccount", "aws:ResourceOrgID", "aws:ResourceOrgPaths")
    ORGANIZATION = Organization(None, "o-a1b2c3d4e5", {ACCOUNT: "o-a1b2c3d4e5/r-ab12/", OTHER: None})
    PEERING = f"arn:aws:ec2:us-east-1:{ACCOUNT}:vpc-peering-connection/pcx-1"
    BUS = f"arn:aws:events:us-east-1:{ACCOUNT}:event-bus/orders"

    @pytest.mark.parametrize(
        "action", ["ec2:AcceptVpcPeeringConnection", "EC2:acceptvpcpeeringconnection", "ebs:PutBlock"]
    )
    def test_they_are_absent(self, action: str) -> None:
        request = replace(ask(action, self.PEERING, unknown=["*"]), organization=self.ORGANIZATION)
        assert seen(request, *self.KEYS) == [None, None, None]
        given = replace(request, context={"aws:ResourceAccount": OTHER})
        assert seen(given, *self.KEYS) == [OTHER, None, None]

    def test_a_deny_by_another_account_reaches_them(self) -> None:
        deny = {**DENY_ALL, "Condition": {"StringNotEquals": {"aws:ResourceAccount": ACCOUNT}}}
        stack = PolicyStack(identity(ALLOW_ALL, deny))
        assert evaluate(ask("ec2:AcceptVpcPeeringConnection", self.PEERING), stack).outcome is Outcome.EXPLICIT_DENY
        assert evaluate(ask("ec2:DescribeVpcs", self.PEERING), stack).outcome is Outcome.ALLOWED

    def test_events_for_a_bus_elsewhere(self) -> None:
        """Only "if that event bus was configured as a cross-account EventBridge target before March 2, 2023"."""
        here = replace(ask("events:PutEvents", self.BUS), organization=self.ORGANIZATION)
        assert seen(here, *self.KEYS) == [ACCOUNT, "o-a1b2c3d4e5", ("o-a1b2c3d4e5/r-ab12/",)]
        assert seen(replace(here, resource_account=OTHER), *self.KEYS) == ["?", "?", "?"]
        assert seen(ask("events:PutEvents", self.BUS, owner=OTHER), *self.KEYS) == ["?", None, None]


class TestOrganization:
    KEYS = ("aws:PrincipalOrgID", "aws:PrincipalOrgPaths", "aws:ResourceOrgID", "aws:ResourceOrgPaths")
    PATH = "o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/"

    @pytest.mark.parametrize(
        ("organization", "expected"),
        [
            (None, [None, None, None, None]),
            (Organization(ACCOUNT), [None, None, None, None]),
            (Organization(None, "o-a1b2c3d4e5", {ACCOUNT: PATH}), ["o-a1b2c3d4e5", (PATH,), "?", "?"]),
            (Organization(OTHER, "o-a1b2c3d4e5", {}), ["?", "?", "o-a1b2c3d4e5", "?"]),
        ],
    )
    def test_keys(self, organization: Organization | None, expected: list[object]) -> None:
        assert seen(replace(ask(owner=OTHER), organization=organization), *self.KEYS) == expected

    def test_a_service_belongs_to_none(self) -> None:
        request = replace(
            ask(who="ec2.amazonaws.com"), organization=Organization(None, "o-a1b2c3d4e5", {ACCOUNT: None})
        )
        assert seen(request, *self.KEYS) == [None, None, "o-a1b2c3d4e5", "?"]


OIDC = f"arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.githubusercontent.com"
SAML = f"arn:aws:iam::{ACCOUNT}:saml-provider/idp"


class TestSessions:
    TEMPORARY = ("aws:TokenIssueTime", "aws:MultiFactorAuthPresent", "aws:FederatedProvider")

    @pytest.mark.parametrize(
        ("principal", "expected"),
        [
            (principal_from_arn(ANA), [None, None, None]),
            (principal_from_arn("ec2.amazonaws.com"), [None, None, None]),
            (principal_from_arn(RUN), ["?", "?", None]),
            (principal_from_arn(f"arn:aws:sts::{ACCOUNT}:federated-user/bo"), ["?", "?", None]),
            # "This condition key is not present for federated identities", and the provider is that of OIDC alone.
            (Principal(T.WEB_IDENTITY_SESSION, RUN, ACCOUNT, identity_provider=OIDC), ["?", None, OIDC]),
            (Principal(T.SAML_SESSION, RUN, ACCOUNT, identity_provider=SAML), ["?", None, None]),
        ],
    )
    def test_what_temporary_credentials_have(self, principal: Principal, expected: list[object]) -> None:
        assert seen(ask(who=principal), *self.TEMPORARY) == expected

    def test_a_token_is_no_credential_yet(self) -> None:
        bearer = Principal(T.WEB_IDENTITY_SESSION, RUN, ACCOUNT, identity_provider=OIDC)
        request = ask("sts:AssumeRoleWithWebIdentity", f"arn:aws:iam::{ACCOUNT}:role/ci", who=bearer)
        assert seen(request, *self.TEMPORARY) == [None, None, OIDC]
        assert seen(request, "token.actions.githubusercontent.com:sub", "idp.example.com:sub") == ["?", None]

    def test_keys_of_providers(self) -> None:
        web = Principal(T.WEB_IDENTITY_SESSION, RUN, ACCOUNT, identity_provider="accounts.google.com")
        assert seen(ask(who=web), "accounts.google.com:aud", "accounts.google.com:sub", "saml:sub") == ["?", "?", None]
        saml = Principal(T.SAML_SESSION, RUN, ACCOUNT, identity_provider=SAML)
        assert seen(ask(who=saml), "saml:sub", "saml:iss", "saml:aud", "saml:doc") == ["?", "?", "?", None]


class TestNothingElseIsKnown:
    """`*` among the unknown keys: what is neither given nor implied, and what such a caller can have."""

    def test_which_keys_are_open(self) -> None:
        request = ask(unknown=["*"], context={"aws:SourceIp": "203.0.113.7"})
        given, implied = "aws:SourceIp", "aws:username"
        assert seen(request, given, implied, "aws:MultiFactorAuthPresent", "s3:prefix", "aws:PrincipalTag/team") == [
            "203.0.113.7",
            "ana",
            "?",
            "?",
            "?",
        ]

    @pytest.mark.parametrize(
        ("who", "keys"),
        [
            (ANA, ("aws:SourceArn", "aws:SourceAccount", "aws:PrincipalServiceName", "aws:FederatedProvider")),
            (ANA, ("aws:CalledVia", "aws:CalledViaLast")),
            (RUN, ("aws:username",)),
            ("ec2.amazonaws.com", ("aws:username", "aws:PrincipalTag/team", "aws:TokenIssueTime", "aws:PrincipalArn")),
            (SAML, ("aws:MultiFactorAuthPresent", "aws:MultiFactorAuthAge", "aws:FederatedProvider")),
            ("*", ("aws:PrincipalOrgID", "aws:MultiFactorAuthPresent", "aws:PrincipalTag/team")),
        ],
    )
    def test_what_the_caller_cannot_have_is_absent(self, who: str, keys: tuple[str, ...]) -> None:
        assert seen(ask(who=who, unknown=["*"]), *keys) == [None] * len(keys)

    def test_what_is_said_to_be_absent_is(self) -> None:
        request = replace(ask(unknown=["*"]), absent_keys=frozenset({"aws:sourceip", "aws:ResourceTag/*"}))
        assert seen(request, "aws:SourceIp", "aws:ResourceTag/team", "aws:SourceVpc") == [None, None, "?"]
        assert seen(replace(ask(), absent_keys=frozenset({"aws:ViaAWSService"})), "aws:ViaAWSService") == [None]

    def test_a_pattern_spares_what_is_given(self) -> None:
        request = ask(unknown=["aws:ResourceTag/*"], context={"aws:ResourceTag/Team": "blue"})
        assert seen(request, "aws:ResourceTag/team", "aws:ResourceTag/other") == ["blue", "?"]


class TestManagementAccount:
    """SCPs "don't affect users or roles in the management account", RCPs not its resources."""

    def test_exemptions(self) -> None:
        deny_rcp = {**DENY_ALL, "Principal": "*"}
        stack = PolicyStack(identity(ALLOW_ALL), scps=scps([DENY_ALL]), rcps=(layer(PolicyType.RCP, deny_rcp),))
        for manager, owner, expected in (
            (ACCOUNT, ACCOUNT, Outcome.ALLOWED),
            (OTHER, ACCOUNT, Outcome.EXPLICIT_DENY),
            (ACCOUNT, OTHER, Outcome.EXPLICIT_DENY),
            (None, ACCOUNT, Outcome.EXPLICIT_DENY),
        ):
            request = replace(ask(owner=owner), organization=Organization(manager))
            assert evaluate(request, stack).outcome is expected, (manager, owner)

    def test_aws_managed_keys_are_out_of_reach_of_rcps(self) -> None:
        key_policy = bucket({"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "kms:*", "Resource": "*"})
        rcp = layer(PolicyType.RCP, {**DENY_ALL, "Principal": "*"})
        stack = PolicyStack(identity(ALLOW_ALL), key_policy, rcps=(rcp,))
        assert evaluate(ask("kms:Decrypt", KEY), stack).outcome is Outcome.EXPLICIT_DENY
        assert evaluate(ask("kms:Decrypt", KEY), replace(stack, aws_managed_key=True)).outcome is Outcome.ALLOWED
