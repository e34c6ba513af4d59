"""Finding recipes: passrole's own, and those in folders that a user names."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import resources
from pathlib import Path

from passrole.recipes.model import Recipe
from passrole.recipes.problems import RecipeError, did_you_mean, listed
from passrole.recipes.read import read_recipe
from passrole.recipes.toml_text import read_file


def built_in_recipe_names() -> tuple[str, ...]:
    """The names of passrole's own recipes, in order; a recipe's file is called after it."""
    folder = resources.files("passrole.recipes").joinpath("data")
    return tuple(sorted(one.name.removesuffix(".toml") for one in folder.iterdir() if one.name.endswith(".toml")))


def load_recipes(extra_folders: Sequence[Path] = ()) -> dict[str, Recipe]:
    """Every recipe by name: the built-in ones, then those of each folder in turn.

    A file of a folder is also tried out with example values. Raises RecipeError for a file that cannot be used,
    for a folder that is not there, and for a name that is taken: no recipe replaces another silently.
    """
    found = {name: _built_in(name) for name in built_in_recipe_names()}
    for folder in extra_folders:
        for recipe in _in_folder(folder):
            _refuse_taken(recipe, found)
            found[recipe.name] = recipe
    return found


def load_recipe(name: str, extra_folders: Sequence[Path] = ()) -> Recipe:
    """One recipe. Only its own file is read when it is built in and no folder is named. Raises RecipeError."""
    if not extra_folders and name in built_in_recipe_names():
        return _built_in(name)
    recipes = load_recipes(extra_folders)
    if name not in recipes:
        raise RecipeError(
            f"there is no recipe `{name}`",
            help=did_you_mean(name, recipes) or f"there is {listed(list(recipes), 'and')}",
        )
    return recipes[name]


def _built_in(name: str) -> Recipe:
    file = f"{name}.toml"
    text = resources.files("passrole.recipes").joinpath("data", file).read_text(encoding="utf-8")
    return read_recipe(text, file, built_in=True)


def _in_folder(folder: Path) -> list[Recipe]:
    if not folder.is_dir():
        raise RecipeError(f"`{folder}` is not a folder of recipes", help="name a folder that holds .toml files")
    # Imported here: passrole's own recipes are tried out by its tests, and listing them should not wait for this.
    from passrole.recipes.trial import check_by_rendering

    recipes = []
    for path in sorted(folder.glob("*.toml")):
        recipe = read_recipe(read_file(path, RecipeError), str(path))
        check_by_rendering(recipe)
        recipes.append(recipe)
    return recipes


def _refuse_taken(recipe: Recipe, found: dict[str, Recipe]) -> None:
    other = found.get(recipe.name)
    if other is None:
        return
    where = "a recipe of passrole's own" if other.built_in else f"the recipe in `{other.file}`"
    raise RecipeError(
        f"`{recipe.file}` is named `{recipe.name}`, and so is {where}",
        help="give it another name: a recipe replaces no other silently",
    )
