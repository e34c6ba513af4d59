"""Destroy takes away exactly what passrole made; beside it, what others made stays and is named."""

from __future__ import annotations

from typing import Any

import pytest
from tests.provision.provision_worlds import (
    EC2,
    READ,
    VMIE_TRUST,
    World,
    allow,
    document,
    everything,
    policy,
    prepare_for_everything,
    role,
    trusts,
)

from passrole.provision.addresses import parse_address
from passrole.provision.changes import Action, Plan
from passrole.recipes.desired import DesiredManagedPolicy, DesiredState, DesiredUser


def reason(plan: Plan, address: str) -> str:
    return next(change.reason for change in plan.changes if change.address == parse_address(address))


def vmimport(world: World) -> DesiredState:
    return world.state(roles=(role("vmimport", VMIE_TRUST, inline={"vmimport": policy(READ, EC2)}),))


def test_destroy_gives_back_the_account_as_it_was(world: World) -> None:
    prepare_for_everything(world)
    before = world.contents()
    world.apply(everything(world))
    assert world.destroy("demo").complete
    assert world.contents() == before
    assert not world.journal.records
    assert not world.journal.set_ups
    assert not world.secrets.saved_keys()
    assert not world.destroy_plan("demo").has_work


def test_adopted_entities_stay_with_what_others_put_on_them(world: World) -> None:
    other = allow("s3:PutObject")
    world.iam.create_role(RoleName="vmimport", AssumeRolePolicyDocument=document(trusts("ec2.amazonaws.com")))
    world.iam.put_role_policy(RoleName="vmimport", PolicyName="vmimport", PolicyDocument=document(other))
    before = world.contents()
    world.apply(vmimport(world))
    plan = world.destroy_plan("demo")
    assert "was there before passrole" in reason(plan, "role/vmimport")
    world.run(plan)
    assert world.contents() == before
    assert not world.journal.records


def _inline(world: World) -> None:
    world.iam.put_role_policy(RoleName="vmimport", PolicyName="theirs", PolicyDocument=document(allow("s3:*")))


def _attached(world: World) -> None:
    world.iam.attach_role_policy(RoleName="vmimport", PolicyArn=world.policy_arn("Shared"))


def _statement(world: World) -> None:
    world.iam.put_role_policy(
        RoleName="vmimport", PolicyName="vmimport", PolicyDocument=document(READ, allow("s3:*"), EC2)
    )


def _trust(world: World) -> None:
    world.iam.update_assume_role_policy(
        RoleName="vmimport", PolicyDocument=document(VMIE_TRUST, trusts("ec2.amazonaws.com"))
    )


def _profile(world: World) -> None:
    world.iam.create_instance_profile(InstanceProfileName="theirs")
    world.iam.add_role_to_instance_profile(InstanceProfileName="theirs", RoleName="vmimport")


@pytest.mark.parametrize(
    ("others_come", "words"),
    [
        (_inline, "inline policy `theirs`"),
        (_attached, "policy/Shared`"),
        (_statement, "inline policy `vmimport`"),
        (_trust, "trust policy holds 1 statement"),
        (_profile, "instance profile `theirs`"),
    ],
)
def test_a_role_that_others_use_now_is_left_and_the_reason_said(world: World, others_come: Any, words: str) -> None:
    prepare_for_everything(world)
    world.apply(vmimport(world))
    others_come(world)
    plan = world.destroy_plan("demo")
    assert words in reason(plan, "role/vmimport")
    world.run(plan)
    left = world.contents()["role/vmimport"]
    theirs = {name for name, statements in left["inline"].items() if allow("s3:*") in statements}
    assert set(left["inline"]) == theirs, "what passrole put there is gone, what others did is not"
    assert READ not in left["inline"].get("vmimport", [])
    assert not world.destroy_plan("demo").calls, "a second destroy has nothing to do"


def test_the_set_ups_trust_leaves_a_role_that_others_trust_too(world: World) -> None:
    world.apply(vmimport(world))
    _trust(world)
    world.destroy("demo")
    assert world.contents()["role/vmimport"]["trust"] == [trusts("ec2.amazonaws.com")]


def test_what_was_left_is_deleted_when_the_others_have_gone(world: World) -> None:
    world.apply(vmimport(world))
    _inline(world)
    world.destroy("demo")
    world.iam.delete_role_policy(RoleName="vmimport", PolicyName="theirs")
    assert world.destroy("demo").complete
    assert world.contents() == {}
    assert not world.journal.records


def test_a_user_in_a_group_or_with_a_key_of_others_is_left(world: World) -> None:
    prepare_for_everything(world)
    world.apply(world.state(users=(DesiredUser("connector", access_key=True),)))
    world.iam.add_user_to_group(GroupName="operators", UserName="connector")
    theirs = world.iam.create_access_key(UserName="connector")["AccessKey"]["AccessKeyId"]
    plan = world.destroy_plan("demo")
    assert "group `operators`" in reason(plan, "user/connector")
    assert theirs in reason(plan, "user/connector")
    world.run(plan)
    left = world.iam.list_access_keys(UserName="connector")["AccessKeyMetadata"]
    assert [key["AccessKeyId"] for key in left] == [theirs]


def test_a_managed_policy_that_others_attached_is_left(world: World) -> None:
    world.iam.create_group(GroupName="theirs")
    state = world.state(
        managed_policies=(DesiredManagedPolicy("Own", policy(EC2)),),
        roles=(role("vmimport", VMIE_TRUST, attached_policy_arns=(world.policy_arn("Own"),)),),
    )
    world.apply(state)
    world.iam.attach_group_policy(GroupName="theirs", PolicyArn=world.policy_arn("Own"))
    plan = world.destroy_plan("demo")
    assert "attached to `group/theirs`" in reason(plan, "managed-policy/Own")
    world.run(plan)
    assert set(world.contents()) == {"group/theirs", "policy/Own"}
    assert world.contents()["policy/Own"]["document"] == [EC2]


def test_a_statement_of_others_in_passroles_managed_policy_stays_alone(world: World) -> None:
    world.apply(world.state(managed_policies=(DesiredManagedPolicy("Own", policy(EC2)),)))
    world.iam.create_policy_version(
        PolicyArn=world.policy_arn("Own"), PolicyDocument=document(EC2, allow("s3:*")), SetAsDefault=True
    )
    world.destroy("demo")
    assert world.contents()["policy/Own"]["document"] == [allow("s3:*")]
    assert not world.destroy_plan("demo").calls


def test_what_iam_alone_knows_to_be_in_use_is_left_too(world: World) -> None:
    """A login profile (a password) is nothing that passrole reads; moto deletes such a user nevertheless."""
    world.apply(world.state(users=(DesiredUser("connector"),)))
    plan = world.destroy_plan("demo")
    client = world.iam

    def refuse(**_: object) -> None:
        error = {
            "Error": {"Code": "DeleteConflict", "Message": "Cannot delete entity, must delete login profile first."}
        }
        raise client.exceptions.DeleteConflictException(
            {**error, "ResponseMetadata": {"HTTPStatusCode": 409}}, "DeleteUser"
        )

    client.meta.events.register("before-call.iam.DeleteUser", refuse, unique_id="refuse")
    result = world.run(plan)
    assert [(str(left.address), "login profile" in left.reason) for left in result.left] == [("user/connector", True)]
    assert not result.complete
    client.meta.events.unregister("before-call.iam.DeleteUser", unique_id="refuse")
    assert world.destroy("demo").complete
    assert world.contents() == {}


def test_someone_deleting_at_the_same_time_is_no_error(world: World) -> None:
    world.apply(vmimport(world))
    plan = world.destroy_plan("demo")
    deleted = False

    def delete_first(**_: object) -> None:
        nonlocal deleted
        if not deleted:
            deleted = True
            world.iam.delete_role_policy(RoleName="vmimport", PolicyName="vmimport")

    world.iam.meta.events.register("before-call.iam.DeleteRolePolicy", delete_first, unique_id="first")
    assert world.run(plan).complete
    assert world.contents() == {}


def test_without_the_journal_tags_still_say_what_passrole_made(world: World) -> None:
    state = world.state(users=(DesiredUser("connector"),), managed_policies=())
    world.apply(state)
    (world.folder / "journal.json").unlink()
    assert not world.destroy_plan("demo").changes, "no one has said which entities to look at"
    assert world.destroy("demo", desired=[state]).complete
    assert world.contents() == {}


def test_without_the_journal_statements_stay_until_an_apply_has_found_its_own_again(world: World) -> None:
    world.apply(vmimport(world))
    (world.folder / "journal.json").unlink()
    plan = world.destroy_plan("demo", desired=[vmimport(world)])
    assert "does not know as its own" in reason(plan, "role/vmimport")
    assert not plan.calls
    found = world.plan(vmimport(world))
    assert not found.calls
    world.run(found)
    assert world.destroy("demo").complete
    assert world.contents() == {}


def test_tags_of_another_set_up_are_not_this_ones(world: World) -> None:
    state = world.state(label="theirs", users=(DesiredUser("connector"),))
    world.apply(state)
    (world.folder / "journal.json").unlink()
    other = world.state(label="ours", users=(DesiredUser("connector"),))
    assert not world.destroy_plan("ours", desired=[other]).calls


def test_destroy_of_what_is_gone_already_only_cleans_the_journal(world: World) -> None:
    world.apply(world.state(users=(DesiredUser("connector"),)))
    world.iam.delete_user(UserName="connector")
    plan = world.destroy_plan("demo")
    assert not plan.calls
    assert {change.action for change in plan.changes} == {Action.NO_CHANGE}
    world.run(plan)
    assert not world.journal.records
    assert not world.journal.set_ups


def test_old_versions_of_a_managed_policy_go_with_it(world: World) -> None:
    for action in ("s3:GetObject", "s3:PutObject", "s3:ListBucket"):
        world.apply(world.state(managed_policies=(DesiredManagedPolicy("Own", policy(allow(action))),)))
    assert world.destroy("demo").complete
    assert world.contents() == {}
