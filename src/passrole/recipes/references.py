"""What the parts of a recipe say of each other: every id, actor, source and note that is named must exist."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from passrole.policy.model import PolicyType
from passrole.recipes.model import (
    ActorTemplate,
    Include,
    InlineTemplate,
    Parameter,
    PolicyTemplate,
    Recipe,
    SourceReference,
    StatementTemplate,
    StepTemplate,
    WorkflowTemplate,
)
from passrole.recipes.parameter_types import ParameterType
from passrole.recipes.placeholders import Template
from passrole.recipes.problems import did_you_mean, listed
from passrole.recipes.scope import BUILT_IN_NAMES, LOOP_NAMES
from passrole.recipes.toml_positions import KeyPath
from passrole.recipes.toml_tables import Table
from passrole.recipes.workflow import StepKind

REFERENCE = "R0007"
PARAMETER = "R0008"
STEP = "R0009"
TWICE = "R0004"


def check_references(document: Table, recipe: Recipe) -> None:
    """Add a problem for each name that leads nowhere."""
    checker = _Checker(document, recipe)
    checker.check_parameters()
    checker.check_policies()
    checker.check_entities()
    checker.check_notes()
    checker.check_workflows()


@dataclass(slots=True)
class _Checker:
    document: Table
    recipe: Recipe

    def add(self, code: str, path: KeyPath, message: str, help_text: str | None = None) -> None:
        self.document.add(code, message, *path, help_text=help_text)

    def must_know(self, kind: str, name: str, known: Iterable[str], path: KeyPath) -> bool:
        """Whether `name` is known; the empty name is a shape problem that is told already."""
        names = list(known)
        if name in names or not name:
            return name in names
        help_text = did_you_mean(name, names) or (f"there is {listed(names, 'and')}" if names else None)
        self.add(REFERENCE, path, f"there is no {kind} `{name}`", help_text)
        return False

    def check_source(self, source: SourceReference | None, path: KeyPath) -> None:
        if source is not None:
            self.must_know("source", source.source_id, self.recipe.sources, path)

    def check_parameters(self) -> None:
        above: list[str] = []
        for name, parameter in self.recipe.parameters.items():
            path = ("parameters", name)
            if name in (*BUILT_IN_NAMES, *LOOP_NAMES):
                self.add(PARAMETER, path, f"`{name}` is a built-in value: a parameter needs another name")
            self.check_source(parameter.source, (*path, "source"))
            for complaint in _complaints(parameter):
                self.add(PARAMETER, path, complaint)
            default = parameter.default if isinstance(parameter.default, tuple) else (parameter.default,)
            for used in (used for one in default if isinstance(one, Template) for used in one.names):
                if used in (*self.recipe.parameters, *self.recipe.values) and used not in above:
                    message = f"a default can name only parameters above it, and `{used}` is not"
                    self.add(PARAMETER, (*path, "default"), message)
            above.append(name)
        above = []
        for name, items in self.recipe.values.items():
            if name in (*BUILT_IN_NAMES, *LOOP_NAMES, *self.recipe.parameters):
                self.add(PARAMETER, ("values", name), f"`{name}` is taken: a value needs a name of its own")
            for used in (used for item in items for used in (*item.value.names, *item.when.names)):
                if used in self.recipe.values and used not in above:
                    self.add(PARAMETER, ("values", name), f"a value can name only values above it, and `{used}` is not")
            above.append(name)
        for name in self.recipe.demo:
            self.must_know("parameter", name, self.recipe.parameters, ("demo", name))

    def check_policies(self) -> None:
        for index, policy in enumerate(self.recipe.policies.values()):
            seen: set[str] = set()
            for number, statement in enumerate(policy.statements):
                path: KeyPath = ("policies", index, "statements", number)
                if statement.id in seen:
                    self.add(TWICE, path, f"policy `{policy.id}` has two statements `{statement.id}`")
                seen.add(statement.id)
                self.check_statement(policy, statement, path)

    def check_statement(self, policy: PolicyTemplate, statement: StatementTemplate, path: KeyPath) -> None:
        self.check_source(statement.source, (*path, "source"))
        written = {str(item.value) for item in statement.actions.items}
        for action in statement.keep_actions:
            self.must_know("action in this statement", action, written, (*path, "keep_actions", action))
        for note in statement.repairs:
            self.must_know("note", note, (one.id for one in self.recipe.notes), (*path, "repairs"))
        if policy.type is PolicyType.TRUST and statement.resources is not None:
            self.add(REFERENCE, (*path, "resource"), "a trust policy has no resource: the role is the resource")
        if policy.type is not PolicyType.TRUST and statement.resources is None:
            self.add(REFERENCE, path, f"`resource` is missing from statement `{statement.id}`")
        if (policy.type is PolicyType.IDENTITY) is (statement.principals is not None):
            needs = "has no principal: it acts for whoever it is put on"
            if policy.type is not PolicyType.IDENTITY:
                needs = "needs a principal"
            self.add(REFERENCE, path, f"a statement of type `{policy.type.value}` {needs}")

    def check_entities(self) -> None:
        recipe = self.recipe
        roles = {str(role.name) for role in recipe.roles}
        for user in recipe.users:
            self.check_inline(user.inline, user.path)
            self.check_loop(user.for_each, user.path)
        for principal in recipe.principals:
            self.check_inline(principal.inline, principal.path)
        for role in recipe.roles:
            self.check_inline(role.inline, role.path)
            self.check_document(role.trust, PolicyType.TRUST, (*role.path, "trust"))
        for managed in recipe.managed_policies:
            self.check_document(managed.policy_id, PolicyType.IDENTITY, (*managed.path, "policy"))
        for elsewhere in recipe.elsewhere:
            self.check_document(elsewhere.policy_id, PolicyType.RESOURCE, (*elsewhere.path, "policy"))
        for profile in recipe.instance_profiles:
            self.must_know("role of this recipe", str(profile.role), roles, (*profile.path, "role"))
        everything = (
            *recipe.users, *recipe.roles, *recipe.managed_policies, *recipe.instance_profiles, *recipe.principals,
            *recipe.elsewhere, *recipe.pass_role,
        )  # fmt: skip
        for entity in everything:
            for note in entity.repairs:
                self.must_know("note", note, (one.id for one in recipe.notes), (*entity.path, "repairs"))

    def check_inline(self, inline: tuple[InlineTemplate, ...], path: KeyPath) -> None:
        for index, entry in enumerate(inline):
            self.check_document(entry.policy_id, PolicyType.IDENTITY, (*path, "inline", index, "policy"))

    def check_document(self, policy_id: str, type_: PolicyType, path: KeyPath) -> None:
        if self.must_know("policy", policy_id, self.recipe.policies, path):
            actual = self.recipe.policies[policy_id].type
            if actual is not type_:
                self.add(REFERENCE, path, f"`{policy_id}` is a {actual.value}, and a {type_.value} is needed")

    def check_loop(self, parameter_name: str | None, path: KeyPath) -> None:
        if parameter_name is None:
            return
        lists = [one.name for one in self.recipe.parameters.values() if one.is_list]
        self.must_know("list parameter", parameter_name, lists, (*path, "for_each"))

    def check_notes(self) -> None:
        known = {
            "parameter": set(self.recipe.parameters),
            "policy": set(self.recipe.policies),
            "statement": {f"{p.id}/{s.id}" for p in self.recipe.policies.values() for s in p.statements},
            "role": {str(role.name) for role in self.recipe.roles},
            "user": {str(user.name) for user in self.recipe.users},
            "workflow": {workflow.id for workflow in self.recipe.workflows},
            "instance-profile": {str(profile.name) for profile in self.recipe.instance_profiles},
        }
        for index, note in enumerate(self.recipe.notes):
            path: KeyPath = ("notes", index)
            self.check_source(note.source, (*path, "source"))
            kind, _, name = str(note.about).partition(":")
            if kind != "recipe" and self.must_know("kind of thing", kind, ("recipe", *known), (*path, "about")):
                self.must_know(kind, name or "?", known[kind], (*path, "about"))

    def check_workflows(self) -> None:
        for name, actor in self.recipe.actors.items():
            self.check_actor(actor, ("actors", name))
        for workflow in self.recipe.workflows:
            self.check_loop(workflow.for_each, workflow.path)
            self.check_source(workflow.source, (*workflow.path, "source"))
            self.check_steps(workflow.steps, workflow)
        for name, steps in self.recipe.fragments.items():
            self.check_steps(steps, None)
            if name in self.reachable(name, ()):
                self.add(STEP, steps[0].path if steps else (), f"fragment `{name}` includes itself")

    def check_actor(self, actor: ActorTemplate, path: KeyPath) -> None:
        self.check_loop(actor.for_each, path)
        for policy_id in actor.or_policies:
            self.check_document(policy_id, PolicyType.IDENTITY, (*path, "or_policies"))
        if actor.or_policies and actor.principal is None:
            self.add(STEP, path, "`or_policies` goes with `principal`: it says who acts when no one is named")
        if actor.session_name is not None and actor.role is None:
            self.add(STEP, path, "`session_name` goes with `role`")

    def check_steps(self, steps: tuple[StepTemplate | Include, ...], workflow: WorkflowTemplate | None) -> None:
        for step in steps:
            if isinstance(step, Include):
                self.must_know("fragment", step.fragment_id, self.recipe.fragments, (*step.path, "include"))
                continue
            known = self.must_know("actor", step.actor, self.recipe.actors, (*step.path, "actor"))
            loop = self.recipe.actors[step.actor].for_each if known else None
            if loop is not None and workflow is not None and workflow.for_each != loop:
                message = f"actor `{step.actor}` is one for each of `{loop}`: the workflow needs `for_each` too"
                self.add(STEP, step.path, message)
            self.check_step(step)

    def check_step(self, step: StepTemplate) -> None:
        assumes = step.kind is StepKind.ASSUME
        if assumes and step.role is None:
            self.add(STEP, step.path, "a step of kind `assume` needs `role`")
        if not assumes and step.role is not None:
            self.add(STEP, step.path, "`role` goes with kind `assume`")
        if not assumes and not step.resources.items:
            self.add(STEP, step.path, "`resource` is missing from this step: write `*` where the action has none")
        if step.kind is StepKind.CALL and not re.fullmatch(r"[a-z0-9-]+:[A-Za-z0-9]+", step.action):
            self.add(STEP, step.path, f"`{step.action}` is not one action: the form is service:Action")

    def reachable(self, name: str, seen: tuple[str, ...]) -> frozenset[str]:
        """The fragments that fragment `name` includes, directly or not."""
        direct = {s.fragment_id for s in self.recipe.fragments.get(name, ()) if isinstance(s, Include)}
        deeper = (self.reachable(one, (*seen, name)) for one in direct if one not in seen)
        return frozenset(direct).union(*deeper)


def _complaints(parameter: Parameter) -> Iterable[str]:
    """What is wrong with a parameter's own declaration."""
    if (parameter.type is ParameterType.CHOICE) is not bool(parameter.choices):
        yield f"`choices` and type `choice` go together, in `{parameter.name}`"
    if parameter.is_list and parameter.type in (ParameterType.BOOLEAN, ParameterType.NUMBER):
        yield f"`{parameter.name}` cannot be a list of type `{parameter.type.value}`"
    if parameter.required and parameter.default is not None:
        yield f"`{parameter.name}` is required and has a default: one of the two is not meant"
    wants = {ParameterType.BOOLEAN: bool, ParameterType.NUMBER: int}.get(parameter.type)
    default = parameter.default
    if default is not None:
        fits = type(default) is (wants or (tuple if parameter.is_list else Template))
        if not fits:
            yield f"the default of `{parameter.name}` is not a `{parameter.type.value}`{' list' if parameter.is_list else ''}"
    if parameter.pattern is not None:
        try:
            re.compile(parameter.pattern)
        except re.error as error:
            yield f"the pattern of `{parameter.name}` is not a regular expression: {error}"
