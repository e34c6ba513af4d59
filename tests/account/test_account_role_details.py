"""A role in authorization details is made once and shown again: until anything that it shows is changed."""

from __future__ import annotations

from urllib.parse import quote

import pytest

S3_READ = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
USER = "arn:aws:iam::111122223333:user/ana"


@pytest.fixture
def role(api, say):
    api("CreateUser", UserName="ana")
    api("CreateRole", RoleName="App", AssumeRolePolicyDocument=say.document(say.trust(AWS=USER)))
    api("CreateInstanceProfile", InstanceProfileName="profile")
    return shown(api)


def shown(api, name="App"):
    details = api("GetAccountAuthorizationDetails", Filter=["Role"])
    return next(role for role in details["RoleDetailList"] if role["RoleName"] == name)


def test_each_change_is_shown_at_once_and_taken_back_at_once(api, say, role):
    document = say.document(say.allow("s3:GetObject"))
    tag = {"Key": "stage", "Value": "prod"}
    boundary = {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": S3_READ}
    changes = [
        ("TagRole", {"Tags": [tag]}, "Tags", [tag]),
        ("UntagRole", {"TagKeys": ["stage"]}, "Tags", []),
        (
            "AttachRolePolicy",
            {"PolicyArn": S3_READ},
            "AttachedManagedPolicies",
            [{"PolicyName": "AmazonS3ReadOnlyAccess", "PolicyArn": S3_READ}],
        ),
        ("DetachRolePolicy", {"PolicyArn": S3_READ}, "AttachedManagedPolicies", []),
        ("PutRolePermissionsBoundary", {"PermissionsBoundary": S3_READ}, "PermissionsBoundary", boundary),
        ("DeleteRolePermissionsBoundary", {}, "PermissionsBoundary", None),
        ("DeleteRolePermissionsBoundary", {}, "PermissionsBoundary", None),
    ]
    assert shown(api) == role
    for name, parameters, member, expected in changes[:-1]:
        api(name, RoleName="App", **parameters)
        assert shown(api).get(member) == expected, name
        assert shown(api).get(member) == expected, name
    api("PutRolePolicy", RoleName="App", PolicyName="inline", PolicyDocument=document)
    assert [policy["PolicyName"] for policy in shown(api)["RolePolicyList"]] == ["inline"]
    api("DeleteRolePolicy", RoleName="App", PolicyName="inline")
    assert shown(api) == role


def test_a_principal_that_is_renamed_or_gone_is_shown_so(api, role):
    before = api("GetUser", UserName="ana")["User"]["UserId"]
    api("UpdateUser", UserName="ana", NewUserName="anna")
    assert "user/anna" in str(api("GetRole", RoleName="App")["Role"]["AssumeRolePolicyDocument"]).replace("%2F", "/")
    renamed = shown(api)["AssumeRolePolicyDocument"]
    assert renamed == api("GetRole", RoleName="App")["Role"]["AssumeRolePolicyDocument"] != role
    api("DeleteUser", UserName="anna")
    assert before in str(shown(api)["AssumeRolePolicyDocument"])


def test_an_instance_profile_is_shown_with_the_role_in_it(api, role):
    api("AddRoleToInstanceProfile", InstanceProfileName="profile", RoleName="App")
    (profile,) = shown(api)["InstanceProfileList"]
    assert profile["InstanceProfileName"] == "profile"
    assert [each["RoleName"] for each in profile["Roles"]] == ["App"]
    assert {name: value for name, value in shown(api).items() if name != "InstanceProfileList"} == {
        name: value for name, value in role.items() if name != "InstanceProfileList"
    }
    api("RemoveRoleFromInstanceProfile", InstanceProfileName="profile", RoleName="App")
    assert shown(api) == role


def test_a_role_made_again_is_another_one(api, say, role):
    api("DeleteRole", RoleName="App")
    api("CreateRole", RoleName="App", AssumeRolePolicyDocument=say.document(say.trust(Service="ec2.amazonaws.com")))
    assert shown(api)["RoleId"] != role["RoleId"]
    assert "ec2" in str(shown(api)["AssumeRolePolicyDocument"])


def test_when_it_was_last_used_is_shown(api, say, role):
    api("UpdateAssumeRolePolicy", RoleName="App", PolicyDocument=say.document(say.trust(AWS="111122223333")))
    assert role["RoleLastUsed"] == {}
    session = api.assuming("arn:aws:iam::111122223333:role/App")
    session("GetCallerIdentity")
    used = api("GetRole", RoleName="App")["Role"].get("RoleLastUsed", {})
    assert shown(api)["RoleLastUsed"] == used


def test_pages_of_every_kind_show_each_once(api, say):
    """Six users, groups, roles and policies in pages of every size; what hangs on a role stands on its page."""
    document = say.document(say.allow("s3:GetObject"))
    trust = say.document(say.trust(Service="ec2.amazonaws.com"))
    for number in range(6):
        api("CreateUser", UserName=f"u{number}")
        api("CreateGroup", GroupName=f"g{number}")
        api("CreateRole", RoleName=f"R{number}", AssumeRolePolicyDocument=trust)
        api("PutRolePolicy", RoleName=f"R{number}", PolicyName=f"p{number}", PolicyDocument=document)
        api("CreatePolicy", PolicyName=f"Mine{number}", PolicyDocument=document)
    whole = api("GetAccountAuthorizationDetails", MaxItems=1000)
    lists = ("UserDetailList", "GroupDetailList", "RoleDetailList", "Policies")
    # AWS's policies that are in use come after: the administrator's.
    assert [len(whole[name]) for name in lists] == [7, 6, 6, 7]
    assert [policy["PolicyName"] for role in whole["RoleDetailList"] for policy in role["RolePolicyList"]] == [
        f"p{number}" for number in range(6)
    ]
    for size in (1, 2, 5, 7, 13, 25, 26):
        found = {name: [] for name in lists}
        marker = {}
        while True:
            page = api("GetAccountAuthorizationDetails", MaxItems=size, **marker)
            assert sum(len(page[name]) for name in lists) <= size
            for name in lists:
                found[name] += page[name]
            if not page["IsTruncated"]:
                break
            assert sum(len(page[name]) for name in lists) == size
            marker = {"Marker": page["Marker"]}
        assert found == {name: whole[name] for name in lists}, size


def test_what_xml_must_escape_is_escaped_each_time(api, say):
    trust = say.document(say.trust(Service="ec2.amazonaws.com"))
    api("CreateRole", RoleName="Odd", Path="/<a>&/", AssumeRolePolicyDocument=trust)
    api("TagRole", RoleName="Odd", Tags=[{"Key": "k", "Value": "a+b=c"}])
    for _ in range(2):
        odd = shown(api, "Odd")
        assert odd["Path"] == "/<a>&/"
        assert odd["Arn"] == "arn:aws:iam::111122223333:role/<a>&/Odd"
        assert odd["Tags"] == [{"Key": "k", "Value": "a+b=c"}]
        assert quote("/", safe="") in str(odd["AssumeRolePolicyDocument"]) or isinstance(
            odd["AssumeRolePolicyDocument"], dict
        )
