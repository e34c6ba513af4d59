"""From a snapshot and a principal to the policies that AWS consults, known or not."""

from __future__ import annotations

import pytest

from passrole.account.snapshot import (
    AccountSnapshot,
    GroupState,
    ManagedPolicyState,
    RoleState,
    Unreadable,
    UserState,
)
from passrole.account.who import UnknownPrincipalError, find_principal, stack_for
from passrole.engine.principals import PrincipalError
from passrole.engine.request import Principal, PrincipalType
from passrole.engine.stack import Known, Unknown
from passrole.policy.model import PolicyType

A = "arn:aws:iam::111122223333"
OWN = f"{A}:policy/own"
DOCUMENT = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}'
DENIED = "denied by an identity-based policy"


def user(**changes: object) -> UserState:
    values = {"name": "ann", "path": "/staff/", "arn": f"{A}:user/staff/ann", "user_id": "AIDAAAAAAAAAAAAAAAAAA"}
    return UserState(**{**values, **changes})


def role(**changes: object) -> RoleState:
    values = {
        "name": "r",
        "path": "/p/",
        "arn": f"{A}:role/p/r",
        "trust_policy": DOCUMENT,
        "role_id": "AROAAAAAAAAAAAAAAAAAA",
    }
    return RoleState(**{**values, **changes})


def snapshot(*, users=(), groups=(), roles=(), policies=(), **more: object) -> AccountSnapshot:
    return AccountSnapshot(
        account_id="111122223333",
        users={state.name: state for state in users},
        groups={state.name: state for state in groups},
        roles={state.name: state for state in roles},
        managed_policies={state.arn: state for state in policies},
        **more,
    )


def managed(document: str = DOCUMENT) -> ManagedPolicyState:
    return ManagedPolicyState(arn=OWN, name="own", path="/", document=document, default_version_id="v1")


def names(layer) -> list[str]:
    assert isinstance(layer, Known)
    return [policy.name for policy in layer.policies]


def reason(layer) -> str:
    assert isinstance(layer, Unknown)
    return layer.reason


def test_user_has_its_own_policies_then_those_of_its_groups():
    group = GroupState("team", "/", f"{A}:group/team", inline_policies={"g": DOCUMENT}, attached_policy_arns=(OWN,))
    ann = user(inline_policies={"i": DOCUMENT}, attached_policy_arns=(OWN,), group_names=("team",))
    stack = stack_for(snapshot(users=[ann], groups=[group], policies=[managed()]), "user/staff/ann")
    assert names(stack.identity) == ["user/ann inline policy i", OWN, "group/team inline policy g", OWN]
    assert {policy.type for policy in stack.identity.policies} == {PolicyType.IDENTITY}
    assert (stack.boundary, stack.session, stack.scps) == (None, None, ())


def test_boundary_is_a_layer_of_its_own():
    stack = stack_for(snapshot(roles=[role(boundary_arn=OWN)], policies=[managed()]), "role/p/r")
    assert names(stack.identity) == []
    assert names(stack.boundary) == [OWN]
    assert stack.boundary.policies[0].type is PolicyType.BOUNDARY


@pytest.mark.parametrize(
    ("written", "type_", "arn", "unique_id"),
    [
        ("user/ann", PrincipalType.USER, f"{A}:user/staff/ann", "AIDAAAAAAAAAAAAAAAAAA"),
        ("user/staff/ann", PrincipalType.USER, f"{A}:user/staff/ann", "AIDAAAAAAAAAAAAAAAAAA"),
        (f"{A}:user/staff/ann", PrincipalType.USER, f"{A}:user/staff/ann", "AIDAAAAAAAAAAAAAAAAAA"),
        ("role/r", PrincipalType.ROLE_SESSION, f"{A}:role/p/r", "AROAAAAAAAAAAAAAAAAAA"),
        (
            "arn:aws:sts::111122223333:assumed-role/r/session",
            PrincipalType.ROLE_SESSION,
            "arn:aws:sts::111122223333:assumed-role/r/session",
            "AROAAAAAAAAAAAAAAAAAA",
        ),
        ("vmie.amazonaws.com", PrincipalType.SERVICE, "vmie.amazonaws.com", None),
        (f"{A}:root", PrincipalType.ROOT_USER, f"{A}:root", None),
        ("arn:aws:iam::444455556666:role/x", PrincipalType.ROLE_SESSION, "arn:aws:iam::444455556666:role/x", None),
    ],
)
def test_ways_to_name_a_principal(written, type_, arn, unique_id):
    found = find_principal(snapshot(users=[user()], roles=[role()]), written)
    assert (found.type, found.arn, found.unique_id) == (type_, arn, unique_id)
    if found.type is PrincipalType.ROLE_SESSION and found.account == "111122223333":
        assert found.role_arn == f"{A}:role/p/r"


@pytest.mark.parametrize("written", ["user/anne", f"{A}:user/ann", "role/R2", "user/other/ann"])
def test_unknown_principal_gets_a_suggestion(written):
    with pytest.raises(UnknownPrincipalError) as caught:
        stack_for(snapshot(users=[user()], roles=[role()]), written)
    assert caught.value.help
    assert written.rpartition("/")[2] in caught.value.message


@pytest.mark.parametrize("written", ["group/team", "nonsense", f"{A}:group/team", "111122223333"])
def test_what_cannot_be_a_principal(written):
    with pytest.raises(PrincipalError):
        stack_for(snapshot(), written)


@pytest.mark.parametrize("arn", ["vmie.amazonaws.com", "*", f"{A}:root"])
def test_who_has_no_identity_policies(arn):
    stack = stack_for(snapshot(), arn)
    assert stack.identity == Known()
    assert stack.boundary is None


def test_principal_of_another_account_is_not_known():
    stack = stack_for(snapshot(), "arn:aws:iam::444455556666:user/far")
    assert "444455556666" in reason(stack.identity)


@pytest.mark.parametrize(
    ("states", "action"),
    [
        ({"roles": [role(inline_policies=Unreadable("iam:GetRolePolicy", DENIED))]}, "iam:GetRolePolicy"),
        ({"roles": [role(attached_policy_arns=Unreadable("iam:ListAttachedRolePolicies", DENIED))]}, "iam:ListAttachedRolePolicies"),
    ],
)  # fmt: skip
def test_unreadable_part_makes_the_layer_unknown_and_says_which_action_was_refused(states, action):
    stack = stack_for(snapshot(**states), "role/r")
    assert f"may not call {action}" in reason(stack.identity)
    assert DENIED in reason(stack.identity)
    assert "role/r" in reason(stack.identity)


def test_unreadable_role_user_group_and_policy():
    whole = AccountSnapshot(
        account_id="111122223333",
        users={"ann": user(group_names=("team",)), "bob": Unreadable("iam:GetUser", DENIED)},
        roles={"r": role(attached_policy_arns=(OWN,), boundary_arn=OWN)},
        groups={"team": Unreadable("iam:GetGroup", DENIED)},
        managed_policies={OWN: Unreadable("iam:GetPolicyVersion", DENIED)},
    )
    assert "may not call iam:GetGroup" in reason(stack_for(whole, "user/ann").identity)
    bob = stack_for(whole, "user/bob")
    assert "may not call iam:GetUser" in reason(bob.identity)
    assert "may not call iam:GetUser" in reason(bob.boundary)
    limited = stack_for(whole, "role/r")
    assert "may not call iam:GetPolicyVersion" in reason(limited.identity)
    assert "may not call iam:GetPolicyVersion" in reason(limited.boundary)


def test_managed_policy_that_was_not_observed_is_unknown_and_not_empty():
    stack = stack_for(snapshot(roles=[role(attached_policy_arns=(OWN,))]), "role/r")
    assert OWN in reason(stack.identity)


@pytest.mark.parametrize("document", ["{", '{"Statement":[{"Effect":"Allow","Action":"s3:*","Ressource":"*"}]}'])
def test_document_that_is_not_understood_makes_its_layer_unknown(document):
    in_role = stack_for(snapshot(roles=[role(inline_policies={"bad": document})]), "role/r")
    assert "role/r inline policy bad is not understood" in reason(in_role.identity)
    in_boundary = stack_for(snapshot(roles=[role(boundary_arn=OWN)], policies=[managed(document)]), "role/r")
    assert "is not understood" in reason(in_boundary.boundary)
    in_scp = stack_for(snapshot(roles=[role()], organization_policies=((DOCUMENT,), (DOCUMENT, document))), "role/r")
    assert names(in_scp.scps[0]) == ["service control policy 1 of level 1"]
    assert "service control policy 2 of level 2 is not understood" in reason(in_scp.scps[1])


def test_unreadable_organization_is_one_unknown_layer():
    unread = Unreadable("organizations:DescribeOrganization", DENIED)
    (layer,) = stack_for(snapshot(roles=[role()], organization_policies=unread), "role/r").scps
    assert "may not call organizations:DescribeOrganization" in reason(layer)


def test_layers_that_are_handed_in_are_kept():
    layer = Unknown("not looked up")
    stack = stack_for(
        snapshot(roles=[role()]), "role/r", resource_layer=layer, session_layer=Known(), endpoint_layer=layer
    )
    assert (stack.resource, stack.session, stack.endpoint) == (layer, Known(), layer)


def test_session_of_another_service_role_of_the_same_name_is_found_by_name_only():
    session = Principal(
        PrincipalType.ROLE_SESSION, "arn:aws:sts::111122223333:assumed-role/r/x", account="111122223333"
    )
    stack = stack_for(snapshot(roles=[role(inline_policies={"i": DOCUMENT})]), session)
    assert names(stack.identity) == ["role/r inline policy i"]


def test_federated_user_stands_for_policies_that_are_not_kept():
    stack = stack_for(snapshot(), "arn:aws:sts::111122223333:federated-user/someone")
    assert isinstance(stack.identity, Unknown)
