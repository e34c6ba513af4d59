"""The list of recipes, and under it how each set-up stands that differs from its recipe's line."""

from __future__ import annotations

from collections.abc import Collection

import click

from passrole.cli.states import SetUpState, State, worst
from passrole.cli.text.tables import columns, heading
from passrole.recipes.model import Recipe

_COLORS = {
    State.SET_UP: "green",
    State.PARTLY_READ: "yellow",
    State.UNKNOWN: "yellow",
    State.DRIFTED: "yellow",
    State.UNFINISHED: "yellow",
    State.BLOCKED: "red",
}


def recipes_text(known: Collection[Recipe], states: Collection[SetUpState]) -> str:
    """A line for each recipe, and for each set-up that has another name or something to say."""
    lines = columns([_recipe_row(recipe, states) for recipe in known])
    names = {recipe.name for recipe in known}
    others = [each for each in states if each.reason or each.label != each.recipe or each.recipe not in names]
    if others:
        lines += [heading("Set-ups"), *columns([_set_up_row(each) for each in others])]
    lines.append("more about one: passrole show NAME")
    return "\n".join(lines)


def _recipe_row(recipe: Recipe, states: Collection[SetUpState]) -> tuple[str, ...]:
    retired = f" (retired {recipe.retired.on})" if recipe.retired else ""
    state = worst(each for each in states if each.recipe == recipe.name)
    return (click.style(recipe.name, bold=True), _word(state), recipe.title + retired)


def _set_up_row(each: SetUpState) -> tuple[str, ...]:
    of = "" if each.label == each.recipe else f"of {each.recipe}"
    return (click.style(each.label, bold=True), of, _word(each.state), each.reason or "")


def _word(state: State) -> str:
    color = _COLORS.get(state)
    return click.style(state.value, fg=color) if color else state.value
