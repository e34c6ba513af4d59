"""A recipe's `[values]`: what follows from parameters and is worth a name."""

from __future__ import annotations

from passrole.recipes.model import Recipe
from passrole.recipes.model_documents import Item
from passrole.recipes.scope import ParameterValue, Scope


def with_derived_values(recipe: Recipe, scope: Scope) -> Scope:
    """Add the values in the recipe's order, each of which may name those above it."""
    for name, items in recipe.values.items():
        scope = scope.with_values(**{name: _value(recipe, items, scope)})
    return scope


def is_list_value(recipe: Recipe, name: str) -> bool:
    """Whether a value is a list: one of its items names a list parameter, or a value that is a list."""
    return any(_names_list(recipe, item) for item in recipe.values[name])


def _value(recipe: Recipe, items: tuple[Item, ...], scope: Scope) -> ParameterValue:
    is_list = any(_names_list(recipe, item) for item in items)
    for item in items:
        if item.when.holds(scope):
            if any(scope.get(used) is None for used in item.value.names):
                break
            return item.value.fill_list(scope) if is_list else item.value.fill(scope)
    return () if is_list else None


def _names_list(recipe: Recipe, item: Item) -> bool:
    return any(
        recipe.parameters[used].is_list if used in recipe.parameters else is_list_value(recipe, used)
        for used in item.value.names
        if used in recipe.parameters or used in recipe.values
    )
