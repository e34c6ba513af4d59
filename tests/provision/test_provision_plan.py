"""What a plan does about what is there already: adopted, left, shown, changed, and taken back."""

from __future__ import annotations

import json
from dataclasses import replace

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

from passrole.errors import UsageError
from passrole.provision.addresses import Address, parse_address
from passrole.provision.changes import Action, Change, Mark, Plan
from passrole.recipes.desired import (
    DesiredGroup,
    DesiredInstanceProfile,
    DesiredManagedPolicy,
    DesiredState,
    DesiredUser,
)


def change(plan: Plan, address: str) -> Change:
    wanted: Address = parse_address(address)
    found = [each for each in plan.changes if each.address == wanted]
    assert len(found) == 1, [str(each.address) for each in plan.changes]
    return found[0]


def vmimport(
    world: World, *statements: dict[str, object], trust: dict[str, object] = VMIE_TRUST, **more: object
) -> DesiredState:
    inline = {"vmimport": policy(*(statements or (READ, EC2)))}
    return world.state(roles=(role("vmimport", trust, inline=inline, **more),))


def test_apply_makes_what_is_wanted_and_a_second_plan_has_nothing_to_do(world: World) -> None:
    prepare_for_everything(world)
    result = world.apply(everything(world))
    assert result.complete
    again = world.plan(everything(world))
    assert not again.calls
    assert not again.has_work
    assert {each.action for each in again.changes} == {Action.NO_CHANGE}


def test_what_passrole_makes_has_tags_that_say_so_and_what_it_adopts_has_none(world: World) -> None:
    prepare_for_everything(world)
    world.iam.create_user(UserName="connector", Path="/connectors/")
    world.apply(everything(world))
    contents = world.contents()
    tags = {"passrole:recipe": "demo-recipe", "passrole:set-up": "demo", "passrole:version": "0.1.0"}
    assert contents["role/vmimport"]["tags"] == tags
    assert contents["policy/service/Sessions"]["tags"] == tags
    assert contents["user/connector"]["tags"] == {}


def test_an_existing_role_is_adopted_and_its_other_statements_stay(world: World) -> None:
    other = allow("s3:PutObject", "arn:aws:s3:::exports/*", Sid="Mine")
    world.iam.create_role(RoleName="vmimport", AssumeRolePolicyDocument=document(VMIE_TRUST))
    world.iam.put_role_policy(RoleName="vmimport", PolicyName="vmimport", PolicyDocument=document(other, EC2))
    plan = world.plan(vmimport(world))
    assert change(plan, "role/vmimport").action is Action.ADOPT
    assert change(plan, "role/vmimport/trust-policy").action is Action.NO_CHANGE
    inline = change(plan, "role/vmimport/inline-policy/vmimport")
    assert [line.mark for line in inline.statements] == [Mark.OTHERS, Mark.PRESENT, Mark.ADDED]
    assert any("stays" in note for note in inline.notes)
    world.run(plan)
    assert world.contents()["role/vmimport"]["inline"] == {"vmimport": [other, EC2, READ]}
    again = world.plan(vmimport(world))
    assert not again.has_work
    assert change(again, "role/vmimport").action is Action.NO_CHANGE


def test_documents_equal_in_meaning_are_no_change(world: World) -> None:
    same = {
        "Statement": {
            "Sid": "Other",
            "Resource": ["arn:aws:s3:::disk-images/*"],
            "Effect": "Allow",
            "Action": ["S3:listbucket", "s3:GetObject", "s3:getobject"],
        },
        "Version": "2012-10-17",
    }
    trust = trusts("vmie.amazonaws.com", Condition={"StringEquals": {"sts:Externalid": ["vmimport"]}}, Sid="")
    world.iam.create_role(RoleName="vmimport", AssumeRolePolicyDocument=document(trust))
    world.iam.put_role_policy(RoleName="vmimport", PolicyName="vmimport", PolicyDocument=json.dumps(same))
    assert not world.plan(vmimport(world, READ)).calls


@pytest.mark.parametrize("adopted", [False, True])
def test_a_statement_spelled_anew_by_iam_or_people_is_still_passroles(world: World, adopted: bool) -> None:
    anew = {**READ, "Action": ["S3:ListBucket", "s3:GetObject"], "Sid": "Renamed"}
    if adopted:
        world.iam.create_role(RoleName="vmimport", AssumeRolePolicyDocument=document(VMIE_TRUST))
    world.apply(vmimport(world, READ))
    world.iam.put_role_policy(RoleName="vmimport", PolicyName="vmimport", PolicyDocument=document(anew))
    assert not world.plan(vmimport(world, READ)).has_work
    world.apply(vmimport(world, READ, EC2))
    assert world.contents()["role/vmimport"]["inline"] == {"vmimport": [anew, EC2]}
    world.apply(vmimport(world, EC2))
    assert world.contents()["role/vmimport"]["inline"] == {"vmimport": [EC2]}


def test_a_statement_that_the_set_up_no_longer_wants_goes_and_nothing_else(world: World) -> None:
    other = allow("s3:PutObject", "arn:aws:s3:::exports/*")
    world.apply(vmimport(world, READ, EC2))
    world.iam.put_role_policy(RoleName="vmimport", PolicyName="vmimport", PolicyDocument=document(READ, other, EC2))
    plan = world.plan(vmimport(world, EC2))
    assert "1 statement is no longer wanted" in change(plan, "role/vmimport/inline-policy/vmimport").reason
    world.run(plan)
    assert world.contents()["role/vmimport"]["inline"] == {"vmimport": [other, EC2]}


def test_a_statement_that_was_there_before_is_not_taken_away_when_it_is_no_longer_wanted(world: World) -> None:
    world.iam.create_role(RoleName="vmimport", AssumeRolePolicyDocument=document(VMIE_TRUST))
    world.iam.put_role_policy(RoleName="vmimport", PolicyName="vmimport", PolicyDocument=document(READ))
    world.apply(vmimport(world, READ, EC2))
    world.apply(vmimport(world, allow("sts:GetCallerIdentity")))
    assert world.contents()["role/vmimport"]["inline"] == {"vmimport": [READ, allow("sts:GetCallerIdentity")]}


def test_parts_and_entities_that_a_changed_parameter_drops_are_taken_away(world: World) -> None:
    prepare_for_everything(world)
    world.apply(everything(world))
    smaller = world.state(roles=(role("vmimport", VMIE_TRUST, description="for VM Import/Export"),))
    plan = world.plan(smaller)
    assert change(plan, "user/connector").action is Action.DELETE
    assert change(plan, "role/vmimport/inline-policy/vmimport").action is Action.DELETE
    result = world.run(plan)
    assert result.complete
    contents = world.contents()
    assert set(contents) == {"role/vmimport", "group/operators", "policy/Shared"}
    assert contents["role/vmimport"]["inline"] == {}
    assert contents["role/vmimport"]["attached"] == []
    assert not world.plan(smaller).has_work


def test_exclusive_takes_others_statements_and_policies_off_the_set_ups_own_entities(world: World) -> None:
    prepare_for_everything(world)
    shared = world.policy_arn("Shared")
    weak = trusts("vmie.amazonaws.com")
    world.iam.create_role(RoleName="vmimport", AssumeRolePolicyDocument=document(weak, VMIE_TRUST))
    world.iam.put_role_policy(RoleName="vmimport", PolicyName="vmimport", PolicyDocument=document(allow("s3:*"), EC2))
    world.iam.put_role_policy(RoleName="vmimport", PolicyName="more", PolicyDocument=document(allow("iam:*")))
    world.iam.attach_role_policy(RoleName="vmimport", PolicyArn=shared)
    state = vmimport(world, READ)
    kept = world.plan(state)
    assert change(kept, "role/vmimport/inline-policy/more").action is Action.KEEP
    assert change(kept, f"role/vmimport/attached-policy/{shared}").action is Action.KEEP
    plan = world.plan(state, exclusive=True)
    world.run(plan)
    found = world.contents()["role/vmimport"]
    assert found["trust"] == [VMIE_TRUST]
    assert found["inline"] == {"vmimport": [READ]}
    assert found["attached"] == []
    assert not world.plan(state, exclusive=True).calls


def test_exclusive_leaves_other_policies_of_a_person_and_of_a_group(world: World) -> None:
    prepare_for_everything(world)
    for kind in ("user", "group"):
        name = {f"{kind.title()}Name": "alice" if kind == "user" else "operators"}
        if kind == "user":
            world.iam.create_user(UserName="alice")
        put, attach = getattr(world.iam, f"put_{kind}_policy"), getattr(world.iam, f"attach_{kind}_policy")
        put(**name, PolicyName="mine", PolicyDocument=document(allow("s3:*")))
        attach(**name, PolicyArn=world.policy_arn("Shared"))
    state = world.state(
        users=(DesiredUser("alice", inline_policies={"dms": policy(allow("dms:*"))}),),
        groups=(DesiredGroup("operators", {"dms": policy(allow("dms:*"))}),),
    )
    world.run(world.plan(state, exclusive=True))
    contents = world.contents()
    for entity in ("user/alice", "group/operators"):
        assert set(contents[entity]["inline"]) == {"mine", "dms"}
        assert contents[entity]["attached"] == [world.policy_arn("Shared")]


@pytest.mark.parametrize(
    ("other", "words"),
    [
        (trusts("vmie.amazonaws.com"), "without the condition"),
        ({"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}, "every AWS principal"),
        ({"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}, "every AWS principal"),
        ({"Effect": "Deny", "Principal": {"Service": "vmie.amazonaws.com"}, "Action": "sts:AssumeRole"}, "Deny"),
        (trusts("vmie.amazonaws.com", Condition={"StringLike": {"sts:ExternalId": "*"}}), "another condition than"),
        (
            {
                "Effect": "Allow",
                "Principal": {"AWS": "*"},
                "Action": "sts:AssumeRole",
                "Condition": {"StringLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/x"}},
            },
            "every AWS principal who meets its condition",
        ),
        ({"Effect": "Allow", "Principal": {"AWS": "999988887777"}, "Action": "sts:AssumeRole"}, "`999988887777`"),
        (
            {
                "Effect": "Allow",
                "Principal": {"AWS": "arn:aws:iam::999988887777:root"},
                "Action": "sts:AssumeRole",
                "Condition": {"StringEquals": {"sts:ExternalId": "x"}},
            },
            "`arn:aws:iam::999988887777:root` assume the role, too",
        ),
    ],
)
def test_a_foreign_statement_that_weakens_or_defeats_the_trust_is_warned_of(
    world: World, other: dict[str, object], words: str
) -> None:
    try:
        world.iam.create_role(RoleName="vmimport", AssumeRolePolicyDocument=document(other))
    except world.iam.exceptions.MalformedPolicyDocumentException:
        pytest.skip("this backend does not take the statement")
    warnings = change(world.plan(vmimport(world)), "role/vmimport/trust-policy").warnings
    assert [words in warning for warning in warnings] == [True]


def test_a_foreign_trust_of_another_principal_with_a_condition_is_no_warning(world: World) -> None:
    other = trusts("ec2.amazonaws.com", Condition={"StringEquals": {"aws:SourceAccount": "111122223333"}})
    world.iam.create_role(RoleName="vmimport", AssumeRolePolicyDocument=document(other))
    assert change(world.plan(vmimport(world)), "role/vmimport/trust-policy").warnings == ()


def test_path_description_and_session_time_of_an_adopted_role_are_shown_and_stay(world: World) -> None:
    world.iam.create_role(RoleName="vmimport", Path="/old/", AssumeRolePolicyDocument=document(VMIE_TRUST))
    state = vmimport(world, description="for VM Import/Export", max_session_seconds=7200)
    plan = world.plan(state)
    notes = " ".join(change(plan, "role/vmimport").notes)
    (warning,) = change(plan, "role/vmimport").warnings
    assert "`/old/`" in warning
    assert "description" in notes
    assert "3600" in notes
    world.run(plan)
    found = world.contents()["role/vmimport"]
    assert (found["path"], found["description"], found["seconds"]) == ("/old/", None, 3600)


def test_a_role_whose_name_differs_in_case_alone_blocks(world: World) -> None:
    """IAM keeps one of the two names, and a service that looks for `vmimport` does not find `VMImport`."""
    if world.clients.describe().kind != "embedded":
        pytest.skip("moto tells names apart by their case")
    world.iam.create_role(RoleName="VMImport", AssumeRolePolicyDocument=document(VMIE_TRUST))
    plan = world.plan(vmimport(world))
    blocked = change(plan, "role/vmimport")
    assert blocked.action is Action.BLOCKED
    assert "`role/VMImport`" in blocked.reason
    assert not any(each.calls for each in plan.changes if each.address.name == "vmimport")


def test_the_settings_of_a_role_that_passrole_made_are_changed_and_none_is_reset(world: World) -> None:
    world.apply(vmimport(world, description="old", max_session_seconds=7200))
    world.apply(vmimport(world, description="new"))
    found = world.contents()["role/vmimport"]
    # UpdateRole without MaxSessionDuration would have set one hour.
    assert (found["description"], found["seconds"]) == ("new", 7200)


def test_a_permissions_boundary_is_warned_of(world: World) -> None:
    prepare_for_everything(world)
    world.iam.create_role(
        RoleName="vmimport",
        AssumeRolePolicyDocument=document(VMIE_TRUST),
        PermissionsBoundary=world.policy_arn("Shared"),
    )
    warnings = change(world.plan(vmimport(world)), "role/vmimport").warnings
    assert [world.policy_arn("Shared") in warning for warning in warnings] == [True]


def test_a_group_that_does_not_exist_blocks_its_part_and_not_the_rest(world: World) -> None:
    state = world.state(groups=(DesiredGroup("operators", {"x": policy(EC2)}),), roles=(role("vmimport", VMIE_TRUST),))
    plan = world.plan(state)
    assert [str(each.address) for each in plan.blocked] == ["group/operators"]
    result = world.run(plan)
    assert not result.complete
    assert set(world.contents()) == {"role/vmimport"}
    world.iam.create_group(GroupName="operators")
    assert world.apply(state).complete


def test_a_blocked_entity_keeps_what_an_earlier_apply_put_on_it(world: World) -> None:
    """Blocked is not unwanted: what cannot be planned now is not taken away."""
    world.iam.create_group(GroupName="operators")
    state = world.state(groups=(DesiredGroup("operators", {"x": policy(EC2)}),))
    world.apply(state)
    recorded = world.journal.records
    world.iam.delete_group_policy(GroupName="operators", PolicyName="x")
    world.iam.delete_group(GroupName="operators")
    plan = world.plan(state)
    assert [str(each.address) for each in plan.changes] == ["group/operators"]
    assert not plan.has_work
    world.run(plan)
    assert world.journal.records == recorded


def test_a_role_that_must_exist_gets_its_policies_and_keeps_its_trust(world: World) -> None:
    world.iam.create_role(RoleName="theirs", Path="/x/", AssumeRolePolicyDocument=document(trusts("ec2.amazonaws.com")))
    world.apply(world.state(roles=(role("theirs", inline={"dms": policy(EC2)}),)))
    found = world.contents()["role/theirs"]
    assert found["trust"] == [trusts("ec2.amazonaws.com")]
    assert found["inline"] == {"dms": [EC2]}


def test_a_managed_policy_is_changed_by_a_new_default_version_and_the_oldest_goes_at_five(world: World) -> None:
    def state(number: int) -> DesiredState:
        own = DesiredManagedPolicy("Own", policy(allow(f"s3:Get{number}")))
        return world.state(managed_policies=(own,))

    for number in range(1, 8):
        world.apply(state(number))
    arn = world.policy_arn("Own")
    versions = {each["VersionId"] for each in world.iam.list_policy_versions(PolicyArn=arn)["Versions"]}
    assert versions == {"v3", "v4", "v5", "v6", "v7"}
    assert world.contents()["policy/Own"]["document"] == [allow("s3:Get7")]


def test_pruning_never_takes_the_default_version(world: World) -> None:
    world.apply(world.state(managed_policies=(DesiredManagedPolicy("Own", policy(allow("s3:Get1"))),)))
    arn = world.policy_arn("Own")
    for number in range(2, 6):
        world.iam.create_policy_version(PolicyArn=arn, PolicyDocument=document(allow(f"s3:Put{number}")))
    world.apply(world.state(managed_policies=(DesiredManagedPolicy("Own", policy(allow("s3:Get9"))),)))
    versions = {each["VersionId"] for each in world.iam.list_policy_versions(PolicyArn=arn)["Versions"]}
    assert versions == {"v1", "v3", "v4", "v5", "v6"}
    assert world.contents()["policy/Own"]["document"] == [allow("s3:Get9")]


def test_two_set_ups_share_a_user_and_a_role_and_each_keeps_its_own(world: World) -> None:
    def state(label: str, *statements: dict[str, object]) -> DesiredState:
        return world.state(
            label=label,
            users=(DesiredUser("alice", inline_policies={"work": policy(*statements)}),),
            roles=(role("shared", trusts("dms.amazonaws.com")),),
        )

    first, second = state("first", READ, EC2), state("second", EC2, allow("dms:*"))
    world.apply(first, second)
    assert world.contents()["user/alice"]["inline"] == {"work": [READ, EC2, allow("dms:*")]}
    assert not world.plan(first).has_work
    assert not world.plan(second).has_work
    world.apply(state("first", READ))
    assert world.contents()["user/alice"]["inline"] == {"work": [READ, EC2, allow("dms:*")]}
    world.destroy("second")
    assert world.contents()["user/alice"]["inline"] == {"work": [READ]}
    assert "role/shared" in world.contents()
    world.destroy("first")
    assert world.contents() == {}


def test_set_ups_that_contradict_each_other_are_refused(world: World) -> None:
    first = world.state(label="first", users=(DesiredUser("alice", path="/a/"),))
    second = world.state(label="second", users=(DesiredUser("alice", path="/b/"),))
    with pytest.raises(UsageError, match="differently"):
        world.plan(first, second)
    with pytest.raises(UsageError, match="two set-ups are called"):
        world.plan(first, first)


def test_an_instance_profile_that_holds_a_role_of_others_is_not_taken_over(world: World) -> None:
    trust = trusts("ec2.amazonaws.com")
    world.iam.create_role(RoleName="other", AssumeRolePolicyDocument=document(trust))
    world.iam.create_instance_profile(InstanceProfileName="profile")
    world.iam.add_role_to_instance_profile(InstanceProfileName="profile", RoleName="other")
    state = world.state(
        roles=(role("instance", trust),), instance_profiles=(DesiredInstanceProfile("profile", "instance"),)
    )
    plan = world.plan(state)
    assert "role/other" in change(plan, "instance-profile/profile/role/instance").reason
    assert plan.blocked
    world.run(world.plan(state, exclusive=True))
    assert world.contents()["profile/profile"] == ["instance"]


def test_another_role_name_swaps_the_role_in_the_instance_profile(world: World) -> None:
    def state(name: str) -> DesiredState:
        return world.state(
            roles=(role(name, trusts("ec2.amazonaws.com")),),
            instance_profiles=(DesiredInstanceProfile("profile", name),),
        )

    world.apply(state("first"))
    assert world.apply(state("second")).complete
    contents = world.contents()
    assert contents["profile/profile"] == ["second"]
    assert "role/first" not in contents


def test_a_role_that_others_made_again_under_the_same_name_is_not_passroles(world: World) -> None:
    world.apply(vmimport(world, READ))
    world.iam.delete_role_policy(RoleName="vmimport", PolicyName="vmimport")
    world.iam.delete_role(RoleName="vmimport")
    world.iam.create_role(RoleName="vmimport", AssumeRolePolicyDocument=document(VMIE_TRUST))
    world.iam.put_role_policy(RoleName="vmimport", PolicyName="vmimport", PolicyDocument=document(READ))
    assert change(world.plan(vmimport(world, READ)), "role/vmimport").action is Action.ADOPT
    world.destroy("demo")
    assert world.contents()["role/vmimport"]["inline"] == {"vmimport": [READ]}


def test_a_document_of_the_old_version_keeps_the_meaning_of_others_statements(world: World) -> None:
    old = {"Version": "2008-10-17", "Statement": [allow("s3:GetObject", "arn:aws:s3:::b/${aws:username}")]}
    home = allow("s3:PutObject", "arn:aws:s3:::b/${aws:username}/*")
    world.iam.create_role(RoleName="vmimport", AssumeRolePolicyDocument=document(VMIE_TRUST))
    put = {"RoleName": "vmimport", "PolicyName": "vmimport"}
    try:
        world.iam.put_role_policy(**put, PolicyDocument=json.dumps(old))
    except world.iam.exceptions.MalformedPolicyDocumentException:
        pytest.skip("moto takes no document of version 2008-10-17, which IAM does")
    plan = world.plan(vmimport(world, home))
    assert "no version suits both" in change(plan, "role/vmimport/inline-policy/vmimport").reason
    assert plan.blocked
    world.apply(vmimport(world, EC2))
    assert world.iam.get_role_policy(**put)["PolicyDocument"]["Version"] == "2008-10-17"
    old["Statement"] = [READ]
    world.iam.put_role_policy(**put, PolicyDocument=json.dumps(old))
    world.apply(vmimport(world, home))
    assert world.iam.get_role_policy(**put)["PolicyDocument"]["Version"] == "2012-10-17"


def test_a_plan_over_a_quota_of_iam_says_so_before_anything_is_done(world: World) -> None:
    large = [allow(f"s3:GetObject{n}", f"arn:aws:s3:::bucket-{n}/*") for n in range(40)]
    state = world.state(users=(DesiredUser("alice", inline_policies={"large": policy(*large)}),))
    warnings = change(world.plan(state), "user/alice").warnings
    assert [("2048" in warning, "inline" in warning) for warning in warnings] == [(True, True)]


def test_a_managed_policy_of_the_wanted_name_is_merged_with_not_replaced(world: World) -> None:
    prepare_for_everything(world)
    state = world.state(managed_policies=(DesiredManagedPolicy("Shared", policy(EC2)),))
    world.apply(state)
    assert world.contents()["policy/Shared"]["document"] == [allow("sts:GetCallerIdentity"), EC2]
    world.destroy("demo")
    assert world.contents()["policy/Shared"]["document"] == [allow("sts:GetCallerIdentity")]


def test_plans_show_before_and_after(world: World) -> None:
    world.apply(vmimport(world, READ))
    shown = change(world.plan(vmimport(world, READ, EC2)), "role/vmimport/inline-policy/vmimport")
    assert shown.before == {"Version": "2012-10-17", "Statement": [READ]}
    assert shown.after == {"Version": "2012-10-17", "Statement": [READ, EC2]}
    assert [line.reason for line in shown.statements] == ["because", "because"]
    assert replace(shown, calls=()).has_work


def _split_read(*more: dict[str, object]) -> str:
    """READ in other words: one statement for each action."""
    actions = READ["Action"]
    assert isinstance(actions, list)
    return document(*(allow(action, str(READ["Resource"])) for action in actions), *more)


def test_what_says_the_same_in_other_words_is_no_change(world: World) -> None:
    world.iam.create_role(RoleName="vmimport", AssumeRolePolicyDocument=document(VMIE_TRUST))
    world.iam.put_role_policy(RoleName="vmimport", PolicyName="vmimport", PolicyDocument=_split_read(EC2))
    inline = change(world.plan(vmimport(world)), "role/vmimport/inline-policy/vmimport")
    assert inline.action is Action.NO_CHANGE
    assert not inline.calls
    assert any("means the same" in note for note in inline.notes)
    assert [line.mark for line in inline.statements][-1] is Mark.PRESENT
    assert inline.record_after is None, "what others wrote stays others'"


def test_a_statement_of_ours_reworded_in_a_recipe_stays_ours(world: World) -> None:
    world.apply(vmimport(world))
    actions = READ["Action"]
    assert isinstance(actions, list)
    reworded = [allow(action, str(READ["Resource"])) for action in actions]
    plan = world.plan(vmimport(world, *reworded, EC2))
    inline = change(plan, "role/vmimport/inline-policy/vmimport")
    assert inline.action is Action.NO_CHANGE
    world.run(plan)
    assert not world.plan(vmimport(world, *reworded, EC2)).has_work
    world.destroy("demo")
    assert "role/vmimport" not in world.contents()


def test_a_broader_document_shows_a_request_that_it_newly_allows(world: World) -> None:
    world.apply(vmimport(world, READ))
    inline = change(
        world.plan(vmimport(world, READ, allow("ec2:RegisterImage"))), "role/vmimport/inline-policy/vmimport"
    )
    assert inline.action is Action.UPDATE
    assert [note for note in inline.notes if note.startswith("broader: it newly allows `ec2:RegisterImage` on ")]


def test_a_deny_is_a_change_though_its_document_allows_nothing_of_it(world: World) -> None:
    """Beside other policies it takes from what they allow."""
    world.apply(vmimport(world, READ))
    deny = allow("ec2:RegisterImage", "*", Effect="Deny")
    inline = change(world.plan(vmimport(world, READ, deny)), "role/vmimport/inline-policy/vmimport")
    assert inline.action is Action.UPDATE
    assert [note for note in inline.notes if note.startswith("it newly denies `ec2:RegisterImage` on ")]
