"""Users, groups and memberships: what IAM shows, refuses and keeps."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def names(answer: dict, member: str, key: str) -> list[str]:
    return [item[key] for item in answer[member]]


def test_created_user_is_shown_by_create_get_and_list(api):
    created = api("CreateUser", UserName="ann", Path="/staff/")["User"]
    assert created == {
        "Path": "/staff/",
        "UserName": "ann",
        "UserId": created["UserId"],
        "Arn": "arn:aws:iam::111122223333:user/staff/ann",
        "CreateDate": NOON,
    }
    assert created["UserId"].startswith("AIDA")
    assert api("GetUser", UserName="ann")["User"] == created
    assert api("ListUsers", PathPrefix="/staff/")["Users"] == [created]


def test_user_with_tags_and_boundary_shows_them_in_create_and_get_but_not_in_lists(api):
    boundary = "arn:aws:iam::aws:policy/ReadOnlyAccess"
    created = api("CreateUser", UserName="ann", Tags=[{"Key": "Team", "Value": "x"}], PermissionsBoundary=boundary)
    extra = {
        "Tags": [{"Key": "Team", "Value": "x"}],
        "PermissionsBoundary": {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": boundary},
    }
    assert created["User"].items() >= extra.items()
    assert api("GetUser", UserName="ann")["User"] == created["User"]
    listed = [user for user in api("ListUsers")["Users"] if user["UserName"] == "ann"]
    assert not extra.keys() & listed[0].keys()


@pytest.mark.parametrize(
    ("operation", "params"),
    [
        ("GetUser", {}),
        ("UpdateUser", {"NewUserName": "other"}),
        ("DeleteUser", {}),
        ("CreateAccessKey", {}),
        ("ListAccessKeys", {}),
        ("TagUser", {"Tags": [{"Key": "a", "Value": "b"}]}),
        ("UntagUser", {"TagKeys": ["a"]}),
        ("ListUserTags", {}),
        ("ListGroupsForUser", {}),
        ("ListUserPolicies", {}),
        ("ListAttachedUserPolicies", {}),
    ],
)
def test_unknown_user(api, refused, operation, params):
    with refused("NoSuchEntity", "The user with name nobody cannot be found."):
        api(operation, UserName="nobody", **params)


@pytest.mark.parametrize(
    ("operation", "params"),
    [("GetGroup", {}), ("UpdateGroup", {"NewPath": "/x/"}), ("DeleteGroup", {}), ("ListGroupPolicies", {})],
)
def test_unknown_group(api, refused, operation, params):
    with refused("NoSuchEntity", "The group with name nobody cannot be found."):
        api(operation, GroupName="nobody", **params)


@pytest.mark.parametrize("again", ["ann", "ANN"])
def test_names_are_unique_without_regard_to_case(api, refused, again):
    api("CreateUser", UserName="ann")
    api("CreateGroup", GroupName="ann")
    with refused("EntityAlreadyExists", f"User with name {again} already exists."):
        api("CreateUser", UserName=again, Path="/elsewhere/")
    with refused("EntityAlreadyExists", f"Group with name {again} already exists."):
        api("CreateGroup", GroupName=again)


def test_renamed_user_keeps_its_id_and_what_hangs_on_it(api, refused, say):
    user = api("CreateUser", UserName="ann")["User"]
    api("CreateGroup", GroupName="team")
    api("AddUserToGroup", UserName="ann", GroupName="team")
    key = api("CreateAccessKey", UserName="ann")["AccessKey"]["AccessKeyId"]
    api("UpdateUser", UserName="ann", NewUserName="beth", NewPath="/staff/")
    renamed = api("GetUser", UserName="beth")["User"]
    assert renamed == {
        **user,
        "UserName": "beth",
        "Path": "/staff/",
        "Arn": "arn:aws:iam::111122223333:user/staff/beth",
    }
    assert names(api("ListAccessKeys", UserName="beth"), "AccessKeyMetadata", "UserName") == ["beth"]
    assert names(api("ListGroupsForUser", UserName="beth"), "Groups", "GroupName") == ["team"]
    assert api.with_key(key)("GetCallerIdentity") == {
        "UserId": user["UserId"],
        "Account": "111122223333",
        "Arn": "arn:aws:iam::111122223333:user/staff/beth",
    }
    with refused("NoSuchEntity", "The user with name ann cannot be found."):
        api("GetUser", UserName="ann")


def test_renaming_to_another_case_of_the_same_name(api):
    api("CreateUser", UserName="ann")
    api("UpdateUser", UserName="ann", NewUserName="Ann")
    assert api("GetUser", UserName="Ann")["User"]["Arn"] == "arn:aws:iam::111122223333:user/Ann"


def test_renaming_to_a_taken_name_is_refused(api, refused):
    for name in ("one", "two"):
        api("CreateUser", UserName=name)
        api("CreateGroup", GroupName=name)
    with refused("EntityAlreadyExists", "User with name TWO already exists."):
        api("UpdateUser", UserName="one", NewUserName="TWO")
    with refused("EntityAlreadyExists", "Group with name two already exists."):
        api("UpdateGroup", GroupName="one", NewGroupName="two")


def test_group_shows_its_members(api):
    group = api("CreateGroup", GroupName="team", Path="/some/")["Group"]
    assert group["Arn"] == "arn:aws:iam::111122223333:group/some/team"
    assert group["GroupId"].startswith("AGPA")
    user = api("CreateUser", UserName="ann")["User"]
    assert api("GetGroup", GroupName="team") == {"Group": group, "Users": [], "IsTruncated": False}
    for _ in range(2):  # adding again changes nothing
        api("AddUserToGroup", UserName="ann", GroupName="team")
    assert api("GetGroup", GroupName="team")["Users"] == [user]
    assert api("ListGroupsForUser", UserName="ann")["Groups"] == [group]
    for _ in range(2):  # removing who is no member succeeds
        api("RemoveUserFromGroup", UserName="ann", GroupName="team")
    assert api("GetGroup", GroupName="team")["Users"] == []


def test_membership_names_the_user_before_the_group_when_neither_is_there(api, refused):
    for operation in ("AddUserToGroup", "RemoveUserFromGroup"):
        with refused("NoSuchEntity", "The user with name any-user cannot be found."):
            api(operation, UserName="any-user", GroupName="non-existent-group")
    api("CreateUser", UserName="any-user")
    for operation in ("AddUserToGroup", "RemoveUserFromGroup"):
        with refused("NoSuchEntity", "The group with name non-existent-group cannot be found."):
            api(operation, UserName="any-user", GroupName="non-existent-group")


def test_user_may_be_in_ten_groups(api, refused):
    api("CreateUser", UserName="ann")
    for number in range(11):
        api("CreateGroup", GroupName=f"g{number}")
    for number in range(10):
        api("AddUserToGroup", UserName="ann", GroupName=f"g{number}")
    with refused("LimitExceeded", "Cannot exceed quota for GroupsPerUser: 10"):
        api("AddUserToGroup", UserName="ann", GroupName="g10")
    api("AddUserToGroup", UserName="ann", GroupName="g9")


def test_user_is_deleted_only_when_nothing_hangs_on_it(api, refused, say):
    api("CreateUser", UserName="ann")
    api("CreateGroup", GroupName="team")
    key = api("CreateAccessKey", UserName="ann")["AccessKey"]["AccessKeyId"]
    api("AddUserToGroup", UserName="ann", GroupName="team")
    api("PutUserPolicy", UserName="ann", PolicyName="p", PolicyDocument=say.document(say.allow("s3:*")))
    api("AttachUserPolicy", UserName="ann", PolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess")
    with refused("DeleteConflict", "Cannot delete entity, must detach all policies first."):
        api("DeleteUser", UserName="ann")
    api("DetachUserPolicy", UserName="ann", PolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess")
    with refused("DeleteConflict", "Cannot delete entity, must delete policies first."):
        api("DeleteUser", UserName="ann")
    api("DeleteUserPolicy", UserName="ann", PolicyName="p")
    with refused("DeleteConflict", "Cannot delete entity, must delete access keys first."):
        api("DeleteUser", UserName="ann")
    api("DeleteAccessKey", UserName="ann", AccessKeyId=key)
    with refused("DeleteConflict", "Cannot delete entity, must remove users from group first."):
        api("DeleteUser", UserName="ann")
    with refused("DeleteConflict", "Cannot delete entity, must remove users from group first."):
        api("DeleteGroup", GroupName="team")
    api("RemoveUserFromGroup", UserName="ann", GroupName="team")
    api("DeleteUser", UserName="ann")
    api("DeleteGroup", GroupName="team")
    assert names(api("ListUsers"), "Users", "UserName") == ["passrole-admin"]
    assert api("ListGroups")["Groups"] == []


def test_user_made_again_is_another_user(api):
    first = api("CreateUser", UserName="ann", Tags=[{"Key": "a", "Value": "b"}])["User"]["UserId"]
    api("DeleteUser", UserName="ann")
    assert api("CreateUser", UserName="ann")["User"]["UserId"] != first
    assert api("ListUserTags", UserName="ann")["Tags"] == []


def test_caller_may_leave_its_own_name_out(api):
    ann = api.as_new_user("ann", {"Effect": "Allow", "Action": "iam:*", "Resource": "*"})
    assert ann("GetUser")["User"]["UserName"] == "ann"
    key = ann("CreateAccessKey")["AccessKey"]
    assert key["UserName"] == "ann"
    assert {key["AccessKeyId"]} < set(names(ann("ListAccessKeys"), "AccessKeyMetadata", "AccessKeyId"))
    ann("UpdateAccessKey", AccessKeyId=key["AccessKeyId"], Status="Inactive")
    ann("DeleteAccessKey", AccessKeyId=key["AccessKeyId"])


def test_session_of_a_role_must_name_the_user(api, refused, say):
    trust = say.document(say.trust(AWS="111122223333"))
    role = api("CreateRole", RoleName="r", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    session = api.assuming(role)
    for operation in ("GetUser", "CreateAccessKey", "ListAccessKeys"):
        with refused("ValidationError", "Must specify userName when calling with non-User credentials"):
            session(operation)


def test_reserved_paths_are_refused(api, refused):
    with refused("InvalidInput"):
        api("CreateUser", UserName="ann", Path="/aws-reserved/x/")


def test_access_keys(api, refused, clock):
    api("CreateUser", UserName="ann")
    key = api("CreateAccessKey", UserName="ann")["AccessKey"]
    assert key["AccessKeyId"].startswith("AKIA")
    assert len(key["SecretAccessKey"]) == 40
    assert (key["Status"], key["UserName"], key["CreateDate"]) == ("Active", "ann", NOON)
    assert api("ListAccessKeys", UserName="ann") == {
        "AccessKeyMetadata": [
            {"UserName": "ann", "AccessKeyId": key["AccessKeyId"], "Status": "Active", "CreateDate": NOON}
        ],
        "IsTruncated": False,
    }
    api("CreateAccessKey", UserName="ann")
    with refused("LimitExceeded", "Cannot exceed quota for AccessKeysPerUser: 2"):
        api("CreateAccessKey", UserName="ann")
    api("UpdateAccessKey", UserName="ann", AccessKeyId=key["AccessKeyId"], Status="Inactive")
    statuses = {
        item["AccessKeyId"]: item["Status"] for item in api("ListAccessKeys", UserName="ann")["AccessKeyMetadata"]
    }
    assert statuses[key["AccessKeyId"]] == "Inactive"
    with refused("InvalidInput"):
        api("UpdateAccessKey", UserName="ann", AccessKeyId=key["AccessKeyId"], Status="Expired")
    for operation in ("UpdateAccessKey", "DeleteAccessKey"):
        status = {"Status": "Active"} if operation == "UpdateAccessKey" else {}
        with refused("NoSuchEntity", "The Access Key with id AKIAIOSFODNN7EXAMPLE cannot be found."):
            api(operation, UserName="ann", AccessKeyId="AKIAIOSFODNN7EXAMPLE", **status)


def test_key_of_one_user_is_not_found_under_another(api, refused):
    api("CreateUser", UserName="ann")
    api("CreateUser", UserName="bob")
    key = api("CreateAccessKey", UserName="ann")["AccessKey"]["AccessKeyId"]
    with refused("NoSuchEntity"):
        api("DeleteAccessKey", UserName="bob", AccessKeyId=key)
    assert len(api("ListAccessKeys", UserName="ann")["AccessKeyMetadata"]) == 1


def test_last_use_of_a_key(api, refused, store, clock):
    from passrole.account.callers import find_credential
    from passrole.account.last_used import LastUsed

    api("CreateUser", UserName="ann")
    key = api("CreateAccessKey", UserName="ann")["AccessKey"]["AccessKeyId"]
    unused = {"UserName": "ann", "AccessKeyLastUsed": {"Region": "N/A", "ServiceName": "N/A"}}
    assert api("GetAccessKeyLastUsed", AccessKeyId=key) == unused
    with store.reading() as connection:
        credential = find_credential(connection, key)
    notes = LastUsed(store)
    for seconds, region in ((0, "us-east-1"), (59, "eu-west-1"), (1, "eu-west-2")):
        clock.now += seconds
        notes.note(credential, service="iam", region=region)
    # The note of second 59 was not written: one write a minute.
    assert api("GetAccessKeyLastUsed", AccessKeyId=key)["AccessKeyLastUsed"] == {
        "LastUsedDate": datetime(2026, 11, 23, 12, 1, tzinfo=UTC),
        "Region": "eu-west-2",
        "ServiceName": "iam",
    }
    unknown = "AKIAIOSFODNN7EXAMPLE"
    with refused(
        "AccessDenied",
        "User: arn:aws:iam::111122223333:user/passrole-admin is not authorized to perform iam:GetAccessKeyLastUsed "
        f"on resource: access key {unknown}",
    ):
        api("GetAccessKeyLastUsed", AccessKeyId=unknown)


def test_temporary_keys_without_end_do_not_fill_the_memory(api, store, monkeypatch):
    from passrole.account import last_used
    from passrole.account.callers import find_credential

    api("CreateUser", UserName="ann")
    key = api("CreateAccessKey", UserName="ann")["AccessKey"]["AccessKeyId"]
    with store.reading() as connection:
        credential = find_credential(connection, key)
    monkeypatch.setattr(last_used, "MOST_REMEMBERED", 2)
    notes = last_used.LastUsed(store)
    due = [
        notes.due(replace(credential, access_key_id=each), service="iam", region="us-east-1") is not None
        for each in ("ASIA1", "ASIA1", "ASIA2", "ASIA1", "ASIA3", "ASIA1")
    ]
    # With the third key what was known of the first two is forgotten, so that the first is written once more.
    assert due == [True, False, True, False, True, True]


@pytest.mark.parametrize("api", ["through botocore"], indirect=True)  # uses are noted where requests come in
def test_every_authenticated_request_is_a_use_of_its_key_refused_or_not(api, refused):
    nobody = api.as_new_user("nobody")
    with refused("AccessDenied"):
        nobody("ListUsers")
    used = api("GetAccessKeyLastUsed", AccessKeyId=nobody.access_key_id)["AccessKeyLastUsed"]
    assert used == {"LastUsedDate": NOON, "Region": "us-east-1", "ServiceName": "iam"}
