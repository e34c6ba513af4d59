"""Files of `aws iam get-account-authorization-details`: every form it is found in, and what is wrong in one."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest

from passrole.account.authorization_details_file import read_authorization_details
from passrole.account.snapshot import Supposed, Unreadable
from passrole.account.snapshot_of import snapshot_of
from passrole.account.who import stack_for
from passrole.engine.stack import Known
from passrole.errors import UsageError

A = "arn:aws:iam::111122223333"
ALLOW = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}


def details(document: object = ALLOW) -> dict[str, list[dict[str, object]]]:
    """An account with one of each, as the AWS CLI prints it; `document` is the group's inline policy."""
    return {
        "UserDetailList": [
            {
                "Path": "/staff/",
                "UserName": "Alice",
                "UserId": "AIDAAAAAAAAAAAAAAAAAA",
                "Arn": f"{A}:user/staff/Alice",
                "CreateDate": "2013-10-14T18:32:24+00:00",
                "GroupList": ["Admins"],
                "AttachedManagedPolicies": [],
                "PermissionsBoundary": {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": f"{A}:policy/p"},
                "Tags": [{"Key": "team", "Value": "blue"}],
            }
        ],
        "GroupDetailList": [
            {
                "Path": "/",
                "GroupName": "Admins",
                "GroupId": "AGPAAAAAAAAAAAAAAAAAA",
                "Arn": f"{A}:group/Admins",
                "GroupPolicyList": [{"PolicyName": "all", "PolicyDocument": document}],
                "AttachedManagedPolicies": [{"PolicyName": "p", "PolicyArn": f"{A}:policy/p"}],
            }
        ],
        "RoleDetailList": [
            {
                "Path": "/",
                "RoleName": "EC2role",
                "RoleId": "AROAAAAAAAAAAAAAAAAAA",
                "Arn": f"{A}:role/EC2role",
                "AssumeRolePolicyDocument": TRUST,
                "InstanceProfileList": [
                    {
                        "Path": "/",
                        "InstanceProfileName": "EC2role",
                        "InstanceProfileId": "AIPAAAAAAAAAAAAAAAAAA",
                        "Arn": f"{A}:instance-profile/EC2role",
                        "Roles": [{"RoleName": "EC2role"}],
                    }
                ],
                "RolePolicyList": [],
                "AttachedManagedPolicies": [],
                "Tags": [],
                "RoleLastUsed": {},
            }
        ],
        "Policies": [
            {
                "PolicyName": "p",
                "Arn": f"{A}:policy/p",
                "Path": "/",
                "DefaultVersionId": "v2",
                "PolicyVersionList": [
                    {"Document": ALLOW, "VersionId": "v2", "IsDefaultVersion": True},
                    {"Document": TRUST, "VersionId": "v1", "IsDefaultVersion": False},
                ],
            }
        ],
    }


def test_an_account() -> None:
    snapshot = read_authorization_details(json.dumps(details()), "details.json")
    assert (snapshot.account_id, snapshot.partition) == ("111122223333", "aws")
    alice = snapshot.users["Alice"]
    assert not isinstance(alice, Unreadable)
    assert (alice.arn, alice.user_id, alice.group_names) == (
        f"{A}:user/staff/Alice",
        "AIDAAAAAAAAAAAAAAAAAA",
        ("Admins",),
    )
    assert (alice.boundary_arn, alice.tags, alice.inline_policies) == (f"{A}:policy/p", {"team": "blue"}, {})
    assert isinstance(alice.access_key_ids, Unreadable)
    role = snapshot.roles["EC2role"]
    assert not isinstance(role, Unreadable)
    assert (json.loads(role.trust_policy), role.instance_profile_names) == (TRUST, ("EC2role",))
    assert isinstance(snapshot.organization_policies, Supposed)
    stack = stack_for(snapshot, "user/Alice")
    assert isinstance(stack.identity, Known)
    assert [policy.name for policy in stack.identity.policies] == ["group/Admins inline policy all", f"{A}:policy/p"]
    assert isinstance(stack.boundary, Known)
    assert [scp.assumption for scp in stack.scps if isinstance(scp, Known)] == [
        snapshot.organization_policies.assumption
    ]


@pytest.mark.parametrize(
    "document",
    [
        ALLOW,
        json.dumps(ALLOW),
        json.dumps(ALLOW, indent=4),
        quote(json.dumps(ALLOW)),
        quote(json.dumps(ALLOW), safe=""),
    ],
    ids=["object", "text", "indented text", "percent-encoded", "wholly percent-encoded"],
)
def test_documents_in_every_form(document: object) -> None:
    snapshot = read_authorization_details(json.dumps(details(document)), "details.json")
    group = snapshot.groups["Admins"]
    assert not isinstance(group, Unreadable)
    assert isinstance(group.inline_policies, dict)
    assert json.loads(group.inline_policies["all"]) == ALLOW


def test_a_percent_sign_in_a_document_stays() -> None:
    policy = {**ALLOW, "Id": "100%25 of it"}
    for document in (policy, json.dumps(policy)):
        snapshot = read_authorization_details(json.dumps(details(document)), "details.json")
        assert "100%25" in str(snapshot.groups["Admins"])


def pages() -> list[dict[str, object]]:
    whole = details()
    first = {"UserDetailList": whole["UserDetailList"], "GroupDetailList": [], "IsTruncated": True, "Marker": "a"}
    second = {name: whole[name] for name in ("GroupDetailList", "RoleDetailList", "Policies")} | {"IsTruncated": False}
    return [first, second]


@pytest.mark.parametrize(
    "text",
    [
        "\n".join(json.dumps(page) for page in pages()),
        "".join(json.dumps(page, indent=2) for page in pages()),
        json.dumps(pages()),
        "\ufeff" + json.dumps(details()),
    ],
    ids=["line by line", "one after another", "a list", "with a byte order mark"],
)
def test_pages(text: str) -> None:
    assert read_authorization_details(text, "f") == read_authorization_details(json.dumps(details()), "f")


def broken(change: str, value: object) -> str:
    """The details with the member at a path replaced, or removed where the value is `...`."""
    whole: object = details()
    *steps, last = [int(step) if step.isdigit() else step for step in change.split("/")]
    place = whole
    for step in steps:
        place = place[step]
    if value is ...:
        del place[last]
    else:
        place[last] = value
    return json.dumps(whole)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "`d.json` is empty"),
        ("{}", "`d.json` has none of UserDetailList, GroupDetailList, RoleDetailList, Policies"),
        ("[]", "`d.json` is empty"),
        ("3", "`d.json` is not a JSON object"),
        (json.dumps({"Users": []}), "`d.json` has none of"),
        (json.dumps(pages()[0]), "`d.json` is not the last page"),
        (json.dumps({"UserDetailList": []}), "hold no user, role, group or policy"),
        (broken("UserDetailList/0/Arn", ...), "`UserDetailList[0].Arn` of `d.json` is missing"),
        (
            broken("UserDetailList/0/Arn", "Alice"),
            "`UserDetailList[0].Arn` of `d.json` holds `Alice`, which is not an ARN",
        ),
        (
            broken("UserDetailList/0/GroupList", "Admins"),
            "`UserDetailList[0].GroupList` of `d.json` is not a JSON list",
        ),
        (
            broken("UserDetailList/0/GroupList", [1]),
            "`UserDetailList[0].GroupList[0]` of `d.json` is not a JSON string",
        ),
        (broken("UserDetailList/0/Tags", [{"Key": "k"}]), "`UserDetailList[0].Tags[0].Value` of `d.json` is missing"),
        (
            broken("GroupDetailList/0/GroupPolicyList/0/PolicyDocument", 1),
            "`GroupDetailList[0].GroupPolicyList[0].PolicyDocument` of `d.json` is neither a JSON object nor the text",
        ),
        (broken("RoleDetailList/0/AssumeRolePolicyDocument", None), "`RoleDetailList[0].AssumeRolePolicyDocument`"),
        (broken("Policies/0/DefaultVersionId", "v3"), "names `v3`, which is not in `PolicyVersionList`"),
        (broken("RoleDetailList/0/Arn", "arn:aws:iam::444455556666:role/EC2role"), "are of several accounts"),
    ],
)
def test_what_is_wrong_is_named(text: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_authorization_details(text, "d.json")
    assert message in caught.value.message


def test_what_is_no_json_is_placed() -> None:
    with pytest.raises(UsageError) as caught:
        read_authorization_details('{"UserDetailList": [\n  {"Path": }]}', "d.json")
    assert caught.value.causes == ("d.json:2:12: expecting value",)
    second_page = json.dumps(details()) + "\n{,}"
    with pytest.raises(UsageError) as caught:
        read_authorization_details(second_page, "d.json")
    assert caught.value.causes[0].startswith("d.json:2:2: ")
    with pytest.raises(UsageError, match="nested too deeply"):
        read_authorization_details("[" * 100_000, "d.json")


def test_a_document_that_is_no_policy_is_found_out_when_it_is_asked() -> None:
    snapshot = read_authorization_details(json.dumps(details("{not json")), "d.json")
    assert "is not understood" in str(stack_for(snapshot, "user/Alice").identity)


def test_what_the_embedded_account_answers_is_what_it_holds(store, api, say) -> None:
    """The same account over its API and from its rows, through JSON as the AWS CLI prints it."""
    api("CreateGroup", GroupName="team")
    api("PutGroupPolicy", GroupName="team", PolicyName="i", PolicyDocument=say.document(say.allow("s3:*")))
    api("CreatePolicy", PolicyName="own", PolicyDocument=say.document(say.allow("ec2:*")))
    api(
        "CreateUser",
        UserName="ann",
        Path="/x/",
        PermissionsBoundary=f"{A}:policy/own",
        Tags=[{"Key": "k", "Value": "v"}],
    )
    api("AddUserToGroup", GroupName="team", UserName="ann")
    api("AttachUserPolicy", UserName="ann", PolicyArn="arn:aws:iam::aws:policy/IAMReadOnlyAccess")
    api("CreateRole", RoleName="r", AssumeRolePolicyDocument=say.document(say.trust(Service="ec2.amazonaws.com")))
    api("CreateInstanceProfile", InstanceProfileName="p")
    api("AddRoleToInstanceProfile", InstanceProfileName="p", RoleName="r")
    read = read_authorization_details(json.dumps(api("GetAccountAuthorizationDetails"), default=str), "details")
    held = snapshot_of(store)
    for name in ("ann", "r"):
        kind = "user" if name == "ann" else "role"
        told, known = stack_for(read, f"{kind}/{name}"), stack_for(held, f"{kind}/{name}")
        assert (told.identity, told.boundary) == (known.identity, known.boundary)
    assert read.users.keys() == held.users.keys()
    assert read.roles.keys() == held.roles.keys()
    assert read.managed_policies.keys() == held.managed_policies.keys()
    assert read.instance_profiles["p"] == held.instance_profiles["p"]


def test_a_key_twice_is_refused() -> None:
    """Of two effects, `json.loads` would keep the second: a Deny that is gone without a word."""
    text = json.dumps(details()).replace('"Effect": "Allow"', '"Effect": "Deny", "Effect": "Allow"', 1)
    with pytest.raises(UsageError, match="cannot be read as JSON") as caught:
        read_authorization_details(text, "account.json")
    assert caught.value.causes == ("an object has the key `Effect` twice",)


def test_a_number_of_too_many_digits_is_refused() -> None:
    text = json.dumps(details()).removesuffix("}") + ', "Marker": ' + "1" * 5000 + "}"
    with pytest.raises(UsageError, match="cannot be read as JSON"):
        read_authorization_details(text, "account.json")
