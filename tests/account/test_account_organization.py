"""An organization over the accounts of a file: its policies limit callers and resources, its keys are in requests.

The expected answers follow AWS Organizations User Guide, "SCP evaluation" and "RCP evaluation", and IAM User Guide,
"AWS global condition context keys".
"""

from __future__ import annotations

import json

import pytest

from passrole.account.as_service import assume_as_service
from passrole.account.organization_tree import (
    FULL_ACCESS,
    FULL_ACCESS_DOCUMENT,
    RCP_FULL_ACCESS,
    RCP_FULL_ACCESS_DOCUMENT,
    OrganizationTree,
    Target,
)
from passrole.account.service_error import ServiceError
from passrole.account.snapshot_of import snapshot_of
from passrole.account.store import AccountStore

MANAGEMENT = "111122223333"
MEMBER = "444455556666"
OTHER_UNIT = "777788889999"
OUTSIDER = "999988887777"
ROOT, WORKLOADS, SANDBOX = "r-ab12", "ou-ab12-11111111", "ou-ab12-22222222"


def policy(effect: str, action: str | list[str], **more: object) -> str:
    statement = {"Effect": effect, "Action": action, "Resource": "*", **more}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def target(id_: str, parent: str | None, *, scps=None, rcps=None, full: bool = True) -> Target:
    return Target(
        id_,
        id_,
        parent,
        ({FULL_ACCESS: FULL_ACCESS_DOCUMENT} if full else {}) | (scps or {}),
        {RCP_FULL_ACCESS: RCP_FULL_ACCESS_DOCUMENT} | (rcps or {}),
    )


def organization(*changed: Target) -> OrganizationTree:
    targets = [
        target(ROOT, None),
        target(WORKLOADS, ROOT),
        target(SANDBOX, WORKLOADS),
        target(MANAGEMENT, ROOT),
        target(MEMBER, SANDBOX),
        target(OTHER_UNIT, ROOT),
    ]
    return OrganizationTree("o-a1b2c3d4e5", MANAGEMENT, {each.id: each for each in (*targets, *changed)})


@pytest.fixture
def member(api):
    """The administrator of a member account, two units below the root."""
    assert api.store.organize(organization()) == (MEMBER, OTHER_UNIT)
    return api.with_key(api.store.administrator(MEMBER).access_key_id)


def administrator(api, account_id):
    return api.with_key(api.store.administrator(account_id).access_key_id)


def role_for(api, say, principal, condition=None, name="Shared", action="sts:AssumeRole"):
    statement = say.trust(AWS=principal, action=action) | ({"Condition": condition} if condition else {})
    return api("CreateRole", RoleName=name, AssumeRolePolicyDocument=say.document(statement))["Role"]["Arn"]


def test_the_same_organization_again_changes_nothing(api, member):
    before = api.store.generation()
    assert api.store.organize(organization()) == ()
    assert api.store.generation() == before


def test_management_account_is_the_one_that_is_meant(store):
    other = AccountStore.open(store.path, account_id=MANAGEMENT)
    tree = organization()
    moved = OrganizationTree(tree.id, MEMBER, tree.targets)
    other.organize(moved)
    assert other.account_id == MEMBER
    again = AccountStore.open(store.path)
    assert again.account_id == MEMBER
    assert again.organization() == moved
    other.close()
    again.close()


@pytest.mark.parametrize("place", [ROOT, WORKLOADS, SANDBOX, MEMBER])
def test_scp_at_any_level_denies_in_the_account_below(api, member, refused, place):
    parents = {each.id: each.parent_id for each in organization().targets.values()}
    denying = target(place, parents[place], scps={"deny": policy("Deny", "iam:ListUsers")})
    member("ListUsers")
    api.store.organize(organization(denying))
    admin = f"arn:aws:iam::{MEMBER}:user/passrole-admin"
    with refused(
        "AccessDenied",
        f"User: {admin} is not authorized to perform: iam:ListUsers on resource: arn:aws:iam::{MEMBER}:user/ "
        "with an explicit deny in a service control policy",
    ):
        member("ListUsers")
    member("ListRoles")
    # SCPs do not affect the management account, not even at the root.
    api("ListUsers")


def test_scp_of_another_unit_says_nothing(api, member):
    api.store.organize(organization(target(OTHER_UNIT, ROOT, scps={"deny": policy("Deny", "*")})))
    member("ListUsers")


def test_without_full_access_a_level_allows_what_it_says_and_no_more(api, member, refused):
    only = {"only-roles": policy("Allow", "iam:ListRoles")}
    api.store.organize(organization(target(WORKLOADS, ROOT, scps=only, full=False)))
    member("ListRoles")
    with refused("AccessDenied"):
        member("ListUsers")


def test_rcp_limits_who_may_assume_a_role_of_the_account(api, member, say, refused):
    """STS is one of the services that RCPs cover; the usual perimeter: nobody from outside the organization."""
    perimeter = policy(
        "Deny", "sts:AssumeRole", Principal="*", Condition={"StringNotEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}
    )
    api.store.add_account(OUTSIDER)
    role = role_for(member, say, "*")
    callers = {
        account: administrator(api, account).as_new_user("caller", say.allow("sts:AssumeRole"))
        for account in (OUTSIDER, OTHER_UNIT)
    }
    for caller in callers.values():
        caller("AssumeRole", RoleArn=role, RoleSessionName="session")
    api.store.organize(organization(target(SANDBOX, WORKLOADS, rcps={"perimeter": perimeter})))
    callers[OTHER_UNIT]("AssumeRole", RoleArn=role, RoleSessionName="session")
    with refused("AccessDenied"):
        callers[OUTSIDER]("AssumeRole", RoleArn=role, RoleSessionName="session")


def test_rcp_says_nothing_of_iam_which_it_does_not_cover(api, member):
    denying = {"deny": policy("Deny", "*", Principal="*")}
    api.store.organize(organization(target(MEMBER, SANDBOX, rcps=denying)))
    member("ListUsers")


def test_rcp_denies_a_service_principal_too(api, member, say):
    arn = role_for(member, say, MEMBER, name="Unused")
    document = say.document(say.trust(Service="vmie.amazonaws.com"))
    role = member("CreateRole", RoleName="vmimport", AssumeRolePolicyDocument=document)["Role"]["Arn"]
    assert arn != role
    assume_as_service(api.store, "vmie.amazonaws.com", role, session_name="import")
    denying = {"deny": policy("Deny", "sts:AssumeRole", Principal="*")}
    api.store.organize(organization(target(MEMBER, SANDBOX, rcps=denying)))
    with pytest.raises(ServiceError, match="AccessDenied"):
        assume_as_service(api.store, "vmie.amazonaws.com", role, session_name="import")


@pytest.mark.parametrize(
    ("condition", "allowed"),
    [
        ({"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}, {MEMBER, OTHER_UNIT}),
        ({"StringEquals": {"aws:PrincipalOrgID": "o-other12345"}}, set()),
        (
            {
                "ForAnyValue:StringLike": {
                    "aws:PrincipalOrgPaths": f"o-a1b2c3d4e5/{ROOT}/{WORKLOADS}/*",
                }
            },
            {MEMBER},
        ),
        (
            {"ForAnyValue:StringEquals": {"aws:PrincipalOrgPaths": f"o-a1b2c3d4e5/{ROOT}/"}},
            {OTHER_UNIT},
        ),
        ({"StringEquals": {"aws:ResourceOrgID": "${aws:PrincipalOrgID}"}}, {MEMBER, OTHER_UNIT}),
        ({"StringEquals": {"aws:ResourceAccount": MANAGEMENT}}, {MEMBER, OTHER_UNIT, OUTSIDER}),
    ],
)
def test_keys_of_the_organization_are_in_requests(api, member, say, condition, allowed):
    api.store.add_account(OUTSIDER)
    role = role_for(api, say, "*", condition)
    for account in (MEMBER, OTHER_UNIT, OUTSIDER):
        caller = administrator(api, account).as_new_user("caller", say.allow("sts:AssumeRole"))
        if account in allowed:
            caller("AssumeRole", RoleArn=role, RoleSessionName="session")
        else:
            with pytest.raises(Exception, match="AccessDenied"):
                caller("AssumeRole", RoleArn=role, RoleSessionName="session")


def test_both_sides_and_the_scps_of_the_caller_decide_across_accounts(api, member, say, refused):
    role = role_for(api, say, MEMBER)
    caller = member.as_new_user("caller", say.allow("sts:AssumeRole"))
    caller("AssumeRole", RoleArn=role, RoleSessionName="session")
    api.store.organize(organization(target(SANDBOX, WORKLOADS, scps={"stay": policy("Deny", "sts:AssumeRole")})))
    with refused("AccessDenied"):
        caller("AssumeRole", RoleArn=role, RoleSessionName="session")


def test_snapshot_of_a_member_has_the_levels_over_it(api, member):
    api.store.organize(organization(target(SANDBOX, WORKLOADS, scps={"stay": policy("Deny", "s3:*")})))
    levels = snapshot_of(api.store, MEMBER).organization_policies
    assert [len(level) for level in levels] == [1, 1, 2, 1]
    assert snapshot_of(api.store, MANAGEMENT).organization_policies == ()


def test_change_by_another_process_counts_for_the_next_call(api, member, refused):
    """What another opener of the file writes is seen: organizations are cached by the file's generation."""
    member("ListUsers")
    other = AccountStore.open(api.store.path, clock=api.clock)
    other.organize(organization(target(MEMBER, SANDBOX, scps={"deny": policy("Deny", "iam:*")})))
    other.close()
    with refused("AccessDenied"):
        member("ListUsers")
