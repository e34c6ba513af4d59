"""The two variants of a recipe compared: what the repairs add, take away and change, and which note explains it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

from passrole.errors import PassroleError
from passrole.recipes.desired import DesiredGroup, DesiredRole, DesiredState, DesiredUser, Json, Note
from passrole.recipes.model import Parameter, Recipe
from passrole.recipes.parameter_types import ParameterType
from passrole.recipes.render import render

Key = TypeVar("Key")


@dataclass(frozen=True, slots=True)
class StatementDifference:
    """A statement that the variants do not share; the side that lacks it is None."""

    policy_id: str
    statement_id: str
    documented: Mapping[str, Json] | None
    corrected: Mapping[str, Json] | None
    notes: tuple[Note, ...]


@dataclass(frozen=True, slots=True)
class EntityDifference:
    """An entity that the variants do not share. `address` is `role/NAME`, `instance-profile/NAME` and so on.

    The sides say what the entity holds: policies by id, not by content; None where it is not made.
    """

    address: str
    documented: Mapping[str, Json] | None
    corrected: Mapping[str, Json] | None
    notes: tuple[Note, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """Documented against corrected, for the same values in the same place."""

    documented: DesiredState
    corrected: DesiredState
    statements: tuple[StatementDifference, ...]
    entities: tuple[EntityDifference, ...]

    @property
    def is_empty(self) -> bool:
        return not self.statements and not self.entities


def difference(
    recipe: Recipe, values: Mapping[str, Json], *, account_id: str, partition: str, region: str
) -> Difference:
    """Render both variants and compare them. Raises what `render` raises."""
    documented, corrected = (
        render(recipe, values, account_id=account_id, partition=partition, region=region, variant=variant)
        for variant in ("documented", "corrected")
    )
    return Difference(
        documented,
        corrected,
        tuple(_statement_differences(documented, corrected)),
        tuple(_entity_differences(documented, corrected)),
    )


def parameters_that_part(
    recipe: Recipe, values: Mapping[str, Json], *, account_id: str, partition: str, region: str
) -> tuple[tuple[str, Json], ...]:
    """One value of each parameter that, given beside `values`, makes the variants differ where they do not already."""
    found: list[tuple[str, Json]] = []
    for parameter in recipe.parameters.values():
        for value in _other_values(parameter):
            given = {**values, parameter.name: value}
            try:
                parted = difference(recipe, given, account_id=account_id, partition=partition, region=region)
            except PassroleError:
                # A value that needs another beside it, or that does not fit here.
                continue
            if not parted.is_empty:
                found.append((parameter.name, value))
                break
    return tuple(found)


def _other_values(parameter: Parameter) -> tuple[Json, ...]:
    if parameter.type is ParameterType.BOOLEAN:
        return (True, False)
    if parameter.choices:
        return parameter.choices
    return () if parameter.example is None else (parameter.example,)


Side = tuple[Mapping[str, Json], tuple[str, ...]]
"""What one variant has: the thing's content, and the repairs that it carries."""


def _statement_differences(documented: DesiredState, corrected: DesiredState) -> Iterator[StatementDifference]:
    before, after = _statements(documented), _statements(corrected)
    for key in _changed(before, after):
        old, new, notes = _sides(before.get(key), after.get(key), corrected)
        yield StatementDifference(*key, old, new, notes)


def _entity_differences(documented: DesiredState, corrected: DesiredState) -> Iterator[EntityDifference]:
    before, after = _entities(documented), _entities(corrected)
    for address in _changed(before, after):
        old, new, notes = _sides(before.get(address), after.get(address), corrected)
        yield EntityDifference(address, old, new, notes)


def _changed(before: Mapping[Key, Side], after: Mapping[Key, Side]) -> Iterator[Key]:
    """The keys whose contents differ, in the corrected variant's order, those that it lacks last."""
    for key in dict.fromkeys((*after, *before)):
        if key not in before or key not in after or before[key][0] != after[key][0]:
            yield key


def _sides(
    old: Side | None, new: Side | None, corrected: DesiredState
) -> tuple[Mapping[str, Json] | None, Mapping[str, Json] | None, tuple[Note, ...]]:
    repairs = (new or old or ({}, ()))[1]
    notes = tuple(note for note in corrected.notes if note.id in repairs)
    return old[0] if old else None, new[0] if new else None, notes


def _statements(state: DesiredState) -> Mapping[tuple[str, str], Side]:
    return {
        (policy.id, statement.id): (dict(statement.body), statement.repairs)
        for policy in state.policies
        for statement in policy.statements
    }


def _entities(state: DesiredState) -> Mapping[str, Side]:
    found: dict[str, Side] = {}
    for user in state.users:
        key: dict[str, Json] = {"access_key": user.access_key, "path": user.path}
        found[f"user/{user.name}"] = ({**key, **_bears(user)}, user.repairs)
    for group in state.groups:
        found[f"group/{group.name}"] = (_bears(group), group.repairs)
    for role in state.roles:
        trust = role.trust_policy.id if role.trust_policy else None
        also: dict[str, Json] = {"trust_policy": trust, "path": role.path, "description": role.description}
        found[f"role/{role.name}"] = ({**also, **_bears(role)}, role.repairs)
    for managed in state.managed_policies:
        content: dict[str, Json] = {"policy": managed.policy.id, "path": managed.path}
        found[f"policy{managed.path}{managed.name}"] = (content, managed.repairs)
    for profile in state.instance_profiles:
        found[f"instance-profile{profile.path}{profile.name}"] = ({"role": profile.role_name}, profile.repairs)
    for elsewhere in state.elsewhere:
        found[f"policy of {elsewhere.resource}"] = ({"policy": elsewhere.policy.id}, elsewhere.repairs)
    return found


def _bears(bearer: DesiredUser | DesiredGroup | DesiredRole) -> dict[str, Json]:
    inline: dict[str, Json] = {name: policy.id for name, policy in bearer.inline_policies.items()}
    return {"inline_policies": inline, "attached_policies": list(bearer.attached_policy_arns)}
