"""IAM Toolbox by boto3: what it tells of a denied request, and to whom.

Pages: IAM Toolbox API Reference, "GetRequestAuthorizationDetails", "GetRequestAuthorizationPolicy", "Check".
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.loaders import Loader
from tests.server.gateway_served import ACCOUNT, GatewayServed, Keys, allow

from passrole.server.http import serving
from passrole.server.organization_file import read_organization

OTHER, STRANGER = "444455556666", "777788889999"
ORGANIZATION = f"""
id = "o-a1b2c3d4e5"
management-account = "{ACCOUNT}"

[units.work]
service-control-policies = ["no-keys"]

[accounts.{OTHER}]
name = "member"
unit = "work"

[policies.no-keys]
document = '''
{{"Version": "2012-10-17", "Statement": [{{"Sid": "NoKeys", "Effect": "Deny", "Action": "iam:CreateAccessKey", "Resource": "*"}}]}}
'''
"""
DENY_PASS = {"Sid": "NoPass", "Effect": "Deny", "Action": "iam:PassRole", "Resource": "*"}
TRUST = (
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},'
    '"Action":"sts:AssumeRole"}]}'
)

pytestmark = pytest.mark.skipif(
    "iam-toolbox" not in Loader().list_available_services("service-2"), reason="botocore has no IAM Toolbox"
)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayServed]:
    """With user/builder, who may do something, role/app and an instance profile."""
    with serving(tmp_path_factory.mktemp("account") / "account.db") as found:
        made = GatewayServed(found)
        iam = made.client("iam")
        iam.create_role(RoleName="app", AssumeRolePolicyDocument=TRUST)
        iam.create_instance_profile(InstanceProfileName="app")
        yield made


@pytest.fixture(scope="module")
def builder(served: GatewayServed) -> Keys:
    return served.user("builder", allow("iam:AddRoleToInstanceProfile"), DENY_PASS)


def denied_id(call: Callable[[], Any]) -> str:
    """The authorization id of a call that is denied: its request id without dashes."""
    with pytest.raises(ClientError) as denied:
        call()
    assert denied.value.response["Error"]["Code"] == "AccessDenied"
    found: str = denied.value.response["ResponseMetadata"]["RequestId"].replace("-", "")
    return found


def refusal(call: Callable[[], Any]) -> tuple[str, int]:
    with pytest.raises(ClientError) as refused:
        call()
    return refused.value.response["Error"]["Code"], refused.value.response["ResponseMetadata"]["HTTPStatusCode"]


def details(served: GatewayServed, authorization_id: str, keys: Keys | None = None) -> dict[str, Any]:
    client = served.client("iam-toolbox", keys)
    found: dict[str, Any] = client.get_request_authorization_details(authorizationId=authorization_id)
    return found


def pass_in_vain(served: GatewayServed, builder: Keys) -> str:
    iam = served.client("iam", builder)
    return denied_id(lambda: iam.add_role_to_instance_profile(InstanceProfileName="app", RoleName="app"))


def test_an_explicit_deny_is_told_with_its_statement_and_what_was_allowed_before(
    served: GatewayServed, builder: Keys
) -> None:
    found = details(served, pass_in_vain(served, builder))
    assert found["requestContext"]["aws:PrincipalArn"] == f"arn:aws:iam::{ACCOUNT}:user/builder"
    assert found["requestContext"]["aws:SourceIp"] == "127.0.0.1"
    (policy,) = found["policies"]
    assert policy == {
        "type": "IDENTITY_BASED_POLICY",
        "inline": True,
        "uri": policy["uri"],
        "attachedTo": [{"arn": f"arn:aws:iam::{ACCOUNT}:user/builder"}],
    }
    first, second = found["evaluations"]
    assert (first["action"], first["evaluatedEffect"]) == ("iam:AddRoleToInstanceProfile", "ALLOW")
    assert first["checks"] == [
        {
            "checkType": "PRINCIPAL",
            "evaluatedEffect": "ALLOW",
            "relevantPolicyTypes": ["IDENTITY_BASED_POLICY"],
            "matchedPolicies": [
                {
                    "uri": policy["uri"],
                    "matchedStatements": [{"sid": "statement1", "evaluatedEffect": "ALLOW"}],
                }
            ],
        }
    ]
    assert second["action"] == "iam:PassRole"
    assert second["resource"] == f"arn:aws:iam::{ACCOUNT}:role/app"
    assert second["evaluatedEffect"] == "EXPLICIT_DENY"
    assert second["context"]["iam:PassedToService"] == "ec2.amazonaws.com"
    assert "iam:PassedToService" not in found["requestContext"]
    matched = [{"uri": policy["uri"], "matchedStatements": [{"sid": "NoPass", "evaluatedEffect": "DENY"}]}]
    assert second["matchedPolicies"] == matched
    assert [(each["checkType"], each["evaluatedEffect"]) for each in second["checks"]] == [
        ("PRINCIPAL", "EXPLICIT_DENY")
    ]


def test_the_policy_is_that_of_the_denial_also_when_it_has_changed(served: GatewayServed) -> None:
    keys = served.user("changed", allow("iam:GetUser"))
    authorization_id = denied_id(served.client("iam", keys).list_users)
    (policy,) = details(served, authorization_id)["policies"]
    served.client("iam").delete_user_policy(UserName="changed", PolicyName="p")
    found = served.client("iam-toolbox").get_request_authorization_policy(
        authorizationId=authorization_id, policyUri=policy["uri"]
    )
    assert found["policyDocument"] == {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "iam:GetUser", "Resource": "*"}],
    }
    client = served.client("iam-toolbox")
    assert refusal(
        lambda: client.get_request_authorization_policy(authorizationId=authorization_id, policyUri="other")
    ) == ("ResourceNotFoundException", 404)


def test_a_boundary_without_an_allow_is_the_check_that_is_missing(served: GatewayServed) -> None:
    iam = served.client("iam")
    document = json.dumps({"Version": "2012-10-17", "Statement": [allow("s3:*")]})
    arn = iam.create_policy(PolicyName="limits", PolicyDocument=document)["Policy"]["Arn"]
    keys = served.user("limited", allow("iam:*"))
    iam.put_user_permissions_boundary(UserName="limited", PermissionsBoundary=arn)
    found = details(served, denied_id(served.client("iam", keys).list_users))
    (evaluation,) = found["evaluations"]
    assert [(each["checkType"], each["evaluatedEffect"]) for each in evaluation["checks"]] == [
        ("PRINCIPAL", "ALLOW"),
        ("PERMISSIONS_BOUNDARY", "IMPLICIT_DENY"),
    ]
    assert (evaluation["evaluatedEffect"], evaluation["action"]) == ("IMPLICIT_DENY", "iam:ListUsers")
    boundary = next(each for each in found["policies"] if each["type"] == "PERMISSIONS_BOUNDARY")
    assert (boundary["uri"], boundary["inline"]) == (arn, False)


def test_a_trust_policy_is_a_check_of_its_own(served: GatewayServed) -> None:
    keys = served.user("assuming", allow("sts:AssumeRole"))
    sts = served.client("sts", keys)
    role = f"arn:aws:iam::{ACCOUNT}:role/app"
    found = details(served, denied_id(lambda: sts.assume_role(RoleArn=role, RoleSessionName="one")))
    assert [(each["checkType"], each["evaluatedEffect"]) for each in found["evaluations"][0]["checks"]] == [
        ("RESOURCE", "IMPLICIT_DENY"),
        ("PRINCIPAL", "ALLOW"),
    ]
    trust = next(each for each in found["policies"] if each["type"] == "RESOURCE_BASED_POLICY")
    assert trust["attachedTo"] == [{"arn": role}]


def test_who_may_ask(served: GatewayServed, builder: Keys) -> None:
    authorization_id = pass_in_vain(served, builder)
    assert refusal(lambda: details(served, authorization_id, builder)) == ("AccessDeniedException", 403)
    reader = served.user("reader", allow("iam:GetRequestAuthorizationDetails"))
    assert details(served, authorization_id, reader)["evaluations"]
    client = served.client("iam-toolbox", reader)
    assert refusal(
        lambda: client.get_request_authorization_policy(authorizationId=authorization_id, policyUri="x")
    ) == ("AccessDeniedException", 403)
    assert refusal(lambda: details(served, authorization_id, Keys(reader.id, "x" * 40))) == (
        "InvalidSignatureException",
        403,
    )
    last = served.last_events(2)
    assert (last[0]["eventSource"], last[0]["eventName"], last[0]["errorCode"]) == (
        "iam-toolbox.amazonaws.com",
        "GetRequestAuthorizationPolicy",
        "AccessDenied",
    )
    # As at AWS, what was disclosed is not copied into the log.
    assert last[1]["responseElements"] is None


def test_what_is_not_there(served: GatewayServed, builder: Keys) -> None:
    authorization_id = pass_in_vain(served, builder)
    elsewhere = served.client("iam-toolbox", region="eu-west-1")
    missing = ("ResourceNotFoundException", 404)
    assert refusal(lambda: elsewhere.get_request_authorization_details(authorizationId=authorization_id)) == missing
    assert refusal(lambda: details(served, "0" * 32)) == missing
    assert refusal(lambda: details(served, authorization_id[:8])) == missing
    allowed = served.client("iam").list_users()["ResponseMetadata"]["RequestId"].replace("-", "")
    assert refusal(lambda: details(served, allowed)) == missing
    assert refusal(lambda: details(served, "No-Id")) == ("ValidationException", 400)
    client = served.client("iam-toolbox")
    assert refusal(
        lambda: client.get_request_authorization_details(authorizationId=authorization_id, nextToken="more")
    ) == ("ValidationException", 400)


def test_an_organization_s_levels_are_checks_and_its_accounts_may_ask(tmp_path: Path) -> None:
    path = tmp_path / "organization.toml"
    path.write_text(ORGANIZATION)
    with serving(tmp_path / "account.db", organization=read_organization(path)) as found:
        found.store.add_account(STRANGER)
        served = GatewayServed(found)
        keys = {
            account: Keys(made.access_key_id, made.secret)
            for account in (OTHER, STRANGER)
            for made in [found.store.administrator(account)]
        }
        iam = served.client("iam", keys[OTHER])
        authorization_id = denied_id(lambda: iam.create_access_key(UserName="passrole-admin"))
        for reader in (None, keys[OTHER]):
            answer = details(served, authorization_id, reader)
            (evaluation,) = answer["evaluations"]
            checks = evaluation["checks"]
            assert [(each["checkType"], each["evaluatedEffect"]) for each in checks] == [
                ("SERVICE_CONTROL_POLICY", "ALLOW"),
                ("SERVICE_CONTROL_POLICY", "EXPLICIT_DENY"),
                ("SERVICE_CONTROL_POLICY", "ALLOW"),
                ("PRINCIPAL", "ALLOW"),
            ]
            arns = [each["targetArn"].split(":")[-1].split("/")[0] for each in checks[:3]]
            assert arns == ["root", "ou", "account"]
            assert checks[1]["targetArn"].startswith(f"arn:aws:organizations::{ACCOUNT}:ou/o-a1b2c3d4e5/ou-")
            scps = [each for each in answer["policies"] if each["type"] == "SERVICE_CONTROL_POLICY"]
            assert {each["attachedTo"][0]["arn"] for each in scps} == {each["targetArn"] for each in checks[:3]}
        assert refusal(lambda: details(served, authorization_id, keys[STRANGER])) == ("ResourceNotFoundException", 404)


def test_the_trust_policy_of_another_account_is_not_told(tmp_path: Path) -> None:
    secret = {"StringEquals": {"sts:ExternalId": "theirs"}}
    trust = {"Effect": "Allow", "Principal": {"AWS": STRANGER}, "Action": "sts:AssumeRole", "Condition": secret}
    path = tmp_path / "organization.toml"
    path.write_text(ORGANIZATION)
    with serving(tmp_path / "account.db", organization=read_organization(path)) as found:
        found.store.add_account(STRANGER)
        served = GatewayServed(found)
        document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        role = served.client("iam").create_role(RoleName="app", AssumeRolePolicyDocument=document)["Role"]["Arn"]

        def asked_by(account: str) -> tuple[str, Keys]:
            made = found.store.administrator(account)
            keys = Keys(made.access_key_id, made.secret)
            sts = served.client("sts", keys)
            return denied_id(lambda: sts.assume_role(RoleArn=role, RoleSessionName="there")), keys

        authorization_id, keys = asked_by(STRANGER)
        assert refusal(lambda: details(served, authorization_id, keys)) == ("ResourceNotFoundException", 404)
        told = details(served, *asked_by(OTHER))["policies"]
        assert "RESOURCE_BASED_POLICY" in {each["type"] for each in told}


def test_a_statement_of_another_account_is_not_decoded(tmp_path: Path) -> None:
    deny = {"Effect": "Deny", "Principal": {"AWS": STRANGER}, "Action": "sts:AssumeRole"}
    with serving(tmp_path / "account.db") as found:
        found.store.add_account(STRANGER)
        served = GatewayServed(found)
        document = json.dumps({"Version": "2012-10-17", "Statement": [deny | {"Sid": "Theirs"}]})
        role = served.client("iam").create_role(RoleName="app", AssumeRolePolicyDocument=document)["Role"]["Arn"]
        made = found.store.administrator(STRANGER)
        sts = served.client("sts", Keys(made.access_key_id, made.secret))
        with pytest.raises(ClientError) as denied:
            sts.assume_role(RoleArn=role, RoleSessionName="there")
        encoded = denied.value.response["Error"]["EncodedAuthorizationMessage"]
        told = json.loads(sts.decode_authorization_message(EncodedMessage=encoded)["DecodedMessage"])
        assert told["explicitDeny"]
        assert told["matchedStatements"] == {"items": []}
