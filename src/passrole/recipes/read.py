"""From the text of a recipe file to a `Recipe`: its shape, then typed templates, then cross-references."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from passrole.recipes.codes import TWICE
from passrole.recipes.desired import Source
from passrole.recipes.model import NoteTemplate, Parameter, Recipe, RecipeSource, RetirementTemplate
from passrole.recipes.names_used import check_names
from passrole.recipes.parameter_types import ParameterType
from passrole.recipes.placeholders import Template
from passrole.recipes.problems import Problems, RecipeError
from passrole.recipes.read_entities import (
    read_elsewhere,
    read_instance_profile,
    read_managed_policy,
    read_pass_role,
    read_principal,
    read_role,
    read_user,
)
from passrole.recipes.read_policies import read_policy
from passrole.recipes.read_workflows import read_actor, read_steps, read_workflow
from passrole.recipes.references import check_references
from passrole.recipes.shape import check_shape, load_schema
from passrole.recipes.toml_tables import Table
from passrole.recipes.toml_text import parse_toml

T = TypeVar("T")


def read_recipe(text: str, file: str, *, built_in: bool = False) -> Recipe:
    """Read one recipe. Raises RecipeError with every problem that its text shows."""
    problems = Problems()
    document = parse_toml(text, file, problems, RecipeError)
    check_shape(document.value, load_schema("recipe.schema.json"), document.positions, problems)
    recipe = _recipe(document, file, built_in)
    check_names(document, recipe)
    check_references(document, recipe)
    if problems.found:
        raise RecipeError(
            problems.summary(f"in the recipe `{file}`"),
            diagnostics=problems.in_reading_order(),
            help="the format: passrole schema recipe, and docs/recipe-format.md",
        )
    return recipe


def _recipe(document: Table, file: str, built_in: bool) -> Recipe:
    return Recipe(
        name=document.text("name"),
        title=document.text("title"),
        service=document.text("service"),
        summary=document.text("summary"),
        file=file,
        positions=document.positions,
        built_in=built_in,
        sources={name: _source(table) for name, table in document.named("sources")},
        retired=_retirement(document),
        documented_partition=document.optional_text("documented_partition"),
        partition_repair=document.optional_text("partition_repair"),
        parameters={name: _parameter(name, table) for name, table in document.named("parameters")},
        values={name: tuple(document.inner("values").items(name)) for name in document.inner("values").value},
        demo=document.inner("demo").value,
        policies=_by_id(document, "policies", read_policy),
        users=_all(document, "users", read_user),
        roles=_all(document, "roles", read_role),
        managed_policies=_all(document, "managed_policies", read_managed_policy),
        instance_profiles=_all(document, "instance_profiles", read_instance_profile),
        principals=_all(document, "principals", read_principal),
        elsewhere=_all(document, "elsewhere", read_elsewhere),
        pass_role=_all(document, "pass_role", read_pass_role),
        notes=_all(document, "notes", _note),
        actors={name: read_actor(name, table) for name, table in document.named("actors")},
        fragments=_by_id(document, "fragments", read_steps),
        workflows=tuple(_by_id(document, "workflows", read_workflow).values()),
    )


def _all(document: Table, key: str, read: Callable[[Table], T]) -> tuple[T, ...]:
    return tuple(read(table) for table in document.tables(key))


def _by_id(document: Table, key: str, read: Callable[[Table], T]) -> dict[str, T]:
    """The tables of a list by their `id`; the same id twice is a problem."""
    found: dict[str, T] = {}
    for table in document.tables(key):
        name = table.text("id")
        if name in found:
            table.add(TWICE, f"`{name}` is the id of two entries of `{key}`", "id")
        found[name] = read(table)
    return found


def _source(table: Table) -> RecipeSource:
    return RecipeSource(Source(table.text("title"), table.text("url")), table.optional_text("read"))


def _retirement(document: Table) -> RetirementTemplate | None:
    if "retired" not in document.value:
        return None
    table = document.inner("retired")
    return RetirementTemplate(table.text("on"), table.text("successor"), table.text("message"), table.source())


def _parameter(name: str, table: Table) -> Parameter:
    types = {one.value: one for one in ParameterType}
    return Parameter(
        name=name,
        type=types.get(table.text("type"), ParameterType.STRING),
        description=table.text("description"),
        required=table.flag("required"),
        required_when=table.when("required_when") if "required_when" in table.value else None,
        applies_when=table.when("applies_when"),
        default=_default(table),
        is_list=table.flag("list"),
        choices=table.words("choices"),
        pattern=table.optional_text("pattern"),
        max_length=table.number("max_length"),
        example=table.optional_text("example"),
        source=table.source(),
        inventory=table.words("inventory"),
    )


def _default(table: Table) -> Template | bool | int | tuple[Template, ...] | None:
    value = table.value.get("default")
    match value:
        case bool() | int():
            return value
        case str():
            return table.parse(value, "default")
        case list():
            return tuple(item.value for item in table.items("default"))
        case _:
            return None


def _note(table: Table) -> NoteTemplate:
    return NoteTemplate(
        id=table.text("id"),
        kind=table.text("kind"),
        text=table.template("text"),
        about=table.template("about", "recipe"),
        source=table.source(),
        when=table.when(),
        inventory=table.words("inventory"),
    )
