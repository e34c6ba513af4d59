"""AWS's pages as data (their policy blocks, their workflows) and renderings to hold against them."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Mapping
from importlib import resources
from pathlib import Path
from typing import Any

from passrole.policy.normal import policies_equal_in_meaning_of_text
from passrole.policy.parse import policy_from_value
from passrole.recipes.desired import DesiredState, RenderedPolicy
from passrole.recipes.load import load_recipe
from passrole.recipes.render import render

DATA = Path(__file__).parent.parent / "data"
BLOCKS = {name: one["value"] for name, one in json.loads((DATA / "seed_blocks.json").read_text()).items()}
SCENARIOS = {one["id"]: one for one in json.loads((DATA / "workflows_vm_ssm.json").read_text())["scenarios"]}
REGIONS = {"aws": "us-east-1", "aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1"}


def rendered(recipe: str, variant: str = "corrected", partition: str = "aws", **values: Any) -> DesiredState:
    return render(
        load_recipe(recipe),
        values,
        account_id="111122223333",
        partition=partition,
        region=REGIONS[partition],
        variant=variant,
    )


def policy(state: DesiredState, policy_id: str) -> RenderedPolicy:
    (found,) = [one for one in state.policies if one.id == policy_id]
    return found


def statement(state: DesiredState, policy_id: str, statement_id: str) -> Mapping[str, Any]:
    (found,) = [one for one in policy(state, policy_id).statements if one.id == statement_id]
    return found.body


def statement_ids(state: DesiredState, policy_id: str) -> list[str]:
    return [one.id for one in policy(state, policy_id).statements]


def same_meaning(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> bool:
    return policies_equal_in_meaning_of_text(policy_from_value(ours), policy_from_value(theirs))


def document_of(*statements: Mapping[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [dict(one) for one in statements]}


def replaced(value: Any, **texts: str) -> Any:
    """The JSON value with placeholders of the page replaced (`key_name` stands for `key-name`)."""
    text = json.dumps(value)
    for name, by in texts.items():
        assert name.replace("_", "-") in text
        text = text.replace(name.replace("_", "-"), by)
    return json.loads(text)


def toml_of(recipe: str) -> Any:
    return tomllib.loads(resources.files("passrole.recipes").joinpath("data", f"{recipe}.toml").read_text("utf-8"))


def inventory_rows(value: Any) -> Iterator[str]:
    """The rows that `inventory` keys name, anywhere below."""
    if isinstance(value, dict):
        yield from value.get("inventory", ())
    if isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from inventory_rows(inner)
