"""The operator's policy is enough and no more, decided by an account that enforces it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.provision.provision_worlds import (
    EC2,
    READ,
    VMIE_TRUST,
    Fault,
    FaultyClients,
    Killed,
    World,
    allow,
    document,
    everything,
    open_account,
    policy,
    prepare_for_everything,
    role,
    trusts,
)

from passrole.errors import PassroleError
from passrole.policy.grammar import check_grammar
from passrole.policy.model import PolicyType
from passrole.policy.parse import policy_from_value
from passrole.policy.size import document_characters
from passrole.provision.addressed import addressed_for_verify
from passrole.provision.observe import observe
from passrole.provision.operator_needs import OperatorTask
from passrole.provision.operator_policy import SMALLEST, operator_policy
from passrole.recipes.desired import DesiredManagedPolicy, DesiredState, DesiredUser, PassRoleNeed
from passrole.recipes.load import load_recipes
from passrole.recipes.render import render

APPLY = frozenset({OperatorTask.APPLY})
EVERY_TASK = frozenset(OperatorTask)

NOT_AN_OPERATION = {"iam:PassRole", "iam:TagUser", "iam:TagRole", "iam:TagPolicy", "iam:TagInstanceProfile"}
"""Asked beside another action, by a call that has another name."""

ONLY_AFTER_A_STOP = {"iam:DeleteAccessKey", "iam:GetAccessKeyLastUsed"}


@pytest.fixture
def admin(tmp_path: Path) -> Iterator[World]:
    with open_account("embedded", tmp_path) as clients:
        world = World(clients, tmp_path / "state")
        prepare_for_everything(world)
        yield world


def operator(admin: World, value: Any, name: str = "operator") -> World:
    """A person who has this policy and nothing else, with the journal of the administrator."""
    admin.iam.create_user(UserName=name)
    arn = admin.iam.create_policy(PolicyName=name, PolicyDocument=json.dumps(value))["Policy"]["Arn"]
    admin.iam.attach_user_policy(UserName=name, PolicyArn=arn)
    key = admin.iam.create_access_key(UserName=name)["AccessKey"]
    clients: Any = admin.clients
    return World(clients.as_user(key["AccessKeyId"], key["SecretAccessKey"]), admin.folder)


def actions(value: Any) -> set[str]:
    found: set[str] = set()
    for statement in value["Statement"]:
        listed = statement["Action"]
        found |= {listed} if isinstance(listed, str) else set(listed)
    return found


def without(value: Any, action: str) -> Any:
    statements = []
    for statement in value["Statement"]:
        listed = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
        kept = [each for each in listed if each != action]
        if kept:
            statements.append({**statement, "Action": kept})
    return {**value, "Statement": statements}


def recorded(person: World) -> FaultyClients:
    return FaultyClients(person.clients)


def called(clients: FaultyClients) -> set[str]:
    return {f"iam:{name}" for name in [*clients.reads, *(name for name, _ in clients.writes)]} - {
        "iam:GetCallerIdentity"
    }


def test_it_is_enough_for_plan_apply_and_read_back_and_holds_nothing_else(admin: World) -> None:
    state = everything(admin)
    value = operator_policy(state, APPLY)
    person = operator(admin, value)
    clients = recorded(person)
    plan = person.plan(state, clients=clients)
    assert not plan.unread
    assert person.run(plan, clients).complete
    assert not person.plan(state, clients=clients).has_work
    assert called(clients) == actions(value) - NOT_AN_OPERATION - ONLY_AFTER_A_STOP


@pytest.mark.parametrize("action", sorted(NOT_AN_OPERATION))
def test_what_is_asked_beside_a_call_is_needed(admin: World, action: str) -> None:
    state = everything(admin)
    value = operator_policy(state, APPLY)
    assert action in actions(value)
    person = operator(admin, without(value, action))
    with pytest.raises(PassroleError, match=action):
        person.apply(state)


def test_it_is_enough_to_go_on_after_a_lost_secret_and_all_of_it_is_needed(admin: World) -> None:
    state = admin.state(users=(DesiredUser("connector", access_key=True),))
    value = operator_policy(state, APPLY)
    person = operator(admin, value)
    with pytest.raises(Killed):
        person.run(person.plan(state), FaultyClients(person.clients, Fault(2, "after")))
    (lost,) = admin.iam.list_access_keys(UserName="connector")["AccessKeyMetadata"]
    blind = operator(admin, without(value, "iam:GetAccessKeyLastUsed"), "blind")
    assert [str(each.address) for each in blind.plan(state).blocked] == ["user/connector/access-key"]
    careful = operator(admin, without(value, "iam:DeleteAccessKey"), "careful")
    with pytest.raises(PassroleError, match="iam:DeleteAccessKey"):
        careful.apply(state)
    assert person.apply(state).complete
    (made,) = admin.iam.list_access_keys(UserName="connector")["AccessKeyMetadata"]
    assert made["AccessKeyId"] != lost["AccessKeyId"]


def test_it_lets_nobody_become_administrator(admin: World) -> None:
    state = everything(admin)
    person = operator(admin, operator_policy(state, EVERY_TASK))
    person.apply(state)
    denied = person.iam.exceptions.ClientError
    administrator = "arn:aws:iam::aws:policy/AdministratorAccess"
    attempts = [
        lambda: person.iam.attach_role_policy(RoleName="vmimport", PolicyArn=administrator),
        lambda: person.iam.attach_user_policy(UserName="connector", PolicyArn=administrator),
        lambda: person.iam.attach_user_policy(UserName="operator", PolicyArn=person.policy_arn("Shared")),
        lambda: person.iam.create_role(RoleName="other", AssumeRolePolicyDocument=document(VMIE_TRUST)),
        lambda: person.iam.create_access_key(UserName="passrole-admin"),
        lambda: person.iam.put_user_policy(UserName="operator", PolicyName="x", PolicyDocument=document(allow("*"))),
    ]
    for attempt in attempts:
        with pytest.raises(denied, match="AccessDenied"):
            attempt()


def test_only_the_set_ups_roles_may_be_passed(admin: World) -> None:
    state = everything(admin)
    person = operator(admin, operator_policy(state, APPLY))
    person.apply(state)
    admin.iam.create_role(RoleName="powerful", AssumeRolePolicyDocument=document(trusts("ec2.amazonaws.com")))
    admin.iam.remove_role_from_instance_profile(InstanceProfileName="instance", RoleName="instance")
    with pytest.raises(person.iam.exceptions.ClientError, match="iam:PassRole"):
        person.iam.add_role_to_instance_profile(InstanceProfileName="instance", RoleName="powerful")


def older_and_newer(world: World) -> tuple[DesiredState, DesiredState]:
    def state(*statements: Any, **more: Any) -> DesiredState:
        return world.state(
            managed_policies=(DesiredManagedPolicy("Own", policy(*statements)),),
            roles=(role("vmimport", VMIE_TRUST, inline={"vmimport": policy(*statements)}, **more),),
        )

    return state(READ), state(EC2, description="new")


def test_change_is_enough_to_adopt_and_to_bring_up_to_date(admin: World) -> None:
    older, newer = older_and_newer(admin)
    admin.apply(older)
    admin.iam.update_assume_role_policy(RoleName="vmimport", PolicyDocument=document(trusts("ec2.amazonaws.com")))
    for number in range(4):
        admin.iam.create_policy_version(
            PolicyArn=admin.policy_arn("Own"), PolicyDocument=document(allow(f"s3:Put{number}"))
        )
    added = actions(operator_policy(newer, APPLY | {OperatorTask.CHANGE})) - actions(operator_policy(newer, APPLY))
    person = operator(admin, operator_policy(newer, APPLY | {OperatorTask.CHANGE}))
    clients = recorded(person)
    plan = person.plan(newer, clients=clients)
    assert person.run(plan, clients).complete
    assert added <= called(clients)
    assert added == {
        "iam:UpdateAssumeRolePolicy",
        "iam:UpdateRole",
        "iam:CreatePolicyVersion",
        "iam:DeletePolicyVersion",
    }


def test_destroy_is_enough_to_take_everything_away(admin: World) -> None:
    state = everything(admin)
    before = admin.contents()
    person = operator(admin, operator_policy(state, {OperatorTask.APPLY, OperatorTask.DESTROY}))
    person.apply(state)
    plan = person.destroy_plan("demo")
    assert not plan.unread
    assert person.run(plan).complete
    left = admin.contents()
    assert {name: left[name] for name in left if name.rpartition("/")[2] != "operator"} == before


def test_verify_is_enough_to_read_every_policy_that_applies(admin: World) -> None:
    state = everything(admin)
    admin.apply(state)
    admin.iam.add_user_to_group(GroupName="operators", UserName="connector")
    person = operator(admin, operator_policy(state, {OperatorTask.VERIFY}))
    snapshot = observe(person.clients, addressed_for_verify(state), person.identity).snapshot
    full = observe(admin.clients, addressed_for_verify(state), admin.identity).snapshot
    assert snapshot == full


def demos() -> list[DesiredState]:
    states = []
    for recipe in load_recipes().values():
        for partition, region in (("aws", "us-east-1"), ("aws-cn", "cn-north-1")):
            values = json.loads(json.dumps(dict(recipe.demo)).replace("arn:aws:", f"arn:{partition}:"))
            values = json.loads(json.dumps(values).replace("us-west-2", region))
            states.append(render(recipe, values, account_id="111122223333", partition=partition, region=region))
    return states


@pytest.mark.parametrize("state", demos(), ids=lambda state: f"{state.recipe}-{state.partition}")
def test_it_is_enough_for_each_built_in_recipe_and_iam_takes_it(state: DesiredState, tmp_path: Path) -> None:
    from passrole.server.embedded import embedded_session

    for tasks in (SMALLEST, EVERY_TASK):
        value = operator_policy(state, tasks)
        assert check_grammar(policy_from_value(value), PolicyType.IDENTITY) == ()
        assert document_characters(json.dumps(value)) <= 6144
    with embedded_session(tmp_path / "account.db", partition=state.partition, region=state.region) as account:
        admin = World(account, tmp_path / "state")
        person = operator(admin, operator_policy(state, SMALLEST), "the-operator")
        plan = person.plan(state)
        assert not plan.unread
        assert person.run(plan).complete


def test_the_roles_that_the_service_asks_to_be_passed_are_passed_to_it_alone(admin: World) -> None:
    need = PassRoleNeed("vmimport", "/service/", "vmie.amazonaws.com", "because")
    value: Any = operator_policy(admin.state(pass_role=(need,)))
    assert value["Statement"] == [
        {
            "Effect": "Allow",
            "Action": "iam:PassRole",
            "Resource": "arn:aws:iam::111122223333:role/service/vmimport",
            "Condition": {"StringEquals": {"iam:PassedToService": "vmie.amazonaws.com"}},
        }
    ]
