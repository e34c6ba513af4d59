"""The packaged failures are complete, speak for themselves, and are those that the recipes name."""

from __future__ import annotations

import json
import re
from importlib import resources

import pytest

from passrole.activity.failures import Failure, get_failure, load_failures
from passrole.recipes.load import built_in_recipe_names, load_recipe

ALL = list(load_failures().values())


def texts(failure: Failure) -> list[str]:
    return [*failure.symptoms, *failure.causes, failure.detect, failure.fix]


def test_there_are_seventy_two_in_order() -> None:
    assert [one.id for one in ALL] == [f"F{number:02}" for number in range(1, 73)]


@pytest.mark.parametrize("failure", ALL, ids=lambda one: one.id)
def test_a_failure_is_whole(failure: Failure) -> None:
    assert failure.service in {"vmie", "dms", "sms", "ssm", "mgn", "generic"}
    assert all(text.strip() for text in texts(failure))
    assert failure.sources
    assert all(re.fullmatch(r"https://\S+", source) for source in failure.sources if "inferred" not in source)


ROW_OF_A_LIST = re.compile(
    r"\b[SVDRMEN]\d{1,2}\b|\bseeds?\b|\brows?\b|\btrace\b|\breplay\b|\bMAMIP\b|\bcorpus\b|@[0-9a-f]{7}\b"
)


@pytest.mark.parametrize("failure", ALL, ids=lambda one: one.id)
def test_no_text_points_at_something_that_a_reader_cannot_know(failure: Failure) -> None:
    for text in texts(failure):
        # Names of AWS's own are no such pointers.
        assert not ROW_OF_A_LIST.search(text.replace("S3", "")), text


@pytest.mark.parametrize("failure", ALL, ids=lambda one: one.id)
def test_advice_names_recipes_and_parameters_that_exist(failure: Failure) -> None:
    for text in (failure.detect, failure.fix):
        for recipe in re.findall(r"`passrole (?:apply|verify|show) ([a-z-]+)", text):
            parameters = load_recipe(recipe).parameters
            for name in re.findall(r"--set ([a-z0-9_]+)=", text):
                assert name in parameters
            for name in re.findall(r"in `([a-z0-9_]+)`", text):
                assert name in parameters


def test_an_unknown_id_is_answered_with_nothing() -> None:
    assert get_failure("F99") is None


@pytest.mark.parametrize("name", built_in_recipe_names())
def test_each_failure_that_a_recipe_names_is_known(name: str) -> None:
    text = resources.files("passrole.recipes").joinpath("data", f"{name}.toml").read_text()
    named = set(re.findall(r"\"(F\d+)\"", "".join(re.findall(r"on_deny = \[([^\]]*)\]", text))))

    assert named
    assert named <= set(load_failures())


def test_the_file_keeps_its_format_s_name() -> None:
    text = resources.files("passrole.activity").joinpath("data", "failures.json").read_text()

    assert json.loads(text)["format"] == "passrole-failures-1"
