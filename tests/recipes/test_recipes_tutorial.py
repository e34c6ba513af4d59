"""The file that docs/write-a-recipe.md writes is a recipe that loads, renders and does what the page says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from passrole.errors import UsageError
from passrole.recipes.desired import DesiredState
from passrole.recipes.load import load_recipe, load_recipes
from passrole.recipes.render import render

PAGE = Path(__file__).parents[2] / "docs" / "write-a-recipe.md"
KEY = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    pieces = re.findall(r"^```toml\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    assert len(pieces) == 4
    (tmp_path / "acme-backup.toml").write_text("\n".join(pieces), encoding="utf-8")
    return tmp_path


def rendered(folder: Path, **values: Any) -> DesiredState:
    recipe = load_recipe("acme-backup", [folder])
    return render(
        recipe, {**recipe.demo, **values}, account_id="111122223333", partition="aws", region="eu-west-1"
    )  # fmt: skip


def test_the_page_s_recipe_stands_beside_passrole_s_own(folder: Path) -> None:
    names = list(load_recipes([folder]))

    assert names[-1] == "acme-backup"
    assert "dms-roles" in names


def test_the_page_s_recipe_makes_one_role_with_one_policy(folder: Path) -> None:
    (role,) = rendered(folder).roles

    assert role.trust_policy is not None
    assert role.trust_policy.to_value()["Statement"] == [
        {
            "Effect": "Allow",
            "Principal": {"Service": "acme-backup.amazonaws.com"},
            "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"sts:ExternalId": "acme-7731"}},
        }
    ]
    assert role.inline_policies["read-bucket"].to_value()["Statement"] == [
        {"Effect": "Allow", "Action": ["s3:ListBucket", "s3:GetBucketLocation"], "Resource": "arn:aws:s3:::company-files"},
        {"Effect": "Allow", "Action": ["s3:GetObject", "s3:GetObjectVersion"], "Resource": "arn:aws:s3:::company-files/*"},
    ]  # fmt: skip


def test_the_key_brings_its_statement_and_its_step(folder: Path) -> None:
    without, with_key = rendered(folder), rendered(folder, kms_key=KEY)

    assert [len(one.workflows[0].steps) for one in (without, with_key)] == [4, 5]
    (role,) = with_key.roles
    assert role.inline_policies["read-bucket"].statements[-1].body == {
        "Effect": "Allow",
        "Action": "kms:Decrypt",
        "Resource": KEY,
        "Condition": {"StringEquals": {"kms:ViaService": "s3.eu-west-1.amazonaws.com"}},
    }


def test_an_alias_is_refused_as_the_page_says(folder: Path) -> None:
    with pytest.raises(UsageError) as refused:
        rendered(folder, kms_key="alias/files")

    assert any(
        "alias" in one.message and "aws kms describe-key" in (one.help or "") for one in refused.value.diagnostics
    )
