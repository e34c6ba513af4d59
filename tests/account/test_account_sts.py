"""Sessions: who may assume a role, for how long, with which tags and policies; and what a session may then do."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from passrole.account.as_service import assume_as_service
from passrole.account.callers import SessionTerms, find_credential
from passrole.account.service_error import ServiceError

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
ROOT = "arn:aws:iam::111122223333:root"


@pytest.fixture
def role(api, say) -> str:
    """A role that trusts the account, so that the caller's own policies decide."""
    trust = say.document(
        {**say.trust(AWS=ROOT), "Action": ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]}
    )
    return api("CreateRole", RoleName="r", Path="/p/", AssumeRolePolicyDocument=trust)["Role"]["Arn"]


def denied(arn: str, action: str, resource: str, because: str) -> str:
    return f"User: {arn} is not authorized to perform: {action} on resource: {resource}{because}"


def test_assumed_role_answers_with_credentials_of_an_hour(api, role):
    answer = api("AssumeRole", RoleArn=role, RoleSessionName="s1")
    role_id = api("GetRole", RoleName="r")["Role"]["RoleId"]
    assert answer["AssumedRoleUser"] == {
        "AssumedRoleId": f"{role_id}:s1",
        "Arn": "arn:aws:sts::111122223333:assumed-role/r/s1",
    }
    credentials = answer["Credentials"]
    assert credentials["AccessKeyId"].startswith("ASIA")
    assert credentials["Expiration"] == datetime(2026, 11, 23, 13, 0, tzinfo=UTC)
    assert "PackedPolicySize" not in answer
    session = api.with_key(credentials["AccessKeyId"])
    assert session("GetCallerIdentity") == {
        "UserId": f"{role_id}:s1",
        "Account": "111122223333",
        "Arn": "arn:aws:sts::111122223333:assumed-role/r/s1",
    }


def test_credential_of_a_session_has_its_secret_its_token_and_its_end(api, store, role, clock):
    credentials = api("AssumeRole", RoleArn=role, RoleSessionName="s1", DurationSeconds=900)["Credentials"]
    with store.reading() as connection:
        found = find_credential(connection, credentials["AccessKeyId"])
    assert (found.secret, found.token) == (credentials["SecretAccessKey"], credentials["SessionToken"])
    assert found.expires_at == clock.now + 900
    assert found.active
    assert credentials["SessionToken"] not in repr(found)
    with store.reading() as connection:
        assert find_credential(connection, "ASIAAAAAAAAAAAAAAAAA") is None


def test_session_ends_with_its_role(api, store, role):
    key = api("AssumeRole", RoleArn=role, RoleSessionName="s1")["Credentials"]["AccessKeyId"]
    api("DeleteRole", RoleName="r")
    with store.reading() as connection:
        assert find_credential(connection, key) is None


def test_expired_sessions_are_forgotten_after_a_day(api, store, role, clock):
    key = api("AssumeRole", RoleArn=role, RoleSessionName="s1")["Credentials"]["AccessKeyId"]
    for hours, is_there in ((2, True), (24, False)):
        clock.now += hours * 3600
        api("AssumeRole", RoleArn=role, RoleSessionName="another")
        with store.reading() as connection:
            assert (find_credential(connection, key) is not None) is is_there


@pytest.mark.parametrize(
    "arn",
    ["nothing-valid-in-here", "arn::b:::something/test-role", "arn:a::::something/test-role", "arn:a:a::aaaaaaaaaa:"],
)
def test_arn_that_is_none(api, refused, arn):
    with refused("ValidationError", f"{arn} is invalid"):
        api("AssumeRole", RoleArn=arn, RoleSessionName="s1")


@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:iam::111122223333:role/none",
        "arn:aws:iam::111122223333:role/r",  # the role has a path
        "arn:aws:iam::444455556666:role/elsewhere",
        "arn:aws:iam::111122223333:user/passrole-admin",
    ],
)
def test_role_that_is_not_there_is_denied_like_one_that_may_not_be_assumed(api, refused, role, arn):
    caller = "arn:aws:iam::111122223333:user/passrole-admin"
    with refused("AccessDenied", denied(caller, "sts:AssumeRole", arn, "")):
        api("AssumeRole", RoleArn=arn, RoleSessionName="s1")


def test_trust_in_the_account_needs_the_callers_own_policy(api, refused, role, say):
    """Engine rule: trust that names the account delegates; identity alone never suffices."""
    without = api.as_new_user("without")
    with refused("AccessDenied"):
        without("AssumeRole", RoleArn=role, RoleSessionName="s1")
    with_policy = api.as_new_user("with", say.allow("sts:AssumeRole", resource=role))
    assert with_policy("AssumeRole", RoleArn=role, RoleSessionName="s1")["Credentials"]


def test_trust_that_names_the_user_suffices_and_identity_alone_does_not(api, refused, say):
    named = api.as_new_user("named")
    other = api.as_new_user("other", say.allow("sts:*"))
    trust = say.document(say.trust(AWS=named.caller.principal.arn))
    role = api("CreateRole", RoleName="r", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    assert named("AssumeRole", RoleArn=role, RoleSessionName="s1")["Credentials"]
    with refused("AccessDenied"):
        other("AssumeRole", RoleArn=role, RoleSessionName="s1")


def test_explicit_deny_of_the_trust_policy_is_named(api, refused, say):
    caller = api.as_new_user("ann", say.allow("sts:*"))
    trust = say.document(say.trust(AWS=ROOT), {**say.trust(AWS=caller.caller.principal.arn), "Effect": "Deny"})
    role = api("CreateRole", RoleName="r", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    because = " with an explicit deny in the role trust policy"
    with refused("AccessDenied", denied(caller.caller.principal.arn, "sts:AssumeRole", role, because)):
        caller("AssumeRole", RoleArn=role, RoleSessionName="s1")


def test_external_id_and_session_name_reach_the_trust_policy(api, refused, say):
    condition = {"StringEquals": {"sts:ExternalId": "secret-42"}, "StringLike": {"sts:RoleSessionName": "job-*"}}
    trust = say.document({**say.trust(AWS=ROOT), "Condition": condition})
    role = api("CreateRole", RoleName="r", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    for params in ({}, {"ExternalId": "wrong"}, {"ExternalId": "secret-42", "RoleSessionName": "other"}):
        with refused("AccessDenied"):
            api("AssumeRole", **{"RoleArn": role, "RoleSessionName": "job-1", **params})
    assert api("AssumeRole", RoleArn=role, RoleSessionName="job-1", ExternalId="secret-42")["Credentials"]


def test_duration(api, refused, role):
    too_long = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
    with refused("ValidationError", too_long):
        api("AssumeRole", RoleArn=role, RoleSessionName="s1", DurationSeconds=3601)
    api("UpdateRole", RoleName="r", MaxSessionDuration=7200)
    answer = api("AssumeRole", RoleArn=role, RoleSessionName="s1", DurationSeconds=7200)
    assert answer["Credentials"]["Expiration"] == datetime(2026, 11, 23, 14, 0, tzinfo=UTC)


def test_chained_role_lasts_an_hour_at_most(api, refused, role, say):
    api("UpdateRole", RoleName="r", MaxSessionDuration=43200)
    api("PutRolePolicy", RoleName="r", PolicyName="p", PolicyDocument=say.document(say.allow("sts:AssumeRole")))
    session = api.assuming(role)
    with refused(
        "ValidationError",
        "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining",
    ):
        session("AssumeRole", RoleArn=role, RoleSessionName="s2", DurationSeconds=3601)
    assert session("AssumeRole", RoleArn=role, RoleSessionName="s2", DurationSeconds=3600)["Credentials"]


def test_session_may_do_what_its_role_may(api, refused, role, say):
    session = api.assuming(role)
    arn = "arn:aws:sts::111122223333:assumed-role/r/test-session"
    because = " because no identity-based policy allows the iam:ListUsers action"
    users = "arn:aws:iam::111122223333:user/"
    with refused("AccessDenied", denied(arn, "iam:ListUsers", users, because)):
        session("ListUsers")
    api("PutRolePolicy", RoleName="r", PolicyName="p", PolicyDocument=say.document(say.allow("iam:ListUsers")))
    assert session("ListUsers")["Users"]
    api("DeleteRolePolicy", RoleName="r", PolicyName="p")
    with refused("AccessDenied"):
        session("ListUsers")


def test_session_policies_limit_the_session(api, refused, role, say):
    api("AttachRolePolicy", RoleName="r", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    inline = api.assuming(role, Policy=say.document(say.allow("iam:ListUsers")))
    managed = api.assuming(role, PolicyArns=[{"arn": "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"}])
    both = api.assuming(
        role,
        Policy=say.document(say.allow("iam:ListUsers")),
        PolicyArns=[{"arn": "arn:aws:iam::aws:policy/IAMReadOnlyAccess"}],
    )
    assert inline("ListUsers")["Users"]
    because = " because no session policy allows the iam:ListRoles action"
    arn = "arn:aws:sts::111122223333:assumed-role/r/test-session"
    for session in (inline, managed):
        with refused("AccessDenied", denied(arn, "iam:ListRoles", "arn:aws:iam::111122223333:role/", because)):
            session("ListRoles")
    assert both("ListRoles")["Roles"]
    for session in (inline, managed, both):
        with refused("AccessDenied"):
            session("CreateUser", UserName="nobody")


def test_session_policies_are_checked_and_limited_in_size(api, refused, role, say):
    with refused("MalformedPolicyDocument", "This policy contains invalid Json"):
        api("AssumeRole", RoleArn=role, RoleSessionName="s1", Policy="{")
    with refused("MalformedPolicyDocument"):
        api("AssumeRole", RoleArn=role, RoleSessionName="s1", PolicyArns=[{"arn": "arn:aws:iam::aws:policy/None"}])
    text = json.dumps({"Version": "2012-10-17", "Statement": [say.allow("s3:*", Sid="s" * 2000)]})
    with refused(
        "PackedPolicyTooLarge",
        f"Packed policy consumes {-(-100 * len(text) // 2048)}% of allotted space, please use smaller policy.",
    ):
        api("AssumeRole", RoleArn=role, RoleSessionName="s1", Policy=text)
    arns = [{"arn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}] * 11
    with refused("ValidationError"):
        api("AssumeRole", RoleArn=role, RoleSessionName="s1", PolicyArns=arns)
    small = say.document(say.allow("s3:*"))
    assert 0 < api("AssumeRole", RoleArn=role, RoleSessionName="s1", Policy=small)["PackedPolicySize"] <= 100


def tags(**values: str) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in values.items()]


def test_session_tags_are_principal_tags_and_replace_those_of_the_role(api, role):
    api("TagRole", RoleName="r", Tags=tags(Team="role", Kept="yes"))
    session = api.assuming(role, Tags=tags(team="session", New="1"))
    assert dict(session.caller.tags) == {"team": "session", "New": "1", "Kept": "yes"}


def test_tags_and_source_identity_are_permissions_of_their_own(api, refused, say):
    trust = say.document(say.trust(AWS=ROOT))
    role = api("CreateRole", RoleName="plain", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    assert api("AssumeRole", RoleArn=role, RoleSessionName="s1")["Credentials"]
    for params, action in (
        ({"Tags": tags(a="1")}, "sts:TagSession"),
        ({"SourceIdentity": "ann"}, "sts:SetSourceIdentity"),
    ):
        with pytest.raises(Exception, match=f"not authorized to perform: {action} on resource"):
            api("AssumeRole", RoleArn=role, RoleSessionName="s1", **params)


def test_tag_rules_in_the_words_of_sts(api, refused, role):
    with refused("InvalidParameterValue", "The specified transitive tag key must be included in the requested tags."):
        api("AssumeRole", RoleArn=role, RoleSessionName="s1", TransitiveTagKeys=["a"])
    with refused("InvalidParameterValue", "Duplicate tag keys found. Please note that Tag keys are case insensitive."):
        api("AssumeRole", RoleArn=role, RoleSessionName="s1", Tags=tags(a="1", A="2"))


def test_transitive_tags_are_handed_on_and_cannot_be_replaced(api, refused, role, say):
    api("PutRolePolicy", RoleName="r", PolicyName="p", PolicyDocument=say.document(say.allow("sts:*")))
    first = api.assuming(role, Tags=tags(Project="x", Other="y"), TransitiveTagKeys=["project"])
    second = first.assuming(role, Tags=tags(Own="z"))
    assert dict(second.caller.tags) == {"Project": "x", "Own": "z"}
    conflict = (
        "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the "
        "calling session."
    )
    for session in (first, second):
        with refused("InvalidParameterValue", conflict):
            session("AssumeRole", RoleArn=role, RoleSessionName="s3", Tags=tags(PROJECT="other"))


def test_source_identity_stays_through_a_chain(api, refused, role, say):
    api("PutRolePolicy", RoleName="r", PolicyName="p", PolicyDocument=say.document(say.allow("sts:*")))
    first = api.assuming(role, SourceIdentity="ann")
    answer = first("AssumeRole", RoleArn=role, RoleSessionName="s2")
    assert answer["SourceIdentity"] == "ann"
    with refused("AccessDenied"):
        first("AssumeRole", RoleArn=role, RoleSessionName="s2", SourceIdentity="bob")


def test_mfa_cannot_be_used_where_nobody_has_a_device(api, refused, role):
    params = {"SerialNumber": "arn:aws:iam::111122223333:mfa/ann", "TokenCode": "123456"}
    for operation, more in (("AssumeRole", {"RoleArn": role, "RoleSessionName": "s1"}), ("GetSessionToken", {})):
        with refused("AccessDenied"):
            api(operation, **more, **params)


def test_session_token_of_a_user(api, refused, role):
    answer = api("GetSessionToken")
    assert answer["Credentials"]["Expiration"] == datetime(2026, 11, 24, 0, 0, tzinfo=UTC)
    session = api.with_key(answer["Credentials"]["AccessKeyId"])
    assert session("GetCallerIdentity")["Arn"] == "arn:aws:iam::111122223333:user/passrole-admin"
    with refused("InvalidClientTokenId", "The security token included in the request is invalid."):
        session("ListUsers")
    assert session("AssumeRole", RoleArn=role, RoleSessionName="s1")["Credentials"]
    for caller in (session, api.assuming(role)):
        with refused("AccessDenied", "Cannot call GetSessionToken with session credentials"):
            caller("GetSessionToken")


def test_nobody_is_denied_to_ask_who_it_is(api, say):
    denied_everything = {"Effect": "Deny", "Action": "*", "Resource": "*"}
    assert api.as_new_user("ann", denied_everything)("GetCallerIdentity")["Account"] == "111122223333"


def test_terms_of_a_session_survive_being_written_down():
    terms = SessionTerms(("{}",), ("arn:aws:iam::aws:policy/X",), {"Größe": ""}, ("Größe",), "ann")
    assert SessionTerms.from_text(terms.to_text()) == terms
    assert SessionTerms.from_text(SessionTerms().to_text()) == SessionTerms()


@pytest.fixture
def vmimport(api, say) -> str:
    """The trust policy of VM Import/Export's role, with its external id and a guard against confused deputies."""
    condition = {
        "StringEquals": {"sts:Externalid": "vmimport", "aws:SourceAccount": "111122223333"},
        "ArnLike": {"aws:SourceArn": "arn:aws:vmie:*:111122223333:*"},
    }
    trust = say.document({**say.trust(Service="vmie.amazonaws.com"), "Condition": condition})
    return api("CreateRole", RoleName="vmimport", AssumeRolePolicyDocument=trust)["Role"]["Arn"]


GOOD = {
    "external_id": "vmimport",
    "source_account": "111122223333",
    "source_arn": "arn:aws:vmie:us-east-1:111122223333:task/1",
}


@pytest.mark.parametrize("named", ["vmimport", "arn:aws:iam::111122223333:role/vmimport"])
def test_service_assumes_the_role_that_trusts_it(api, store, vmimport, named):
    made = assume_as_service(store, "vmie.amazonaws.com", named, session_name="vmimport", **GOOD)
    assert made.secret not in repr(made)
    session = api.with_key(made.access_key_id)
    assert session("GetCallerIdentity")["Arn"] == "arn:aws:sts::111122223333:assumed-role/vmimport/vmimport"


@pytest.mark.parametrize(
    ("service", "changed"),
    [
        ("ec2.amazonaws.com", {}),
        ("vmie.amazonaws.com", {"external_id": None}),
        ("vmie.amazonaws.com", {"external_id": "other"}),
        ("vmie.amazonaws.com", {"source_account": "999999999999"}),
        ("vmie.amazonaws.com", {"source_account": None}),
        ("vmie.amazonaws.com", {"source_arn": None}),
    ],
)
def test_service_is_kept_out_by_the_trust_policy(store, vmimport, service, changed):
    with pytest.raises(ServiceError) as caught:
        assume_as_service(store, service, "vmimport", session_name="s1", **{**GOOD, **changed})
    assert caught.value.code == "AccessDenied"
    assert caught.value.message.startswith(
        f"User: {service} is not authorized to perform: sts:AssumeRole on resource: {vmimport}"
    )


def test_service_cannot_assume_what_is_not_there(store):
    with pytest.raises(ServiceError) as caught:
        assume_as_service(store, "vmie.amazonaws.com", "none", session_name="s1")
    assert caught.value.code == "NoSuchEntity"
    with pytest.raises(ServiceError) as caught:
        assume_as_service(store, "vmie.amazonaws.com", "arn:aws:iam::111122223333:role/none", session_name="s1")
    assert caught.value.code == "AccessDenied"


def test_last_use_of_a_role(api, store, role):
    from passrole.account.last_used import LastUsed

    key = api("AssumeRole", RoleArn=role, RoleSessionName="s1")["Credentials"]["AccessKeyId"]
    with store.reading() as connection:
        credential = find_credential(connection, key)
    LastUsed(store).note(credential, service="iam", region="eu-west-1")
    assert api("GetRole", RoleName="r")["Role"]["RoleLastUsed"] == {"LastUsedDate": NOON, "Region": "eu-west-1"}
