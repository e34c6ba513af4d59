"""A recipe's example values told for a place: its ARNs in the account, partition and Region that are looked at."""

from __future__ import annotations

from dataclasses import replace

from passrole.policy.arn import Arn, ArnError
from passrole.recipes.desired import Json
from passrole.recipes.model import Recipe
from passrole.recipes.parameter_types import Place

_ACCOUNT = "111122223333"
"""The account of AWS's own examples, in which recipes write theirs."""


def example_values(recipe: Recipe, *, account_id: str, partition: str, region: str) -> dict[str, Json]:
    """The values of `[demo]`. An ARN of the example account is told as one of the place; all else stays as it is."""
    place = Place(account_id, partition, region)
    return {name: _told_for(value, place) for name, value in recipe.demo.items()}


def _told_for(value: Json, place: Place) -> Json:
    if isinstance(value, list):
        return [_told_for(each, place) for each in value]
    if not isinstance(value, str):
        return value
    try:
        arn = Arn.parse(value)
    except ArnError:
        return value
    if arn.account != _ACCOUNT:
        return value
    region = place.region if arn.region else ""
    return str(replace(arn, partition=place.partition, region=region, account=place.account_id))
