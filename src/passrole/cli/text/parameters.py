"""A recipe's parameters as `passrole show` prints them: type, value, and what each is for."""

from __future__ import annotations

from collections.abc import Collection

import click

from passrole.cli.text.tables import prose
from passrole.recipes.desired import DesiredState, Json
from passrole.recipes.model import Parameter, Recipe


def parameter_lines(recipe: Recipe, desired: DesiredState, examples: Collection[str]) -> list[str]:
    """Each parameter with its value in `desired`; `examples` are those whose value is only the recipe's example."""
    lines = []
    for parameter in recipe.parameters.values():
        value = desired.parameters.get(parameter.name)
        if value is None:
            shown = "required" if parameter.required else "not set"
        else:
            shown = f"= {_text(value)}" + ("  (example)" if parameter.name in examples else "")
        lines.append(f"  {click.style(parameter.name, bold=True)}  {_type(parameter)}  {shown}")
        lines += prose(parameter.description, 6)
    return lines


def _type(parameter: Parameter) -> str:
    if parameter.choices:
        return " | ".join(parameter.choices)
    return f"list of {parameter.type.value}" if parameter.is_list else parameter.type.value


def _text(value: Json) -> str:
    if isinstance(value, list):
        return ",".join(str(each) for each in value)
    return str(value).lower() if isinstance(value, bool) else str(value)
