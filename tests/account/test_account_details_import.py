"""Accounts written out and read in again: our own come back as they were, a real one as AWS printed it."""

from __future__ import annotations

import copy
import json
from urllib.parse import unquote

import pytest

from passrole.account.authorization_details import snapshot_of_details
from passrole.account.authorization_details_file import pages_in
from passrole.account.details_export import export_details
from passrole.account.details_import import import_details
from passrole.account.json_place import JsonPlaceError
from passrole.account.role_store import get_role
from passrole.account.snapshot_of import snapshot_of
from passrole.account.store import AccountStore
from passrole.errors import ConfigurationError, UsageError

A = "arn:aws:iam::123456789012"


def allow(action: str, **more: object) -> dict:
    statement = {"Effect": "Allow", "Action": action, "Resource": "*", **more}
    return {"Version": "2012-10-17", "Statement": [statement]}


TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"AWS": [f"{A}:user/staff/Alice", "AIDAGONEGONEGONEGONEG", f"{A}:root"]},
            "Action": "sts:AssumeRole",
        }
    ],
}
# In the form that the AWS CLI prints, with an account of its documentation's number.
REAL = {
    "UserDetailList": [
        {
            "Path": "/staff/",
            "UserName": "Alice",
            "UserId": "AIDACKCEVSQ6C2EXAMPLE",
            "Arn": f"{A}:user/staff/Alice",
            "CreateDate": "2013-10-14T18:32:24+00:00",
            "UserPolicyList": [{"PolicyName": "own", "PolicyDocument": allow("sts:AssumeRole")}],
            "GroupList": ["Admins"],
            "AttachedManagedPolicies": [],
            "PermissionsBoundary": {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": f"{A}:policy/limit"},
            "Tags": [{"Key": "team", "Value": "blue"}],
        }
    ],
    "GroupDetailList": [
        {
            "Path": "/",
            "GroupName": "Admins",
            "GroupId": "AGPACKCEVSQ6C2EXAMPLE",
            "Arn": f"{A}:group/Admins",
            "CreateDate": "2013-10-14T18:32:24+00:00",
            "GroupPolicyList": [],
            "AttachedManagedPolicies": [
                {"PolicyName": "ReadOnlyAccess", "PolicyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"},
                {"PolicyName": "OfNobody", "PolicyArn": "arn:aws:iam::aws:policy/OfNobody"},
            ],
        }
    ],
    "RoleDetailList": [
        {
            "Path": "/",
            "RoleName": "EC2role",
            "RoleId": "AROACKCEVSQ6C2EXAMPLE",
            "Arn": f"{A}:role/EC2role",
            "CreateDate": "2014-07-30T17:09:20+00:00",
            "AssumeRolePolicyDocument": TRUST,
            "InstanceProfileList": [
                {
                    "Path": "/",
                    "InstanceProfileName": "EC2role",
                    "InstanceProfileId": "AIPACKCEVSQ6C2EXAMPLE",
                    "Arn": f"{A}:instance-profile/EC2role",
                    "CreateDate": "2014-07-30T17:09:20+00:00",
                    "Roles": [],
                }
            ],
            "RolePolicyList": [],
            "AttachedManagedPolicies": [{"PolicyName": "limit", "PolicyArn": f"{A}:policy/limit"}],
            "Tags": [],
            "RoleLastUsed": {"LastUsedDate": "2019-11-18T20:00:00+00:00", "Region": "eu-west-1"},
        }
    ],
    "Policies": [
        {
            "PolicyName": "limit",
            "PolicyId": "ANPACKCEVSQ6C2EXAMPLE",
            "Arn": f"{A}:policy/limit",
            "Path": "/",
            "DefaultVersionId": "v2",
            "AttachmentCount": 1,
            "PermissionsBoundaryUsageCount": 1,
            "IsAttachable": True,
            "CreateDate": "2015-01-01T00:00:00+00:00",
            "UpdateDate": "2016-01-01T00:00:00+00:00",
            "PolicyVersionList": [
                {
                    "Document": allow("iam:*"),
                    "VersionId": "v3",
                    "IsDefaultVersion": False,
                    "CreateDate": "2017-01-01T00:00:00+00:00",
                },
                {
                    "Document": allow("iam:List*"),
                    "VersionId": "v2",
                    "IsDefaultVersion": True,
                    "CreateDate": "2016-01-01T00:00:00+00:00",
                },
            ],
        },
        {
            "PolicyName": "ReadOnlyAccess",
            "PolicyId": "ANPAILL3HVNFSB6DCOWYQ",
            "Arn": "arn:aws:iam::aws:policy/ReadOnlyAccess",
            "Path": "/",
            "DefaultVersionId": "v1",
            "PolicyVersionList": [{"Document": allow("*"), "VersionId": "v1", "IsDefaultVersion": True}],
        },
    ],
}


def pages(value: object):
    return pages_in(json.dumps(value), "account.json")


@pytest.fixture
def real(store):
    return import_details(store, pages(REAL), replace=False)


def test_real_account_stands_beside_the_one_that_was_there(store, api, real):
    assert real.account_id == "123456789012"
    assert real.counts == {"user": 1, "role": 1, "group": 1, "policy": 1, "instance-profile": 1}
    assert [account.account_id for account in store.accounts()] == ["111122223333", "123456789012"]
    there = api.with_key(store.administrator("123456789012").access_key_id)
    user = there("GetUser", UserName="alice")["User"]
    assert (user["UserId"], user["Path"]) == ("AIDACKCEVSQ6C2EXAMPLE", "/staff/")
    assert user["CreateDate"].isoformat() == "2013-10-14T18:32:24+00:00"
    assert user["PermissionsBoundary"]["PermissionsBoundaryArn"] == f"{A}:policy/limit"
    assert user["Tags"] == [{"Key": "team", "Value": "blue"}]
    assert [group["GroupName"] for group in there("ListGroupsForUser", UserName="Alice")["Groups"]] == ["Admins"]
    role = there("GetRole", RoleName="EC2role")["Role"]
    assert role["RoleLastUsed"]["Region"] == "eu-west-1"
    profile = there("GetInstanceProfile", InstanceProfileName="EC2role")["InstanceProfile"]
    assert (profile["InstanceProfileId"], profile["Roles"][0]["RoleName"]) == ("AIPACKCEVSQ6C2EXAMPLE", "EC2role")
    policy = there("GetPolicy", PolicyArn=f"{A}:policy/limit")["Policy"]
    assert (policy["DefaultVersionId"], policy["AttachmentCount"], policy["PermissionsBoundaryUsageCount"]) == (
        "v2",
        1,
        1,
    )
    versions = there("ListPolicyVersions", PolicyArn=f"{A}:policy/limit")["Versions"]
    assert [version["VersionId"] for version in versions] == ["v3", "v2"]
    # The next version goes on where the account was.
    made = there("CreatePolicyVersion", PolicyArn=f"{A}:policy/limit", PolicyDocument=json.dumps(allow("s3:*")))
    assert made["PolicyVersion"]["VersionId"] == "v4"


def test_policies_of_aws_are_its_own_and_what_is_missing_is_told(store, api, real):
    assert real.notes == ("nobody has the policy arn:aws:iam::aws:policy/OfNobody here: what rests on it is denied",)
    there = api.with_key(store.administrator("123456789012").access_key_id)
    shipped = there("GetPolicy", PolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess")["Policy"]
    assert shipped["DefaultVersionId"] != "v1"


def test_trust_policy_means_those_who_were_imported(store, api, real):
    there = api.with_key(store.administrator("123456789012").access_key_id)
    shown = there("GetRole", RoleName="EC2role")["Role"]["AssumeRolePolicyDocument"]
    assert shown == TRUST
    there("RemoveUserFromGroup", GroupName="Admins", UserName="Alice")
    there("DeleteUserPolicy", UserName="Alice", PolicyName="own")
    there("DeleteUserPermissionsBoundary", UserName="Alice")
    there("DeleteUser", UserName="Alice")
    shown = there("GetRole", RoleName="EC2role")["Role"]["AssumeRolePolicyDocument"]
    assert shown["Statement"][0]["Principal"]["AWS"][0] == "AIDACKCEVSQ6C2EXAMPLE"


def test_account_with_contents_is_left_alone_unless_it_is_to_be_replaced(store, real):
    before = snapshot_of(store, "123456789012")
    with pytest.raises(UsageError, match="already"):
        import_details(store, pages(REAL), replace=False)
    assert snapshot_of(store, "123456789012") == before
    less = copy.deepcopy(REAL)
    less["UserDetailList"] = []
    done = import_details(store, pages(less), replace=True)
    assert done.counts["user"] == 0
    assert set(snapshot_of(store, "123456789012").users) == {"passrole-admin"}


def test_our_own_account_comes_back_as_it_was(api, store, say, tmp_path):
    document = say.document(say.allow("iam:ListRoles"))
    arn = api("CreatePolicy", PolicyName="Mine", Path="/a/", PolicyDocument=document, Tags=[{"Key": "k", "Value": "v"}])
    arn = arn["Policy"]["Arn"]
    api("CreateGroup", GroupName="team")
    api("AttachGroupPolicy", GroupName="team", PolicyArn=arn)
    api("CreateUser", UserName="ana", PermissionsBoundary=arn, Tags=[{"Key": "k", "Value": "v"}])
    api("AddUserToGroup", GroupName="team", UserName="ana")
    api("PutUserPolicy", UserName="ana", PolicyName="p", PolicyDocument=document)
    api(
        "CreateRole",
        RoleName="App",
        AssumeRolePolicyDocument=say.document(say.trust(AWS="arn:aws:iam::111122223333:user/ana")),
    )
    api("CreateInstanceProfile", InstanceProfileName="App")
    api("AddRoleToInstanceProfile", InstanceProfileName="App", RoleName="App")
    exported = export_details(store)
    other = AccountStore.open(tmp_path / "other.db")
    done = import_details(other, pages(exported), replace=False)
    assert done.notes == ("user passrole-admin stays as this file has it, with its keys",)
    again = export_details(other)

    def without_administrator(details):
        users = [user for user in details["UserDetailList"] if user["UserName"] != "passrole-admin"]
        return {**details, "UserDetailList": users}

    # The answer of AWS, and so the file, has no tags of policies.
    assert without_administrator(again) == without_administrator(exported)
    other.close()


def test_export_is_what_the_operation_answers(api, store):
    answer = api("GetAccountAuthorizationDetails")
    exported = export_details(store)
    for member in ("UserDetailList", "GroupDetailList", "RoleDetailList"):
        assert [one["Arn"] for one in exported[member]] == [one["Arn"] for one in answer[member]]
    assert json.loads(json.dumps(exported)) == exported
    assert isinstance(exported["Policies"][0]["PolicyVersionList"][0]["Document"], dict)


def test_export_of_a_number_of_too_many_digits_keeps_the_text(api, store):
    """As the AWS CLI does with a document that its reader of JSON does not take; an import takes it back."""
    document = '{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"s3:*","Resource":"*","Condition":'
    document += '{"NumericEquals":{"s3:max-keys":' + "1" * 4400 + "}}}}"
    api("CreatePolicy", PolicyName="p", PolicyDocument=document)
    exported = export_details(store)
    (written,) = [
        version["Document"]
        for policy in exported["Policies"]
        if policy["PolicyName"] == "p"
        for version in policy["PolicyVersionList"]
    ]
    assert unquote(written) == document
    snapshot_of_details(pages(exported))


def test_account_of_another_partition_is_refused(store):
    text = json.dumps(REAL).replace("arn:aws:", "arn:aws-cn:")
    with pytest.raises(ConfigurationError, match="partition aws-cn"):
        import_details(store, pages_in(text, "account.json"), replace=False)


def _two_of_a_name(details):
    details["UserDetailList"].append({**details["UserDetailList"][0], "UserId": "AIDAOTHER", "UserName": "ALICE"})


def _unknown_group(details):
    details["UserDetailList"][0]["GroupList"] = ["Nowhere"]


def _no_date(details):
    details["RoleDetailList"][0]["CreateDate"] = "yesterday"


def _id_twice(details):
    details["GroupDetailList"][0]["GroupId"] = "AIDACKCEVSQ6C2EXAMPLE"


@pytest.mark.parametrize(
    ("spoil", "error", "message"),
    [
        (_two_of_a_name, UsageError, "contradict themselves"),
        (_unknown_group, JsonPlaceError, "names `Nowhere`, which is not in `GroupDetailList`"),
        (_no_date, JsonPlaceError, "`RoleDetailList[0].CreateDate` of `account.json` is not a date"),
        (_id_twice, UsageError, "contradict themselves"),
    ],
)
def test_what_cannot_be_imported_changes_nothing(store, spoil, error, message):
    details = copy.deepcopy(REAL)
    spoil(details)
    with pytest.raises(error) as caught:
        import_details(store, pages(details), replace=False)
    assert message in caught.value.message
    assert [account.account_id for account in store.accounts()] == ["111122223333"]


@pytest.mark.parametrize(("given", "expected"), [({}, 3600), ({"MaxSessionDuration": 43200}, 43200)])
def test_a_role_lasts_an_hour_unless_the_file_says_more(store, given, expected):
    role = {
        "Path": "/",
        "RoleName": "App",
        "Arn": "arn:aws:iam::111122223333:role/App",
        "AssumeRolePolicyDocument": TRUST,
        **given,
    }
    import_details(store, pages({"RoleDetailList": [role]}), replace=True)
    with store.reading() as connection:
        assert get_role(store.view(connection), "App").max_session_seconds == expected


@pytest.mark.parametrize("seconds", [0, 3599, 43201, "3600", True, 3600.5])
def test_a_session_length_that_no_role_can_have_is_refused(store, seconds):
    role = {
        "Path": "/",
        "RoleName": "App",
        "Arn": "arn:aws:iam::111122223333:role/App",
        "AssumeRolePolicyDocument": TRUST,
        "MaxSessionDuration": seconds,
    }
    with pytest.raises(UsageError, match="MaxSessionDuration"):
        import_details(store, pages({"RoleDetailList": [role]}), replace=True)
