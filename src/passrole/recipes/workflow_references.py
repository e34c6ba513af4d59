"""The names in a recipe's workflows: actors, fragments, documents and roles, and steps that hang together."""

from __future__ import annotations

import re

from passrole.policy.model import PolicyType
from passrole.recipes.codes import STEP
from passrole.recipes.known_names import KnownNames
from passrole.recipes.model_workflows import ActorTemplate, Include, StepTemplate, WorkflowTemplate
from passrole.recipes.toml_positions import KeyPath
from passrole.recipes.workflow import StepKind


def check_workflows(names: KnownNames) -> None:
    """Add a problem for each actor, fragment and step that cannot be played."""
    recipe = names.recipe
    for name, actor in recipe.actors.items():
        _check_actor(names, actor, ("actors", name))
    for workflow in recipe.workflows:
        names.check_loop(workflow.for_each, workflow.path)
        names.check_source(workflow.source, (*workflow.path, "source"))
        _check_steps(names, workflow.steps)
        _check_loops(names, workflow)
    for name, steps in recipe.fragments.items():
        _check_steps(names, steps)
        if steps and name in _included(names, name, ()):
            names.add(STEP, steps[0].path, f"fragment `{name}` includes itself")


def _check_actor(names: KnownNames, actor: ActorTemplate, path: KeyPath) -> None:
    names.check_loop(actor.for_each, path)
    for policy_id in actor.or_policies:
        names.check_document(policy_id, PolicyType.IDENTITY, (*path, "or_policies"))
    if actor.or_policies and actor.principal is None:
        names.add(STEP, path, "`or_policies` goes with `principal`: it says who acts when no one is named")
    if actor.session_name is not None and actor.role is None:
        names.add(STEP, path, "`session_name` goes with `role`")


def _check_steps(names: KnownNames, steps: tuple[StepTemplate | Include, ...]) -> None:
    for step in steps:
        if isinstance(step, Include):
            names.must_know("fragment", step.fragment_id, names.recipe.fragments, (*step.path, "include"))
            continue
        names.must_know("actor", step.actor, names.recipe.actors, (*step.path, "actor"))
        assumes = step.kind is StepKind.ASSUME
        if assumes is not (step.role is not None):
            names.add(STEP, step.path, "`role` and kind `assume` go together")
        if not assumes and not step.resources.items:
            names.add(STEP, step.path, "`resource` is missing from this step: write `*` where the action has none")
        if step.kind is StepKind.CALL and not re.fullmatch(r"[a-z0-9-]+:[A-Za-z0-9]+", step.action):
            names.add(STEP, step.path, f"`{step.action}` is not one action: the form is service:Action")


def _check_loops(names: KnownNames, workflow: WorkflowTemplate) -> None:
    """An actor that is there once for each element needs a workflow that is, too."""
    inside = [names.recipe.fragments.get(one, ()) for one in _fragments_of(names, workflow.steps, ())]
    for step in (*workflow.steps, *(step for steps in inside for step in steps)):
        actor = None if isinstance(step, Include) else names.recipe.actors.get(step.actor)
        if actor is not None and actor.for_each is not None and actor.for_each != workflow.for_each:
            message = f"actor `{actor.name}` is one for each of `{actor.for_each}`: workflow `{workflow.id}` is not"
            names.add(STEP, step.path, message, f'add for_each = "{actor.for_each}" to the workflow')


def _included(names: KnownNames, fragment: str, seen: tuple[str, ...]) -> frozenset[str]:
    """The fragments that a fragment includes, directly or not."""
    return _fragments_of(names, names.recipe.fragments.get(fragment, ()), (*seen, fragment))


def _fragments_of(
    names: KnownNames, steps: tuple[StepTemplate | Include, ...], seen: tuple[str, ...]
) -> frozenset[str]:
    direct = {step.fragment_id for step in steps if isinstance(step, Include)}
    return frozenset(direct).union(*(_included(names, one, seen) for one in direct if one not in seen))
