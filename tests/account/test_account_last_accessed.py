"""When services were last used, from the calls that the account really answered; and which policies let them be used."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from passrole.account.service_access import services_of
from passrole.account.store import AccountStore
from passrole.policy.parse import policy_from_value
from passrole.server.embedded import Credentials, EmbeddedAccount
from passrole.server.gate import Gate


def policy(*statements: dict) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(*actions: str) -> dict:
    return {"Effect": "Allow", "Action": list(actions), "Resource": "*"}


@pytest.fixture
def account(tmp_path: Path, clock):
    store = AccountStore.open(tmp_path / "account.db", clock=clock)
    key = store.administrator()
    with EmbeddedAccount(store, Gate(store), Credentials(key.access_key_id, key.secret), "us-east-1") as opened:
        yield opened


@pytest.fixture
def iam(account):
    return account.client("iam")


def as_user(account, name: str, *actions: str):
    iam = account.client("iam")
    iam.create_user(UserName=name)
    iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=policy(allow(*actions)))
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return account.as_user(key["AccessKeyId"], key["SecretAccessKey"])


def services(iam, arn: str, **more: object) -> dict[str, dict]:
    job = iam.generate_service_last_accessed_details(Arn=arn, **more)["JobId"]
    answer = iam.get_service_last_accessed_details(JobId=job)
    assert answer["JobStatus"] == "COMPLETED"
    assert not answer["IsTruncated"]
    return {one["ServiceNamespace"]: one for one in answer["ServicesLastAccessed"]}


def test_last_attempt_of_a_user_denied_ones_count_too(account, iam, clock):
    ann = as_user(account, "ann", "iam:GetRole", "s3:*")
    arn = "arn:aws:iam::111122223333:user/ann"
    found = services(iam, arn)
    assert {name: one["TotalAuthenticatedEntities"] for name, one in found.items()} == {"iam": 0, "s3": 0}
    assert "LastAuthenticated" not in found["iam"]
    assert found["s3"]["ServiceName"] == "Amazon S3"
    with pytest.raises(Exception, match="AccessDenied"):
        ann.client("iam").list_users()
    clock.now += 60
    with pytest.raises(Exception, match="NoSuchEntity"):
        ann.client("iam").get_role(RoleName="none")
    found = services(iam, arn, Granularity="ACTION_LEVEL")
    used = found["iam"]
    assert used["TotalAuthenticatedEntities"] == 1
    assert int(used["LastAuthenticated"].timestamp()) == clock.now
    assert (used["LastAuthenticatedEntity"], used["LastAuthenticatedRegion"]) == (arn, "us-east-1")
    times = {one["ActionName"]: int(one["LastAccessedTime"].timestamp()) for one in used["TrackedActionsLastAccessed"]}
    assert times == {"GetRole": clock.now, "ListUsers": clock.now - 60}
    # "This field is also null if the report was generated at the service level".
    assert "TrackedActionsLastAccessed" not in services(iam, arn)["iam"]


def test_group_and_policy_by_their_users(account, iam, clock):
    ann, _ = as_user(account, "ann", "iam:Get*"), as_user(account, "bob", "sqs:*")
    group = iam.create_group(GroupName="readers")["Group"]["Arn"]
    made = iam.create_policy(PolicyName="read", PolicyDocument=policy(allow("iam:GetUser")))["Policy"]["Arn"]
    iam.attach_group_policy(GroupName="readers", PolicyArn=made)
    for name in ("ann", "bob"):
        iam.add_user_to_group(GroupName="readers", UserName=name)
    ann.client("iam").get_user()
    for arn in (group, made):
        job = iam.generate_service_last_accessed_details(Arn=arn)["JobId"]
        (service,) = iam.get_service_last_accessed_details(JobId=job)["ServicesLastAccessed"]
        assert (service["ServiceNamespace"], service["TotalAuthenticatedEntities"]) == ("iam", 1)
        assert service["LastAuthenticatedEntity"].endswith(":user/ann")
        details = iam.get_service_last_accessed_details_with_entities(JobId=job, ServiceNamespace="iam")
        listed = details["EntityDetailsList"]
        assert [one["EntityInfo"]["Name"] for one in listed] == ["ann", "bob"]
        assert ["LastAuthenticated" in one for one in listed] == [True, False]
        assert listed[0]["EntityInfo"]["Type"] == "USER"


def test_report_is_its_callers_alone(account, iam):
    ann = as_user(account, "ann", "iam:*")
    job = iam.generate_service_last_accessed_details(Arn="arn:aws:iam::111122223333:user/ann")["JobId"]
    with pytest.raises(Exception, match="NoSuchEntity"):
        ann.client("iam").get_service_last_accessed_details(JobId=job)


def test_what_is_not_there(iam):
    for arn, code in (
        ("arn:aws:iam::111122223333:user/none", "NoSuchEntity"),
        ("arn:aws:iam::111122223333:policy/none", "NoSuchEntity"),
        ("arn:aws:s3:::a-bucket-of-mine", "InvalidInput"),
    ):
        with pytest.raises(Exception, match=code):
            iam.generate_service_last_accessed_details(Arn=arn)
    with pytest.raises(Exception, match="NoSuchEntity"):
        iam.get_service_last_accessed_details(JobId="0" * 36)


def test_pages(iam):
    arn = iam.create_user(UserName="ann")["User"]["Arn"]
    iam.attach_user_policy(UserName="ann", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    job = iam.generate_service_last_accessed_details(Arn=arn)["JobId"]
    seen, marker = [], {}
    while True:
        answer = iam.get_service_last_accessed_details(JobId=job, **marker)
        seen += [one["ServiceNamespace"] for one in answer["ServicesLastAccessed"]]
        if not answer["IsTruncated"]:
            break
        marker = {"Marker": answer["Marker"]}
    assert seen == sorted(set(seen))
    assert len(seen) > 400


def test_policies_that_grant_a_service(account, iam):
    as_user(account, "ann", "iam:Get*", "s3:*")
    iam.create_group(GroupName="g")
    iam.add_user_to_group(GroupName="g", UserName="ann")
    iam.put_group_policy(GroupName="g", PolicyName="of-group", PolicyDocument=policy(allow("sqs:SendMessage")))
    iam.attach_group_policy(GroupName="g", PolicyArn="arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess")
    answer = iam.list_policies_granting_service_access(
        Arn="arn:aws:iam::111122223333:user/ann", ServiceNamespaces=["s3", "sqs", "ec2"]
    )
    found = {one["ServiceNamespace"]: one["Policies"] for one in answer["PoliciesGrantingServiceAccess"]}
    inline = {"PolicyType": "INLINE", "PolicyName": "p", "EntityType": "USER", "EntityName": "ann"}
    name = "AmazonS3ReadOnlyAccess"
    managed = {"PolicyType": "MANAGED", "PolicyName": name, "PolicyArn": f"arn:aws:iam::aws:policy/{name}"}
    assert found["s3"] == [inline, managed]
    assert found["sqs"] == [{**inline, "PolicyName": "of-group", "EntityType": "GROUP", "EntityName": "g"}]
    assert found["ec2"] == []


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        ([allow("s3:GetObject", "SQS:*")], ("s3", "sqs")),
        ([allow("s*:List*"), {"Effect": "Deny", "Action": "s3:*", "Resource": "*"}], None),
        ([allow("s3:*"), {"Effect": "Deny", "Action": "s3:Put*", "Resource": "*"}], ("s3",)),
        ([allow("s3:*"), {"Effect": "Deny", "Action": "s3:*", "Resource": "arn:aws:s3:::b"}], ("s3",)),
        ([allow("s3:*"), {"Effect": "Deny", "Action": "*", "Resource": "*"}], ()),
        ([allow("nobody:*")], ()),
        ([{"Effect": "Allow", "NotAction": "*", "Resource": "*"}], ()),
    ],
)
def test_services_of_policies(statements, expected):
    found = services_of([policy_from_value(json.loads(policy(*statements)))])
    if expected is None:
        assert "s3" not in found
        assert {"sqs", "sns", "ssm"} <= set(found)
    else:
        assert found == expected


def test_not_action_leaves_the_others():
    statement = {"Effect": "Allow", "NotAction": ["iam:*", "s3:GetObject"], "Resource": "*"}
    found = services_of([policy_from_value(json.loads(policy(statement)))])
    assert "iam" not in found
    assert {"s3", "ec2"} <= set(found)


def test_encoded_message_of_a_denial_is_decoded(account, iam):
    ann = as_user(account, "ann", "sts:DecodeAuthorizationMessage")
    with pytest.raises(Exception, match="AccessDenied") as caught:
        ann.client("iam").list_users()
    encoded = caught.value.response["Error"]["EncodedAuthorizationMessage"]
    decoded = json.loads(ann.client("sts").decode_authorization_message(EncodedMessage=encoded)["DecodedMessage"])
    assert (decoded["allowed"], decoded["explicitDeny"]) == (False, False)
    assert decoded["context"]["action"] == "iam:ListUsers"
    with pytest.raises(Exception, match="InvalidAuthorizationMessageException"):
        ann.client("sts").decode_authorization_message(EncodedMessage="x" * 20)
    eve = as_user(account, "eve", "s3:*")
    with pytest.raises(Exception, match="AccessDenied"):
        eve.client("sts").decode_authorization_message(EncodedMessage=encoded)
