"""The shape of a TOML file, checked against the JSON Schema that passrole publishes for it.

The schema files are the one place that says which keys there are; this reads the few keywords that they use
(a test fails for any other) and says what is wrong in a recipe writer's words, with the place in the file.
Source: <https://json-schema.org/draft/2020-12>
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TypeAlias

from passrole.recipes.codes import SHAPE
from passrole.recipes.desired import Json
from passrole.recipes.problems import Problems, did_you_mean, listed
from passrole.recipes.toml_positions import KeyPath, TomlPositions

Schema: TypeAlias = "dict[str, Json]"

KEYWORDS = frozenset(
    {"$schema", "$id", "$defs", "$ref", "title", "description", "type", "const", "enum", "pattern", "minLength"}
    | {"required", "properties", "additionalProperties", "propertyNames", "items", "minItems", "minProperties", "oneOf"}
)
"""What a schema of ours may use; in a `oneOf`, every choice is one `required` key."""


@cache
def load_schema(name: str) -> Schema:
    """A schema file of the package, for example `recipe.schema.json`."""
    text = resources.files("passrole.recipes").joinpath("data", name).read_text(encoding="utf-8")
    schema: Schema = json.loads(text)
    return schema


def check_shape(value: Json, schema: Schema, positions: TomlPositions, problems: Problems) -> None:
    """Add a problem for every place where `value` departs from `schema`."""
    _Checker(schema, positions, problems).check(value, schema, ())


@dataclass(slots=True)
class _Checker:
    root: Schema
    positions: TomlPositions
    problems: Problems

    def add(self, path: KeyPath, message: str, help_text: str | None = None) -> None:
        self.problems.add(SHAPE, message, span=self.positions.of(path), help=help_text)

    def check(self, value: Json, schema: Json, path: KeyPath) -> None:
        schema = self.resolve(schema)
        if "const" in schema and (value != schema["const"] or type(value) is not type(schema["const"])):
            self.add(path, f"`{_key(path)}` must be {_toml(schema['const'])}")
            return
        if "enum" in schema and value not in _list(schema["enum"]):
            choices = [str(one) for one in _list(schema["enum"])]
            near = did_you_mean(value, choices) if isinstance(value, str) else None
            self.add(path, f"`{_key(path)}` must be {listed(choices)}", near)
            return
        wanted = schema.get("type")
        if wanted is not None and _type_of(value) not in _names(wanted):
            self.add(path, f"`{_key(path)}` must be {_in_words(_names(wanted))}", _quote_hint(value, _names(wanted)))
            return
        if isinstance(value, str):
            self.check_string(value, schema, path)
        elif isinstance(value, list):
            self.check_list(value, schema, path)
        elif isinstance(value, dict):
            self.check_table(value, schema, path)

    def check_string(self, value: str, schema: Schema, path: KeyPath) -> None:
        if value == "" and schema.get("minLength"):
            self.add(path, f"`{_key(path)}` is empty")
        elif "pattern" in schema and not re.search(str(schema["pattern"]), value):
            self.add(path, f"`{_key(path)}` may not be `{value}`", f"it must match {schema['pattern']}")

    def check_list(self, value: list[Json], schema: Schema, path: KeyPath) -> None:
        if not value and schema.get("minItems"):
            self.add(path, f"`{_key(path)}` is an empty list")
        if "items" in schema:
            for index, element in enumerate(value):
                self.check(element, schema["items"], (*path, index))

    def check_table(self, value: dict[str, Json], schema: Schema, path: KeyPath) -> None:
        if not value and schema.get("minProperties"):
            self.add(path, f"`{_key(path)}` is an empty table")
        known = schema.get("properties", {})
        assert isinstance(known, dict)
        others = schema.get("additionalProperties")
        subject = _subject(value, schema, path)
        for key, element in value.items():
            if key in known:
                self.check(element, known[key], (*path, key))
            elif others is False:
                near = did_you_mean(key, known)
                help_text = near or f"known keys: {listed(sorted(known), 'and')}"
                self.add((*path, key), f"unknown key `{key}` in {subject}", help_text)
            elif others is not None:
                self.check_key(key, schema, (*path, key))
                self.check(element, others, (*path, key))
        for needed in _list(schema.get("required", [])):
            if needed not in value:
                self.add(path, f"`{needed}` is missing from {subject}")
        self.check_exactly_one(value, schema, path, subject)

    def check_key(self, key: str, schema: Schema, path: KeyPath) -> None:
        if "propertyNames" in schema:
            pattern = str(self.resolve(schema["propertyNames"])["pattern"])
            if not re.search(pattern, key):
                self.add(path, f"`{key}` is not a possible name", f"it must match {pattern}")

    def check_exactly_one(self, value: dict[str, Json], schema: Schema, path: KeyPath, subject: str) -> None:
        choices = [str(_list(self.resolve(choice)["required"])[0]) for choice in _list(schema.get("oneOf", []))]
        if choices and sum(choice in value for choice in choices) != 1:
            self.add(path, f"{subject} needs exactly one of {listed(choices, 'and')}")

    def resolve(self, schema: Json) -> Schema:
        """The schema itself, behind a `$ref` into `$defs`."""
        assert isinstance(schema, dict)
        reference = schema.get("$ref")
        if reference is None:
            return schema
        definitions = self.root["$defs"]
        assert isinstance(definitions, dict)
        return self.resolve(definitions[str(reference).removeprefix("#/$defs/")])


def _subject(value: dict[str, Json], schema: Schema, path: KeyPath) -> str:
    """`statement `upload``, or the key under which a nameless table stands."""
    title = schema.get("title")
    name = value.get("id", value.get("name"))
    if title is None:
        return f"`{_key(path)}`"
    if isinstance(name, str):
        return f"{title} `{name}`"
    keyed = isinstance(path[-1], str) if path else False
    return f"{title} `{path[-1]}`" if keyed and path[-1] != title else f"this {title}"


def _key(path: KeyPath) -> str:
    """The last key on the way, as a person would name the place."""
    return next((part for part in reversed(path) if isinstance(part, str)), "the file")


def _type_of(value: Json) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer"
    names = {str: "string", list: "array", dict: "object", float: "number"}
    return names.get(type(value), "date")


def _names(wanted: Json) -> list[str]:
    return [str(one) for one in (wanted if isinstance(wanted, list) else [wanted])]


def _list(value: Json) -> list[Json]:
    assert isinstance(value, list)
    return value


_WORDS = {
    "string": "a string",
    "boolean": "true or false",
    "integer": "a whole number",
    "array": "a list",
    "object": "a table",
}


def _in_words(types: list[str]) -> str:
    return " or ".join(_WORDS[one] for one in types)


def _quote_hint(value: Json, types: list[str]) -> str | None:
    plain = isinstance(value, bool | int | float)
    return f"write it in quotes: {json.dumps(str(value).lower())}" if plain and "string" in types else None


def _toml(value: Json) -> str:
    return json.dumps(value)
