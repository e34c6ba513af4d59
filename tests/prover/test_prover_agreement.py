"""The prover and the engine agree: of every request of a small universe the engine says what the prover says of all."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.prover.small_worlds import WORLDS, Drawn, pair
from tests.prover.world_requests import disagreement, requests

from passrole.prover.compare import Actions, compare, layers_side


@pytest.mark.parametrize("name", WORLDS)
@given(data=st.data())
@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
def test_what_the_prover_says_holds_for_every_request(name: str, data: st.DataObject) -> None:
    world = WORLDS[name]
    drawn = Drawn(lambda values: data.draw(st.sampled_from(values)))
    old, new = pair(drawn, world)
    sides = [layers_side([(one,) for one in layers]) for layers in (old, new)]
    comparison = compare(sides[0], sides[1], actions=Actions.ANY)
    asked = requests(world, (old, new), Drawn.by(data.draw(st.randoms(use_true_random=False))), 200)
    assert disagreement(comparison, old, new, asked) is None
