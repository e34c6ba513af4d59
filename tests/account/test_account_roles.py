"""Roles and their trust policies: shapes as recorded from AWS, principals by unique id, what keeps a role alive."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from urllib.parse import unquote

import pytest

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.fixture
def ec2(say) -> str:
    return say.document(say.trust(Service="ec2.amazonaws.com"))


def test_created_role_shows_what_aws_shows(api, ec2):
    """Recorded answers: Create leaves out description and session length, Get has them, lists have no tags."""
    created = api(
        "CreateRole",
        RoleName="r",
        Path="/app/",
        AssumeRolePolicyDocument=ec2,
        Description="what for",
        MaxSessionDuration=7200,
        Tags=[{"Key": "b", "Value": "2"}, {"Key": "a", "Value": "1"}],
    )["Role"]
    base = {
        "Path": "/app/",
        "RoleName": "r",
        "RoleId": created["RoleId"],
        "Arn": "arn:aws:iam::111122223333:role/app/r",
        "CreateDate": NOON,
        "AssumeRolePolicyDocument": json.loads(ec2),
    }
    tags = [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}]
    assert created["RoleId"].startswith("AROA")
    assert created == {**base, "Tags": tags}
    more = {"Description": "what for", "MaxSessionDuration": 7200}
    assert api("GetRole", RoleName="r")["Role"] == {**base, **more, "RoleLastUsed": {}, "Tags": tags}
    assert api("ListRoles", PathPrefix="/app/")["Roles"] == [{**base, **more}]


def test_role_without_tags_has_no_member_for_them(api, ec2):
    api("CreateRole", RoleName="r", AssumeRolePolicyDocument=ec2)
    shown = api("GetRole", RoleName="r")["Role"]
    assert not {"Tags", "Description", "PermissionsBoundary"} & shown.keys()
    assert shown["MaxSessionDuration"] == 3600


def test_trust_policy_is_returned_exactly_as_written(store, api, say):
    from passrole.account.dispatch import find_operation

    text = '{ "Version":"2012-10-17",\n\t"Statement" : {"Effect":"Allow","Principal":{"Service":"dms.amazonaws.com"},"Action":"sts:AssumeRole"} }'
    api("CreateRole", RoleName="r", AssumeRolePolicyDocument=text)
    with store.reading() as connection:
        answer = find_operation("iam", "GetRole").handle(store.context(connection, api.caller), {"RoleName": "r"})
    encoded = answer["Role"]["AssumeRolePolicyDocument"]
    assert unquote(encoded) == text
    assert encoded.startswith("%7B%20%22Version%22%3A%222012-10-17%22%2C%0A%09%22Statement%22%20%3A%20%7B")
    assert "ec2" not in encoded
    assert "dms.amazonaws.com" in encoded


@pytest.mark.parametrize(
    ("operation", "params"),
    [
        ("GetRole", {}),
        ("UpdateRole", {}),
        ("UpdateRoleDescription", {"Description": "x"}),
        ("DeleteRole", {}),
        ("ListRolePolicies", {}),
        ("ListAttachedRolePolicies", {}),
        ("ListInstanceProfilesForRole", {}),
        ("TagRole", {"Tags": [{"Key": "a", "Value": "b"}]}),
        ("UntagRole", {"TagKeys": ["a"]}),
        ("ListRoleTags", {}),
        ("DeleteRolePermissionsBoundary", {}),
    ],
)
def test_unknown_role(api, refused, operation, params):
    with refused("NoSuchEntity", "The role with name test-nonexistent-role cannot be found."):
        api(operation, RoleName="test-nonexistent-role", **params)


def test_role_name_is_taken_in_any_case_and_under_any_path(api, refused, ec2):
    api("CreateRole", RoleName="dms-vpc-role", AssumeRolePolicyDocument=ec2)
    with refused("EntityAlreadyExists", "Role with name DMS-VPC-role already exists."):
        api("CreateRole", RoleName="DMS-VPC-role", Path="/service-role/", AssumeRolePolicyDocument=ec2)


def test_update_role(api, ec2):
    api("CreateRole", RoleName="r", AssumeRolePolicyDocument=ec2, Description="initial description")
    assert api("UpdateRole", RoleName="r", Description="updated description", MaxSessionDuration=7200) == {}
    role = api("GetRole", RoleName="r")["Role"]
    assert (role["Description"], role["MaxSessionDuration"]) == ("updated description", 7200)
    described = api("UpdateRoleDescription", RoleName="r", Description="another")["Role"]
    assert described["Description"] == "another"
    assert not {"MaxSessionDuration", "RoleLastUsed"} & described.keys()
    assert api("GetRole", RoleName="r")["Role"]["MaxSessionDuration"] == 7200
    api("UpdateRole", RoleName="r")
    role = api("GetRole", RoleName="r")["Role"]
    assert (role["Description"], role["MaxSessionDuration"]) == ("another", 3600)


def test_update_assume_role_policy(api, refused, ec2, say):
    api("CreateRole", RoleName="r", AssumeRolePolicyDocument=ec2)
    changed = say.document(say.trust(Service="dms.amazonaws.com"))
    api("UpdateAssumeRolePolicy", RoleName="r", PolicyDocument=changed)
    assert api("GetRole", RoleName="r")["Role"]["AssumeRolePolicyDocument"] == json.loads(changed)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("not json", "This policy contains invalid Json"),
        (
            '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"s3:GetObject"}}',
            "AssumeRole policy may only specify STS AssumeRole actions.",
        ),
        (
            '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"sts:AssumeRole","Resource":"*"}}',
            "Has prohibited field Resource",
        ),
    ],
)
def test_trust_policies_that_iam_refuses(api, refused, ec2, text, message):
    api("CreateRole", RoleName="r", AssumeRolePolicyDocument=ec2)
    with refused("MalformedPolicyDocument", message):
        api("UpdateAssumeRolePolicy", RoleName="r", PolicyDocument=text)
    with refused("MalformedPolicyDocument", message):
        api("CreateRole", RoleName="r2", AssumeRolePolicyDocument=text)
    assert api("GetRole", RoleName="r")["Role"]["AssumeRolePolicyDocument"] == json.loads(ec2)
    with refused("NoSuchEntity"):
        api("GetRole", RoleName="r2")


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("AWS", "arn:aws:iam::111122223333:role/none"),
        ("AWS", "arn:aws:iam::111122223333:user/none"),
        ("AWS", "arn:aws:iam::111122223333:user/ANN"),
        ("AWS", "arn:aws:iam::111122223333:user/other/path/ann"),
        ("AWS", "arn:aws:iam::111122223333:group/team"),
        ("AWS", "arn:aws:iam::111122223333:role/*"),
        ("AWS", "arn:aws-cn:iam::444455556666:user/ann"),
        ("AWS", "arn:aws:sts::111122223333:assumed-role/none/session"),
        ("AWS", "ann"),
        ("Service", "amazonaws.com"),
        ("Service", "vmie.amazonaws.comm"),
        ("Service", "vmie"),
    ],
)
def test_principals_that_do_not_exist(api, refused, say, kind, name):
    api("CreateUser", UserName="ann")
    api("CreateGroup", GroupName="team")
    with refused("MalformedPolicyDocument", f'Invalid principal in policy: "{kind.upper()}":"{name}"'):
        api("CreateRole", RoleName="r", AssumeRolePolicyDocument=say.document(say.trust(**{kind: name})))


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("AWS", "*"),
        ("AWS", "444455556666"),
        ("AWS", "arn:aws:iam::444455556666:root"),
        ("AWS", "arn:aws:iam::444455556666:role/outside/this-account"),
        ("AWS", "arn:aws:iam::111122223333:root"),
        ("AWS", "arn:aws:iam::111122223333:user/staff/ann"),
        ("AWS", "arn:aws:iam::111122223333:role/other"),
        ("AWS", "arn:aws:sts::111122223333:assumed-role/other/session"),
        ("AWS", "arn:aws:sts::111122223333:federated-user/anyone"),
        ("Service", "vmie.amazonaws.com"),
        ("Service", "dms.eu-west-1.amazonaws.com"),
        ("Federated", "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"),
        ("Federated", "cognito-identity.amazonaws.com"),
    ],
)
def test_principals_that_are_taken(api, ec2, say, kind, name):
    api("CreateUser", UserName="ann", Path="/staff/")
    api("CreateRole", RoleName="other", AssumeRolePolicyDocument=ec2)
    action = "sts:AssumeRoleWithWebIdentity" if kind == "Federated" else "sts:AssumeRole"
    written = say.document(say.trust(action=action, **{kind: [name]}))
    created = api("CreateRole", RoleName="r", AssumeRolePolicyDocument=written)["Role"]
    assert created["AssumeRolePolicyDocument"] == json.loads(written)
    assert api("GetRole", RoleName="r")["Role"]["AssumeRolePolicyDocument"] == json.loads(written)


def principal_of(api, name="r") -> dict:
    return api("GetRole", RoleName=name)["Role"]["AssumeRolePolicyDocument"]["Statement"][0]["Principal"]


def test_deleted_principal_is_shown_by_its_unique_id_and_stays_so_when_it_is_made_again(api, say):
    """IAM User Guide: "the ARN … is transformed to the role's unique principal ID when you save the policy"."""
    user = api("CreateUser", UserName="ann")["User"]
    outside = "arn:aws:iam::444455556666:root"
    api("CreateRole", RoleName="r", AssumeRolePolicyDocument=say.document(say.trust(AWS=[user["Arn"], outside])))
    assert principal_of(api) == {"AWS": [user["Arn"], outside]}
    api("DeleteUser", UserName="ann")
    assert principal_of(api) == {"AWS": [user["UserId"], outside]}
    api("CreateUser", UserName="ann")
    assert principal_of(api) == {"AWS": [user["UserId"], outside]}
    assert [role["AssumeRolePolicyDocument"] for role in api("ListRoles")["Roles"]] == [
        api("GetRole", RoleName="r")["Role"]["AssumeRolePolicyDocument"]
    ]


def test_user_made_again_is_not_trusted(api, refused, say):
    ann = api.as_new_user("ann")
    arn = "arn:aws:iam::111122223333:user/ann"
    trust = say.document(say.trust(AWS=arn))
    role = api("CreateRole", RoleName="r", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    assert ann("AssumeRole", RoleArn=role, RoleSessionName="before")["AssumedRoleUser"]
    for key in api("ListAccessKeys", UserName="ann")["AccessKeyMetadata"]:
        api("DeleteAccessKey", UserName="ann", AccessKeyId=key["AccessKeyId"])
    api("DeleteUser", UserName="ann")
    impostor = api.as_new_user("ann", say.allow("sts:AssumeRole"))
    assert impostor("GetCallerIdentity")["Arn"] == arn
    with refused("AccessDenied"):
        impostor("AssumeRole", RoleArn=role, RoleSessionName="after")
    api("UpdateAssumeRolePolicy", RoleName="r", PolicyDocument=trust)
    assert impostor("AssumeRole", RoleArn=role, RoleSessionName="again")["AssumedRoleUser"]


def test_renamed_principal_is_shown_by_its_new_name(api, say):
    user = api("CreateUser", UserName="ann")["User"]
    api("CreateRole", RoleName="r", AssumeRolePolicyDocument=say.document(say.trust(AWS=user["Arn"])))
    api("UpdateUser", UserName="ann", NewUserName="beth")
    assert principal_of(api) == {"AWS": "arn:aws:iam::111122223333:user/beth"}


def test_session_principal_of_a_deleted_role(api, ec2, say):
    other = api("CreateRole", RoleName="other", AssumeRolePolicyDocument=ec2)["Role"]
    session = "arn:aws:sts::111122223333:assumed-role/other/night"
    api("CreateRole", RoleName="r", AssumeRolePolicyDocument=say.document(say.trust(AWS=session)))
    assert principal_of(api) == {"AWS": session}
    api("DeleteRole", RoleName="other")
    assert principal_of(api) == {"AWS": other["RoleId"]}


def test_trust_policy_size_counts_no_white_space(api, refused, say):
    """2048 characters: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"""

    def written(size: int) -> str:
        value = {"Version": "2012-10-17", "Statement": [say.trust(Service="ec2.amazonaws.com")]}
        text = json.dumps(value, separators=(",", ":"))
        value["Statement"][0]["Sid"] = "s" * (size - len(text) - len(',"Sid":""'))
        assert len(json.dumps(value, separators=(",", ":"))) == size
        return json.dumps(value, indent=4)

    api("CreateRole", RoleName="fits", AssumeRolePolicyDocument=written(2048))
    with refused("LimitExceeded", "Cannot exceed quota for ACLSizePerRole: 2048"):
        api("CreateRole", RoleName="too-long", AssumeRolePolicyDocument=written(2049))


def test_role_is_deleted_only_when_nothing_hangs_on_it(api, refused, ec2, say):
    api("CreateRole", RoleName="r", AssumeRolePolicyDocument=ec2)
    api("CreateInstanceProfile", InstanceProfileName="p")
    api("AddRoleToInstanceProfile", InstanceProfileName="p", RoleName="r")
    api("PutRolePolicy", RoleName="r", PolicyName="i", PolicyDocument=say.document(say.allow("s3:*")))
    api("AttachRolePolicy", RoleName="r", PolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess")
    with refused("DeleteConflict", "Cannot delete entity, must detach all policies first."):
        api("DeleteRole", RoleName="r")
    api("DetachRolePolicy", RoleName="r", PolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess")
    with refused("DeleteConflict", "Cannot delete entity, must delete policies first."):
        api("DeleteRole", RoleName="r")
    api("DeleteRolePolicy", RoleName="r", PolicyName="i")
    with refused("DeleteConflict", "Cannot delete entity, must remove roles from instance profile first."):
        api("DeleteRole", RoleName="r")
    api("RemoveRoleFromInstanceProfile", InstanceProfileName="p", RoleName="r")
    api("DeleteRole", RoleName="r")
    assert api("ListRoles")["Roles"] == []


def test_permissions_boundary(api, refused, ec2, say):
    policy = api("CreatePolicy", PolicyName="b", PolicyDocument=say.document(say.allow("s3:*")))["Policy"]["Arn"]
    api("CreateRole", RoleName="r", AssumeRolePolicyDocument=ec2)
    api("PutRolePermissionsBoundary", RoleName="r", PermissionsBoundary=policy)
    shown = {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": policy}
    assert api("GetRole", RoleName="r")["Role"]["PermissionsBoundary"] == shown
    assert api("GetPolicy", PolicyArn=policy)["Policy"]["PermissionsBoundaryUsageCount"] == 1
    with refused("DeleteConflict", "Cannot delete a policy attached to entities."):
        api("DeletePolicy", PolicyArn=policy)
    api("DeleteRolePermissionsBoundary", RoleName="r")
    assert "PermissionsBoundary" not in api("GetRole", RoleName="r")["Role"]
    with refused("NoSuchEntity"):
        api("DeleteRolePermissionsBoundary", RoleName="r")
    none = "arn:aws:iam::111122223333:policy/none"
    with refused("NoSuchEntity", f"Scope ARN: {none} does not exist or is not attachable."):
        api("PutRolePermissionsBoundary", RoleName="r", PermissionsBoundary=none)
    with refused("NoSuchEntity", f"Scope ARN: {none} does not exist or is not attachable."):
        api("CreateRole", RoleName="r2", AssumeRolePolicyDocument=ec2, PermissionsBoundary=none)


def test_policy_of_a_service_linked_role_is_no_boundary(api, refused, ec2):
    """PutRolePermissionsBoundary's list of errors: PolicyNotAttachable."""
    linked = "arn:aws:iam::aws:policy/aws-service-role/AmazonECSServiceRolePolicy"
    api("CreateRole", RoleName="App", AssumeRolePolicyDocument=ec2)
    with refused("PolicyNotAttachable", "Cannot attach a Service Role Policy to a Customer Role."):
        api("PutRolePermissionsBoundary", RoleName="App", PermissionsBoundary=linked)
    with refused("PolicyNotAttachable"):
        api("CreateUser", UserName="ana", PermissionsBoundary=linked)
    assert "PermissionsBoundary" not in api("GetRole", RoleName="App")["Role"]


def test_account_has_room_for_a_thousand_roles_unless_told_otherwise(store, api, refused, ec2):
    from dataclasses import replace

    from passrole.account.entities import Kind

    assert store.quotas.entities[Kind.ROLE] == 1000
    store.quotas = replace(store.quotas, entities={**store.quotas.entities, Kind.ROLE: 2})
    for name in ("one", "two"):
        api("CreateRole", RoleName=name, AssumeRolePolicyDocument=ec2)
    with refused("LimitExceeded", "Cannot exceed quota for RolesPerAccount: 2"):
        api("CreateRole", RoleName="three", AssumeRolePolicyDocument=ec2)
    api("DeleteRole", RoleName="one")
    api("CreateRole", RoleName="three", AssumeRolePolicyDocument=ec2)
