"""Every placeholder and every `when` of a recipe file names something that exists, and can stand where it stands.

This walks the file as it was parsed, because the places are there.
"""

from __future__ import annotations

from dataclasses import dataclass

from passrole.recipes.codes import NAME, WHEN
from passrole.recipes.derived_values import is_list_value
from passrole.recipes.desired import Json
from passrole.recipes.model import VARIANTS, Parameter, Recipe
from passrole.recipes.parameter_types import ParameterType
from passrole.recipes.placeholders import PlaceholderError, Template
from passrole.recipes.problems import did_you_mean, listed
from passrole.recipes.scope import BUILT_IN_NAMES
from passrole.recipes.toml_positions import KeyPath
from passrole.recipes.toml_tables import Table

_CONDITIONS = frozenset({"when", "required_when", "applies_when"})
_LISTS = frozenset({"action", "not_action", "resource", "not_resource", "condition", "context", "principal", "notes"})
"""Keys of statements and steps whose strings become several where they name a list parameter."""

_AS_WRITTEN = frozenset(
    {"format", "id", "type", "kind", "policy", "trust", "actor", "include", "evidence", "only_if", "on_deny"}
    | {"repairs", "inventory", "source", "or_policies", "for_each", "effect"}
)
"""Keys whose strings are used as they are: a placeholder there would never be filled."""

_CLOSED = {"variant": VARIANTS, "partition": ("aws", "aws-cn", "aws-us-gov")}
"""Built-in values of which all possible ones are known. (The isolated partitions are not supported.)"""


def check_names(document: Table, recipe: Recipe) -> None:
    """Add a problem for each placeholder or `when` entry that cannot be decided."""
    loops = any(user.for_each for user in recipe.users) or any(actor.for_each for actor in recipe.actors.values())
    loops = loops or any(workflow.for_each for workflow in recipe.workflows)
    _Walk(document, recipe, loops).walk(document.value, ())


@dataclass(slots=True)
class _Walk:
    document: Table
    recipe: Recipe
    loops: bool

    def walk(self, value: Json, path: KeyPath) -> None:
        if isinstance(value, str):
            self.check_text(value, path)
        elif isinstance(value, list):
            for index, element in enumerate(value):
                self.walk(element, (*path, index))
        elif isinstance(value, dict):
            for key, element in value.items():
                if _is_condition_key(path):
                    self.check_text(key, path)
                if key in _CONDITIONS and isinstance(element, dict | list):
                    self.check_when(element, (*path, key))
                else:
                    self.walk(element, (*path, key))

    def check_text(self, text: str, path: KeyPath) -> None:
        if "{{" not in text:
            return
        try:
            names = Template.parse(text).names
        except PlaceholderError:
            return  # Reported where the template was read.
        if not _is_filled(path):
            self.document.add(NAME, "a placeholder cannot stand here: this text is used as it is written", *path)
            return
        for name in names:
            self.check_name(name, path)

    def check_name(self, name: str, path: KeyPath) -> None:
        shown = f"`{{{{{name}}}}}`"
        if name == "each":
            if not self.loops:
                self.document.add(NAME, f"{shown} has a value only where `for_each` names a list parameter", *path)
            return
        if name == "actor" and path[0] in ("workflows", "fragments") and "steps" in path:
            return
        if name not in self.known:
            help_text = did_you_mean(name, self.known) or f"known names: {listed(self.known, 'and')}"
            self.document.add(NAME, f"{shown} is no parameter and no built-in value", *path, help_text=help_text)
        elif self.is_list(name) and not _may_be_several(path):
            self.document.add(NAME, f"{shown} is a list, and one string is needed here", *path)

    def is_list(self, name: str) -> bool:
        if name in self.recipe.parameters:
            return self.recipe.parameters[name].is_list
        return name in self.recipe.values and is_list_value(self.recipe, name)

    def check_when(self, value: Json, path: KeyPath) -> None:
        if isinstance(value, list):
            for index, element in enumerate(value):
                self.check_when(element, (*path, index))
        elif isinstance(value, dict):
            for name, wanted in value.items():
                self.check_entry(name, wanted, (*path, name))

    def check_entry(self, name: str, wanted: Json, path: KeyPath) -> None:
        parameter = self.recipe.parameters.get(name)
        if name not in self.known:
            help_text = did_you_mean(name, self.known) or f"known names: {listed(self.known, 'and')}"
            self.document.add(WHEN, f"`when` asks for `{name}`, which is no parameter", *path, help_text=help_text)
            return
        if isinstance(wanted, bool):
            return
        possible = _possible_values(name, parameter)
        for word in wanted if isinstance(wanted, list) else [wanted]:
            if possible is not None and word not in possible:
                help_text = (
                    did_you_mean(str(word), possible) or f"compare it with {listed(possible) or 'true or false'}"
                )
                self.document.add(WHEN, f"`{name}` is never `{word}`", *path, help_text=help_text)

    @property
    def known(self) -> list[str]:
        return [*self.recipe.parameters, *self.recipe.values, *BUILT_IN_NAMES]


def _possible_values(name: str, parameter: Parameter | None) -> tuple[str, ...] | None:
    """What a string in `when` can be compared with; None: anything."""
    if parameter is None:
        return _CLOSED.get(name)
    if parameter.type is ParameterType.BOOLEAN:
        return ()  # Asked with true or false, not with strings.
    return parameter.choices or None


def _is_condition_key(path: KeyPath) -> bool:
    """Whether the keys at this place are the condition keys under an operator of a statement."""
    return path[0:1] == ("policies",) and path[-2:-1] == ("condition",)


def _is_filled(path: KeyPath) -> bool:
    if path[0] in ("sources", "retired", "demo") or len(path) == 1:
        return False
    if path[0] == "parameters":
        return path[2] == "default"
    keys = [part for part in path if isinstance(part, str)]
    # `policy` and `trust` name documents in entities; `condition` and `context` have free keys below them.
    keys = [key for key in keys if key != "value"]
    last_fixed = next((key for key in keys[1:] if key in ("condition", "context", "keep_actions")), keys[-1])
    return last_fixed not in _AS_WRITTEN and not (last_fixed == "action" and path[0] in ("workflows", "fragments"))


def _may_be_several(path: KeyPath) -> bool:
    if path[0] in ("policies", "workflows", "fragments"):
        return any(part in _LISTS for part in path[1:])
    return "attach" in path or path[0] == "values" or (path[0] == "parameters" and isinstance(path[-1], int))
