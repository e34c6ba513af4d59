"""What a recipe says of its parameters and values must fit together."""

from __future__ import annotations

import re
from collections.abc import Iterator

from passrole.recipes.codes import PARAMETER
from passrole.recipes.known_names import KnownNames
from passrole.recipes.model import Parameter
from passrole.recipes.parameter_types import ParameterType
from passrole.recipes.placeholders import Template
from passrole.recipes.scope import BUILT_IN_NAMES, LOOP_NAMES
from passrole.recipes.toml_positions import KeyPath


def check_parameters(names: KnownNames) -> None:
    """Add a problem for each declaration that contradicts itself or another."""
    recipe = names.recipe
    above: set[str] = set()
    for name, parameter in recipe.parameters.items():
        path: KeyPath = ("parameters", name)
        if name in (*BUILT_IN_NAMES, *LOOP_NAMES):
            names.add(PARAMETER, path, f"`{name}` is a built-in value: a parameter needs another name")
        names.check_source(parameter.source, (*path, "source"))
        for complaint in _complaints(parameter):
            names.add(PARAMETER, path, complaint)
        for used in _names_of_default(parameter):
            if used in (*recipe.parameters, *recipe.values) and used not in above:
                message = f"a default can name only parameters above it, and `{used}` is not"
                names.add(PARAMETER, (*path, "default"), message)
        above.add(name)
    _check_values(names)
    for name in recipe.demo:
        names.must_know("parameter", name, recipe.parameters, ("demo", name))


def _check_values(names: KnownNames) -> None:
    recipe = names.recipe
    above: set[str] = set()
    for name, items in recipe.values.items():
        path: KeyPath = ("values", name)
        if name in (*BUILT_IN_NAMES, *LOOP_NAMES, *recipe.parameters):
            names.add(PARAMETER, path, f"`{name}` is taken: a value needs a name of its own")
        for used in (used for item in items for used in (*item.value.names, *item.when.names)):
            if used in recipe.values and used not in above:
                names.add(PARAMETER, path, f"a value can name only values above it, and `{used}` is not")
        above.add(name)


def _names_of_default(parameter: Parameter) -> Iterator[str]:
    defaults = parameter.default if isinstance(parameter.default, tuple) else (parameter.default,)
    for default in defaults:
        if isinstance(default, Template):
            yield from default.names


def _complaints(parameter: Parameter) -> Iterator[str]:
    """What is wrong with a declaration by itself."""
    if (parameter.type is ParameterType.CHOICE) is not bool(parameter.choices):
        yield f"`choices` and type `choice` go together, in `{parameter.name}`"
    if parameter.is_list and parameter.type in (ParameterType.BOOLEAN, ParameterType.NUMBER):
        yield f"`{parameter.name}` cannot be a list of type `{parameter.type.value}`"
    if parameter.required and parameter.default is not None:
        yield f"`{parameter.name}` is required and has a default: one of the two is not meant"
    plain = {ParameterType.BOOLEAN: bool, ParameterType.NUMBER: int}.get(parameter.type)
    wanted = plain or (tuple if parameter.is_list else Template)
    if parameter.default is not None and type(parameter.default) is not wanted:
        kind = f"`{parameter.type.value}`{', a list' if parameter.is_list else ''}"
        yield f"the default of `{parameter.name}` is not of type {kind}"
    if parameter.pattern is not None:
        try:
            re.compile(parameter.pattern)
        except re.error as error:
            yield f"the pattern of `{parameter.name}` is not a regular expression: {error}"
