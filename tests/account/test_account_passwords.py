"""Login profiles, and the account's password policy.

Source: IAM User Guide, "Set an account password policy for IAM users".
"""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from passrole.account.passwords import hashed, matches

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
GOOD = "Correct-horse-7"


@pytest.fixture
def ann(api, say):
    return api.as_new_user("ann", say.allow("iam:ChangePassword"))


def test_login_profile(api, refused, ann):
    made = api("CreateLoginProfile", UserName="ann", Password=GOOD, PasswordResetRequired=True)["LoginProfile"]
    assert made == {"UserName": "ann", "CreateDate": NOON, "PasswordResetRequired": True}
    assert api("GetLoginProfile", UserName="ann")["LoginProfile"] == made
    with refused("EntityAlreadyExists", "Login Profile for user ann already exists."):
        api("CreateLoginProfile", UserName="ann", Password=GOOD)
    api("UpdateLoginProfile", UserName="ann", PasswordResetRequired=False)
    assert api("GetLoginProfile", UserName="ann")["LoginProfile"]["PasswordResetRequired"] is False
    api("DeleteLoginProfile", UserName="ann")
    for operation in ("GetLoginProfile", "DeleteLoginProfile", "UpdateLoginProfile"):
        with refused("NoSuchEntity", "Login Profile for User ann cannot be found."):
            api(operation, UserName="ann")
    with refused("NoSuchEntity", "The user with name bob cannot be found."):
        api("CreateLoginProfile", UserName="bob", Password=GOOD)


def test_password_is_kept_as_a_hash_only(api, ann, store):
    api("CreateLoginProfile", UserName="ann", Password=GOOD)
    store.close()
    assert GOOD.encode() not in store.path.read_bytes()
    assert matches(GOOD, hashed(GOOD))
    assert not matches(GOOD + "x", hashed(GOOD))
    assert hashed(GOOD) != hashed(GOOD)


@pytest.mark.parametrize("password", ["Short-1", "alllowercase", "lower-case-symbols", "111122223333"])
def test_default_policy(api, refused, ann, password):
    """Eight characters, and three of: uppercase and lowercase letters, numbers, symbols."""
    with refused("PasswordPolicyViolation"):
        api("CreateLoginProfile", UserName="ann", Password=password)


def test_default_policy_names_the_account_itself(api, refused, ann):
    api("CreateAccountAlias", AccountAlias="my-account-1")
    with refused("PasswordPolicyViolation"):
        api("CreateLoginProfile", UserName="ann", Password="my-account-1")
    api("CreateLoginProfile", UserName="ann", Password="my-account-2")


def test_policy_of_the_account(api, refused):
    with refused("NoSuchEntity", "The Password Policy with domain name 111122223333 cannot be found."):
        api("GetAccountPasswordPolicy")
    with refused("NoSuchEntity", "The account policy with name PasswordPolicy cannot be found."):
        api("DeleteAccountPasswordPolicy")
    api("UpdateAccountPasswordPolicy", MinimumPasswordLength=10, RequireNumbers=True, MaxPasswordAge=90)
    assert api("GetAccountPasswordPolicy")["PasswordPolicy"] == {
        "MinimumPasswordLength": 10,
        "RequireSymbols": False,
        "RequireNumbers": True,
        "RequireUppercaseCharacters": False,
        "RequireLowercaseCharacters": False,
        "AllowUsersToChangePassword": False,
        "ExpirePasswords": True,
        "MaxPasswordAge": 90,
    }
    # "This operation does not support partial updates"
    api("UpdateAccountPasswordPolicy", RequireSymbols=True, PasswordReusePrevention=2, HardExpiry=True)
    policy = api("GetAccountPasswordPolicy")["PasswordPolicy"]
    assert (policy["MinimumPasswordLength"], policy["RequireNumbers"], policy["ExpirePasswords"]) == (6, False, False)
    assert (policy["PasswordReusePrevention"], policy["HardExpiry"]) == (2, True)
    api("DeleteAccountPasswordPolicy")
    with refused("NoSuchEntity"):
        api("GetAccountPasswordPolicy")


@pytest.mark.parametrize(
    ("rule", "bad"),
    [
        ({"MinimumPasswordLength": 20}, "Correct-horse-77777"),
        ({"RequireSymbols": True}, "Correcthorse7"),
        ({"RequireNumbers": True}, "Correct-horse"),
        ({"RequireUppercaseCharacters": True}, "correct-horse-7"),
        ({"RequireLowercaseCharacters": True}, "CORRECT-HORSE-7"),
    ],
)
def test_rules_of_the_policy(api, refused, ann, rule, bad):
    api("UpdateAccountPasswordPolicy", **rule)
    with refused("PasswordPolicyViolation"):
        api("CreateLoginProfile", UserName="ann", Password=bad)
    api("CreateLoginProfile", UserName="ann", Password="Correct-horse-battery-7")
    with refused("PasswordPolicyViolation"):
        api("UpdateLoginProfile", UserName="ann", Password=bad)


def test_user_changes_its_own_password(api, refused, ann):
    with refused("NoSuchEntity"):
        ann("ChangePassword", OldPassword="x", NewPassword=GOOD)
    api("CreateLoginProfile", UserName="ann", Password=GOOD, PasswordResetRequired=True)
    with refused("AccessDenied"):
        ann("ChangePassword", OldPassword="wrong", NewPassword=GOOD + "2")
    with refused("PasswordPolicyViolation"):
        ann("ChangePassword", OldPassword=GOOD, NewPassword="x")
    ann("ChangePassword", OldPassword=GOOD, NewPassword=GOOD + "2")
    assert api("GetLoginProfile", UserName="ann")["LoginProfile"]["PasswordResetRequired"] is False
    with refused("AccessDenied"):
        ann("ChangePassword", OldPassword=GOOD, NewPassword=GOOD + "3")


def test_passwords_are_not_used_again(api, refused, ann):
    api("UpdateAccountPasswordPolicy", PasswordReusePrevention=2)
    api("CreateLoginProfile", UserName="ann", Password="first-1")
    for old, new in (("first-1", "second-1"), ("second-1", "third-1")):
        with refused("PasswordPolicyViolation"):
            ann("ChangePassword", OldPassword=old, NewPassword=old)
        ann("ChangePassword", OldPassword=old, NewPassword=new)
    with refused("PasswordPolicyViolation"):
        ann("ChangePassword", OldPassword="third-1", NewPassword="second-1")
    ann("ChangePassword", OldPassword="third-1", NewPassword="first-1")


def test_only_users_change_their_password(api, refused, say):
    trust = say.document(say.trust(AWS="arn:aws:iam::111122223333:root"))
    role = api("CreateRole", RoleName="r", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    api("AttachRolePolicy", RoleName="r", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    with refused("InvalidUserType"):
        api.assuming(role)("ChangePassword", OldPassword="a", NewPassword="b")


def test_user_with_a_login_profile_is_not_deleted(api, refused, say):
    api("CreateUser", UserName="bob")
    api("CreateLoginProfile", UserName="bob", Password=GOOD)
    with refused("DeleteConflict", "Cannot delete entity, must delete login profile first."):
        api("DeleteUser", UserName="bob")
    api("DeleteLoginProfile", UserName="bob")
    api("DeleteUser", UserName="bob")


def test_users_are_allowed_to_change_their_passwords_by_the_account(api, refused, say):
    """AllowUsersToChangePassword gives the right to one's own password; a Deny still denies."""
    bob = api.as_new_user("bob")
    api("CreateLoginProfile", UserName="bob", Password=GOOD)
    with refused("AccessDenied"):
        bob("ChangePassword", OldPassword=GOOD, NewPassword=GOOD + "2")
    api("UpdateAccountPasswordPolicy", AllowUsersToChangePassword=True)
    bob("ChangePassword", OldPassword=GOOD, NewPassword=GOOD + "2")
    assert bob("GetAccountPasswordPolicy")["PasswordPolicy"]["AllowUsersToChangePassword"] is True
    with refused("AccessDenied"):
        bob("UpdateLoginProfile", UserName="bob", Password=GOOD)
    denied = {"Effect": "Deny", "Action": "iam:ChangePassword", "Resource": "*"}
    api("PutUserPolicy", UserName="bob", PolicyName="no", PolicyDocument=say.document(denied))
    with refused("AccessDenied"):
        bob("ChangePassword", OldPassword=GOOD + "2", NewPassword=GOOD + "3")
