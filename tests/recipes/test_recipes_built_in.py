"""What holds for every recipe that passrole brings: documents that IAM takes, actions that exist, nothing left over."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources
from typing import Any

import pytest

from passrole.catalog.actions import expand_action_pattern, is_known_action
from passrole.errors import PassroleError
from passrole.policy.normal import policies_equal_in_meaning_of_text
from passrole.policy.parse import policy_from_value
from passrole.recipes.desired import DesiredState, Json
from passrole.recipes.load import built_in_recipe_names, load_recipe
from passrole.recipes.render import render
from passrole.recipes.trial import check_by_rendering, refusals, trial_values

NAMES = built_in_recipe_names()
PLACES = {"aws": "us-east-1", "aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1"}


def moved(value: Json, partition: str) -> Any:
    """Example values with their ARNs in another partition."""
    text = json.dumps(value).replace('"arn:aws:', f'"arn:{partition}:').replace("us-east-1", PLACES[partition])
    return json.loads(text)


@cache
def renderings(name: str, partition: str = "aws") -> tuple[DesiredState, ...]:
    """Every trial that the recipe's own rules let through, in both variants."""
    recipe = load_recipe(name)
    states = []
    for values in trial_values(recipe):
        values = {name: moved(value, partition) for name, value in values.items()}
        for variant in ("corrected", "documented"):
            try:
                states.append(render(recipe, values, account_id="111122223333", partition=partition,
                                     region=PLACES[partition], variant=variant))  # fmt: skip
            except PassroleError as error:
                codes = {one.code for one in error.diagnostics}
                if not codes or codes - {"R0102", "R0104"}:
                    raise
    return tuple(states)


@pytest.mark.parametrize("name", NAMES)
def test_every_document_that_a_recipe_can_make_is_one_that_iam_accepts(name: str) -> None:
    check_by_rendering(load_recipe(name))


@pytest.mark.parametrize("partition", ["aws-cn", "aws-us-gov"])
@pytest.mark.parametrize("name", NAMES)
def test_it_is_in_every_partition(name: str, partition: str) -> None:
    assert renderings(name, partition)
    for state in renderings(name, partition):
        for policy in state.policies:
            assert list(refusals(policy)) == []


@pytest.mark.parametrize("name", NAMES)
def test_every_action_exists(name: str) -> None:
    asked = {step.action for state in renderings(name) for w in state.workflows for step in w.steps}
    granted = {
        action
        for state in renderings(name)
        for policy in state.policies
        for statement in policy.statements
        for action in _listed(statement.body.get("Action"))
    }

    assert granted
    for action in asked | granted:
        if "*" in action:
            assert expand_action_pattern(action), action
        else:
            assert is_known_action(action), action


def _listed(value: Json) -> list[str]:
    return [str(one) for one in (value if isinstance(value, list) else [value])]


def texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        for field in dataclasses.fields(value):
            yield from texts(getattr(value, field.name))
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from texts(key)
            yield from texts(inner)
    elif isinstance(value, tuple | list):
        for inner in value:
            yield from texts(inner)


@pytest.mark.parametrize("name", NAMES)
def test_no_placeholder_is_left_anywhere(name: str) -> None:
    for state in renderings(name):
        assert [text for text in texts(state) if "{{" in text or "}}" in text] == []


@pytest.mark.parametrize("name", NAMES)
def test_a_set_up_renders_again_from_the_values_that_it_tells(name: str) -> None:
    recipe = load_recipe(name)
    for state in renderings(name):
        again = render(
            recipe,
            state.parameters,
            account_id="111122223333",
            partition="aws",
            region="us-east-1",
            variant=state.variant,
        )
        assert again == state


@pytest.mark.parametrize("name", NAMES)
def test_every_policy_fragment_and_actor_is_used(name: str) -> None:
    recipe = load_recipe(name)
    text = resources.files("passrole.recipes").joinpath("data", f"{name}.toml").read_text(encoding="utf-8")
    rendered_policies = {policy.id.split("[")[0] for state in renderings(name) for policy in state.policies}

    assert rendered_policies == set(recipe.policies)
    for fragment in recipe.fragments:
        assert f'include = "{fragment}"' in text
    actors = {actor.split("[")[0] for state in renderings(name) for actor in state.actors}
    assert actors == set(recipe.actors)


@pytest.mark.parametrize("name", NAMES)
def test_the_demo_s_values_render_to_something_that_can_be_verified(name: str) -> None:
    recipe = load_recipe(name)
    state = render(recipe, recipe.demo, account_id="111122223333", partition="aws", region="us-east-1")
    assert state.workflows
    assert state.users or state.roles


def test_statement_order_does_not_hide_a_difference_in_meaning() -> None:
    """The comparison with AWS's pages rests on this: one action more is not the same policy."""
    state = render(
        load_recipe("vm-import"), {"import_bucket": "a-b"}, account_id="1" * 12, partition="aws", region="us-east-1"
    )
    (policy,) = [one for one in state.policies if one.id == "role"]
    value = policy.to_value()
    wider = json.loads(json.dumps(value).replace('"s3:ListBucket"', '"s3:ListBucket", "s3:PutObject"'))

    assert policies_equal_in_meaning_of_text(policy_from_value(value), policy_from_value(value))
    assert not policies_equal_in_meaning_of_text(policy_from_value(value), policy_from_value(wider))
