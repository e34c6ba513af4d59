"""What IAM would refuse half-way through an apply is refused when the recipe is rendered."""

from __future__ import annotations

from typing import Any

import pytest
from tests.recipes.recipe_text import SMALL

from passrole.recipes.desired import DesiredState
from passrole.recipes.placeholders import MOST_STRINGS, PlaceholderError, Template
from passrole.recipes.problems import RecipeError
from passrole.recipes.read import read_recipe
from passrole.recipes.render import render
from passrole.recipes.scope import Scope


def rendered(text: str = SMALL) -> DesiredState:
    values: dict[str, Any] = {"bucket": "files"}
    return render(
        read_recipe(text, "acme.toml"), values, account_id="111122223333", partition="aws", region="us-east-1"
    )


def spoilt(old: str, new: str) -> str:
    assert old in SMALL
    return SMALL.replace(old, new)


ROLE = '[[roles]]\nname = "{{role_name}}"'


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (spoilt(ROLE, '[[roles]]\nname = "acme/../x"'), "`acme/../x` cannot be the name of a role"),
        (spoilt(ROLE, '[[roles]]\nname = "a$(id)"'), "`a$(id)` cannot be the name of a role"),
        (spoilt(ROLE, '[[roles]]\nname = "rôle"'), "`rôle` cannot be the name of a role"),
        (spoilt(ROLE, f'[[roles]]\nname = "{"r" * 65}"'), f"`{'r' * 65}` cannot be the name of a role"),
        (spoilt(ROLE, ROLE + '\npath = "acme"'), "`acme` cannot be the path of role `acme`"),
        (spoilt(ROLE, ROLE + '\npath = "/a b/"'), "`/a b/` cannot be the path of role `acme`"),
        (spoilt(ROLE, ROLE + "\nmax_session_seconds = 60"), "sessions of role `acme` would last 60 seconds"),
        (spoilt(ROLE, ROLE + '\ndescription = "\\u0007"'), "the description of role `acme` has characters"),
        (spoilt(ROLE, ROLE + f'\ndescription = "{"d" * 1001}"'), "the description of role `acme` has more than 1000"),
        (spoilt('name = "access"', 'name = "../../access"'), "`../../access` cannot be the name of an inline policy"),
    ],
)
def test_what_iam_would_refuse_is_told_with_its_name(text: str, problem: str) -> None:
    with pytest.raises(RecipeError) as caught:
        rendered(text)
    assert len(caught.value.causes) == 1
    assert caught.value.causes[0].startswith(problem)


def test_names_at_the_limits_are_taken() -> None:
    text = spoilt(
        ROLE, f'[[roles]]\nname = "{"r" * 64}"\npath = "/a/b/"\nmax_session_seconds = 43200\ndescription = "é"'
    )
    (role,) = rendered(text).roles
    assert (len(role.name), role.path, role.max_session_seconds, role.description) == (64, "/a/b/", 43200, "é")


def test_lists_that_multiply_are_bounded() -> None:
    scope = Scope({"a": tuple("abcdefghij")})
    assert len(Template.parse("{{a}}{{a}}{{a}}{{a}}").fill_list(scope)) == MOST_STRINGS
    with pytest.raises(PlaceholderError, match="more than 10000 strings"):
        Template.parse("{{a}}" * 12).fill_list(scope)
