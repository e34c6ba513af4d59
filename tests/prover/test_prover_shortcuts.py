"""What is left out of a search, and done without one, comes to the same as the whole search."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.prover.small_worlds import (
    ACTIONS,
    RESOURCES,
    TRUST_ACTIONS,
    VALUES,
    VARIABLE_VALUES,
    WITH_VARIABLES,
    Drawn,
    Layers,
    World,
    pair,
)
from tests.prover.world_requests import disagreement, requests

from passrole.engine.stack import AttachedPolicy
from passrole.policy.model import ActionElement, Effect, Policy, PolicyType, ResourceElement, Statement, Value
from passrole.policy.operators import OPERATORS
from passrole.prover.action_groups import ActionGroups
from passrole.prover.automaton import Automaton
from passrole.prover.compare import Actions, Comparison, Relation, compare, layers_side
from passrole.prover.items import AnyCase, Chars, Items, One, Star, letter, takes
from passrole.prover.space import Space
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
    "conditions with policy variables": World(keys=("aws:RequestTag/t",), variables=True),
    "principals": World(type=PolicyType.RESOURCE),
    "roles": World(type=PolicyType.TRUST),
}


def _more_or_fewer(drawn: Drawn, values: tuple[Value, ...], others: Sequence[str]) -> tuple[Value, ...]:
    """One value less, or one more."""
    if len(values) > 1 and drawn.chance(5):
        gone = drawn.one(range(len(values)))
        return values[:gone] + values[gone + 1 :]
    return (*values, Value(drawn.one(others)))


def _touched(drawn: Drawn, statement: Statement, world: World, donors: Sequence[Statement]) -> Statement:
    """The statement with an action, a resource, a value of a condition or a whole condition more or less."""
    what = drawn.one(("actions", "resources", "value", "value", "conditions", "effect"))
    if what == "actions":
        texts = TRUST_ACTIONS if world.type is PolicyType.TRUST else ACTIONS
        patterns = _more_or_fewer(drawn, statement.actions.patterns, texts)
        return replace(statement, actions=ActionElement(statement.actions.negated, patterns))
    if what == "resources" and statement.resources is not None:
        texts = (*RESOURCES, *WITH_VARIABLES) if world.variables else RESOURCES
        patterns = _more_or_fewer(drawn, statement.resources.patterns, texts)
        return replace(statement, resources=ResourceElement(statement.resources.negated, patterns))
    if what == "value" and statement.conditions:
        place = drawn.one(range(len(statement.conditions)))
        condition = statement.conditions[place]
        row = OPERATORS[condition.operator.base]
        texts = (*VALUES[row.family], *(VARIABLE_VALUES if world.variables and row.variables else ()))
        changed = replace(condition, values=_more_or_fewer(drawn, condition.values, texts))
        return replace(
            statement, conditions=(*statement.conditions[:place], changed, *statement.conditions[place + 1 :])
        )
    if what == "effect":
        return replace(statement, effect=drawn.one(list(Effect)))
    return replace(statement, conditions=drawn.one(donors).conditions)


def _near_pair(drawn: Drawn, world: World) -> tuple[Layers, Layers]:
    """Policies of which one has most of the other's words, as versions of a policy have."""
    (first,), (second,) = pair(drawn, world)
    old = [*first.policy.statements, *second.policy.statements][:4]
    new = [_touched(drawn, each, world, old) if drawn.chance(6) else each for each in old]
    return (_policy_of(old, world),), (_policy_of(new, world),)


def _policy_of(statements: Sequence[Statement], world: World) -> AttachedPolicy:
    return AttachedPolicy(world.type, world.type.value, Policy(tuple(statements), "2012-10-17"))


def _said(comparison: Comparison) -> tuple[Relation, bool, bool]:
    return comparison.relation, bool(comparison.gained), bool(comparison.lost)


@pytest.mark.parametrize("name", WORLDS)
@pytest.mark.parametrize("actions", list(Actions))
@given(data=st.data())
@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
def test_what_is_left_out_changes_no_answer(name: str, actions: Actions, data: st.DataObject) -> None:
    world = WORLDS[name]
    drawn = Drawn(lambda values: data.draw(st.sampled_from(values)))
    old, new = data.draw(st.sampled_from((pair, _near_pair, _near_pair)))(drawn, world)
    sides = [layers_side([(one,) for one in layers]) for layers in (old, new)]
    short = compare(*sides, actions=actions)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("passrole.prover.contest.differing_actions", lambda one, other: None)
        patch.setattr(ActionGroups, "_listed", lambda self, boxes: None)
        patch.setattr(Told, "narrowed_by", lambda self, others: self)
        patch.setattr(Space, "_within", lambda self, cover, boxes: cover)
        whole = compare(*sides, actions=actions)
    # What is looked at less closely may decide more.
    if Relation.UNDECIDED not in (short.relation, whole.relation):
        assert _said(short) == _said(whole)
    elif short.relation is Relation.UNDECIDED:
        assert whole.relation is Relation.UNDECIDED
    if actions is Actions.ANY:
        asked = requests(world, (old, new), Drawn.by(data.draw(st.randoms(use_true_random=False))), 100)
        assert disagreement(short, old, new, asked) is None
