"""Rendering of entities: users, roles, groups, policies and profiles, with what is put on each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from passrole.recipes.desired import (
    DesiredGroup,
    DesiredInstanceProfile,
    DesiredManagedPolicy,
    DesiredRole,
    DesiredUser,
    ElsewherePolicy,
    PassRoleNeed,
    RenderedPolicy,
)
from passrole.recipes.model import Recipe
from passrole.recipes.model_entities import InlineTemplate, PrincipalTemplate, RoleTemplate, UserTemplate
from passrole.recipes.problems import RecipeError
from passrole.recipes.render_policies import render_policy, repairs_of, strings_of
from passrole.recipes.scope import Scope

Bearer = TypeVar("Bearer", DesiredUser, DesiredGroup, DesiredRole)


@dataclass(slots=True)
class EntityRenderer:
    """Renders a recipe's entities for one scope; `policies` collects every document on the way."""

    recipe: Recipe
    scope: Scope
    policies: dict[str, RenderedPolicy] = field(default_factory=dict)
    users: dict[str, DesiredUser] = field(default_factory=dict)
    groups: dict[str, DesiredGroup] = field(default_factory=dict)
    roles: dict[str, DesiredRole] = field(default_factory=dict)

    def render_bearers(self) -> None:
        """Fill `users`, `groups` and `roles`: those the recipe makes first, then those a parameter names."""
        for role in self.recipe.roles:
            if role.when.holds(self.scope):
                self.put(self.roles, self.role(role))
        for user in self.recipe.users:
            for scope in self.scopes(user.for_each):
                if user.when.holds(scope):
                    self.put(self.users, self.user(user, scope))
        for principal in self.recipe.principals:
            if principal.when.holds(self.scope):
                self.put_on_principal(principal)

    def scopes(self, for_each: str | None) -> Iterator[Scope]:
        """The scope itself, or one for each element of a list parameter."""
        if for_each is None:
            yield self.scope
            return
        elements = self.scope.get(for_each)
        for element in elements if isinstance(elements, tuple) else ():
            yield self.scope.with_values(each=element)

    def role(self, template: RoleTemplate) -> DesiredRole:
        return DesiredRole(
            name=template.name.fill(self.scope),
            path=template.iam_path.fill(self.scope),
            trust_policy=self.policy(template.trust, self.scope),
            inline_policies=self.inline(template.inline, self.scope),
            attached_policy_arns=strings_of(template.attach, self.scope),
            description=template.description.fill(self.scope) if template.description else None,
            max_session_seconds=template.max_session_seconds,
            reason=template.reason.fill(self.scope),
            repairs=repairs_of(self.recipe, template.repairs, self.scope),
        )

    def user(self, template: UserTemplate, scope: Scope) -> DesiredUser:
        return DesiredUser(
            name=template.name.fill(scope),
            path=template.iam_path.fill(scope),
            inline_policies=self.inline(template.inline, scope),
            attached_policy_arns=strings_of(template.attach, scope),
            access_key=template.access_key,
            reason=template.reason.fill(scope),
            repairs=repairs_of(self.recipe, template.repairs, self.scope),
        )

    def put_on_principal(self, template: PrincipalTemplate) -> None:
        kind, _, name = template.principal.fill(self.scope).partition("/")
        inline = self.inline(template.inline, self.scope)
        attached = strings_of(template.attach, self.scope)
        reason = template.reason.fill(self.scope)
        repairs = repairs_of(self.recipe, template.repairs, self.scope)
        match kind:
            case "user":
                user = DesiredUser(name, "/", inline, attached, reason=reason, repairs=repairs)
                self.put(self.users, user)
            case "group":
                self.put(self.groups, DesiredGroup(name, inline, attached, reason, repairs))
            case "role":
                role = DesiredRole(name, None, "/", inline, attached, reason=reason, repairs=repairs)
                self.put(self.roles, role)
            case _:
                raise RecipeError(
                    f"recipe `{self.recipe.name}` names the principal `{kind}/{name}`",
                    help="the form is user/NAME, group/NAME or role/NAME: use a parameter of type principal",
                )

    def put(self, bearers: dict[str, Bearer], bearer: Bearer) -> None:
        """Add a bearer of policies, or add its policies to the one of that name that is there."""
        there = bearers.get(bearer.name)
        if there is None:
            bearers[bearer.name] = bearer
            return
        for name, policy in bearer.inline_policies.items():
            if there.inline_policies.get(name, policy) != policy:
                raise RecipeError(
                    f"recipe `{self.recipe.name}` puts two inline policies `{name}` on `{bearer.name}`",
                    help="give one of them another name with its parameter",
                )
        bearers[bearer.name] = replace(
            there,
            inline_policies={**there.inline_policies, **bearer.inline_policies},
            attached_policy_arns=tuple(dict.fromkeys(there.attached_policy_arns + bearer.attached_policy_arns)),
            repairs=tuple(dict.fromkeys(there.repairs + bearer.repairs)),
        )

    def inline(self, inline: tuple[InlineTemplate, ...], scope: Scope) -> Mapping[str, RenderedPolicy]:
        present = [one for one in inline if one.when.holds(scope)]
        return {one.name.fill(scope): self.policy(one.policy_id, scope) for one in present}

    def policy(self, policy_id: str, scope: Scope) -> RenderedPolicy:
        rendered = render_policy(self.recipe, self.recipe.policies[policy_id], scope)
        self.policies[rendered.id] = rendered
        return rendered

    def managed_policies(self) -> tuple[DesiredManagedPolicy, ...]:
        return tuple(
            DesiredManagedPolicy(
                name=template.name.fill(self.scope),
                policy=self.policy(template.policy_id, self.scope),
                path=template.iam_path.fill(self.scope),
                description=template.description.fill(self.scope) if template.description else None,
                reason=template.reason.fill(self.scope),
                repairs=repairs_of(self.recipe, template.repairs, self.scope),
            )
            for template in self.recipe.managed_policies
            if template.when.holds(self.scope)
        )

    def instance_profiles(self) -> tuple[DesiredInstanceProfile, ...]:
        return tuple(
            DesiredInstanceProfile(
                name=template.name.fill(self.scope),
                role_name=template.role.fill(self.scope),
                path=template.iam_path.fill(self.scope),
                reason=template.reason.fill(self.scope),
                repairs=repairs_of(self.recipe, template.repairs, self.scope),
            )
            for template in self.recipe.instance_profiles
            if template.when.holds(self.scope)
        )

    def elsewhere(self) -> tuple[ElsewherePolicy, ...]:
        return tuple(
            ElsewherePolicy(
                resource=template.resource.fill(self.scope),
                account_id=template.account.fill(self.scope) if template.account else None,
                policy=self.policy(template.policy_id, self.scope),
                reason=template.reason.fill(self.scope),
                repairs=repairs_of(self.recipe, template.repairs, self.scope),
            )
            for template in self.recipe.elsewhere
            if template.when.holds(self.scope)
        )

    def pass_role(self) -> tuple[PassRoleNeed, ...]:
        return tuple(
            PassRoleNeed(
                role_name=template.role.fill(self.scope),
                role_path=template.iam_path.fill(self.scope),
                service=template.service.fill(self.scope),
                reason=template.reason.fill(self.scope),
            )
            for template in self.recipe.pass_role
            if template.when.holds(self.scope)
        )
