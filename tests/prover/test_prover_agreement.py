"""The prover and the engine agree: on small worlds every request is asked, on larger ones many."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.prover.small_worlds import Drawn, World, disagreement, pair, requests

from passrole.policy.model import PolicyType
from passrole.prover.compare import Actions, compare, policy_side

WORLDS = {
    "actions and resources": World(),
    "one condition key": World(keys=("aws:RequestTag/t",)),
    "several values": World(keys=("aws:TagKeys",)),
    "addresses": World(keys=("aws:SourceIp",)),
    "dates": World(keys=("aws:CurrentTime",)),
    "numbers": World(keys=("s3:max-keys",)),
    "flags": World(keys=("aws:SecureTransport",)),
    "ARNs": World(keys=("aws:SourceArn",)),
    "two keys": World(keys=("aws:RequestTag/t", "aws:ResourceTag/u")),
    "policy variables": World(keys=("aws:RequestTag/t",), variables=True),
    "principals": World(PolicyType.RESOURCE, keys=("aws:RequestTag/t",)),
    "trust": World(PolicyType.TRUST, keys=("aws:RequestTag/t",)),
}


@pytest.mark.parametrize("name", WORLDS)
@given(data=st.data())
@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
def test_what_the_prover_says_holds_for_every_request(name: str, data: st.DataObject) -> None:
    world = WORLDS[name]
    drawn = Drawn(lambda values: data.draw(st.sampled_from(values)))
    old, new = pair(drawn, world)
    comparison = compare(policy_side(old, world.type), policy_side(new, world.type), actions=Actions.ANY)
    asked = requests(world, (old, new), Drawn.by(data.draw(st.randoms(use_true_random=False))), 200)
    assert disagreement(comparison, old, new, world.type, asked) is None
