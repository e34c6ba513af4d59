"""Reading back: until IAM shows what was written, with a bound, and naming what nobody outside can see."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.provision.provision_worlds import EC2, VMIE_TRUST, World, open_account, policy, role

from passrole.provision.converge import DELAYS_IN_SECONDS
from passrole.provision.errors import UnreachableError
from passrole.recipes.desired import DesiredState, DesiredUser


@pytest.fixture
def embedded(tmp_path: Path) -> Any:
    with open_account("embedded", tmp_path) as clients:
        yield World(clients, tmp_path / "state")


def vmimport(world: World) -> DesiredState:
    return world.state(roles=(role("vmimport", VMIE_TRUST, inline={"vmimport": policy(EC2)}),))


def test_it_waits_until_iam_shows_a_new_policy(embedded: World) -> None:
    def hide(parsed: dict[str, Any], **_: object) -> None:
        if len(embedded.slept) < 3:
            parsed["PolicyNames"] = []

    embedded.iam.meta.events.register("after-call.iam.ListRolePolicies", hide)
    result = embedded.apply(vmimport(embedded))
    assert result.complete
    assert embedded.slept == list(DELAYS_IN_SECONDS[:3])


def test_it_gives_up_after_its_bound_and_names_what_is_not_seen(embedded: World) -> None:
    def hide(parsed: dict[str, Any], **_: object) -> None:
        parsed["PolicyNames"] = []

    embedded.iam.meta.events.register("after-call.iam.ListRolePolicies", hide)
    result = embedded.apply(vmimport(embedded))
    assert [str(address) for address in result.read_back.unseen] == ["role/vmimport/inline-policy/vmimport"]
    assert not result.complete
    assert embedded.slept == list(DELAYS_IN_SECONDS)
    assert sum(embedded.slept) < 60


def test_a_role_that_only_a_service_may_assume_is_named(world: World) -> None:
    (sentence,) = world.apply(vmimport(world)).read_back.unobservable
    assert "`vmie.amazonaws.com`" in sentence
    assert "`role/vmimport`" in sentence


def test_a_role_that_an_account_may_assume_is_not_named(world: World) -> None:
    account = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{world.identity.account_id}:root"},
        "Action": "sts:AssumeRole",
    }
    assert world.apply(world.state(roles=(role("mine", account),))).read_back.unobservable == ()


def test_a_failure_of_the_reading_does_not_hide_what_was_done(embedded: World) -> None:
    state = embedded.state(users=(DesiredUser("connector"),))
    plan = embedded.plan(state)
    made = False

    def note(**_: object) -> None:
        nonlocal made
        made = True

    def fail(**_: object) -> None:
        if made:
            raise UnreachableError("the endpoint cannot be reached")

    embedded.iam.meta.events.register("after-call.iam.CreateUser", note)
    embedded.iam.meta.events.register("before-call.iam.GetUser", fail)
    result = embedded.run(plan)
    assert [str(change.address) for change in result.done] == ["user/connector"]
    assert isinstance(result.read_back.failure, UnreachableError)
    assert not result.complete
