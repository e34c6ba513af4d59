"""The account as a whole: pages, summary, authorization details, the snapshot, many callers at once."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

import pytest

from passrole.account.snapshot_of import snapshot_of

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.fixture
def ec2(say) -> str:
    return say.document(say.trust(Service="ec2.amazonaws.com"))


def test_pages_show_everything_once_while_the_list_changes(api, ec2):
    for name in ("b", "d", "F", "h", "j"):
        api("CreateRole", RoleName=name, AssumeRolePolicyDocument=ec2)
    first = api("ListRoles", MaxItems=2)
    assert [role["RoleName"] for role in first["Roles"]] == ["b", "d"]
    assert first["IsTruncated"] is True
    api("DeleteRole", RoleName="d")
    api("CreateRole", RoleName="a", AssumeRolePolicyDocument=ec2)
    api("CreateRole", RoleName="e", AssumeRolePolicyDocument=ec2)
    second = api("ListRoles", MaxItems=3, Marker=first["Marker"])
    assert [role["RoleName"] for role in second["Roles"]] == ["e", "F", "h"]
    third = api("ListRoles", Marker=second["Marker"])
    assert [role["RoleName"] for role in third["Roles"]] == ["j"]
    assert third["IsTruncated"] is False
    assert "Marker" not in third


def test_page_that_ends_with_the_list_is_the_last(api, ec2):
    for name in ("a", "b"):
        api("CreateRole", RoleName=name, AssumeRolePolicyDocument=ec2)
    assert api("ListRoles", MaxItems=2)["IsTruncated"] is False


def test_page_has_a_hundred_items_unless_told_otherwise(api):
    for number in range(101):
        api("CreateGroup", GroupName=f"g{number:03}")
    answer = api("ListGroups")
    assert len(answer["Groups"]) == 100
    assert len(api("ListGroups", Marker=answer["Marker"])["Groups"]) == 1
    assert len(api("ListGroups", MaxItems=1000)["Groups"]) == 101


@pytest.mark.parametrize("marker", ["nonsense", "====", "AAAA", "ÿ", "2YQ=="])
def test_marker_that_was_never_given_is_refused(api, refused, marker):
    with refused("ValidationError"):
        api("ListRoles", Marker=marker)


@pytest.mark.parametrize(("prefix", "found"), [("/", 3), ("/a", 2), ("/a/", 2), ("/a/b/", 1), ("/_/", 0), ("/%/", 0)])
def test_path_prefix_is_literal(api, ec2, prefix, found):
    for name, path in (("one", "/"), ("two", "/a/"), ("three", "/a/b/")):
        api("CreateRole", RoleName=name, Path=path, AssumeRolePolicyDocument=ec2)
    assert len(api("ListRoles", PathPrefix=prefix)["Roles"]) == found


def test_account_summary_counts(api, ec2, say):
    before = api("GetAccountSummary")["SummaryMap"]
    api("CreateUser", UserName="u")
    api("CreateGroup", GroupName="g")
    api("CreateRole", RoleName="r", AssumeRolePolicyDocument=ec2)
    api("CreateInstanceProfile", InstanceProfileName="p")
    api("CreatePolicy", PolicyName="p", PolicyDocument=say.document(say.allow("s3:*")))
    after = api("GetAccountSummary")["SummaryMap"]
    changed = {name: after[name] - before[name] for name in after if after[name] != before[name]}
    kinds = ("Groups", "InstanceProfiles", "Policies", "PolicyVersionsInUse", "Roles", "Users")
    assert changed == dict.fromkeys(kinds, 1)
    assert before["Users"] == 1
    api("DeleteRole", RoleName="r")
    assert api("GetAccountSummary")["SummaryMap"]["Roles"] == 0


def test_account_summary_has_the_members_that_were_recorded_from_aws(api):
    quotas = {
        "AccessKeysPerUserQuota": 2,
        "AssumeRolePolicySizeQuota": 2048,
        "AttachedPoliciesPerGroupQuota": 10,
        "AttachedPoliciesPerRoleQuota": 10,
        "AttachedPoliciesPerUserQuota": 10,
        "GlobalEndpointTokenVersion": 1,
        "GroupPolicySizeQuota": 5120,
        "GroupsPerUserQuota": 10,
        "GroupsQuota": 300,
        "InstanceProfilesQuota": 1000,
        "PoliciesQuota": 1500,
        "PolicySizeQuota": 6144,
        "PolicyVersionsInUseQuota": 10000,
        "RolePolicySizeQuota": 10240,
        "RolesQuota": 1000,
        "ServerCertificatesQuota": 20,
        "SigningCertificatesPerUserQuota": 2,
        "UserPolicySizeQuota": 2048,
        "UsersQuota": 5000,
        "VersionsPerPolicyQuota": 5,
    }
    counts = {
        "AccountAccessKeysPresent",
        "AccountMFAEnabled",
        "AccountPasswordPresent",
        "AccountSigningCertificatesPresent",
        "Groups",
        "InstanceProfiles",
        "MFADevices",
        "MFADevicesInUse",
        "Policies",
        "PolicyVersionsInUse",
        "Providers",
        "Roles",
        "ServerCertificates",
        "Users",
    }
    summary = api("GetAccountSummary")["SummaryMap"]
    assert summary.items() >= quotas.items()
    assert set(summary) == set(quotas) | counts


def test_account_aliases(api, refused):
    assert api("ListAccountAliases") == {"AccountAliases": [], "IsTruncated": False}
    api("CreateAccountAlias", AccountAlias="first")
    api("CreateAccountAlias", AccountAlias="second")
    assert api("ListAccountAliases")["AccountAliases"] == ["second"]
    with refused("NoSuchEntity"):
        api("DeleteAccountAlias", AccountAlias="first")
    api("DeleteAccountAlias", AccountAlias="second")
    assert api("ListAccountAliases")["AccountAliases"] == []


@pytest.fixture
def inhabited(api, say, ec2):
    """One of everything, each with something that hangs on it."""
    s3 = say.document(say.allow("s3:*"))
    own = api("CreatePolicy", PolicyName="own", PolicyDocument=s3, Description="mine")["Policy"]["Arn"]
    api("CreatePolicyVersion", PolicyArn=own, PolicyDocument=say.document(say.allow("sqs:*")), SetAsDefault=True)
    api("CreateUser", UserName="ann", Tags=[{"Key": "k", "Value": "v"}], PermissionsBoundary=own)
    api("CreateGroup", GroupName="team")
    api("AddUserToGroup", UserName="ann", GroupName="team")
    api("PutGroupPolicy", GroupName="team", PolicyName="i", PolicyDocument=s3)
    api("AttachUserPolicy", UserName="ann", PolicyArn="arn:aws:iam::aws:policy/IAMReadOnlyAccess")
    api("CreateRole", RoleName="r", Path="/my-path/", AssumeRolePolicyDocument=ec2, Description="role")
    api("PutRolePolicy", RoleName="r", PolicyName="i", PolicyDocument=s3)
    api("AttachRolePolicy", RoleName="r", PolicyArn=own)
    api("CreateInstanceProfile", InstanceProfileName="p")
    api("AddRoleToInstanceProfile", InstanceProfileName="p", RoleName="r")
    return own


def test_authorization_details(api, inhabited):
    details = api("GetAccountAuthorizationDetails")
    users = {user["UserName"]: user for user in details["UserDetailList"]}
    assert users["ann"]["GroupList"] == ["team"]
    assert users["ann"]["Tags"] == [{"Key": "k", "Value": "v"}]
    assert users["ann"]["PermissionsBoundary"]["PermissionsBoundaryArn"] == inhabited
    assert users["ann"]["AttachedManagedPolicies"] == [
        {"PolicyName": "IAMReadOnlyAccess", "PolicyArn": "arn:aws:iam::aws:policy/IAMReadOnlyAccess"}
    ]
    assert "UserPolicyList" not in users["ann"]  # recorded: left out when there are none
    (group,) = details["GroupDetailList"]
    assert [policy["PolicyName"] for policy in group["GroupPolicyList"]] == ["i"]
    assert group["AttachedManagedPolicies"] == []
    (role,) = details["RoleDetailList"]
    assert role["Arn"] == "arn:aws:iam::111122223333:role/my-path/r"
    assert role["RolePolicyList"][0]["PolicyDocument"]["Statement"][0]["Action"] == ["s3:*"]
    assert role["RoleLastUsed"] == {}
    assert role["Tags"] == []
    (profile,) = role["InstanceProfileList"]
    assert profile["InstanceProfileName"] == "p"
    assert profile["Roles"][0]["RoleName"] == "r"
    policies = {policy["PolicyName"]: policy for policy in details["Policies"]}
    assert set(policies) == {"AdministratorAccess", "IAMReadOnlyAccess", "own"}
    assert policies["own"]["AttachmentCount"] == 1
    assert policies["own"]["PermissionsBoundaryUsageCount"] == 1
    versions = policies["own"]["PolicyVersionList"]
    assert [(v["VersionId"], v["IsDefaultVersion"]) for v in versions] == [("v2", True), ("v1", False)]
    assert versions[0]["Document"]["Statement"][0]["Action"] == ["sqs:*"]


def test_authorization_details_page_by_page_are_the_same(api, inhabited):
    whole = api("GetAccountAuthorizationDetails")
    members = ("UserDetailList", "GroupDetailList", "RoleDetailList", "Policies")
    gathered: dict[str, list] = {member: [] for member in members}
    pages, marker = 0, {}
    while True:
        answer = api("GetAccountAuthorizationDetails", MaxItems=2, **marker)
        assert sum(len(answer[member]) for member in members) <= 2
        for member in members:
            gathered[member] += answer[member]
        pages += 1
        if not answer["IsTruncated"]:
            break
        marker = {"Marker": answer["Marker"]}
    assert pages == 4  # 2 users, 1 group, 1 role, 3 policies
    assert gathered == {member: whole[member] for member in members}


@pytest.mark.parametrize(
    ("filters", "shown"),
    [
        (["User"], {"UserDetailList": 2}),
        (["Group"], {"GroupDetailList": 1}),
        (["Role", "Group"], {"RoleDetailList": 1, "GroupDetailList": 1}),
        (["LocalManagedPolicy"], {"Policies": 1}),
        (["AWSManagedPolicy"], {"Policies": 2}),
    ],
)
def test_authorization_details_filtered(api, inhabited, filters, shown):
    answer = api("GetAccountAuthorizationDetails", Filter=filters)
    members = ("UserDetailList", "GroupDetailList", "RoleDetailList", "Policies")
    assert {member: len(answer[member]) for member in members if answer[member]} == shown


def test_snapshot_holds_what_the_api_shows(store, api, inhabited):
    snapshot = snapshot_of(store)
    assert (snapshot.account_id, snapshot.partition) == ("111122223333", "aws")
    assert snapshot.organization_policies == ()
    ann = snapshot.users["ann"]
    assert ann.user_id == api("GetUser", UserName="ann")["User"]["UserId"]
    assert ann.attached_policy_arns == ("arn:aws:iam::aws:policy/IAMReadOnlyAccess",)
    assert (ann.group_names, ann.boundary_arn, ann.tags) == (("team",), inhabited, {"k": "v"})
    keys = api("ListAccessKeys", UserName="passrole-admin")["AccessKeyMetadata"]
    assert snapshot.users["passrole-admin"].access_key_ids == (keys[0]["AccessKeyId"],)
    assert list(snapshot.groups["team"].inline_policies) == ["i"]
    role = snapshot.roles["r"]
    assert (role.path, role.description, role.max_session_seconds) == ("/my-path/", "role", 3600)
    assert (role.instance_profile_names, role.attached_policy_arns) == (("p",), (inhabited,))
    assert snapshot.instance_profiles["p"].role_names == ("r",)
    own = snapshot.managed_policies[inhabited]
    assert (own.default_version_id, own.version_ids, own.description) == ("v2", ("v2", "v1"), "mine")
    assert '"sqs:*"' in own.document
    assert "arn:aws:iam::aws:policy/IAMReadOnlyAccess" in snapshot.managed_policies


def test_snapshot_of_more_entities_than_one_batch(store, api, monkeypatch):
    from passrole.account import snapshot_of as module

    monkeypatch.setattr(module, "BATCH", 2)
    names = {f"g{number}" for number in range(5)}
    for name in names:
        api("CreateGroup", GroupName=name)
    api("AttachGroupPolicy", GroupName="g0", PolicyArn="arn:aws:iam::aws:policy/IAMReadOnlyAccess")
    snapshot = snapshot_of(store)
    assert set(snapshot.groups) == names
    assert {"arn:aws:iam::aws:policy/IAMReadOnlyAccess"} < set(snapshot.managed_policies)


def test_of_many_creators_of_one_name_exactly_one_succeeds(store, api, ec2):
    outcomes: list[str] = []
    start = threading.Barrier(8)

    def create(number: int) -> None:
        start.wait()
        for name in ("one", "two", "three"):
            try:
                api("CreateRole", RoleName=name if number % 2 else name.upper(), AssumeRolePolicyDocument=ec2)
                outcomes.append(f"{name} made")
            except Exception as error:
                outcomes.append(getattr(error, "code", repr(error)))

    threads = [threading.Thread(target=create, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcome for outcome in outcomes if outcome != "EntityAlreadyExists") == [
        "one made",
        "three made",
        "two made",
    ]
    assert len(outcomes) == 24
    assert len(api("ListRoles")["Roles"]) == 3
    assert api("GetAccountSummary")["SummaryMap"]["Roles"] == 3


def test_deleting_and_attaching_at_once_leaves_nothing_dangling(store, api, ec2, say):
    arn = api("CreatePolicy", PolicyName="p", PolicyDocument=say.document(say.allow("s3:*")))["Policy"]["Arn"]
    for number in range(6):
        api("CreateRole", RoleName=f"r{number}", AssumeRolePolicyDocument=ec2)
    unexpected: list[str] = []
    start = threading.Barrier(7)

    def attempt(operation: str, allowed: str, params: dict) -> None:
        start.wait()
        try:
            api(operation, **params)
        except Exception as error:
            if getattr(error, "code", None) != allowed:
                unexpected.append(repr(error))

    calls = [("AttachRolePolicy", "NoSuchEntity", {"RoleName": f"r{number}", "PolicyArn": arn}) for number in range(6)]
    calls.append(("DeletePolicy", "DeleteConflict", {"PolicyArn": arn}))
    threads = [threading.Thread(target=attempt, args=call) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert unexpected == []
    attached = sum(len(api("ListAttachedRolePolicies", RoleName=f"r{n}")["AttachedPolicies"]) for n in range(6))
    exists = bool(api("ListPolicies", Scope="Local")["Policies"])
    assert exists or attached == 0
    if exists:
        assert api("GetPolicy", PolicyArn=arn)["Policy"]["AttachmentCount"] == attached
