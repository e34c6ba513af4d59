"""A set-up in JSON, as journals and plan files hold it."""

from __future__ import annotations

from passrole.provision.changes import SetUp
from passrole.provision.json_shape import Shape
from passrole.recipes.desired import Json


def set_up_to_value(set_up: SetUp) -> dict[str, Json]:
    return {
        "recipe": set_up.recipe,
        "label": set_up.label,
        "variant": set_up.variant,
        "parameters": dict(set_up.parameters),
    }


def set_up_from_shape(shape: Shape) -> SetUp:
    """Raises ShapeError."""
    return SetUp(
        recipe=shape.at("recipe").text(),
        label=shape.at("label").text(),
        variant=shape.at("variant").text(),
        parameters=shape.at("parameters").table(),
    )
