"""Plan and apply on an account: what is made, that a second plan is empty, and what a person is told."""

from __future__ import annotations

from tests.provision.provision_worlds import World, everything, prepare_for_everything


def test_apply_makes_what_is_wanted_and_a_second_plan_has_nothing_to_do(world: World) -> None:
    prepare_for_everything(world)
    result = world.apply(everything(world))
    print(world.contents())
    assert result.complete
    again = world.plan(everything(world))
    assert not again.calls
    assert not again.has_work
