"""What each operation asks of IAM, and that policies written through the API decide it."""

from __future__ import annotations

import pytest

from passrole.account.dispatch import find_operation
from passrole.account.operations import OPERATIONS

A = "arn:aws:iam::111122223333"
POLICY = f"{A}:policy/team/p"
AWS_POLICY = "arn:aws:iam::aws:policy/ReadOnlyAccess"


@pytest.fixture
def ec2(say) -> str:
    return say.document(say.trust(Service="ec2.amazonaws.com"))


@pytest.fixture
def world(api, say, ec2):
    """One entity of each kind, with paths, tags and boundaries."""
    s3 = say.document(say.allow("s3:*"))
    api("CreatePolicy", PolicyName="p", Path="/team/", PolicyDocument=s3, Tags=[{"Key": "T", "Value": "p"}])
    bounded = {"Path": "/team/", "PermissionsBoundary": AWS_POLICY}
    api("CreateUser", UserName="u", Tags=[{"Key": "T", "Value": "u"}], **bounded)
    api("CreateRole", RoleName="r", AssumeRolePolicyDocument=ec2, Tags=[{"Key": "T", "Value": "r"}], **bounded)
    api("CreateGroup", GroupName="g", Path="/team/")
    api("CreateInstanceProfile", InstanceProfileName="i", Path="/team/", Tags=[{"Key": "T", "Value": "i"}])


ROLE_TAGS = {"aws:ResourceTag/T": "r", "iam:ResourceTag/T": "r"}
USER_TAGS = {"aws:ResourceTag/T": "u", "iam:ResourceTag/T": "u"}
BOUND = {"iam:PermissionsBoundary": AWS_POLICY}
TAGS = [{"Key": "New", "Value": "1"}]
TAG_KEYS = {"aws:RequestTag/New": "1", "aws:TagKeys": ("New",)}

# operation, parameters, then for each question: action, resource, condition keys
QUESTIONS = [
    ("GetUser", {}, [("iam:GetUser", f"{A}:user/passrole-admin", {})]),
    ("GetUser", {"UserName": "u"}, [("iam:GetUser", f"{A}:user/team/u", USER_TAGS)]),
    ("GetUser", {"UserName": "none"}, [("iam:GetUser", f"{A}:user/none", {})]),
    ("ListUsers", {}, [("iam:ListUsers", f"{A}:user/", {})]),
    ("ListRoles", {"PathPrefix": "/team/"}, [("iam:ListRoles", f"{A}:role/team/", {})]),
    ("ListPolicies", {}, [("iam:ListPolicies", "*", {})]),
    ("GetAccountSummary", {}, [("iam:GetAccountSummary", "*", {})]),
    ("GetCallerIdentity", {}, []),
    (
        "CreateRole",
        {"RoleName": "new", "Path": "/x/", "AssumeRolePolicyDocument": "{}", "PermissionsBoundary": POLICY},
        [("iam:CreateRole", f"{A}:role/x/new", {"iam:PermissionsBoundary": POLICY})],
    ),
    (
        "CreateRole",
        {"RoleName": "new", "AssumeRolePolicyDocument": "{}", "Tags": TAGS},
        [("iam:CreateRole", f"{A}:role/new", TAG_KEYS), ("iam:TagRole", f"{A}:role/new", TAG_KEYS)],
    ),
    (
        "CreatePolicy",
        {"PolicyName": "new", "PolicyDocument": "{}", "Tags": TAGS},
        [("iam:CreatePolicy", f"{A}:policy/new", TAG_KEYS), ("iam:TagPolicy", f"{A}:policy/new", TAG_KEYS)],
    ),
    ("DeleteRole", {"RoleName": "r"}, [("iam:DeleteRole", f"{A}:role/team/r", {**ROLE_TAGS, **BOUND})]),
    (
        "AttachRolePolicy",
        {"RoleName": "r", "PolicyArn": POLICY},
        [("iam:AttachRolePolicy", f"{A}:role/team/r", {**ROLE_TAGS, **BOUND, "iam:PolicyARN": POLICY})],
    ),
    (
        "DetachGroupPolicy",
        {"GroupName": "g", "PolicyArn": POLICY},
        [("iam:DetachGroupPolicy", f"{A}:group/team/g", {"iam:PolicyARN": POLICY})],
    ),
    (
        "PutUserPolicy",
        {"UserName": "u", "PolicyName": "x", "PolicyDocument": "{}"},
        [("iam:PutUserPolicy", f"{A}:user/team/u", {**USER_TAGS, **BOUND})],
    ),
    (
        "PutRolePermissionsBoundary",
        {"RoleName": "r", "PermissionsBoundary": POLICY},
        [("iam:PutRolePermissionsBoundary", f"{A}:role/team/r", {**ROLE_TAGS, "iam:PermissionsBoundary": POLICY})],
    ),
    (
        "DeleteRolePermissionsBoundary",
        {"RoleName": "r"},
        [("iam:DeleteRolePermissionsBoundary", f"{A}:role/team/r", {**ROLE_TAGS, **BOUND})],
    ),
    (
        "TagRole",
        {"RoleName": "r", "Tags": TAGS},
        [("iam:TagRole", f"{A}:role/team/r", {**ROLE_TAGS, **TAG_KEYS})],
    ),
    (
        "UntagPolicy",
        {"PolicyArn": POLICY, "TagKeys": ["T", "X"]},
        [("iam:UntagPolicy", POLICY, {"aws:ResourceTag/T": "p", "aws:TagKeys": ("T", "X")})],
    ),
    ("GetPolicy", {"PolicyArn": AWS_POLICY}, [("iam:GetPolicy", AWS_POLICY, {})]),
    (
        "AddRoleToInstanceProfile",
        {"InstanceProfileName": "i", "RoleName": "r"},
        [
            ("iam:AddRoleToInstanceProfile", f"{A}:instance-profile/team/i", {"aws:ResourceTag/T": "i"}),
            (
                "iam:PassRole",
                f"{A}:role/team/r",
                {
                    **ROLE_TAGS,
                    "iam:PassedToService": "ec2.amazonaws.com",
                    "iam:AssociatedResourceArn": "arn:aws:ec2:*:111122223333:instance/*",
                },
            ),
        ],
    ),
    (
        "UpdateUser",
        {"UserName": "u", "NewUserName": "v"},
        [
            ("iam:UpdateUser", f"{A}:user/team/u", USER_TAGS),
            ("iam:UpdateUser", f"{A}:user/team/v", USER_TAGS),
        ],
    ),
    (
        "UpdateGroup",
        {"GroupName": "g", "NewPath": "/"},
        [("iam:UpdateGroup", f"{A}:group/team/g", {}), ("iam:UpdateGroup", f"{A}:group/g", {})],
    ),
    (
        "AssumeRole",
        {"RoleArn": f"{A}:role/team/r", "RoleSessionName": "s1", "ExternalId": "x1", "Tags": TAGS},
        [
            (
                action,
                f"{A}:role/team/r",
                {**ROLE_TAGS, **TAG_KEYS, "sts:RoleSessionName": "s1", "sts:ExternalId": "x1"},
            )
            for action in ("sts:AssumeRole", "sts:TagSession")
        ],
    ),
]


@pytest.mark.parametrize(("name", "params", "expected"), QUESTIONS, ids=lambda v: v if isinstance(v, str) else None)
def test_questions(store, api, world, name, params, expected):
    operation = find_operation("sts" if ("sts", name) in OPERATIONS else "iam", name)
    with store.reading() as connection:
        asks = operation.asks(store.context(connection, api.caller), params)
    assert [(ask.action, ask.resource, dict(ask.context)) for ask in asks] == expected


def test_ec2_has_a_name_of_its_own_in_china(tmp_path, say):
    from passrole.account.callers import find_credential
    from passrole.account.store import AccountStore

    store = AccountStore.open(tmp_path / "cn.db", partition="aws-cn")
    with store.reading() as connection:
        caller = find_credential(connection, store.administrator().access_key_id).caller
        params = {"InstanceProfileName": "i", "RoleName": "r"}
        asks = find_operation("iam", "AddRoleToInstanceProfile").asks(store.context(connection, caller), params)
    store.close()
    assert asks[1].context["iam:PassedToService"] == "ec2.amazonaws.com.cn"
    assert asks[1].resource == "arn:aws-cn:iam::111122223333:role/r"


# How AWS names the resource in its denials, as public reports of real answers show it.
SHOWN = [
    ("GetRole", {"RoleName": "x"}, "iam:GetRole", "role x"),
    ("GetUser", {"UserName": "x"}, "iam:GetUser", "user x"),
    ("AttachRolePolicy", {"RoleName": "x", "PolicyArn": AWS_POLICY}, "iam:AttachRolePolicy", "role x"),
    ("CreateRole", {"RoleName": "x", "AssumeRolePolicyDocument": "{}"}, "iam:CreateRole", f"{A}:role/x"),
    ("CreatePolicy", {"PolicyName": "x", "PolicyDocument": "{}"}, "iam:CreatePolicy", "policy x"),
    ("GetPolicy", {"PolicyArn": AWS_POLICY}, "iam:GetPolicy", f"policy {AWS_POLICY}"),
    ("GetInstanceProfile", {"InstanceProfileName": "x"}, "iam:GetInstanceProfile", "instance profile x"),
    ("ListPolicies", {}, "iam:ListPolicies", "policy path /"),
    ("ListUsers", {}, "iam:ListUsers", f"{A}:user/"),
    ("GetAccountSummary", {}, "iam:GetAccountSummary", "*"),
]


@pytest.mark.parametrize(("name", "params", "action", "resource"), SHOWN)
def test_denials_are_in_the_words_of_aws(api, refused, name, params, action, resource):
    nobody = api.as_new_user("nobody")
    with refused(
        "AccessDenied",
        f"User: {A}:user/nobody is not authorized to perform: {action} on resource: {resource} because no "
        f"identity-based policy allows the {action} action",
    ):
        nobody(name, **params)


def test_every_operation_but_one_is_denied_to_who_has_no_policies(api, world):
    """GetCallerIdentity and GetSessionToken need no permission; nothing else may pass unasked."""
    nobody = api.as_new_user("nobody")
    required = {
        "UserName": "u", "RoleName": "r", "GroupName": "g", "InstanceProfileName": "i", "PolicyArn": POLICY,
        "PolicyName": "n", "PolicyDocument": "{}", "AssumeRolePolicyDocument": "{}", "VersionId": "v1",
        "Tags": TAGS, "TagKeys": ["T"], "PermissionsBoundary": POLICY, "AccessKeyId": "AKIAIOSFODNN7EXAMPLE",
        "Status": "Active", "AccountAlias": "alias", "Description": "d", "RoleArn": f"{A}:role/team/r",
        "RoleSessionName": "s1", "Name": "Bob", "OldPassword": "x", "NewPassword": "y", "SerialNumber": f"{A}:mfa/m",
        "AuthenticationCode1": "123456", "AuthenticationCode2": "654321", "VirtualMFADeviceName": "m",
        "AWSServiceName": "ecs.amazonaws.com", "GlobalEndpointTokenVersion": "v1Token", "PolicySourceArn": f"{A}:user/u",
        "DeletionTaskId": "task/aws-service-role/ecs.amazonaws.com/x/00000000-0000-4000-8000-000000000000",
        "Arn": f"{A}:user/u", "JobId": "0" * 36, "ServiceNamespace": "iam", "ServiceNamespaces": ["iam"],
        "EncodedMessage": "x", "PolicyInputList": ["{}"], "ActionNames": ["s3:GetObject"],
    }  # fmt: skip
    from passrole.account.aws_models import shared_loader

    outcomes = {}
    for service, name in OPERATIONS:
        model = shared_loader().load_service_model(service, "service-2")
        shape = model["operations"][name].get("input")
        needed = model["shapes"][shape["shape"]].get("required", []) if shape else []
        try:
            nobody(name, **{parameter: required[parameter] for parameter in needed})
            outcomes[name] = "passed"
        except Exception as error:
            outcomes[name] = getattr(error, "code", repr(error))
    other = {name: outcome for name, outcome in outcomes.items() if outcome != "AccessDenied"}
    assert other == {"GetCallerIdentity": "passed", "GetSessionToken": "passed"}


def test_pass_role_is_asked_beside_the_instance_profile(api, refused, world, say):
    without = api.as_new_user("without", say.allow("iam:AddRoleToInstanceProfile"))
    with refused(
        "AccessDenied",
        f"User: {A}:user/without is not authorized to perform: iam:PassRole on resource: {A}:role/team/r because no "
        "identity-based policy allows the iam:PassRole action",
    ):
        without("AddRoleToInstanceProfile", InstanceProfileName="i", RoleName="r")
    elsewhere = {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}
    condition = {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}
    wrong = api.as_new_user(
        "wrong", say.allow("iam:AddRoleToInstanceProfile"), say.allow("iam:PassRole", Condition=elsewhere)
    )
    with refused("AccessDenied"):
        wrong("AddRoleToInstanceProfile", InstanceProfileName="i", RoleName="r")
    right = api.as_new_user(
        "right", say.allow("iam:AddRoleToInstanceProfile"), say.allow("iam:PassRole", Condition=condition)
    )
    right("AddRoleToInstanceProfile", InstanceProfileName="i", RoleName="r")


def test_attaching_can_be_limited_to_named_policies(api, refused, world, say):
    only = {"ArnEquals": {"iam:PolicyARN": POLICY}}
    limited = api.as_new_user("limited", say.allow("iam:AttachRolePolicy", Condition=only))
    limited("AttachRolePolicy", RoleName="r", PolicyArn=POLICY)
    with refused("AccessDenied"):
        limited("AttachRolePolicy", RoleName="r", PolicyArn=AWS_POLICY)


def test_managed_policies_of_aws_are_owned_by_no_account_of_the_customer(api, refused, say):
    """AWS's example "Deny access to resources outside your account except AWS managed IAM policies"."""
    outside = {"Condition": {"StringNotEquals": {"aws:ResourceAccount": "111122223333"}}, "Resource": "*"}
    without = api.as_new_user("without", say.allow("iam:*"), {"Effect": "Deny", "NotAction": "s3:*", **outside})
    without("GetUser", UserName="without")
    with refused("AccessDenied"):
        without("GetPolicy", PolicyArn=AWS_POLICY)
    excepted = {"Effect": "Deny", "NotAction": ["iam:GetPolicy", "iam:GetPolicyVersion"], **outside}
    api.as_new_user("with", say.allow("iam:*"), excepted)("GetPolicy", PolicyArn=AWS_POLICY)


def test_creating_can_be_tied_to_a_boundary(api, refused, world, say, ec2):
    """The delegation of the IAM User Guide's page on permissions boundaries."""
    tied = {"StringEquals": {"iam:PermissionsBoundary": POLICY}}
    delegate = api.as_new_user("delegate", say.allow("iam:CreateRole", Condition=tied))
    with refused("AccessDenied"):
        delegate("CreateRole", RoleName="free", AssumeRolePolicyDocument=ec2)
    with refused("AccessDenied"):
        delegate("CreateRole", RoleName="free", AssumeRolePolicyDocument=ec2, PermissionsBoundary=AWS_POLICY)
    delegate("CreateRole", RoleName="bound", AssumeRolePolicyDocument=ec2, PermissionsBoundary=POLICY)


def test_group_policies_and_boundaries_decide_with_the_users_own(api, refused, say):
    ann = api.as_new_user("ann")
    api("CreateGroup", GroupName="readers")
    api("AttachGroupPolicy", GroupName="readers", PolicyArn="arn:aws:iam::aws:policy/IAMReadOnlyAccess")
    with refused("AccessDenied"):
        ann("ListRoles")
    api("AddUserToGroup", UserName="ann", GroupName="readers")
    ann("ListRoles")
    boundary = api("CreatePolicy", PolicyName="b", PolicyDocument=say.document(say.allow("iam:ListUsers")))["Policy"]
    api("PutUserPermissionsBoundary", UserName="ann", PermissionsBoundary=boundary["Arn"])
    ann("ListUsers")
    with refused(
        "AccessDenied",
        f"User: {A}:user/ann is not authorized to perform: iam:ListRoles on resource: {A}:role/ because no permissions "
        "boundary allows the iam:ListRoles action",
    ):
        ann("ListRoles")
    api("DeleteUserPermissionsBoundary", UserName="ann")
    ann("ListRoles")
    api("CreatePolicyVersion", PolicyArn=boundary["Arn"], PolicyDocument=say.document(say.allow("s3:*")))
    api("RemoveUserFromGroup", UserName="ann", GroupName="readers")
    with refused("AccessDenied"):
        ann("ListRoles")


def test_default_version_of_a_policy_is_the_one_that_decides(api, refused, say):
    ann = api.as_new_user("ann")
    arn = api("CreatePolicy", PolicyName="p", PolicyDocument=say.document(say.allow("iam:ListUsers")))["Policy"]["Arn"]
    api("AttachUserPolicy", UserName="ann", PolicyArn=arn)
    ann("ListUsers")
    api("CreatePolicyVersion", PolicyArn=arn, PolicyDocument=say.document(say.allow("s3:*")), SetAsDefault=True)
    with refused("AccessDenied"):
        ann("ListUsers")
    api("SetDefaultPolicyVersion", PolicyArn=arn, VersionId="v1")
    ann("ListUsers")


def test_what_another_process_revokes_is_denied_by_the_next_request(store, api, refused, say):
    """Two openings of one file stand for two processes: each has its own cache."""
    from passrole.account.stack_cache import StackCache
    from passrole.account.store import AccountStore

    ann = api.as_new_user("ann", say.allow("iam:ListUsers"))
    ann("ListUsers")
    other = AccountStore.open(store.path, clock=api.clock)
    elsewhere = type(api)(other, api.access_key_id, api.clock, api.through_botocore, StackCache())
    elsewhere("DeleteUserPolicy", UserName="ann", PolicyName="test")
    with refused("AccessDenied"):
        ann("ListUsers")
    other.close()


def test_cache_keeps_no_more_than_it_may(store, api):
    from passrole.account.stack_cache import StackCache

    cache = StackCache(size=2)
    callers = [api.as_new_user(name).caller for name in ("a", "b", "c")]
    with store.reading() as connection:
        ctx = store.context(connection, api.caller)
        stacks = [cache.stack_of(ctx, caller) for caller in (*callers, callers[2])]
        assert stacks[2] is stacks[3]
        assert cache.stack_of(ctx, callers[0]) is not stacks[0]


def test_refused_call_changes_nothing_even_when_its_last_question_is_the_one_denied(api, refused, world, say, ec2):
    creator = api.as_new_user("creator", say.allow("iam:CreateRole"))
    with pytest.raises(Exception, match="iam:TagRole"):
        creator("CreateRole", RoleName="new", AssumeRolePolicyDocument=ec2, Tags=TAGS)
    with refused("NoSuchEntity"):
        api("GetRole", RoleName="new")
