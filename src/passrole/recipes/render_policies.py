"""Rendering of policies: templates and a scope become JSON statements, value by value, never as text."""

from __future__ import annotations

from collections.abc import Mapping

from passrole.recipes.derived_values import with_derived_values
from passrole.recipes.desired import Json, RenderedPolicy, RenderedStatement
from passrole.recipes.model import Recipe
from passrole.recipes.model_documents import Item, PolicyTemplate, StatementTemplate, Strings
from passrole.recipes.placeholders import PlaceholderError
from passrole.recipes.problems import RecipeError
from passrole.recipes.scope import Scope


def render_policy(recipe: Recipe, policy: PolicyTemplate, scope: Scope) -> RenderedPolicy:
    """The document for this scope. Raises RecipeError when no statement, or an empty element, would be left."""
    statements = tuple(_statement(recipe, policy, one, scope) for one in policy.statements if one.when.holds(scope))
    if not statements:
        raise RecipeError(
            f"policy `{policy.id}` of recipe `{recipe.name}` has no statement left with these parameters",
            help="what uses the policy needs a `when` of its own in the recipe",
        )
    each = scope.values.get("each")
    # A policy made once for each element of a list has as many ids.
    policy_id = f"{policy.id}[{each}]" if each and _names_each(policy) else policy.id
    return RenderedPolicy(policy_id, policy.type, statements, policy.title.fill(scope))


def _printed_scope(recipe: Recipe, scope: Scope) -> Scope:
    """The scope with the partition that the source page prints in ARNs."""
    if recipe.documented_partition in (None, scope.get("partition")):
        return scope
    return with_derived_values(recipe, scope.with_values(partition=recipe.documented_partition))


def _statement(recipe: Recipe, policy: PolicyTemplate, template: StatementTemplate, scope: Scope) -> RenderedStatement:
    printed_scope = _printed_scope(recipe, scope)
    is_documented = scope.get("variant") == "documented"
    try:
        body = _body(template, printed_scope if is_documented else scope)
        repairs = tuple(note for note in repairs_of(recipe, template.repairs, scope) if note != recipe.partition_repair)
        if recipe.partition_repair and not is_documented and body != _body(template, printed_scope):
            repairs = (*repairs, recipe.partition_repair)
        return RenderedStatement(
            id=template.id,
            body=body,
            reason=template.reason.fill(scope),
            source=recipe.url_of(template.source),
            keep=template.keep.fill(scope) if template.keep else None,
            keep_actions={action: why.fill(scope) for action, why in template.keep_actions.items()},
            repairs=repairs,
        )
    except PlaceholderError as problem:
        raise RecipeError(
            f"statement `{policy.id}/{template.id}` of recipe `{recipe.name}` cannot be rendered: {problem}",
            help="the recipe's `when` lets the statement in although a value that it needs is not set",
        ) from problem


def _body(template: StatementTemplate, scope: Scope) -> Mapping[str, Json]:
    body: dict[str, Json] = {}
    if template.sid is not None:
        body["Sid"] = template.sid.fill(scope)
    body["Effect"] = template.effect
    if template.principals is not None:
        principals: dict[str, Json] = {kind: _filled(one, scope) for kind, one in template.principals.items()}
        body["Principal"] = principals.get("*", principals)
    body["NotAction" if template.not_action else "Action"] = _filled(template.actions, scope)
    if template.resources is not None:
        body["NotResource" if template.not_resource else "Resource"] = _filled(template.resources, scope)
    conditions = _conditions(template, scope)
    if conditions:
        body["Condition"] = conditions
    return body


def _conditions(template: StatementTemplate, scope: Scope) -> dict[str, Json]:
    conditions: dict[str, Json] = {}
    for operator, keys in template.conditions.items():
        present: dict[str, Json] = {
            key.fill(scope): _filled(values, scope) for key, values in keys.items() if values.when.holds(scope)
        }
        if present:
            conditions[operator] = present
    return conditions


def strings_of(strings: Strings, scope: Scope) -> tuple[str, ...]:
    """The strings that are there in this scope. Raises PlaceholderError when a name has no value."""
    return tuple(text for item in strings.items if item.when.holds(scope) for text in item.value.fill_list(scope))


def repairs_of(recipe: Recipe, repairs: tuple[Item, ...], scope: Scope) -> tuple[str, ...]:
    """The repairs that count in this scope: that of the partition not where the page's partition is the right one."""
    named = (str(item.value) for item in repairs if item.when.holds(scope))
    idle = recipe.partition_repair if scope.get("partition") == recipe.documented_partition else None
    return tuple(note for note in named if note != idle)


def _filled(strings: Strings, scope: Scope) -> Json:
    texts = strings_of(strings, scope)
    if not texts:
        # An empty Action or Resource is refused by IAM; an empty condition would be no condition at all.
        raise PlaceholderError("a list of it has no element left")
    return texts[0] if strings.single and len(texts) == 1 else list(texts)


def _names_each(policy: PolicyTemplate) -> bool:
    """Whether any string of the policy that reaches the document names the loop's element."""
    return any(
        "each" in item.value.names
        for statement in policy.statements
        for strings in (
            statement.actions,
            statement.resources or Strings(()),
            *(statement.principals or {}).values(),
            *(values for keys in statement.conditions.values() for values in keys.values()),
        )
        for item in strings.items
    )
