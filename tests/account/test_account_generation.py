"""What raises the generation of a file: every write on which the policies of some caller could depend."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import delete, update

from passrole.account import entities, stack_cache, tables
from passrole.account.callers import user_caller
from passrole.account.entities import Kind
from passrole.account.snapshot_of import snapshot_of
from passrole.engine.stack import Known

READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"
OWN_POLICIES = "arn:aws:iam::111122223333:policy/"

S3_READ = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"


def raised_by(api, name, **params):
    before = api.store.generation()
    answer = api(name, **params)
    return answer, api.store.generation() > before


@pytest.fixture
def trust(say):
    return say.document(say.trust(AWS="111122223333"))


def test_calls_that_leave_everyone_s_policies_as_they_were_raise_nothing(api, say, trust):
    calls = [
        ("CreateUser", {"UserName": "ana", "Tags": [{"Key": "a", "Value": "b"}]}),
        ("CreateGroup", {"GroupName": "team"}),
        ("CreateRole", {"RoleName": "App", "AssumeRolePolicyDocument": trust}),
        ("UpdateAssumeRolePolicy", {"RoleName": "App", "PolicyDocument": trust}),
        ("CreateInstanceProfile", {"InstanceProfileName": "App"}),
        ("AddRoleToInstanceProfile", {"InstanceProfileName": "App", "RoleName": "App"}),
        ("TagUser", {"UserName": "ana", "Tags": [{"Key": "c", "Value": "d"}]}),
        ("CreateAccessKey", {"UserName": "ana"}),
        ("AssumeRole", {"RoleArn": "arn:aws:iam::111122223333:role/App", "RoleSessionName": "session"}),
    ]
    for name, parameters in calls:
        assert not raised_by(api, name, **parameters)[1], name


def test_calls_that_change_someone_s_policies_raise_it(api, say, trust):
    document = say.document(say.allow("iam:ListRoles"))
    for name in ("ana", "gone"):
        api("CreateUser", UserName=name)
    api("CreateGroup", GroupName="team")
    api("CreateRole", RoleName="App", AssumeRolePolicyDocument=trust)
    answer, raised = raised_by(api, "CreatePolicy", PolicyName="Mine", PolicyDocument=document)
    assert raised
    arn = answer["Policy"]["Arn"]
    calls = [
        ("AttachUserPolicy", {"UserName": "ana", "PolicyArn": arn}),
        ("CreatePolicyVersion", {"PolicyArn": arn, "PolicyDocument": document}),
        ("SetDefaultPolicyVersion", {"PolicyArn": arn, "VersionId": "v2"}),
        ("DeletePolicyVersion", {"PolicyArn": arn, "VersionId": "v1"}),
        ("PutUserPolicy", {"UserName": "ana", "PolicyName": "p", "PolicyDocument": document}),
        ("DeleteUserPolicy", {"UserName": "ana", "PolicyName": "p"}),
        ("AddUserToGroup", {"GroupName": "team", "UserName": "ana"}),
        ("PutGroupPolicy", {"GroupName": "team", "PolicyName": "p", "PolicyDocument": document}),
        ("RemoveUserFromGroup", {"GroupName": "team", "UserName": "ana"}),
        ("PutUserPermissionsBoundary", {"UserName": "ana", "PermissionsBoundary": S3_READ}),
        ("DeleteUserPermissionsBoundary", {"UserName": "ana"}),
        ("PutRolePermissionsBoundary", {"RoleName": "App", "PermissionsBoundary": S3_READ}),
        ("DetachUserPolicy", {"UserName": "ana", "PolicyArn": arn}),
        ("DeletePolicy", {"PolicyArn": arn}),
        ("UpdateUser", {"UserName": "ana", "NewUserName": "anna"}),
        ("DeleteUser", {"UserName": "gone"}),
    ]
    for name, parameters in calls:
        assert raised_by(api, name, **parameters)[1], name


def test_a_table_that_nobody_has_thought_of_decides(store):
    """Only tables that are known to decide nothing are left out; what is added later counts until someone says no."""
    known = {
        "access_keys",
        "account_aliases",
        "account_settings",
        "deletion_tasks",
        "entity_counts",
        "instance_profile_roles",
        "last_accessed_jobs",
        "login_profiles",
        "mfa_devices",
        "past_passwords",
        "roles",
        "sessions",
        "tags",
        "trust_principals",
    }
    for table in tables.metadata.sorted_tables:
        column = next(iter(table.columns))
        before = store.generation()
        with store.writing() as connection:
            connection.execute(update(table).values({column.name: column}))
        assert (store.generation() > before) == (table.name not in known), table.name


def test_statements_in_sqlite_s_own_words_count(store):
    before = store.generation()
    with store.writing() as connection:
        connection.exec_driver_sql("SELECT 1")
    assert store.generation() == before
    with store.writing() as connection:
        connection.exec_driver_sql("UPDATE entities SET path = path")
    assert store.generation() == before + 1


def test_write_before_an_insignificant_one_is_not_forgotten(store):
    before = store.generation()
    with store.writing() as connection:
        connection.execute(delete(tables.attachments))
        connection.execute(delete(tables.sessions))
    assert store.generation() == before + 1
    with store.writing() as connection:
        connection.execute(delete(tables.sessions))
    assert store.generation() == before + 1, "the next transaction begins anew"
    assert snapshot_of(store).users["passrole-admin"].attached_policy_arns == ()


def test_plans_of_policies_that_have_changed_are_let_go(api, say, monkeypatch):
    """Each generation has stacks of its own; a server that runs for days must not keep the plans of all."""
    monkeypatch.setattr(stack_cache, "KEPT_PLANS", 20)
    stacks = stack_cache.StackCache()
    changing = replace(api, through_botocore=False, stacks=stacks, clients={})
    changing("CreateUser", UserName="ana")
    for number in range(60):
        document = say.document(say.allow("s3:GetObject", resource=f"arn:aws:s3:::b{number}/*"))
        changing("PutUserPolicy", UserName="ana", PolicyName="p", PolicyDocument=document)
    assert 0 < len(stacks._book) <= 20


OF_OTHERS = [
    ("PutUserPolicy", {"UserName": "bob", "PolicyName": "p"}, "PolicyDocument"),
    ("AttachUserPolicy", {"UserName": "bob", "PolicyArn": READ_ONLY}, None),
    ("PutGroupPolicy", {"GroupName": "others", "PolicyName": "p"}, "PolicyDocument"),
    ("AddUserToGroup", {"UserName": "bob", "GroupName": "others"}, None),
    ("CreatePolicyVersion", {"PolicyArn": f"{OWN_POLICIES}unused", "SetAsDefault": True}, "PolicyDocument"),
]
OF_THE_CALLER = [
    ("PutUserPolicy", {"UserName": "ann", "PolicyName": "p"}, "PolicyDocument"),
    ("DeleteUserPolicy", {"UserName": "ann", "PolicyName": "before"}, None),
    ("AttachUserPolicy", {"UserName": "ann", "PolicyArn": READ_ONLY}, None),
    ("DetachUserPolicy", {"UserName": "ann", "PolicyArn": f"{OWN_POLICIES}used"}, None),
    ("PutUserPermissionsBoundary", {"UserName": "ann", "PermissionsBoundary": READ_ONLY}, None),
    ("PutGroupPolicy", {"GroupName": "mine", "PolicyName": "p"}, "PolicyDocument"),
    ("AttachGroupPolicy", {"GroupName": "mine", "PolicyArn": READ_ONLY}, None),
    ("RemoveUserFromGroup", {"UserName": "ann", "GroupName": "mine"}, None),
    ("AddUserToGroup", {"UserName": "ann", "GroupName": "others"}, None),
    ("CreatePolicyVersion", {"PolicyArn": f"{OWN_POLICIES}used", "SetAsDefault": True}, "PolicyDocument"),
]


@pytest.fixture
def people(api, say):
    """Ann, in a group, with an inline policy and an attached one; and others."""
    document = say.document(say.allow("s3:GetObject"))
    for name in ("ann", "bob"):
        api("CreateUser", UserName=name)
    for name in ("mine", "others"):
        api("CreateGroup", GroupName=name)
    for name in ("used", "unused"):
        api("CreatePolicy", PolicyName=name, PolicyDocument=document)
    api("AddUserToGroup", UserName="ann", GroupName="mine")
    api("PutUserPolicy", UserName="ann", PolicyName="before", PolicyDocument=document)
    api("AttachUserPolicy", UserName="ann", PolicyArn=f"{OWN_POLICIES}used")


def stack_of_ann(store, stacks):
    with store.reading() as connection:
        view = store.view(connection)
        user = entities.get(view, Kind.USER, "ann")
        return stacks.compiled(view, user_caller(user, {}), Known())


@pytest.mark.parametrize(
    ("operation", "parameters", "document", "changes"),
    [*((*each, False) for each in OF_OTHERS), *((*each, True) for each in OF_THE_CALLER)],
)
def test_policies_are_compiled_anew_where_they_are_the_caller_s(
    store, api, people, say, operation, parameters, document, changes
):
    stacks = stack_cache.StackCache()
    before, generation = stack_of_ann(store, stacks), store.generation()
    given = {document: say.document(say.allow("sqs:SendMessage"))} if document else {}
    api(operation, **parameters, **given)
    assert store.generation() > generation
    after = stack_of_ann(store, stacks)
    assert (after is not before) is changes
    fresh = stack_of_ann(store, stack_cache.StackCache())
    assert after.stack == fresh.stack
