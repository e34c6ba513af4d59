"""Placeholders are filled once, in parsed strings; `when` decides by the values that a scope holds."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from passrole.recipes.placeholders import PlaceholderError, Template
from passrole.recipes.scope import ParameterValue, Scope
from passrole.recipes.when import Wanted, When

SCOPE = Scope(
    {"bucket": "disk", "keys": ("k1", "k2"), "none": None, "empty": (), "on": True, "off": False, "zero": 0, "mode": "s3"}
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("arn:aws:s3:::{{bucket}}/*", ("arn:aws:s3:::disk/*",)),
        ("{{bucket}}{{bucket}}", ("diskdisk",)),
        ("session/${aws:username}-*", ("session/${aws:username}-*",)),
        ("a}}b{c}", ("a}}b{c}",)),
        ("", ("",)),
        ("{{{bucket}}", ("{disk",)),
        ("{{on}} {{off}} {{zero}}", ("true false 0",)),
        ("key/{{keys}}", ("key/k1", "key/k2")),
        ("{{empty}}", ()),
    ],
)
def test_a_string_is_filled(text: str, filled: tuple[str, ...]) -> None:
    assert Template.parse(text).fill_list(SCOPE) == filled


@pytest.mark.parametrize("text", ["{{", "{{Bucket}}", "{{bucket", "{{}}", "{{ bucket }}"])
def test_braces_that_are_no_placeholder_are_an_error(text: str) -> None:
    with pytest.raises(PlaceholderError):
        Template.parse(text)


@pytest.mark.parametrize("text", ["{{none}}", "x{{keys}}", "{{empty}}"])
def test_one_string_needs_one_value(text: str) -> None:
    with pytest.raises(PlaceholderError):
        Template.parse(text).fill(SCOPE)


@settings(max_examples=100)
@given(st.text() | st.text(alphabet="{}v$"), st.text(alphabet="ab$}:/*", max_size=8))
def test_what_is_put_in_is_not_looked_at_again(value: str, around: str) -> None:
    assert Template.parse(f"{around}{{{{v}}}}{around}").fill(Scope({"v": value})) == around + value + around


@settings(max_examples=100)
@given(st.text())
def test_a_template_prints_as_it_was_written(text: str) -> None:
    try:
        template = Template.parse(text)
    except PlaceholderError:
        return
    assert str(template) == text


@pytest.mark.parametrize(
    ("entry", "holds"),
    [
        ({"bucket": True}, True),
        ({"bucket": False}, False),
        ({"none": False}, True),
        ({"empty": False}, True),
        ({"off": True}, False),
        ({"on": True, "off": False}, True),
        ({"on": True, "off": True}, False),
        ({"zero": True}, True),
        ({"mode": ("s3", "both")}, True),
        ({"mode": ("none",)}, False),
        ({"keys": ("k2",)}, True),
        ({"keys": ("k3",)}, False),
        ({"none": ("k3",)}, False),
    ],
)
def test_every_entry_of_a_condition_must_hold(entry: dict[str, Wanted], holds: bool) -> None:
    assert When((entry,)).holds(SCOPE) is holds


def test_one_of_several_alternatives_is_enough_and_none_always_holds() -> None:
    assert When(({"off": True}, {"on": True})).holds(SCOPE)
    assert not When(({"off": True}, {"none": True})).holds(SCOPE)
    assert When().holds(SCOPE)


@pytest.mark.parametrize(
    ("value", "is_set"),
    [("", False), ("x", True), ((), False), (("x",), True), (None, False), (False, False), (0, True)],
)
def test_set_means_neither_empty_nor_false(value: ParameterValue, is_set: bool) -> None:
    assert Scope({"v": value}).is_set("v") is is_set
