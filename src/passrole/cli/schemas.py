"""The JSON Schemas that passrole ships: of every JSON output, of recipes and of passrole.toml."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from importlib import resources
from typing import Any

_FILES = {
    "organization-file": "organization-file.schema.json",
    "recipe": "recipe.schema.json",
    "set-up-file": "set-up-file.schema.json",
}
"""What people write; the recipes package has their schemas and checks files against them."""
_SHARED = "definitions"


def schema_names() -> tuple[str, ...]:
    """The names, in order."""
    folder = resources.files("passrole.cli").joinpath("schemas")
    own = (one.name.removesuffix(".json") for one in folder.iterdir() if one.name.endswith(".json"))
    return tuple(sorted({*own, *_FILES} - {_SHARED}))


def load_schema(name: str) -> dict[str, Any]:
    """The schema `name`, one of `schema_names()`, complete in itself: with the shared definitions that it uses."""
    if name in _FILES:
        return _read("passrole.recipes", "data", _FILES[name])
    schema = _read("passrole.cli", "schemas", f"{name}.json")
    shared = _read("passrole.cli", "schemas", f"{_SHARED}.json")["$defs"]
    used: dict[str, Any] = {}
    waiting = list(_definitions_in(schema))
    while waiting:
        definition = waiting.pop()
        if definition not in used:
            used[definition] = shared[definition]
            waiting += _definitions_in(shared[definition])
    return {**schema, "$defs": {definition: used[definition] for definition in shared if definition in used}}


def _definitions_in(value: object) -> Iterator[str]:
    """The names of the shared definitions that a part of a schema refers to."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "$ref" and (match := re.match(r"#/\$defs/([^/]+)", str(inner))):
                yield match[1]
            else:
                yield from _definitions_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _definitions_in(inner)


def _read(package: str, folder: str, file: str) -> dict[str, Any]:
    text = resources.files(package).joinpath(folder, file).read_text(encoding="utf-8")
    value = json.loads(text)
    assert isinstance(value, dict), file
    return value
