"""A user's own recipe, the one of docs/write-a-recipe.md, works with every command as the built-in ones do."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.cli.command_line import Run, sets, write

TUTORIAL = Path(__file__).parents[2] / "docs" / "write-a-recipe.md"
VALUES = tuple(sets(bucket="company-files", external_id="acme-7731"))
KEY = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"


@pytest.fixture(params=["option", "environment"])
def recipes(request: pytest.FixtureRequest, machine: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str, ...]:
    """The words that name the folder: those of the option, or none where the environment names it."""
    folder = machine / "my-recipes"
    folder.mkdir()
    text = TUTORIAL.read_text(encoding="utf-8")
    write(folder / "acme-backup.toml", "\n".join(re.findall(r"```toml\n(.*?)```", text, re.S)))
    if request.param == "environment":
        monkeypatch.setenv("PASSROLE_RECIPES", "my-recipes")
        return ()
    return ("--recipes", "my-recipes")


def test_the_commands_of_the_tutorial(run: Run, recipes: tuple[str, ...]) -> None:
    shown = run("show", "acme-backup", *recipes)
    assert shown.code == 0, shown.err
    assert "Acme Backup reads the bucket with it." in shown.out
    planned = run("plan", "acme-backup", *recipes, *VALUES, "--detailed-exitcode")
    assert planned.code == 2
    assert "+ role/acme-backup" in planned.out
    applied = run("apply", "acme-backup", *recipes, *VALUES, *sets(kms_key=KEY), "--yes")
    assert applied.code == 0, applied.err
    assert "acme-backup: verified: 5 calls in 1 workflow: 5 allowed" in applied.out
    verified = run("verify", "acme-backup", *recipes, *VALUES, *sets(kms_key=KEY))
    assert verified.code == 0
    assert "Needed for a bucket with versions" in verified.out


def test_list_export_and_destroy(run: Run, recipes: tuple[str, ...]) -> None:
    run("apply", "acme-backup", *recipes, *VALUES, "--yes")
    listed = run("recipes", *recipes, "--output", "json").json()
    own = next(each for each in listed["recipes"] if each["name"] == "acme-backup")
    assert (own["built_in"], own["state"]) == (False, "set up")
    exported = run("export", "acme-backup", *recipes, "--format", "aws-cli")
    assert exported.code == 0, exported.err
    assert "aws iam create-role --role-name acme-backup" in exported.out
    operator = run("show", "acme-backup", *recipes, "--operator-policy")
    assert '"arn:aws:iam::111122223333:role/acme-backup"' in operator.out
    assert "acme-7731" in operator.err  # said to be an example's value
    gone = run("destroy", "acme-backup", *recipes, "--yes")
    assert gone.code == 0, gone.err
    left = run("recipes", *recipes, "--output", "json").json()
    assert left["set_ups"] == []


def test_passrole_toml_may_name_an_own_recipe(run: Run, recipes: tuple[str, ...], machine: Path) -> None:
    write(
        machine / "passrole.toml",
        '[set-up.backup]\nrecipe = "acme-backup"\nparameters = { bucket = "company-files", external_id = "acme-7731" }\n',
    )
    applied = run("apply", *recipes, "--yes")
    assert applied.code == 0, applied.err
    assert run("verify", "backup", *recipes).code == 0


def test_without_its_folder_the_recipe_is_missed_with_a_hint(
    run: Run, recipes: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    run("apply", "acme-backup", *recipes, *VALUES, "--yes")
    monkeypatch.delenv("PASSROLE_RECIPES", raising=False)
    missed = run("verify", "acme-backup")
    assert missed.code == 252
    assert "there is no recipe `acme-backup`" in missed.err
    assert "--recipes FOLDER" in missed.err
    assert run("destroy", "acme-backup", "--yes").code == 0


def test_a_mistake_in_it_is_told_with_its_place(run: Run, recipes: tuple[str, ...], machine: Path) -> None:
    path = machine / "my-recipes" / "acme-backup.toml"
    write(path, path.read_text(encoding="utf-8").replace('resource = "{{kms_key}}"', 'resource = "{{kms_kye}}"', 1))
    result = run("plan", "acme-backup", *recipes, *VALUES)
    assert result.code == 252
    assert re.search(r"--> my-recipes/acme-backup\.toml:\d+:\d+", result.err)
    assert "kms_kye" in result.err
    assert "`kms_key`" in result.err


def test_several_folders(run: Run, recipes: tuple[str, ...], machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (machine / "more").mkdir()
    text = (machine / "my-recipes" / "acme-backup.toml").read_text(encoding="utf-8")
    write(machine / "more" / "other.toml", text.replace('name = "acme-backup"', 'name = "acme-other"', 1))
    if recipes:
        recipes = (*recipes, "--recipes", "more")
    else:
        monkeypatch.setenv("PASSROLE_RECIPES", "my-recipes:more")
    names = {each["name"] for each in run("recipes", *recipes, "--output", "json").json()["recipes"]}
    assert {"acme-backup", "acme-other", "vm-import"} <= names


def test_a_recipe_without_a_workflow_is_applied_and_never_called_verified(
    run: Run, recipes: tuple[str, ...], machine: Path
) -> None:
    path = machine / "my-recipes" / "acme-backup.toml"
    write(path, path.read_text(encoding="utf-8").partition("[actors.service]")[0])
    applied = run("apply", "acme-backup", *recipes, *VALUES, "--yes")
    assert applied.code == 0, applied.err
    assert "acme-backup: not verified: the recipe tells no workflow" in applied.out
    verified = run("verify", "acme-backup", *recipes, "--output", "json")
    assert verified.code == 3
    assert verified.json()["verified"][0]["verdict"] == "undecided"
    assert "not verified" in run("verify", "acme-backup", *recipes).out
