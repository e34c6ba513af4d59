"""The published schemas say the same as the loader: jsonschema and passrole's own checker agree on every file."""

from __future__ import annotations

import copy
import json
import random
import re
import tomllib
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from tests.recipes.recipe_text import SMALL

from passrole.recipes.problems import Problems
from passrole.recipes.shape import KEYWORDS, check_shape, load_schema
from passrole.recipes.toml_positions import TomlPositions

FORMAT_PAGE = (Path(__file__).parents[2] / "docs" / "recipe-format.md").read_text(encoding="utf-8")
FILES = {
    one.name: tomllib.loads(one.read_text(encoding="utf-8"))
    for one in resources.files("passrole.recipes").joinpath("data").iterdir()
    if one.name.endswith(".toml")
}
RECIPE = load_schema("recipe.schema.json")
SET_UPS = load_schema("set-up-file.schema.json")


def validator(schema: Any) -> jsonschema.Draft202012Validator:
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def complaints(document: Any, schema: Any = RECIPE) -> list[str]:
    problems = Problems()
    check_shape(document, schema, TomlPositions("f", ""), problems)
    return [finding.message for finding in problems.found]


def tables(value: Any) -> Iterator[Any]:
    """Every table and list of a document."""
    if isinstance(value, dict | list):
        yield value
        for inner in value.values() if isinstance(value, dict) else value:
            yield from tables(inner)


@pytest.mark.parametrize("name", sorted(FILES))
def test_every_built_in_recipe_satisfies_the_schema(name: str) -> None:
    assert [error.message for error in validator(RECIPE).iter_errors(FILES[name])] == []
    assert complaints(FILES[name]) == []


@pytest.mark.parametrize("schema", [RECIPE, SET_UPS], ids=["recipe", "set-ups"])
def test_a_schema_uses_only_what_the_checker_reads(schema: Any) -> None:
    def check(part: Any) -> None:
        if isinstance(part, dict):
            assert set(part) <= KEYWORDS, part
            for name in ("properties", "$defs"):
                for inner in part.get(name, {}).values():
                    check(inner)
            for name in ("items", "additionalProperties", "propertyNames"):
                check(part.get(name))
            for choice in part.get("oneOf", []):
                assert list(choice) == ["required"]
                assert len(choice["required"]) == 1

    check(schema)


def spoil(document: Any, chance: random.Random) -> None:
    """Change one thing somewhere: take a key away, add one, or put another type in its place."""
    places = [one for one in tables(document) if one]
    place = chance.choice(places)
    key = chance.choice(list(place)) if isinstance(place, dict) else chance.randrange(len(place))
    match chance.randrange(4):
        case 0:
            del place[key]
        case 1 if isinstance(place, dict):
            place["unheard_of"] = "x"
        case 2:
            place[key] = chance.choice(
                ["", "x", 7, True, [], {}, ["x"], {"value": "x"}, {"value": "x", "when": {"a": True}}]
            )
        case _:
            place[key] = copy.deepcopy(chance.choice(places))


@pytest.mark.parametrize("seed", range(12))
def test_the_checker_and_jsonschema_agree_on_spoilt_files(seed: int) -> None:
    chance = random.Random(seed)
    reference = validator(RECIPE)
    small = tomllib.loads(SMALL)
    refused = 0
    for _ in range(60):
        document = copy.deepcopy(small)
        spoil(document, chance)
        valid = reference.is_valid(document)
        assert (not complaints(document)) is valid, document
        refused += not valid
    # Both answers have to occur, or the agreement would show nothing.
    assert 10 < refused < 60


@pytest.mark.parametrize(
    ("document", "valid"),
    [
        ({"set-up": {"vm-import": {"parameters": {"import_bucket": "x", "kms": True, "n": 3, "keys": ["a"]}}}}, True),
        ({"set-up": {"x": {}}}, True),
        ({"set-up": {}}, False),
        ({}, False),
        ({"set-up": {"x": {"variant": "other"}}}, False),
        ({"set-up": {"x y": {}}}, False),
        ({"set-up": {"x": {"parameters": {"a": {"b": 1}}}}}, False),
        ({"set-up": {"x": {"parameters": {"a": 1.5}}}}, False),
        ({"set-up": {"x": {"parameter": {}}}}, False),
        ({"vm-import": {}, "set-up": {"x": {}}}, False),
    ],
)
def test_set_up_files_are_judged_alike(document: Any, valid: bool) -> None:
    assert validator(SET_UPS).is_valid(document) is valid
    assert (not complaints(document, SET_UPS)) is valid


def test_the_page_on_the_format_names_every_key() -> None:
    words = set(re.findall(r"[A-Za-z_]+", FORMAT_PAGE))
    keys = {
        key
        for part in tables(json.loads(json.dumps(RECIPE)))
        if isinstance(part, dict)
        for key in part.get("properties", {})
    }
    assert keys - words == set()
