"""What the parts of a recipe say of each other: every id, source and note that is named must exist."""

from __future__ import annotations

from passrole.policy.model import PolicyType
from passrole.recipes.codes import REFERENCE, TWICE
from passrole.recipes.declared_parameters import check_parameters
from passrole.recipes.known_names import KnownNames
from passrole.recipes.model import Recipe
from passrole.recipes.model_documents import PolicyTemplate, StatementTemplate
from passrole.recipes.model_entities import InlineTemplate
from passrole.recipes.toml_positions import KeyPath
from passrole.recipes.toml_tables import Table
from passrole.recipes.workflow_references import check_workflows


def check_references(document: Table, recipe: Recipe) -> None:
    """Add a problem for each name that leads nowhere."""
    names = KnownNames(document, recipe)
    check_parameters(names)
    _check_policies(names)
    _check_entities(names)
    _check_notes(names)
    check_workflows(names)
    if recipe.retired is not None:
        names.check_source(recipe.retired.source, ("retired", "source"))


def _check_policies(names: KnownNames) -> None:
    for index, policy in enumerate(names.recipe.policies.values()):
        seen: set[str] = set()
        for number, statement in enumerate(policy.statements):
            path: KeyPath = ("policies", index, "statements", number)
            if statement.id in seen:
                names.add(TWICE, path, f"policy `{policy.id}` has two statements `{statement.id}`")
            seen.add(statement.id)
            _check_statement(names, policy, statement, path)


def _check_statement(names: KnownNames, policy: PolicyTemplate, statement: StatementTemplate, path: KeyPath) -> None:
    names.check_source(statement.source, (*path, "source"))
    names.check_repairs(statement.repairs, path)
    written = {str(item.value) for item in statement.actions.items}
    for action in statement.keep_actions:
        names.must_know("action in this statement", action, written, (*path, "keep_actions", action))
    if policy.type is PolicyType.TRUST and statement.resources is not None:
        names.add(REFERENCE, (*path, "resource"), "a trust policy has no resource: the role is the resource")
    if policy.type is not PolicyType.TRUST and statement.resources is None:
        names.add(REFERENCE, path, f"`resource` is missing from statement `{statement.id}`")
    if policy.type is PolicyType.IDENTITY and statement.principals is not None:
        names.add(REFERENCE, (*path, "principal"), "an identity-based policy has no principal: it acts for its bearer")
    if policy.type is not PolicyType.IDENTITY and statement.principals is None:
        names.add(REFERENCE, path, f"`principal` is missing from statement `{statement.id}`")


def _check_entities(names: KnownNames) -> None:
    recipe = names.recipe
    for user in recipe.users:
        _check_inline(names, user.inline, user.path)
        names.check_loop(user.for_each, user.path)
    for principal in recipe.principals:
        _check_inline(names, principal.inline, principal.path)
    for role in recipe.roles:
        _check_inline(names, role.inline, role.path)
        names.check_document(role.trust, PolicyType.TRUST, (*role.path, "trust"))
    for managed in recipe.managed_policies:
        names.check_document(managed.policy_id, PolicyType.IDENTITY, (*managed.path, "policy"))
    for elsewhere in recipe.elsewhere:
        names.check_document(elsewhere.policy_id, PolicyType.RESOURCE, (*elsewhere.path, "policy"))
    roles = {str(role.name) for role in recipe.roles}
    for profile in recipe.instance_profiles:
        names.must_know("role of this recipe", str(profile.role), roles, (*profile.path, "role"))
    for entity in (
        *(*recipe.users, *recipe.roles, *recipe.managed_policies, *recipe.instance_profiles),
        *(*recipe.principals, *recipe.elsewhere, *recipe.pass_role),
    ):
        names.check_repairs(entity.repairs, entity.path)
    if recipe.partition_repair is not None:
        names.must_know("note", recipe.partition_repair, (one.id for one in recipe.notes), ("partition_repair",))


def _check_inline(names: KnownNames, inline: tuple[InlineTemplate, ...], path: KeyPath) -> None:
    for index, entry in enumerate(inline):
        names.check_document(entry.policy_id, PolicyType.IDENTITY, (*path, "inline", index, "policy"))


def _check_notes(names: KnownNames) -> None:
    recipe = names.recipe
    known = {
        "parameter": set(recipe.parameters),
        "policy": set(recipe.policies),
        "statement": {f"{p.id}/{s.id}" for p in recipe.policies.values() for s in p.statements},
        "role": {str(role.name) for role in recipe.roles},
        "user": {str(user.name) for user in recipe.users},
        "instance-profile": {str(profile.name) for profile in recipe.instance_profiles},
        "workflow": {workflow.id for workflow in recipe.workflows},
    }
    for index, note in enumerate(recipe.notes):
        path: KeyPath = ("notes", index)
        names.check_source(note.source, (*path, "source"))
        kind, _, name = str(note.about).partition(":")
        if kind != "recipe" and names.must_know("kind of thing", kind, ("recipe", *known), (*path, "about")):
            names.must_know(kind, name or "?", known[kind], (*path, "about"))
