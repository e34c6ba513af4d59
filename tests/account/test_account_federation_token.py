"""Federated users, what chains of sessions hand on, and whose an access key is."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

ACCOUNT = "111122223333"
ROOT = f"arn:aws:iam::{ACCOUNT}:root"
BOB = f"arn:aws:sts::{ACCOUNT}:federated-user/Bob"
INVALID = "The security token included in the request is invalid."


@pytest.fixture
def ann(api, say):
    """A user who may federate, and who has two permissions besides."""
    return api.as_new_user("ann", say.allow("sts:GetFederationToken", "sts:TagSession", "s3:*", "sqs:*"))


def test_federated_user_is_named_and_lasts_twelve_hours(ann, api):
    answer = ann("GetFederationToken", Name="Bob")
    assert answer["FederatedUser"] == {"FederatedUserId": f"{ACCOUNT}:Bob", "Arn": BOB}
    assert answer["Credentials"]["Expiration"] == datetime(2026, 11, 24, 0, 0, tzinfo=UTC)
    assert "PackedPolicySize" not in answer
    bob = api.with_key(answer["Credentials"]["AccessKeyId"])
    assert bob("GetCallerIdentity") == {"UserId": f"{ACCOUNT}:Bob", "Account": ACCOUNT, "Arn": BOB}


def test_federated_user_may_call_nothing_else_of_sts_and_nothing_of_iam(ann, api, refused):
    bob = api.with_key(ann("GetFederationToken", Name="Bob")["Credentials"]["AccessKeyId"])
    for operation, params in (
        ("GetFederationToken", {"Name": "Eve"}),
        ("GetSessionToken", {}),
        ("AssumeRole", {"RoleArn": f"arn:aws:iam::{ACCOUNT}:role/r", "RoleSessionName": "s1"}),
        ("GetAccessKeyInfo", {"AccessKeyId": "AKIAIOSFODNN7EXAMPLE"}),
    ):
        with refused("AccessDenied", f"Cannot call {operation} with session credentials"):
            bob(operation, **params)
    with refused("InvalidClientTokenId", INVALID):
        bob("ListUsers")


def decisions(api, key: str, *actions: str) -> list[str]:
    """What the account would decide for the owner of a key about these actions."""
    from passrole.account.authorization import decide
    from passrole.account.callers import find_credential
    from passrole.account.operation import Ask

    with api.store.reading() as connection:
        ctx = api.store.context(connection, find_credential(connection, key).caller)
        return [decide(ctx, Ask(action, "*"), api.stacks)[1].outcome.value for action in actions]


def test_permissions_are_those_of_user_and_session_policy_together(ann, api, say):
    """ "if you do not pass a policy, then the resulting federated user session has no permissions"."""
    key = ann("GetFederationToken", Name="Bob")["Credentials"]["AccessKeyId"]
    assert decisions(api, key, "s3:GetObject") == ["implicit deny"]
    policy = say.document(say.allow("s3:*", "ec2:*"))
    answer = ann("GetFederationToken", Name="Bob", Policy=policy)
    assert 0 < answer["PackedPolicySize"] <= 100
    key = answer["Credentials"]["AccessKeyId"]
    asked = ("s3:GetObject", "ec2:RunInstances", "sqs:ListQueues")
    assert decisions(api, key, *asked) == ["allowed", "implicit deny", "implicit deny"]
    arns = [{"arn": "arn:aws:iam::aws:policy/AmazonSQSReadOnlyAccess"}]
    key = ann("GetFederationToken", Name="Bob", PolicyArns=arns)["Credentials"]["AccessKeyId"]
    assert decisions(api, key, *asked) == ["implicit deny", "implicit deny", "allowed"]
    # The user's own stack is not the federated one's.
    assert decisions(api, ann.access_key_id, *asked) == ["allowed", "implicit deny", "allowed"]


def test_tags_of_a_federated_user_override_those_of_the_user(ann, api):
    api("TagUser", UserName="ann", Tags=[{"Key": "Team", "Value": "user"}, {"Key": "Kept", "Value": "yes"}])
    answer = ann("GetFederationToken", Name="Bob", Tags=[{"Key": "team", "Value": "session"}])
    bob = api.with_key(answer["Credentials"]["AccessKeyId"])
    assert dict(bob.caller.tags) == {"Kept": "yes", "team": "session"}


def test_right_to_federate_is_on_the_federated_user(api, refused, say):
    eve = api.as_new_user("eve", say.allow("sts:GetFederationToken", resource=BOB))
    assert eve("GetFederationToken", Name="Bob")["Credentials"]
    arn = f"arn:aws:sts::{ACCOUNT}:federated-user/Mallory"
    because = "because no identity-based policy allows the sts:GetFederationToken action"
    who = f"User: arn:aws:iam::{ACCOUNT}:user/eve is not authorized to perform:"
    with refused("AccessDenied", f"{who} sts:GetFederationToken on resource: {arn} {because}"):
        eve("GetFederationToken", Name="Mallory")
    with pytest.raises(Exception, match="not authorized to perform: sts:TagSession on resource"):
        eve("GetFederationToken", Name="Bob", Tags=[{"Key": "a", "Value": "b"}])


def test_sessions_cannot_federate(api, refused, ann):
    session = api.with_key(ann("GetSessionToken")["Credentials"]["AccessKeyId"])
    with refused("AccessDenied", "Cannot call GetFederationToken with session credentials"):
        session("GetFederationToken", Name="Bob")


def test_session_ends_with_the_user(api, refused, ann):
    key = ann("GetFederationToken", Name="Bob")["Credentials"]["AccessKeyId"]
    api("DeleteAccessKey", UserName="ann", AccessKeyId=ann.access_key_id)
    api("DeleteUserPolicy", UserName="ann", PolicyName="test")
    api("DeleteUser", UserName="ann")
    from passrole.account.callers import find_credential

    with api.store.reading() as connection:
        assert find_credential(connection, key) is None


def test_tags_and_source_identity_that_are_handed_on_need_their_permissions(api, refused, say):
    """The next role of a chain must allow sts:TagSession and sts:SetSourceIdentity, though the call names neither."""
    open_trust = say.document(
        {**say.trust(AWS=ROOT), "Action": ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]}
    )
    plain = say.document(say.trust(AWS=ROOT))
    first = api("CreateRole", RoleName="first", AssumeRolePolicyDocument=open_trust)["Role"]["Arn"]
    next_role = api("CreateRole", RoleName="next", AssumeRolePolicyDocument=plain)["Role"]["Arn"]
    api("PutRolePolicy", RoleName="first", PolicyName="p", PolicyDocument=say.document(say.allow("sts:*")))
    assert api.assuming(first)("AssumeRole", RoleArn=next_role, RoleSessionName="s2")["Credentials"]
    tagged = api.assuming(first, Tags=[{"Key": "a", "Value": "b"}], TransitiveTagKeys=["a"])
    known = api.assuming(first, SourceIdentity="ann")
    for session, action in ((tagged, "sts:TagSession"), (known, "sts:SetSourceIdentity")):
        with pytest.raises(Exception, match=f"not authorized to perform: {action} on resource"):
            session("AssumeRole", RoleArn=next_role, RoleSessionName="s2")


def test_reserved_prefixes(api, refused, say):
    trust = say.document({**say.trust(AWS=ROOT), "Action": "sts:*"})
    with refused("MalformedPolicyDocument"):
        api("CreateRole", RoleName="r", AssumeRolePolicyDocument=trust)
    trust = say.document({**say.trust(AWS=ROOT), "Action": ["sts:AssumeRole", "sts:TagSession"]})
    role = api("CreateRole", RoleName="r", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    with refused("InvalidParameterValue"):
        api("AssumeRole", RoleArn=role, RoleSessionName="s1", Tags=[{"Key": "aws:x", "Value": "b"}])


def test_provided_contexts_are_not_passed_over(api, refused, say):
    role = api("CreateRole", RoleName="r", AssumeRolePolicyDocument=say.document(say.trust(AWS=ROOT)))["Role"]["Arn"]
    contexts = [{"ProviderArn": "arn:aws:iam::aws:contextProvider/IdentityCenter", "ContextAssertion": "x" * 10}]
    with refused("NotImplemented"):
        api("AssumeRole", RoleArn=role, RoleSessionName="s1", ProvidedContexts=contexts)


def test_account_of_an_access_key(api, refused):
    assert api("GetAccessKeyInfo", AccessKeyId=api.access_key_id) == {"Account": ACCOUNT}
    session = api("GetSessionToken")["Credentials"]["AccessKeyId"]
    assert api("GetAccessKeyInfo", AccessKeyId=session) == {"Account": ACCOUNT}
    # Published by AWS's own write-ups on how ids are made: ASIAQNZGKIQY56JQ7WML is of account 029608264753.
    assert api("GetAccessKeyInfo", AccessKeyId="ASIAQNZGKIQY56JQ7WML") == {"Account": "029608264753"}
    with refused("ValidationError"):
        api("GetAccessKeyInfo", AccessKeyId="AKIA0000000000000000")
