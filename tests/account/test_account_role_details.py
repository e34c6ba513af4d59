"""A role in authorization details is made once and shown again: until anything that it shows is changed."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from urllib.parse import quote

import pytest

from passrole.account.sqlite_engine import state_of
from passrole.account.store import AccountStore

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


def test_what_another_process_changes_is_shown_by_the_next_request(store, api, role):
    """Two openings of one file stand for two processes."""
    assert shown(api) == role
    other = AccountStore.open(store.path, clock=api.clock)
    elsewhere = replace(api, store=other, clients={})
    for value in ("prod", "test", "prod"):
        elsewhere("TagRole", RoleName="App", Tags=[{"Key": "stage", "Value": value}])
        assert shown(api)["Tags"] == [{"Key": "stage", "Value": value}]
        assert shown(elsewhere)["Tags"] == [{"Key": "stage", "Value": value}]
    elsewhere("UntagRole", RoleName="App", TagKeys=["stage"])
    assert shown(api) == shown(elsewhere) == role
    other.close()


def test_a_state_is_the_same_until_anybody_writes(store, role):
    def state():
        with store.reading() as connection:
            return state_of(connection)

    def change(connection):
        connection.exec_driver_sql("UPDATE roles SET last_used_at = 1")

    seen = [state()]
    assert state() == seen[0]
    with closing(sqlite3.connect(store.path)) as other:
        change_elsewhere = "UPDATE roles SET last_used_at = 2"
        other.execute(change_elsewhere)
        assert state() == seen[0], "it is not committed"
        other.commit()
    seen.append(state())
    with store.writing() as connection:
        change(connection)
    seen.append(state())
    with pytest.raises(ValueError, match="back"), store.writing() as connection:  # noqa: PT012
        change(connection)
        assert state_of(connection) is None, "what is taken back would have the state of what comes after"
        raise ValueError("back")
    assert None not in seen
    assert len(set(seen)) == len(seen) == 3
    with store.reading() as first, store.reading() as second:
        assert state_of(first) != state_of(second)
