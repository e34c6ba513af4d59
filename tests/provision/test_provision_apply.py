"""Carrying a plan out: its calls and no others, patience with IAM, and what is said when it stops on the way."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.provision.provision_worlds import (
    EC2,
    READ,
    VMIE_TRUST,
    FaultyClients,
    World,
    everything,
    open_account,
    policy,
    prepare_for_everything,
    role,
)

from passrole.provision.apply import Progress, apply_plan
from passrole.provision.changes import Action
from passrole.provision.clients import Target
from passrole.provision.errors import ApplyRefusedError, ApplyStoppedError, UnreachableError
from passrole.provision.patience import DELAYS_IN_SECONDS
from passrole.recipes.desired import DesiredManagedPolicy, DesiredState, DesiredUser
from passrole.recipes.load import load_recipes
from passrole.recipes.render import render

BUILT_IN = ("dms-roles", "dms-user", "session-manager", "sms", "vm-import")


@pytest.fixture
def embedded(tmp_path: Path) -> Any:
    with open_account("embedded", tmp_path) as clients:
        yield World(clients, tmp_path / "state")


def vmimport(world: World) -> DesiredState:
    return world.state(roles=(role("vmimport", VMIE_TRUST, inline={"vmimport": policy(READ, EC2)}),))


def refusing(world: World, operation: str, code: str, status: int, times: int, *, message: str = "why") -> list[int]:
    """Let IAM answer the next `times` calls of `operation` with an error; the list counts them."""
    seen: list[int] = []

    def refuse(**_: object) -> Any:
        if len(seen) >= times:
            return None
        seen.append(1)
        answer = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}}
        raise world.iam.exceptions.from_code(code)(answer, operation)

    world.iam.meta.events.register(f"before-call.iam.{operation}", refuse)
    return seen


def test_apply_makes_exactly_the_calls_of_the_plan_and_tells_each(world: World) -> None:
    prepare_for_everything(world)
    plan = world.plan(everything(world))
    clients, told = FaultyClients(world.clients), list[Progress]()
    apply_plan(plan, clients, world.journal, world.secrets, told.append, sleep=world.slept.append)
    assert clients.writes == [(call.operation, dict(call.parameters)) for call in plan.calls]
    ended = [progress for progress in told if progress.state == "done"]
    assert [progress.change for progress in ended] == [change for change in plan.changes if change.calls]
    assert [progress.number for progress in ended] == list(range(1, len(ended) + 1))
    assert {progress.total for progress in told} == {len(ended)}
    assert len(told) == 2 * len(ended), "each change is told when it starts and when it is done"


def test_a_plan_with_nothing_to_do_does_nothing(world: World) -> None:
    world.apply(vmimport(world))
    clients = FaultyClients(world.clients)
    assert world.run(world.plan(vmimport(world)), clients).complete
    assert clients.writes == []
    assert world.slept == []


@pytest.mark.parametrize(
    ("operation", "code", "message"),
    [
        ("PutRolePolicy", "NoSuchEntity", "The role with name vmimport cannot be found."),
        ("AttachRolePolicy", "NoSuchEntity", "Policy does not exist or is not attachable."),
        ("PutRolePolicy", "ConcurrentModification", "Please retry."),
        ("CreateRole", "MalformedPolicyDocument", "Invalid principal in policy"),
    ],
)
def test_what_iam_does_not_know_yet_is_tried_again(embedded: World, operation: str, code: str, message: str) -> None:
    state = embedded.state(
        managed_policies=(DesiredManagedPolicy("Own", policy(EC2)),),
        roles=(
            role(
                "vmimport",
                VMIE_TRUST,
                inline={"vmimport": policy(READ)},
                attached_policy_arns=(embedded.policy_arn("Own"),),
            ),
        ),
    )
    refusing(embedded, operation, code, 404, 2, message=message)
    assert embedded.apply(state).complete
    assert embedded.slept == list(DELAYS_IN_SECONDS[:2])


def test_patience_has_an_end(embedded: World) -> None:
    seen = refusing(embedded, "PutRolePolicy", "NoSuchEntity", 404, 100)
    with pytest.raises(ApplyRefusedError):
        embedded.apply(vmimport(embedded))
    assert len(seen) == len(DELAYS_IN_SECONDS) + 1
    assert sum(embedded.slept) < 60


@pytest.mark.parametrize("code", ["NoSuchEntity", "MalformedPolicyDocument", "LimitExceeded"])
def test_what_time_does_not_heal_is_not_tried_again(embedded: World, code: str) -> None:
    """The role is there already, so IAM knows it; the other errors never pass."""
    embedded.iam.create_role(RoleName="vmimport", AssumeRolePolicyDocument='{"Version": "2012-10-17", "Statement": '
                             '[{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, '
                             '"Action": "sts:AssumeRole"}]}')  # fmt: skip
    seen = refusing(embedded, "PutRolePolicy", code, 400, 100)
    with pytest.raises(ApplyRefusedError):
        embedded.apply(vmimport(embedded))
    assert len(seen) == 1
    assert embedded.slept == []


def test_a_refusal_says_what_was_done_and_what_was_not(world: World) -> None:
    state = world.state(
        users=(DesiredUser("alice"), DesiredUser("bob"), DesiredUser("carol")),
        roles=(role("vmimport", VMIE_TRUST),),
    )
    plan = world.plan(state)
    calls = 0

    def second(**_: object) -> None:
        nonlocal calls
        calls += 1
        if calls == 2:
            answer = {"Error": {"Code": "LimitExceeded", "Message": "Cannot exceed quota for UsersPerAccount: 5000"}}
            raise world.iam.exceptions.LimitExceededException(
                {**answer, "ResponseMetadata": {"HTTPStatusCode": 409}}, "CreateUser"
            )

    world.iam.meta.events.register("before-call.iam.CreateUser", second)
    with pytest.raises(ApplyRefusedError) as stopped:
        world.run(plan)
    error = stopped.value
    assert error.done == ("user/alice",)
    assert error.not_done == ("user/bob", "user/carol", "role/vmimport")
    assert error.message.startswith("stopped at `user/bob`")
    assert "LimitExceeded: Cannot exceed quota for UsersPerAccount: 5000" in error.causes
    assert "goes on where this one stopped" in (error.help or "")
    assert {str(address.entity) for address in world.journal.records} == {"user/alice"}, (
        "a refused call leaves no trace"
    )
    assert world.journal.set_ups["demo"].state == "applying"
    world.apply(state)
    assert set(world.contents()) == {"user/alice", "user/bob", "user/carol", "role/vmimport"}
    assert world.journal.set_ups["demo"].state == "applied"


@pytest.mark.parametrize(("kind", "words"), [("endpoint", "MOTO_IAM_LOAD_MANAGED_POLICIES"), ("real AWS", "AWS has")])
def test_a_managed_policy_of_aws_that_is_not_there_is_explained(
    embedded: World, monkeypatch: pytest.MonkeyPatch, kind: str, words: str
) -> None:
    arn = "arn:aws:iam::aws:policy/service-role/NoSuchPolicyAnyMore"
    state = embedded.state(roles=(role("vmimport", VMIE_TRUST, attached_policy_arns=(arn,)),))
    target = Target(kind, "https://iam.example.org", "us-east-1")
    monkeypatch.setattr(type(embedded.clients), "describe", lambda self: target)
    embedded.identity = replace(embedded.identity, target=target)
    with pytest.raises(ApplyRefusedError) as stopped:
        embedded.apply(state)
    assert words in (stopped.value.help or "")
    assert arn in (stopped.value.help or "")


def test_after_an_error_of_the_server_itself_the_journal_remembers_what_may_have_happened(embedded: World) -> None:
    """The call took effect, and its answer was lost on the way."""
    state = vmimport(embedded)
    made = False

    def lost(**_: object) -> None:
        nonlocal made
        if not made:
            made = True
            raise UnreachableError("the endpoint cannot be reached")

    embedded.iam.meta.events.register("after-call.iam.CreateRole", lost)
    with pytest.raises(ApplyStoppedError):
        embedded.apply(state)
    assert "role/vmimport" in embedded.contents()
    embedded.apply(state)
    embedded.destroy("demo")
    assert embedded.contents() == {}


def test_an_entity_that_others_make_at_the_same_moment_is_not_taken_for_ours(embedded: World) -> None:
    plan = embedded.plan(vmimport(embedded))

    def first(**_: object) -> None:
        embedded.iam.meta.events.unregister("before-call.iam.CreateRole", unique_id="first")
        embedded.iam.create_role(
            RoleName="vmimport", AssumeRolePolicyDocument=str(plan.calls[0].parameters["AssumeRolePolicyDocument"])
        )

    embedded.iam.meta.events.register("before-call.iam.CreateRole", first, unique_id="first")
    with pytest.raises(ApplyRefusedError, match="CreateRole"):
        embedded.run(plan)
    again = embedded.plan(vmimport(embedded))
    assert next(each for each in again.changes if str(each.address) == "role/vmimport").action is Action.ADOPT
    embedded.run(again)
    embedded.destroy("demo")
    assert set(embedded.contents()) == {"role/vmimport"}


def rendered(name: str, world: World, variant: str) -> DesiredState:
    recipe = load_recipes()[name]
    return render(
        recipe,
        recipe.demo,
        account_id=world.identity.account_id,
        partition="aws",
        region="us-east-1",
        variant=variant,
    )


def make_aws_managed_policies(world: World, state: DesiredState) -> None:
    """moto holds AWS's managed policies only when it loads them all, which takes seconds."""
    from moto.backends import get_backend
    from moto.iam.models import AWSManagedPolicy

    backend = get_backend("iam")[world.identity.account_id]["aws"]
    for holder in (*state.users, *state.groups, *state.roles):
        for arn in holder.attached_policy_arns:
            if ":aws:policy/" in arn:
                body = {
                    "Arn": arn,
                    "Path": f"/{arn.partition(':policy/')[2]}".rpartition("/")[0] + "/",
                    "DefaultVersionId": "v1",
                    "CreateDate": "2016-10-24T00:00:00Z",
                    "UpdateDate": "2016-10-24T00:00:00Z",
                    "Document": {"Version": "2012-10-17", "Statement": [EC2]},
                }
                made = AWSManagedPolicy.from_data(arn.rpartition("/")[2], world.identity.account_id, "us-east-1", body)
                backend.managed_policies[arn] = made


def test_the_recipes_that_are_tested_are_all_that_there_are() -> None:
    assert tuple(sorted(load_recipes())) == BUILT_IN


@pytest.mark.parametrize("variant", ["corrected", "documented"])
@pytest.mark.parametrize("name", BUILT_IN)
def test_each_built_in_recipe_applies_stays_and_goes(world: World, name: str, variant: str) -> None:
    state = rendered(name, world, variant)
    if world.identity.target.kind == "endpoint":
        make_aws_managed_policies(world, state)
    before = world.contents()
    plan = world.plan(state)
    assert not plan.blocked
    assert not [warning for change in plan.changes for warning in change.warnings]
    assert world.run(plan).complete
    assert not world.plan(state).has_work
    assert world.destroy(state.label).complete
    assert world.contents() == before
    assert not world.journal.records
