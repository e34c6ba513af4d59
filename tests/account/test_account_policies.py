"""Inline and managed policies, versions and attachments; AWS's managed policies as the DMS page prints them."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from urllib.parse import unquote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from passrole.account.documents import encoded_document

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
OWN = "arn:aws:iam::111122223333:policy/"
DMS_VPC = "arn:aws:iam::aws:policy/service-role/AmazonDMSVPCManagementRole"
KINDS = ("User", "Role", "Group")


@pytest.fixture
def holders(api, say):
    """A user, a role and a group, all called `h`."""
    api("CreateUser", UserName="h")
    api("CreateRole", RoleName="h", AssumeRolePolicyDocument=say.document(say.trust(Service="ec2.amazonaws.com")))
    api("CreateGroup", GroupName="h")


@pytest.fixture
def s3(say) -> str:
    return say.document(say.allow("s3:ListBucket"))


@pytest.mark.parametrize("kind", KINDS)
def test_inline_policy_lifecycle(api, refused, holders, s3, say, kind):
    who = {f"{kind}Name": "h"}
    assert api(f"List{kind}Policies", **who) == {"PolicyNames": [], "IsTruncated": False}
    for name in ("b", "a"):
        assert api(f"Put{kind}Policy", **who, PolicyName=name, PolicyDocument=s3) == {}
    assert api(f"List{kind}Policies", **who) == {"PolicyNames": ["a", "b"], "IsTruncated": False}
    shown = {**who, "PolicyName": "a", "PolicyDocument": json.loads(s3)}
    assert api(f"Get{kind}Policy", **who, PolicyName="a") == shown
    replaced = say.document(say.allow("sqs:*"))
    api(f"Put{kind}Policy", **who, PolicyName="a", PolicyDocument=replaced)
    assert api(f"Get{kind}Policy", **who, PolicyName="a")["PolicyDocument"] == json.loads(replaced)
    api(f"Delete{kind}Policy", **who, PolicyName="a")
    for operation in ("Get", "Delete"):
        with refused("NoSuchEntity", f"The {kind.lower()} policy with name a cannot be found."):
            api(f"{operation}{kind}Policy", **who, PolicyName="a")
    assert api(f"List{kind}Policies", **who)["PolicyNames"] == ["b"]


@pytest.mark.parametrize(("kind", "allowed"), [("User", 2048), ("Role", 10240), ("Group", 5120)])
def test_inline_policies_of_one_entity_share_their_quota(api, refused, holders, say, kind, allowed):
    def of_size(size: int) -> str:
        text = json.dumps({"Version": "2012-10-17", "Statement": [say.allow("s3:Get*", Sid="")]}, separators=(",", ":"))
        value = {"Version": "2012-10-17", "Statement": [say.allow("s3:Get*", Sid="s" * (size - len(text)))]}
        assert len(json.dumps(value, separators=(",", ":"))) == size
        return json.dumps(value, indent=8)  # white space is free

    half = allowed // 2
    who = {f"{kind}Name": "h"}
    api(f"Put{kind}Policy", **who, PolicyName="a", PolicyDocument=of_size(half))
    with refused("LimitExceeded", f"Maximum policy size of {allowed} bytes exceeded for {kind.lower()} h"):
        api(f"Put{kind}Policy", **who, PolicyName="b", PolicyDocument=of_size(half + 1))
    api(f"Put{kind}Policy", **who, PolicyName="b", PolicyDocument=of_size(half))
    api(f"Put{kind}Policy", **who, PolicyName="b", PolicyDocument=of_size(half))
    assert api(f"List{kind}Policies", **who)["PolicyNames"] == ["a", "b"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "Syntax errors in policy."),
        ("{}", "Syntax errors in policy."),
        (
            '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*","Principal":"*"}}',
            "Policy document should not specify a principal.",
        ),
        (
            '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"invalid","Resource":"*"}}',
            "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
        ),
        (
            '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*"}}',
            "Policy statement must contain resources.",
        ),
    ],
)
def test_documents_that_iam_refuses(api, refused, holders, text, message):
    for operation, params in (
        ("PutRolePolicy", {"RoleName": "h", "PolicyName": "p"}),
        ("CreatePolicy", {"PolicyName": "p"}),
    ):
        with refused("MalformedPolicyDocument", message):
            api(operation, PolicyDocument=text, **params)
    assert api("ListRolePolicies", RoleName="h")["PolicyNames"] == []
    assert api("ListPolicies", Scope="Local")["Policies"] == []


@settings(max_examples=100, deadline=None)
@given(st.text(st.characters(max_codepoint=0xFF)))
def test_documents_are_encoded_as_rfc_3986_says_and_decoded_again(text):
    encoded = encoded_document(text)
    assert unquote(encoded) == text
    assert re.fullmatch(r"([A-Za-z0-9._~-]|%[0-9A-F]{2})*", encoded)


def test_managed_policy_needs_the_version_of_today(api, refused, holders):
    old = '{"Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}'
    api("PutRolePolicy", RoleName="h", PolicyName="p", PolicyDocument=old)
    with refused("MalformedPolicyDocument", "Policy document must be version 2012-10-17 or greater."):
        api("CreatePolicy", PolicyName="p", PolicyDocument=old)


def test_created_policy_shows_what_aws_shows(api, s3):
    """Recorded answers: Create has neither description nor an empty list of tags, Get has both, lists have none."""
    created = api("CreatePolicy", PolicyName="p", Path="/test/", PolicyDocument=s3, Description="testing")["Policy"]
    base = {
        "PolicyName": "p",
        "PolicyId": created["PolicyId"],
        "Arn": f"{OWN}test/p",
        "Path": "/test/",
        "DefaultVersionId": "v1",
        "AttachmentCount": 0,
        "PermissionsBoundaryUsageCount": 0,
        "IsAttachable": True,
        "CreateDate": NOON,
        "UpdateDate": NOON,
    }
    assert created["PolicyId"].startswith("ANPA")
    assert created == base
    assert api("GetPolicy", PolicyArn=base["Arn"])["Policy"] == {**base, "Description": "testing", "Tags": []}
    assert api("ListPolicies", Scope="Local", PathPrefix="/test/")["Policies"] == [base]


@pytest.mark.parametrize("again", ["p", "P"])
def test_policy_name_is_taken_in_any_case_and_under_any_path(api, refused, s3, again):
    api("CreatePolicy", PolicyName="p", PolicyDocument=s3)
    with refused("EntityAlreadyExists", f"A policy called {again} already exists. Duplicate names are not allowed."):
        api("CreatePolicy", PolicyName=again, Path="/x/", PolicyDocument=s3)


def test_managed_policy_size(api, refused, say):
    def of_size(size: int) -> str:
        value = {"Version": "2012-10-17", "Statement": [say.allow("s3:Get*", Sid="")]}
        value["Statement"][0]["Sid"] = "s" * (size - len(json.dumps(value, separators=(",", ":"))))
        return json.dumps(value, indent=2)

    arn = api("CreatePolicy", PolicyName="p", PolicyDocument=of_size(6144))["Policy"]["Arn"]
    for operation, params in (("CreatePolicy", {"PolicyName": "q"}), ("CreatePolicyVersion", {"PolicyArn": arn})):
        with refused("LimitExceeded", "Cannot exceed quota for PolicySize: 6144"):
            api(operation, PolicyDocument=of_size(6145), **params)


def test_policy_versions(api, refused, s3, clock):
    arn = api("CreatePolicy", PolicyName="p", PolicyDocument=s3)["Policy"]["Arn"]
    clock.now += 60
    later = datetime(2026, 11, 23, 12, 1, tzinfo=UTC)
    assert api("CreatePolicyVersion", PolicyArn=arn, PolicyDocument=s3) == {
        "PolicyVersion": {"VersionId": "v2", "IsDefaultVersion": False, "CreateDate": later}
    }
    made = api("CreatePolicyVersion", PolicyArn=arn, PolicyDocument=s3, SetAsDefault=True)["PolicyVersion"]
    assert (made["VersionId"], made["IsDefaultVersion"]) == ("v3", True)
    policy = api("GetPolicy", PolicyArn=arn)["Policy"]
    assert (policy["DefaultVersionId"], policy["CreateDate"], policy["UpdateDate"]) == ("v3", NOON, later)
    listed = api("ListPolicyVersions", PolicyArn=arn)["Versions"]
    assert [(v["VersionId"], v["IsDefaultVersion"]) for v in listed] == [("v3", True), ("v2", False), ("v1", False)]
    assert all("Document" not in version for version in listed)
    with refused("DeleteConflict", "Cannot delete the default version of a policy."):
        api("DeletePolicyVersion", PolicyArn=arn, VersionId="v3")
    api("SetDefaultPolicyVersion", PolicyArn=arn, VersionId="v1")
    api("DeletePolicyVersion", PolicyArn=arn, VersionId="v3")
    # A number is not given twice.
    assert api("CreatePolicyVersion", PolicyArn=arn, PolicyDocument=s3)["PolicyVersion"]["VersionId"] == "v4"
    assert api("GetPolicyVersion", PolicyArn=arn, VersionId="v1")["PolicyVersion"] == {
        "VersionId": "v1",
        "IsDefaultVersion": True,
        "CreateDate": NOON,
        "Document": json.loads(s3),
    }


def test_five_versions_are_the_most(api, refused, s3):
    arn = api("CreatePolicy", PolicyName="p", PolicyDocument=s3)["Policy"]["Arn"]
    for _ in range(4):
        api("CreatePolicyVersion", PolicyArn=arn, PolicyDocument=s3)
    with refused(
        "LimitExceeded",
        "A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version.",
    ):
        api("CreatePolicyVersion", PolicyArn=arn, PolicyDocument=s3)
    api("DeletePolicyVersion", PolicyArn=arn, VersionId="v2")
    assert api("CreatePolicyVersion", PolicyArn=arn, PolicyDocument=s3)["PolicyVersion"]["VersionId"] == "v6"


@pytest.mark.parametrize("operation", ["GetPolicyVersion", "DeletePolicyVersion", "SetDefaultPolicyVersion"])
def test_version_that_is_not_there(api, refused, s3, operation):
    arn = api("CreatePolicy", PolicyName="p", PolicyDocument=s3)["Policy"]["Arn"]
    for policy in (arn, f"{OWN}TestNonExistingPolicy"):
        with refused("NoSuchEntity", f"Policy {policy} version v9 does not exist or is not attachable."):
            api(operation, PolicyArn=policy, VersionId="v9")


@pytest.mark.parametrize(
    ("operation", "params"),
    [
        ("GetPolicy", {}),
        ("DeletePolicy", {}),
        ("ListPolicyVersions", {}),
        ("ListEntitiesForPolicy", {}),
        ("TagPolicy", {"Tags": [{"Key": "a", "Value": "b"}]}),
        ("UntagPolicy", {"TagKeys": ["a"]}),
        ("ListPolicyTags", {}),
    ],
)
def test_policy_that_is_not_there(api, refused, operation, params):
    with refused("NoSuchEntity", f"Policy {OWN}NotAPolicy was not found."):
        api(operation, PolicyArn=f"{OWN}NotAPolicy", **params)


@pytest.mark.parametrize("operation", ["GetPolicy", "DeletePolicy", "ListPolicyVersions"])
def test_text_that_is_no_arn_of_a_policy(api, refused, operation):
    for text in ("longpolicynamebutnoarn", "arn:aws:iam::111122223333:role/not-a-policy"):
        with refused("ValidationError", "Invalid ARN:  Could not be parsed!"):
            api(operation, PolicyArn=text)


def test_policy_is_deleted_with_its_last_version_and_when_nobody_has_it(api, refused, holders, s3):
    arn = api("CreatePolicy", PolicyName="p", PolicyDocument=s3)["Policy"]["Arn"]
    api("CreatePolicyVersion", PolicyArn=arn, PolicyDocument=s3)
    api("AttachRolePolicy", RoleName="h", PolicyArn=arn)
    with refused("DeleteConflict", "Cannot delete a policy attached to entities."):
        api("DeletePolicy", PolicyArn=arn)
    api("DetachRolePolicy", RoleName="h", PolicyArn=arn)
    with refused(
        "DeleteConflict",
        "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. "
        "The default version is deleted with the policy.",
    ):
        api("DeletePolicy", PolicyArn=arn)
    api("DeletePolicyVersion", PolicyArn=arn, VersionId="v2")
    api("DeletePolicy", PolicyArn=arn)
    assert api("ListPolicies", Scope="Local")["Policies"] == []


@pytest.mark.parametrize("kind", KINDS)
def test_attachments(api, refused, holders, s3, kind):
    who = {f"{kind}Name": "h"}
    own = api("CreatePolicy", PolicyName="p", PolicyDocument=s3)["Policy"]["Arn"]
    none = f"{OWN}nonexistent-policy"
    with refused("NoSuchEntity", f"Policy {none} does not exist or is not attachable."):
        api(f"Attach{kind}Policy", **who, PolicyArn=none)
    with refused("NoSuchEntity", f"Policy {own} was not found."):
        api(f"Detach{kind}Policy", **who, PolicyArn=own)
    for _ in range(2):
        api(f"Attach{kind}Policy", **who, PolicyArn=own)
    api(f"Attach{kind}Policy", **who, PolicyArn=DMS_VPC)
    assert api(f"ListAttached{kind}Policies", **who) == {
        "AttachedPolicies": [
            {"PolicyName": "AmazonDMSVPCManagementRole", "PolicyArn": DMS_VPC},
            {"PolicyName": "p", "PolicyArn": own},
        ],
        "IsTruncated": False,
    }
    filtered = api(f"ListAttached{kind}Policies", **who, PathPrefix="/service-role/")["AttachedPolicies"]
    assert [policy["PolicyArn"] for policy in filtered] == [DMS_VPC]
    assert api("GetPolicy", PolicyArn=own)["Policy"]["AttachmentCount"] == 1
    api(f"Detach{kind}Policy", **who, PolicyArn=own)
    assert api("GetPolicy", PolicyArn=own)["Policy"]["AttachmentCount"] == 0
    with refused("NoSuchEntity", f"Policy {own} was not found."):
        api(f"Detach{kind}Policy", **who, PolicyArn=own)


@pytest.mark.parametrize("kind", KINDS)
def test_ten_attachments_are_the_most(api, refused, holders, s3, kind):
    arns = [api("CreatePolicy", PolicyName=f"p{n}", PolicyDocument=s3)["Policy"]["Arn"] for n in range(11)]
    for arn in arns[:10]:
        api(f"Attach{kind}Policy", **{f"{kind}Name": "h"}, PolicyArn=arn)
    with refused("LimitExceeded", f"Cannot exceed quota for PoliciesPer{kind}: 10"):
        api(f"Attach{kind}Policy", **{f"{kind}Name": "h"}, PolicyArn=arns[10])


def test_policy_of_a_service_linked_role_is_not_attachable(api, refused, holders):
    arn = "arn:aws:iam::aws:policy/aws-service-role/AWSSupportServiceRolePolicy"
    assert api("GetPolicy", PolicyArn=arn)["Policy"]["IsAttachable"] is True
    with refused("PolicyNotAttachable", "Cannot attach a Service Role Policy to a Customer Role."):
        api("AttachRolePolicy", RoleName="h", PolicyArn=arn)


def test_retired_policy_can_be_read_but_not_attached(api, refused, holders):
    """AWSLambdaFullAccess: AWS replaced it by AWSLambda_FullAccess and took it off its list."""
    arn = "arn:aws:iam::aws:policy/AWSLambdaFullAccess"
    assert api("GetPolicy", PolicyArn=arn)["Policy"]["IsAttachable"] is False
    with refused("NoSuchEntity", f"Policy {arn} does not exist or is not attachable."):
        api("AttachRolePolicy", RoleName="h", PolicyArn=arn)
    listed = api("ListPolicies", Scope="AWS", PathPrefix="/", MaxItems=1000)["Policies"]
    assert arn not in [policy["Arn"] for policy in listed]


def test_policy_of_the_ended_migration_service_can_still_be_attached(api, holders):
    """AWS deleted it with the service; here the service can still be set up, as its page says."""
    arn = "arn:aws:iam::aws:policy/service-role/ServerMigrationServiceRole"
    assert api("GetPolicy", PolicyArn=arn)["Policy"]["IsAttachable"] is True
    api("AttachRolePolicy", RoleName="h", PolicyArn=arn)
    listed = api("ListPolicies", Scope="AWS", PathPrefix="/service-role/", MaxItems=1000)["Policies"]
    assert arn in [policy["Arn"] for policy in listed]


def test_policies_of_aws_cannot_be_changed(api, refused, s3):
    with refused("AccessDenied", "Cannot delete policies outside your own account."):
        api("DeletePolicy", PolicyArn=DMS_VPC)
    with refused("AccessDenied", "Cannot update policies outside your own account."):
        api("CreatePolicyVersion", PolicyArn=DMS_VPC, PolicyDocument=s3)
    with refused("AccessDenied", "Cannot update policies outside your own account."):
        api("SetDefaultPolicyVersion", PolicyArn=DMS_VPC, VersionId="v3")
    with refused("AccessDenied", "Cannot delete policy versions for policies outside your own account."):
        api("DeletePolicyVersion", PolicyArn=DMS_VPC, VersionId="v3")


def test_get_policy_of_the_dms_page(api, holders):
    """What AWS's page on the DMS roles prints, with today's default version.

    https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Security.html prints v3 and an UpdateDate of 2016; AWS made
    v4 the default on 2024-07-25.
    """
    api("AttachRolePolicy", RoleName="h", PolicyArn=DMS_VPC)
    policy = api("GetPolicy", PolicyArn=DMS_VPC)["Policy"]
    assert policy == {
        "PolicyName": "AmazonDMSVPCManagementRole",
        "Description": "Provides access to manage VPC settings for AWS managed customer configurations",
        "CreateDate": datetime(2015, 11, 18, 16, 33, 19, tzinfo=UTC),
        "AttachmentCount": 1,
        "PermissionsBoundaryUsageCount": 0,
        "IsAttachable": True,
        "PolicyId": "ANPAJHKIGMBQI4AEFFSYO",
        "DefaultVersionId": "v4",
        "Path": "/service-role/",
        "Arn": DMS_VPC,
        "UpdateDate": policy["UpdateDate"],
        "Tags": [],
    }
    assert policy["UpdateDate"].date().isoformat() == "2024-07-25"


def test_get_policy_version_of_the_dms_page(api):
    version = api("GetPolicyVersion", PolicyArn=DMS_VPC, VersionId="v3")["PolicyVersion"]
    document = version.pop("Document")
    assert version == {
        "CreateDate": datetime(2016, 5, 23, 16, 29, 57, tzinfo=UTC),
        "VersionId": "v3",
        "IsDefaultVersion": False,
    }
    assert document["Version"] == "2012-10-17"
    (statement,) = document["Statement"]
    assert (statement["Effect"], statement["Resource"]) == ("Allow", "*")
    assert sorted(statement["Action"]) == [
        "ec2:CreateNetworkInterface",
        "ec2:DeleteNetworkInterface",
        "ec2:DescribeAvailabilityZones",
        "ec2:DescribeInternetGateways",
        "ec2:DescribeSecurityGroups",
        "ec2:DescribeSubnets",
        "ec2:DescribeVpcs",
        "ec2:ModifyNetworkInterfaceAttribute",
    ]
    listed = api("ListPolicyVersions", PolicyArn=DMS_VPC)["Versions"]
    assert [version["VersionId"] for version in listed] == ["v4", "v3", "v2", "v1"]
    assert [version["IsDefaultVersion"] for version in listed] == [True, False, False, False]


@pytest.mark.parametrize("name", ["AmazonDMSCloudWatchLogsRole", "AmazonDMSRedshiftS3Role"])
def test_the_other_policies_of_the_dms_page_are_there(api, name):
    policy = api("GetPolicy", PolicyArn=f"arn:aws:iam::aws:policy/service-role/{name}")["Policy"]
    shown = api("GetPolicyVersion", PolicyArn=policy["Arn"], VersionId=policy["DefaultVersionId"])["PolicyVersion"]
    assert shown["IsDefaultVersion"] is True
    assert shown["Document"]["Version"] == "2012-10-17"


def test_list_policies_by_scope_and_use(api, holders, s3):
    own = api("CreatePolicy", PolicyName="own", PolicyDocument=s3)["Policy"]["Arn"]
    bound = api("CreatePolicy", PolicyName="bound", PolicyDocument=s3)["Policy"]["Arn"]
    api("AttachRolePolicy", RoleName="h", PolicyArn=DMS_VPC)
    api("AttachRolePolicy", RoleName="h", PolicyArn=own)
    api("PutUserPermissionsBoundary", UserName="h", PermissionsBoundary=bound)
    admin = "arn:aws:iam::aws:policy/AdministratorAccess"

    def arns(**params: object) -> list[str]:
        return [policy["Arn"] for policy in api("ListPolicies", **params)["Policies"]]

    assert arns(Scope="Local") == [bound, own]
    assert arns(Scope="Local", OnlyAttached=True) == [own]
    assert arns(OnlyAttached=True) == [admin, DMS_VPC, own]
    assert arns(Scope="AWS", OnlyAttached=True) == [admin, DMS_VPC]
    assert arns(PolicyUsageFilter="PermissionsBoundary") == [bound]
    assert arns(PolicyUsageFilter="PermissionsPolicy") == [admin, DMS_VPC, own]
    assert arns(Scope="All", PathPrefix="/none/") == []
    counts = {policy["Arn"]: policy["AttachmentCount"] for policy in api("ListPolicies", OnlyAttached=True)["Policies"]}
    assert counts == {admin: 1, DMS_VPC: 1, own: 1}


def test_all_policies_page_by_page(api, s3):
    own = api("CreatePolicy", PolicyName="AdministratorAccess", PolicyDocument=s3)["Policy"]["Arn"]
    found: list[str] = []
    marker: dict[str, str] = {}
    while True:
        answer = api("ListPolicies", MaxItems=1000, **marker)
        found += [policy["Arn"] for policy in answer["Policies"]]
        if not answer["IsTruncated"]:
            break
        marker = {"Marker": answer["Marker"]}
    assert len(found) == len(set(found))
    assert {own, "arn:aws:iam::aws:policy/AdministratorAccess", DMS_VPC} <= set(found)
    assert len(found) > 1200


def test_entities_of_a_policy(api, holders, s3):
    arn = api("CreatePolicy", PolicyName="p", PolicyDocument=s3)["Policy"]["Arn"]
    empty = {"PolicyGroups": [], "PolicyUsers": [], "PolicyRoles": [], "IsTruncated": False}
    assert api("ListEntitiesForPolicy", PolicyArn=arn) == empty
    for kind in ("User", "Group"):
        api(f"Attach{kind}Policy", **{f"{kind}Name": "h"}, PolicyArn=arn)
    api("PutRolePermissionsBoundary", RoleName="h", PermissionsBoundary=arn)
    users = [{"UserName": "h", "UserId": api("GetUser", UserName="h")["User"]["UserId"]}]
    groups = [{"GroupName": "h", "GroupId": api("GetGroup", GroupName="h")["Group"]["GroupId"]}]
    roles = [{"RoleName": "h", "RoleId": api("GetRole", RoleName="h")["Role"]["RoleId"]}]
    whole = {"PolicyGroups": groups, "PolicyUsers": users, "PolicyRoles": roles, "IsTruncated": False}
    assert api("ListEntitiesForPolicy", PolicyArn=arn) == whole
    assert api("ListEntitiesForPolicy", PolicyArn=arn, EntityFilter="User") == {**empty, "PolicyUsers": users}
    attached = {**whole, "PolicyRoles": []}
    assert api("ListEntitiesForPolicy", PolicyArn=arn, PolicyUsageFilter="PermissionsPolicy") == attached
    bounded = {**empty, "PolicyRoles": roles}
    assert api("ListEntitiesForPolicy", PolicyArn=arn, PolicyUsageFilter="PermissionsBoundary") == bounded
    assert api("ListEntitiesForPolicy", PolicyArn=arn, PathPrefix="/x/") == empty
    pages = [api("ListEntitiesForPolicy", PolicyArn=arn, MaxItems=1)]
    while pages[-1]["IsTruncated"]:
        pages.append(api("ListEntitiesForPolicy", PolicyArn=arn, MaxItems=1, Marker=pages[-1]["Marker"]))
    assert len(pages) == 3
    for member in ("PolicyGroups", "PolicyUsers", "PolicyRoles"):
        assert [item for page in pages for item in page[member]] == whole[member]


S3 = {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::b"}
NO_ACTION = {"Effect": "Allow", "Resource": "arn:aws:s3:::b"}


@pytest.mark.parametrize(
    ("document", "message"),
    [
        # IAM comes upon a missing action after these: recorded in moto's tests against AWS.
        ({"Version": "2012-10-17", "Statement": {**NO_ACTION, "Resource": "arn:aws:s3::b"}}, "The policy failed legacy parsing"),
        (
            {"Version": "2012-10-17", "Statement": [{**S3, "Sid": "x"}, {**NO_ACTION, "Sid": "x"}]},
            "Statement IDs (SID) in a single policy must be unique.",
        ),
        ({"Statement": [S3, NO_ACTION]}, "Policy document must be version 2012-10-17 or greater."),
        ({"Statement": {**S3, "Effect": "denY"}}, "Policy document must be version 2012-10-17 or greater."),
        (
            {
                "Version": "2012-10-17",
                "Statement": {"Effect": "Allow", "Condition": {"DateGreaterThan": {"aws:CurrentTime": "x"}}},
            },
            "The policy failed legacy parsing",
        ),
        # And with nothing else wrong it is what IAM names.
        ({"Version": "2012-10-17", "Statement": [S3, NO_ACTION]}, "Policy statement must contain actions."),
        ({"Version": "2012-10-17", "Statement": {**S3, "Effect": "denY"}}, "The policy failed legacy parsing"),
    ],
)  # fmt: skip
def test_of_two_mistakes_iam_names_the_one_it_comes_upon_first(api, refused, document, message):
    with refused("MalformedPolicyDocument", message):
        api("CreatePolicy", PolicyName="p", PolicyDocument=json.dumps(document))


def test_number_of_too_many_digits_beside_a_late_mistake_is_a_mistake_of_the_caller(api, refused):
    document = (
        '{"Version": "2012-10-17", "Statement": {"Effect": "denY", "Action": "s3:*", "Resource": "*", "Condition": '
    )
    document += '{"NumericEquals": {"s3:max-keys": ' + "1" * 4400 + "}}}}"
    with refused("MalformedPolicyDocument", "The policy failed legacy parsing"):
        api("CreatePolicy", PolicyName="p", PolicyDocument=document)
