"""Rendering of workflows: the steps that these parameters bring about, numbered, with those who act in them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import assert_never

from passrole.engine.request import ContextValue
from passrole.recipes.model import Recipe
from passrole.recipes.model_workflows import ActorTemplate, Include, StepTemplate, WorkflowTemplate
from passrole.recipes.problems import RecipeError
from passrole.recipes.render_entities import EntityRenderer
from passrole.recipes.render_policies import strings_of
from passrole.recipes.scope import Scope
from passrole.recipes.workflow import (
    Actor,
    IamGroupMemberActor,
    IamUserActor,
    OutsideActor,
    PolicyBearer,
    RoleSessionActor,
    ServiceActor,
    Step,
    StepKind,
    Workflow,
)


@dataclass(slots=True)
class WorkflowRenderer:
    """Renders workflows; `actors` collects those who act in one of them."""

    recipe: Recipe
    entities: EntityRenderer
    actors: dict[str, Actor] = field(default_factory=dict)

    def workflows(self) -> tuple[Workflow, ...]:
        return tuple(
            workflow
            for template in self.recipe.workflows
            for scope in self.entities.scopes(template.for_each)
            if template.when.holds(scope) and (workflow := self.workflow(template, scope)).steps
        )

    def workflow(self, template: WorkflowTemplate, scope: Scope) -> Workflow:
        steps = tuple(
            self.step(number, step, scope) for number, step in enumerate(self.steps(template.steps, scope), start=1)
        )
        return Workflow(
            id=template.id if template.for_each is None else f"{template.id}[{scope.get('each')}]",
            title=template.title.fill(scope),
            steps=steps,
            source=self.recipe.url_of(template.source).url if template.source else None,
            notes=tuple(item.value.fill(scope) for item in template.notes if item.when.holds(scope)),
        )

    def steps(self, steps: tuple[StepTemplate | Include, ...], scope: Scope) -> Iterator[StepTemplate]:
        """The steps whose conditions hold, those of fragments in their place."""
        for step in steps:
            if not step.when.holds(scope):
                continue
            if isinstance(step, Include):
                yield from self.steps(self.recipe.fragments[step.fragment_id], scope)
            else:
                yield step

    def step(self, number: int, template: StepTemplate, scope: Scope) -> Step:
        actor = self.actor(self.recipe.actors[template.actor], scope)
        scope = scope.with_values(actor=_name_of(self.actors[actor]))
        context: dict[str, ContextValue] = {}
        for key, strings in template.context.items():
            if strings.when.holds(scope):
                values = strings_of(strings, scope)
                context[key] = values[0] if strings.single and len(values) == 1 else values
        return Step(
            number=number,
            kind=template.kind,
            actor=actor,
            action=template.action,
            resources=self.resources(template, scope),
            context=context,
            evidence=template.evidence,
            why=template.why.fill(scope) if template.why else None,
            on_deny=template.on_deny,
            only_if=template.only_if,
            denial_tolerated=template.denial_tolerated,
        )

    def resources(self, template: StepTemplate, scope: Scope) -> tuple[str, ...]:
        if template.kind is StepKind.ASSUME and template.role is not None:
            name = template.role.fill(scope)
            role = self.entities.roles.get(name)
            path = role.path if role else "/"
            return (f"arn:{scope.get('partition')}:iam::{scope.get('account')}:role{path}{name}",)
        resources = strings_of(template.resources, scope)
        if not resources:
            raise RecipeError(f"a step of recipe `{self.recipe.name}` ({template.action}) has no resource left")
        return resources

    def actor(self, template: ActorTemplate, scope: Scope) -> str:
        """The actor's key in `actors`, where it is put on first use."""
        key = template.name if template.for_each is None else f"{template.name}[{scope.get('each')}]"
        if key not in self.actors:
            self.actors[key] = self.who(template, scope)
        return key

    def who(self, template: ActorTemplate, scope: Scope) -> Actor:
        if template.user is not None:
            return IamUserActor(template.user.fill(scope))
        if template.role is not None:
            session = template.session_name.fill(scope) if template.session_name else "session"
            return RoleSessionActor(template.role.fill(scope), session)
        if template.service is not None:
            return ServiceActor(template.service.fill(scope))
        if template.outside is not None:
            return OutsideActor(template.outside.fill(scope))
        assert template.principal is not None
        return self.principal(template, scope)

    def principal(self, template: ActorTemplate, scope: Scope) -> Actor:
        """Whom a parameter names; when it names no one, someone who has just the recipe's policies."""
        assert template.principal is not None
        if all(scope.is_set(name) for name in template.principal.names):
            kind, _, name = template.principal.fill(scope).partition("/")
            if kind == "user":
                return IamUserActor(name)
            return IamGroupMemberActor(name) if kind == "group" else RoleSessionActor(name)
        if not template.or_policies:
            raise RecipeError(
                f"nobody acts as `{template.name}` in recipe `{self.recipe.name}`",
                help=f"set {' and '.join(template.principal.names)}, or give the actor `or_policies` in the recipe",
            )
        policies = [self.entities.policy(policy_id, scope) for policy_id in template.or_policies]
        return PolicyBearer(template.name, tuple(policy.id for policy in policies))


def _name_of(actor: Actor) -> str:
    """`{{actor}}` in a step: the name that ARNs made for the actor carry, such as a Session Manager session's."""
    match actor:
        case PolicyBearer(name=name):
            return name
        case IamUserActor(user_name=name):
            return name
        case IamGroupMemberActor():
            return actor.member_name
        case RoleSessionActor(session_name=name):
            return name
        case ServiceActor(service=name):
            return name
        case OutsideActor(description=description):
            return description
        case _:
            assert_never(actor)
