"""Several accounts in one file: each sees its own, and one reaches into another only where both sides allow it."""

from __future__ import annotations

import pytest

from passrole.account.snapshot_of import snapshot_of
from passrole.account.store import AccountStore
from passrole.errors import ConfigurationError

HERE = "111122223333"
THERE = "444455556666"
OUTSIDE = "999988887777"
S3_READ = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"


@pytest.fixture
def there(api):
    """A second account of the same file, as its administrator uses it."""
    assert api.store.add_account(THERE)
    return api.with_key(api.store.administrator(THERE).access_key_id)


def trust_role(api, say, name, principal, **more):
    document = say.document(say.trust(AWS=principal))
    return api("CreateRole", RoleName=name, AssumeRolePolicyDocument=document, **more)["Role"]


def test_account_of_a_call_follows_from_its_credentials(api, there):
    assert api("GetCallerIdentity")["Account"] == HERE
    identity = there("GetCallerIdentity")
    assert (identity["Account"], identity["Arn"]) == (THERE, f"arn:aws:iam::{THERE}:user/passrole-admin")


def test_an_account_is_made_once(api, there):
    key = api.store.administrator(THERE).access_key_id
    assert not api.store.add_account(THERE)
    assert api.store.administrator(THERE).access_key_id == key
    assert [account.account_id for account in api.store.accounts()] == [HERE, THERE]
    with pytest.raises(ConfigurationError):
        api.store.add_account("12")


def test_file_opens_as_its_first_account_or_as_the_one_that_is_asked_for(store):
    store.add_account("000000000001")  # before the first in the order of ids
    for wanted, account in ((None, HERE), ("000000000001", "000000000001")):
        again = AccountStore.open(store.path, account_id=wanted)
        assert again.account_id == account
        assert again.administrator().user_arn == f"arn:aws:iam::{account}:user/passrole-admin"
        again.close()


def test_the_same_name_is_another_entity_in_another_account(api, there, say, refused):
    for account in (api, there):
        trust_role(account, say, "App", HERE)
        account("CreateGroup", GroupName="Team")
        account("CreateInstanceProfile", InstanceProfileName="App")
        account("CreatePolicy", PolicyName="Mine", PolicyDocument=say.document(say.allow("s3:GetObject")))
    first, second = (account("GetRole", RoleName="App")["Role"] for account in (api, there))
    assert (first["Arn"], second["Arn"]) == (f"arn:aws:iam::{HERE}:role/App", f"arn:aws:iam::{THERE}:role/App")
    assert first["RoleId"] != second["RoleId"]
    there("DeleteRole", RoleName="app")
    with refused("NoSuchEntity"):
        there("GetRole", RoleName="App")
    assert api("GetRole", RoleName="App")["Role"]["RoleId"] == first["RoleId"]


def test_lists_counts_and_details_are_of_one_account(api, there, say):
    there("CreateUser", UserName="alice")
    there("CreatePolicy", PolicyName="Mine", PolicyDocument=say.document(say.allow("s3:GetObject")))
    assert [user["UserName"] for user in api("ListUsers")["Users"]] == ["passrole-admin"]
    assert [user["UserName"] for user in there("ListUsers")["Users"]] == ["alice", "passrole-admin"]
    assert api("ListPolicies", Scope="Local")["Policies"] == []
    for account, users, policies in ((api, 1, 0), (there, 2, 1)):
        summary = account("GetAccountSummary")["SummaryMap"]
        assert (summary["Users"], summary["Policies"], summary["PolicyVersionsInUse"]) == (users, policies, policies)
    details = api("GetAccountAuthorizationDetails")
    assert [user["UserName"] for user in details["UserDetailList"]] == ["passrole-admin"]
    assert set(snapshot_of(api.store, THERE).users) == {"alice", "passrole-admin"}


def test_attachments_of_a_policy_of_aws_are_counted_by_account(api, there):
    there("CreateUser", UserName="alice")
    there("AttachUserPolicy", UserName="alice", PolicyArn=S3_READ)
    there("PutUserPermissionsBoundary", UserName="alice", PermissionsBoundary=S3_READ)
    for account, count, names in ((api, 0, []), (there, 1, ["alice"])):
        policy = account("GetPolicy", PolicyArn=S3_READ)["Policy"]
        assert (policy["AttachmentCount"], policy["PermissionsBoundaryUsageCount"]) == (count, count)
        listed = account("ListEntitiesForPolicy", PolicyArn=S3_READ)["PolicyUsers"]
        assert [user["UserName"] for user in listed] == names
        attached = account("ListPolicies", OnlyAttached=True, Scope="AWS")["Policies"]
        assert [policy["Arn"] for policy in attached if policy["Arn"] == S3_READ] == [S3_READ] * count


def test_policy_of_another_account_cannot_be_read_or_attached(api, there, say, refused):
    arn = there("CreatePolicy", PolicyName="Mine", PolicyDocument=say.document(say.allow("*")))["Policy"]["Arn"]
    api("CreateUser", UserName="alice")
    for operation, parameters, code in (
        # The policy is the resource here, of an account that would have to allow it too, and no policy of IAM can.
        ("GetPolicy", {"PolicyArn": arn}, "AccessDenied"),
        ("DeletePolicy", {"PolicyArn": arn}, "AccessDenied"),
        # And here the user is.
        ("AttachUserPolicy", {"PolicyArn": arn, "UserName": "alice"}, "NoSuchEntity"),
        ("PutUserPermissionsBoundary", {"PermissionsBoundary": arn, "UserName": "alice"}, "NoSuchEntity"),
    ):
        with refused(code):
            api(operation, **parameters)
    assert there("GetPolicy", PolicyArn=arn)["Policy"]["AttachmentCount"] == 0


def test_alias_is_taken_for_every_account_and_deleted_by_its_own(api, there, refused):
    api("CreateAccountAlias", AccountAlias="corp")
    with refused("EntityAlreadyExists", "The account alias corp already exists."):
        there("CreateAccountAlias", AccountAlias="corp")
    with refused("NoSuchEntity"):
        there("DeleteAccountAlias", AccountAlias="corp")
    there("CreateAccountAlias", AccountAlias="other")
    assert api("ListAccountAliases")["AccountAliases"] == ["corp"]
    assert there("ListAccountAliases")["AccountAliases"] == ["other"]


def test_last_use_of_another_account_s_key_is_not_told(api, there, refused):
    key = api.store.administrator(THERE).access_key_id
    with refused("AccessDenied"):
        api("GetAccessKeyLastUsed", AccessKeyId=key)


def test_trust_policy_may_name_whom_this_file_has_and_whoever_is_outside_it(api, there, say, refused):
    there("CreateUser", UserName="alice")
    trust_role(api, say, "Known", f"arn:aws:iam::{THERE}:user/alice")
    trust_role(api, say, "Outside", f"arn:aws:iam::{OUTSIDE}:user/anyone")
    nobody = f"arn:aws:iam::{THERE}:user/nobody"
    with refused("MalformedPolicyDocument", f'Invalid principal in policy: "AWS":"{nobody}"'):
        trust_role(api, say, "Unknown", nobody)


def test_user_made_again_in_another_account_is_not_the_one_that_was_trusted(api, there, say, refused):
    alice = there.as_new_user("alice", say.allow("sts:AssumeRole"))
    role = trust_role(api, say, "Shared", f"arn:aws:iam::{THERE}:user/alice")
    assert alice("AssumeRole", RoleArn=role["Arn"], RoleSessionName="session")["Credentials"]
    key = there("ListAccessKeys", UserName="alice")["AccessKeyMetadata"][0]["AccessKeyId"]
    there("DeleteAccessKey", UserName="alice", AccessKeyId=key)
    there("DeleteUserPolicy", UserName="alice", PolicyName="test")
    there("DeleteUser", UserName="alice")
    again = there.as_new_user("alice", say.allow("sts:AssumeRole"))
    with refused("AccessDenied"):
        again("AssumeRole", RoleArn=role["Arn"], RoleSessionName="session")
    shown = api("GetRole", RoleName="Shared")["Role"]["AssumeRolePolicyDocument"]["Statement"][0]["Principal"]["AWS"]
    assert shown.startswith("AIDA")


def test_role_of_another_account_is_assumed_when_both_sides_allow_it(api, there, say, refused):
    role = trust_role(api, say, "Shared", f"arn:aws:iam::{THERE}:root", MaxSessionDuration=3600)
    not_allowed = there.as_new_user("nobody")
    with refused("AccessDenied"):
        not_allowed("AssumeRole", RoleArn=role["Arn"], RoleSessionName="session")
    allowed = there.as_new_user("alice", say.allow("sts:AssumeRole", resource=role["Arn"]))
    answer = allowed("AssumeRole", RoleArn=role["Arn"], RoleSessionName="session")
    assert answer["AssumedRoleUser"]["Arn"] == f"arn:aws:sts::{HERE}:assumed-role/Shared/session"
    session = api.with_key(answer["Credentials"]["AccessKeyId"])
    assert session("GetCallerIdentity")["Account"] == HERE
    untrusting = trust_role(api, say, "Closed", HERE)
    anyone = there.as_new_user("bob", say.allow("*"))
    with refused("AccessDenied"):
        anyone("AssumeRole", RoleArn=untrusting["Arn"], RoleSessionName="session")


def test_naming_a_user_of_another_account_in_the_trust_policy_is_not_enough(api, there, say, refused):
    """Across accounts the caller's own policies must allow it too; within one the trust policy is enough."""
    caller = there.as_new_user("alice")
    role = trust_role(api, say, "Shared", f"arn:aws:iam::{THERE}:user/alice")
    with refused("AccessDenied"):
        caller("AssumeRole", RoleArn=role["Arn"], RoleSessionName="session")
    here = api.as_new_user("alice")
    same = trust_role(api, say, "Own", f"arn:aws:iam::{HERE}:user/alice")
    assert here("AssumeRole", RoleArn=same["Arn"], RoleSessionName="session")["Credentials"]


def test_session_in_another_account_does_what_its_role_may_there(api, there, say, refused):
    role = trust_role(api, say, "Reader", f"arn:aws:iam::{THERE}:root")
    api("PutRolePolicy", RoleName="Reader", PolicyName="p", PolicyDocument=say.document(say.allow("iam:ListUsers")))
    caller = there.as_new_user("alice", say.allow("sts:AssumeRole"))
    session = caller.assuming(role["Arn"])
    assert [user["UserName"] for user in session("ListUsers")["Users"]] == ["passrole-admin"]
    with refused("AccessDenied"):
        session("ListRoles")


def test_managed_session_policies_are_of_the_role_s_account(api, there, say, refused):
    """STS API Reference, AssumeRole, PolicyArns: "The policies must exist in the same account as the role."."""
    role = trust_role(api, say, "Reader", f"arn:aws:iam::{THERE}:root")
    api("PutRolePolicy", RoleName="Reader", PolicyName="p", PolicyDocument=say.document(say.allow("iam:*")))
    document = say.document(say.allow("iam:ListUsers"))
    own = api("CreatePolicy", PolicyName="OnlyUsers", PolicyDocument=document)["Policy"]["Arn"]
    foreign = there("CreatePolicy", PolicyName="OnlyUsers", PolicyDocument=document)["Policy"]["Arn"]
    caller = there.as_new_user("alice", say.allow("sts:AssumeRole"))
    with refused("MalformedPolicyDocument"):
        caller("AssumeRole", RoleArn=role["Arn"], RoleSessionName="session", PolicyArns=[{"arn": foreign}])
    session = caller.assuming(role["Arn"], PolicyArns=[{"arn": own}])
    session("ListUsers")
    with refused("AccessDenied"):
        session("ListRoles")
