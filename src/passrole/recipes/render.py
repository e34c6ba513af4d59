"""From a recipe and values to a `DesiredState`: nothing here reads or touches an account."""

from __future__ import annotations

import re
from collections.abc import Mapping

from passrole.errors import Span, UsageError
from passrole.recipes.desired import DesiredState, Json, Note, Retirement
from passrole.recipes.iam_limits import refuse_what_iam_refuses
from passrole.recipes.model import VARIANTS, NoteTemplate, Recipe
from passrole.recipes.parameter_types import Place
from passrole.recipes.parameters import bind_parameters
from passrole.recipes.placeholders import PlaceholderError
from passrole.recipes.problems import RecipeError, did_you_mean, listed
from passrole.recipes.render_entities import EntityRenderer
from passrole.recipes.render_workflows import WorkflowRenderer
from passrole.recipes.scope import Scope

LABEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
"""A set-up's name: it becomes a tag's value and a journal's key. Use with `fullmatch`."""


def render(
    recipe: Recipe,
    values: Mapping[str, Json],
    *,
    account_id: str,
    partition: str,
    region: str,
    variant: str = "corrected",
    label: str | None = None,
    spans: Mapping[str, Span] | None = None,
) -> DesiredState:
    """What the recipe makes with these values in this place.

    A value is a string as typed on a command line, or typed as TOML gives it; `spans` says where values were
    written in a file. `label` names the set-up (by default the recipe's name).
    Raises ParameterError with every bad parameter, UsageError for an unknown variant or an impossible label, and
    RecipeError when the recipe itself lets through what cannot be rendered.
    """
    if variant not in VARIANTS:
        raise UsageError(
            f"there is no variant `{variant}`", help=did_you_mean(variant, VARIANTS) or f"it is {listed(VARIANTS)}"
        )
    place = Place(account_id, partition, region)
    scope = bind_parameters(recipe, values, place, variant, spans)
    try:
        state = _state(recipe, scope, place, variant, _checked_label(label or recipe.name))
    except PlaceholderError as problem:
        raise RecipeError(f"recipe `{recipe.name}` cannot be rendered with these parameters: {problem}") from problem
    refuse_what_iam_refuses(state)
    return state


def _state(recipe: Recipe, scope: Scope, place: Place, variant: str, label: str) -> DesiredState:
    entities = EntityRenderer(recipe, scope)
    entities.render_bearers()
    managed = entities.managed_policies()
    elsewhere = entities.elsewhere()
    workflows = WorkflowRenderer(recipe, entities)
    rendered_workflows = workflows.workflows()
    return DesiredState(
        recipe=recipe.name,
        label=label,
        variant=variant,
        account_id=place.account_id,
        partition=place.partition,
        region=place.region,
        parameters=_values_used(recipe, scope),
        users=tuple(entities.users.values()),
        groups=tuple(entities.groups.values()),
        roles=tuple(entities.roles.values()),
        managed_policies=managed,
        instance_profiles=entities.instance_profiles(),
        elsewhere=elsewhere,
        actors=workflows.actors,
        workflows=rendered_workflows,
        notes=tuple(_note(recipe, note, scope) for note in recipe.notes if note.when.holds(scope)),
        retirement=_retirement(recipe),
        pass_role=entities.pass_role(),
        policies=tuple(entities.policies.values()),
    )


def _values_used(recipe: Recipe, scope: Scope) -> Mapping[str, Json]:
    """The parameters that have a value, lists as JSON lists."""
    used: dict[str, Json] = {}
    for name in recipe.parameters:
        value = scope.get(name)
        if isinstance(value, tuple):
            if value:
                used[name] = list(value)
        elif value is not None:
            used[name] = value
    return used


def _note(recipe: Recipe, template: NoteTemplate, scope: Scope) -> Note:
    return Note(
        id=template.id,
        kind=template.kind,
        text=template.text.fill(scope),
        about=template.about.fill(scope),
        source=recipe.url_of(template.source) if template.source else None,
    )


def _retirement(recipe: Recipe) -> Retirement | None:
    if recipe.retired is None:
        return None
    source = recipe.url_of(recipe.retired.source) if recipe.retired.source else None
    return Retirement(recipe.retired.on, recipe.retired.successor, recipe.retired.message, source)


def _checked_label(label: str) -> str:
    if not LABEL.fullmatch(label):
        raise UsageError(
            f"`{label}` cannot be a set-up's label",
            help="a label has 1 to 64 letters, digits, dots, hyphens and underscores, a letter or digit first",
        )
    return label
