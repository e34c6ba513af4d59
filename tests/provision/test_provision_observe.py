"""What is read of an account, what may not be read, and that the two are never confused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.provision.provision_worlds import (
    EC2,
    READ,
    VMIE_TRUST,
    FaultyClients,
    World,
    allow,
    document,
    everything,
    open_account,
    policy,
    prepare_for_everything,
    role,
)

from passrole.account.snapshot import GroupState, ManagedPolicyState, RoleState, Unreadable, UserState
from passrole.provision.addressed import addressed_for_verify
from passrole.provision.changes import Action
from passrole.provision.errors import ApplyRefusedError, WrongAccountError
from passrole.provision.identity import guard_account, identify
from passrole.provision.observe import observe
from passrole.recipes.desired import DesiredState, DesiredUser


@pytest.fixture
def embedded(tmp_path: Path) -> Any:
    with open_account("embedded", tmp_path) as clients:
        yield World(clients, tmp_path / "state")


def limited(world: World, *denied: str) -> World:
    """The same account, for a user who may do all but `denied`."""
    world.iam.create_user(UserName="limited")
    deny = {"Effect": "Deny", "Action": list(denied), "Resource": "*"}
    world.iam.put_user_policy(UserName="limited", PolicyName="limits", PolicyDocument=document(allow("iam:*"), deny))
    key = world.iam.create_access_key(UserName="limited")["AccessKey"]
    clients: Any = world.clients
    return World(clients.as_user(key["AccessKeyId"], key["SecretAccessKey"]), world.folder)


def vmimport(world: World) -> DesiredState:
    return world.state(
        roles=(role("vmimport", VMIE_TRUST, inline={"vmimport": policy(READ, EC2)}),),
        users=(DesiredUser("connector"),),
    )


def test_a_part_that_may_not_be_read_is_planned_around_and_said(embedded: World) -> None:
    embedded.iam.create_role(RoleName="vmimport", AssumeRolePolicyDocument=document(VMIE_TRUST))
    world = limited(embedded, "iam:GetRolePolicy", "iam:ListRolePolicies")
    plan = world.plan(vmimport(world))
    (blocked,) = plan.blocked
    assert str(blocked.address) == "role/vmimport/inline-policy/vmimport"
    assert "iam:ListRolePolicies is denied" in blocked.reason
    assert [(str(each.address), each.what.action) for each in plan.unread] == [
        ("role/vmimport", "iam:ListRolePolicies")
    ]
    assert "iam:ListRolePolicies" in plan.unread[0].what.reason, "AWS's own message is kept"
    result = world.run(plan)
    assert [str(change.address) for change in result.done] == ["user/connector"]
    assert not result.complete
    assert embedded.contents()["role/vmimport"]["inline"] == {}


def test_an_entity_that_may_not_be_read_is_not_taken_for_missing(embedded: World) -> None:
    embedded.iam.create_role(RoleName="vmimport", AssumeRolePolicyDocument=document(VMIE_TRUST))
    world = limited(embedded, "iam:GetRole")
    plan = world.plan(vmimport(world))
    assert {str(change.address) for change in plan.blocked} == {
        "role/vmimport",
        "role/vmimport/trust-policy",
        "role/vmimport/inline-policy/vmimport",
    }
    assert [call.operation for call in plan.calls] == ["CreateUser"]


def test_destroy_leaves_what_it_may_not_look_at(embedded: World) -> None:
    embedded.apply(vmimport(embedded))
    world = limited(embedded, "iam:ListInstanceProfilesForRole")
    plan = world.destroy_plan("demo")
    kept = next(change for change in plan.changes if str(change.address) == "role/vmimport")
    assert kept.action is Action.KEEP
    assert "iam:ListInstanceProfilesForRole is denied" in kept.reason
    world.run(plan)
    assert "role/vmimport" in embedded.contents()


def test_a_write_that_is_denied_names_the_action_and_what_was_done(embedded: World) -> None:
    world = limited(embedded, "iam:PutRolePolicy")
    with pytest.raises(ApplyRefusedError) as stopped:
        world.apply(vmimport(world))
    error = stopped.value
    assert "`role/vmimport/inline-policy/vmimport`" in error.message
    assert "`iam:PutRolePolicy` is denied" in error.message
    assert any("explicit deny" in cause for cause in error.causes)
    assert any(cause.startswith("done: ") and "role/vmimport" in cause for cause in error.causes)
    assert error.exit_code == 254
    assert "again" in (error.help or "")
    assert not embedded.plan(vmimport(embedded)).blocked
    embedded.apply(vmimport(embedded))
    assert embedded.contents()["role/vmimport"]["inline"] == {"vmimport": [READ, EC2]}


def test_apply_reads_only_what_it_needs(world: World) -> None:
    prepare_for_everything(world)
    clients = FaultyClients(world.clients)
    world.plan(everything(world), clients=clients)
    assert set(clients.reads) <= {
        *("GetPolicy", "GetUser", "GetGroup", "ListGroupPolicies", "ListAttachedGroupPolicies"),
        *("GetRole", "GetInstanceProfile", "GetCallerIdentity"),
    }


def test_verify_reads_every_policy_that_applies(world: World) -> None:
    prepare_for_everything(world)
    boundary = world.policy_arn("Shared")
    world.apply(everything(world))
    world.iam.add_user_to_group(GroupName="operators", UserName="connector")
    world.iam.put_role_permissions_boundary(RoleName="instance", PermissionsBoundary=boundary)
    snapshot = observe(world.clients, addressed_for_verify(everything(world)), world.identity).snapshot
    user, group = snapshot.users["connector"], snapshot.groups["operators"]
    assert isinstance(user, UserState)
    assert isinstance(group, GroupState)
    assert user.group_names == ("operators",)
    instance = snapshot.roles["instance"]
    assert isinstance(instance, RoleState)
    assert instance.boundary_arn == boundary
    for arn in (boundary, world.policy_arn("Sessions", "/service/")):
        attached = snapshot.managed_policies[arn]
        assert isinstance(attached, ManagedPolicyState)
        assert "Statement" in attached.document


def test_groups_outside_the_set_up_are_read_for_verify(world: World) -> None:
    world.iam.create_group(GroupName="elsewhere")
    world.iam.put_group_policy(GroupName="elsewhere", PolicyName="x", PolicyDocument=document(allow("s3:*")))
    state = world.state(users=(DesiredUser("connector"),))
    world.apply(state)
    world.iam.add_user_to_group(GroupName="elsewhere", UserName="connector")
    snapshot = observe(world.clients, addressed_for_verify(state), world.identity).snapshot
    group = snapshot.groups["elsewhere"]
    assert isinstance(group, GroupState)
    assert not isinstance(group.inline_policies, Unreadable)
    assert list(group.inline_policies) == ["x"]


def test_lists_longer_than_a_page_are_read_whole(world: World) -> None:
    names = [f"policy-{number:03}" for number in range(102)]
    world.iam.create_role(RoleName="vmimport", AssumeRolePolicyDocument=document(VMIE_TRUST))
    for name in names:
        world.iam.put_role_policy(RoleName="vmimport", PolicyName=name, PolicyDocument=document(allow("s3:*")))
    plan = world.plan(vmimport(world))
    kept = [change.address.detail for change in plan.changes if change.action is Action.KEEP]
    assert sorted(str(name) for name in kept) == names


def test_the_safety_line_and_the_guard(embedded: World) -> None:
    embedded.iam.create_role(RoleName="x", AssumeRolePolicyDocument=document(VMIE_TRUST))
    identity = identify(embedded.clients)
    line = identity.safety_line()
    assert "111122223333" in line
    assert "passrole-admin" in line
    assert "embedded" in line
    guard_account(identity, None)
    guard_account(identity, "111122223333")
    with pytest.raises(WrongAccountError, match="not 999999999999; nothing was done"):
        guard_account(identity, "999999999999")


def test_the_accounts_alias_is_shown_where_there_is_one(tmp_path: Path) -> None:
    with open_account("moto", tmp_path) as clients:
        clients.client("iam").create_account_alias(AccountAlias="acme")
        assert "(acme)" in identify(clients).safety_line()
