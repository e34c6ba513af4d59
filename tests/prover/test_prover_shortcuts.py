"""What is left out of a search, and done without one, comes to the same as the whole search."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.prover.small_worlds import Drawn, World, pair

from passrole.policy.model import PolicyType
from passrole.prover.action_groups import ActionGroups
from passrole.prover.automaton import Automaton
from passrole.prover.compare import Actions, Comparison, Relation, compare, policy_side
from passrole.prover.items import AnyCase, Chars, Items, One, Star, letter, takes
from passrole.prover.texts import Bits, Region
from passrole.prover.told import Told

_PLACES = st.one_of(
    st.text("ab:", min_size=1, max_size=3),
    st.builds(One, st.sampled_from(Chars)),
    st.just(AnyCase("aA")),
    st.just(letter(0)),
)
# A star is followed by a place: what two in a row take together the automaton reads more freely.
_ITEMS = st.lists(
    st.one_of(_PLACES.map(lambda place: (place,)), st.tuples(st.builds(Star, st.sampled_from(Chars)), _PLACES)),
    max_size=4,
).map(lambda pairs: tuple(place for each in pairs for place in each))


def _read(items: Items, text: str) -> bool:
    automaton = Automaton((items,))
    state = automaton.start
    for character in text:
        state = automaton.step(state, character)
    return Bits(Region((items,)), (0,), automaton).holds(state)


@given(
    _ITEMS, st.sampled_from([(), (Star(Chars.ANY),), (Star(Chars.NAME),)]), st.text(f"abA:/*1{letter(0)}", max_size=9)
)
@settings(max_examples=200)
def test_one_text_is_taken_as_the_automaton_takes_it(items: Items, end: Items, text: str) -> None:
    assert takes((*items, *end), text) is _read((*items, *end), text)


WORLDS = {
    "actions and resources": World(),
    "conditions": World(keys=("aws:RequestTag/t", "aws:TagKeys")),
    "policy variables": World(variables=True),
    "principals": World(type=PolicyType.RESOURCE),
    "roles": World(type=PolicyType.TRUST),
}


def _said(comparison: Comparison) -> tuple[Relation, bool, bool]:
    return comparison.relation, bool(comparison.gained), bool(comparison.lost)


@pytest.mark.parametrize("name", WORLDS)
@pytest.mark.parametrize("actions", list(Actions))
@given(data=st.data())
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
def test_what_is_left_out_changes_no_answer(name: str, actions: Actions, data: st.DataObject) -> None:
    world = WORLDS[name]
    old, new = pair(Drawn(lambda values: data.draw(st.sampled_from(values))), world)
    sides = policy_side(old, world.type), policy_side(new, world.type)
    short = compare(*sides, actions=actions)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("passrole.prover.contest.differing_actions", lambda one, other: None)
        patch.setattr(ActionGroups, "_listed", lambda self, boxes: None)
        patch.setattr(Told, "narrowed_by", lambda self, others: self)
        whole = compare(*sides, actions=actions)
    # What is looked at less closely may decide more.
    if Relation.UNDECIDED not in (short.relation, whole.relation):
        assert _said(short) == _said(whole)
    elif short.relation is Relation.UNDECIDED:
        assert whole.relation is Relation.UNDECIDED
