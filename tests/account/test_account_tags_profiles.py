"""Tags of four kinds of entity, and instance profiles."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
POLICY = "arn:aws:iam::111122223333:policy/t"
TAGGED = [
    ("User", {"UserName": "t"}),
    ("Role", {"RoleName": "t"}),
    ("Policy", {"PolicyArn": POLICY}),
    ("InstanceProfile", {"InstanceProfileName": "t"}),
]


@pytest.fixture
def ec2(say) -> str:
    return say.document(say.trust(Service="ec2.amazonaws.com"))


@pytest.fixture
def entities(api, say, ec2):
    api("CreateUser", UserName="t")
    api("CreateRole", RoleName="t", AssumeRolePolicyDocument=ec2)
    api("CreatePolicy", PolicyName="t", PolicyDocument=say.document(say.allow("s3:*")))
    api("CreateInstanceProfile", InstanceProfileName="t")


def tag(key: str, value: str) -> dict[str, str]:
    return {"Key": key, "Value": value}


@pytest.mark.parametrize(("kind", "who"), TAGGED)
def test_tag_lifecycle(api, entities, kind, who):
    assert api(f"List{kind}Tags", **who) == {"Tags": [], "IsTruncated": False}
    api(f"Tag{kind}", **who, Tags=[tag("someotherkey", "2"), tag("somekey", "1")])
    assert api(f"List{kind}Tags", **who)["Tags"] == [tag("somekey", "1"), tag("someotherkey", "2")]
    api(f"Tag{kind}", **who, Tags=[tag("somekey", "")])
    first = api(f"List{kind}Tags", **who, MaxItems=1)
    assert first["Tags"] == [tag("somekey", "")]
    second = api(f"List{kind}Tags", **who, MaxItems=1, Marker=first["Marker"])
    assert second == {"Tags": [tag("someotherkey", "2")], "IsTruncated": False}
    api(f"Untag{kind}", **who, TagKeys=["somekey", "not there"])
    assert api(f"List{kind}Tags", **who)["Tags"] == [tag("someotherkey", "2")]


@pytest.mark.parametrize(("kind", "who"), TAGGED)
def test_case_of_tag_keys(api, refused, entities, kind, who):
    """It counts for policies and instance profiles, not for users and roles (IAM User Guide, id_tags)."""
    api(f"Tag{kind}", **who, Tags=[tag("A", "upper")])
    api(f"Tag{kind}", **who, Tags=[tag("a", "lower")])
    note = " Please note that Tag keys are case insensitive."
    if kind in ("User", "Role"):
        assert api(f"List{kind}Tags", **who)["Tags"] == [tag("a", "lower")]
        with refused("InvalidInput", f"Duplicate tag keys found.{note}"):
            api(f"Tag{kind}", **who, Tags=[tag("b", "1"), tag("B", "2")])
        api(f"Untag{kind}", **who, TagKeys=["A"])
        assert api(f"List{kind}Tags", **who)["Tags"] == []
    else:
        assert api(f"List{kind}Tags", **who)["Tags"] == [tag("A", "upper"), tag("a", "lower")]
        with refused("InvalidInput", "Duplicate tag keys found."):
            api(f"Tag{kind}", **who, Tags=[tag("b", "1"), tag("b", "2")])
        api(f"Untag{kind}", **who, TagKeys=["a"])
        assert api(f"List{kind}Tags", **who)["Tags"] == [tag("A", "upper")]


@pytest.mark.parametrize(("kind", "who"), TAGGED)
def test_fifty_tags_are_the_most(api, refused, entities, kind, who):
    api(f"Tag{kind}", **who, Tags=[tag(f"k{number}", "v") for number in range(50)])
    api(f"Tag{kind}", **who, Tags=[tag("k0", "changed")])
    with refused("LimitExceeded"):
        api(f"Tag{kind}", **who, Tags=[tag("one more", "v")])
    with refused(
        "ValidationError",
        "1 validation error detected: Value at 'tags' failed to satisfy constraint: Member must have length less than "
        "or equal to 50",
    ):
        api(f"Tag{kind}", **who, Tags=[tag(f"n{number}", "v") for number in range(51)])


def test_prefix_of_aws_is_reserved(api, refused, entities):
    with refused("InvalidInput"):
        api("TagRole", RoleName="t", Tags=[tag("AWS:owner", "me")])


def test_tags_of_policies_of_aws_cannot_be_changed(api, refused):
    with refused("AccessDenied"):
        api("TagPolicy", PolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess", Tags=[tag("a", "b")])


def test_instance_profile_lifecycle(api, refused, ec2):
    created = api("CreateInstanceProfile", InstanceProfileName="p", Path="/x/")["InstanceProfile"]
    base = {
        "Path": "/x/",
        "InstanceProfileName": "p",
        "InstanceProfileId": created["InstanceProfileId"],
        "Arn": "arn:aws:iam::111122223333:instance-profile/x/p",
        "CreateDate": NOON,
        "Roles": [],
    }
    assert created["InstanceProfileId"].startswith("AIPA")
    assert created == base
    assert api("GetInstanceProfile", InstanceProfileName="p")["InstanceProfile"] == {**base, "Tags": []}
    with refused("EntityAlreadyExists", "Instance Profile P already exists."):
        api("CreateInstanceProfile", InstanceProfileName="P")
    api("DeleteInstanceProfile", InstanceProfileName="p")
    for operation in ("GetInstanceProfile", "DeleteInstanceProfile"):
        with refused("NoSuchEntity", "Instance Profile p cannot be found."):
            api(operation, InstanceProfileName="p")


def test_instance_profile_made_with_tags_shows_them(api):
    tags = [tag("InitialKey", "InitialValue")]
    created = api("CreateInstanceProfile", InstanceProfileName="p", Tags=tags)["InstanceProfile"]
    assert created["Tags"] == tags
    assert api("GetInstanceProfile", InstanceProfileName="p")["InstanceProfile"]["Tags"] == tags


def test_role_in_an_instance_profile(api, refused, ec2):
    role = api("CreateRole", RoleName="r", AssumeRolePolicyDocument=ec2, Description="d")["Role"]
    api("CreateRole", RoleName="r2", AssumeRolePolicyDocument=ec2)
    for name in ("p", "q"):
        api("CreateInstanceProfile", InstanceProfileName=name)
        api("AddRoleToInstanceProfile", InstanceProfileName=name, RoleName="r")
    shown = api("GetInstanceProfile", InstanceProfileName="p")["InstanceProfile"]
    assert shown["Roles"] == [role]  # neither description nor session length: as recorded
    for other in ("r", "r2"):
        with refused("LimitExceeded", "Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1"):
            api("AddRoleToInstanceProfile", InstanceProfileName="p", RoleName=other)
    listed = api("ListInstanceProfilesForRole", RoleName="r")
    assert [profile["InstanceProfileName"] for profile in listed["InstanceProfiles"]] == ["p", "q"]
    assert all(profile["Roles"] == [role] and "Tags" not in profile for profile in listed["InstanceProfiles"])
    assert api("ListInstanceProfilesForRole", RoleName="r2")["InstanceProfiles"] == []
    assert api("ListInstanceProfiles") == listed
    with refused("DeleteConflict", "Cannot delete entity, must remove roles from instance profile first."):
        api("DeleteInstanceProfile", InstanceProfileName="p")
    with refused("NoSuchEntity", "Role r2 in Instance Profile p cannot be found."):
        api("RemoveRoleFromInstanceProfile", InstanceProfileName="p", RoleName="r2")
    api("RemoveRoleFromInstanceProfile", InstanceProfileName="p", RoleName="r")
    assert api("GetInstanceProfile", InstanceProfileName="p")["InstanceProfile"]["Roles"] == []
    api("DeleteInstanceProfile", InstanceProfileName="p")


@pytest.mark.parametrize("operation", ["AddRoleToInstanceProfile", "RemoveRoleFromInstanceProfile"])
def test_instance_profile_or_role_that_is_not_there(api, refused, ec2, operation):
    api("CreateRole", RoleName="r", AssumeRolePolicyDocument=ec2)
    api("CreateInstanceProfile", InstanceProfileName="p")
    with refused("NoSuchEntity", "Instance Profile nonexistent-profile cannot be found."):
        api(operation, InstanceProfileName="nonexistent-profile", RoleName="r")
    with refused("NoSuchEntity", "The role with name nonexistent-role cannot be found."):
        api(operation, InstanceProfileName="p", RoleName="nonexistent-role")


def test_pages_of_tags_with_long_keys_in_another_script(api, refused, say):
    """128 characters of four bytes each are more than a marker may hold."""
    trust = say.document(say.trust(Service="ec2.amazonaws.com"))
    tags = [{"Key": first + "\U00020000" * 127, "Value": ""} for first in "abc"]
    api("CreateRole", RoleName="r", AssumeRolePolicyDocument=trust, Tags=tags)
    first = api("ListRoleTags", RoleName="r", MaxItems=1)
    assert len(first["Marker"]) <= 320
    rest = api("ListRoleTags", RoleName="r", Marker=first["Marker"])
    assert [tag["Key"][0] for tag in (*first["Tags"], *rest["Tags"])] == ["a", "b", "c"]
    api("UntagRole", RoleName="r", TagKeys=[tags[0]["Key"]])
    with refused("ValidationError", "Invalid Marker."):
        api("ListRoleTags", RoleName="r", Marker=first["Marker"])
