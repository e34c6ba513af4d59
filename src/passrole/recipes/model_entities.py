"""The entities of a recipe as it writes them: users, roles, policies, profiles, and what is put on others."""

from __future__ import annotations

from dataclasses import dataclass

from passrole.recipes.model_documents import Item, Strings
from passrole.recipes.placeholders import Template
from passrole.recipes.toml_positions import KeyPath
from passrole.recipes.when import ALWAYS, When


@dataclass(frozen=True, slots=True)
class InlineTemplate:
    """An inline policy's name, and the id of its document."""

    name: Template
    policy_id: str
    when: When = ALWAYS


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityTemplate:
    """What every kind of entity can say. `path` names the place in the file."""

    path: KeyPath
    reason: Template
    when: When = ALWAYS
    repairs: tuple[Item, ...] = ()
    inventory: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class UserTemplate(EntityTemplate):
    name: Template
    iam_path: Template
    inline: tuple[InlineTemplate, ...] = ()
    attach: Strings
    access_key: bool = False
    for_each: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleTemplate(EntityTemplate):
    name: Template
    iam_path: Template
    trust: str
    inline: tuple[InlineTemplate, ...] = ()
    attach: Strings
    description: Template | None = None
    max_session_seconds: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ManagedPolicyTemplate(EntityTemplate):
    name: Template
    iam_path: Template
    policy_id: str
    description: Template | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InstanceProfileTemplate(EntityTemplate):
    name: Template
    iam_path: Template
    role: Template


@dataclass(frozen=True, slots=True, kw_only=True)
class PrincipalTemplate(EntityTemplate):
    """Policies for an entity that a parameter names."""

    principal: Template
    inline: tuple[InlineTemplate, ...] = ()
    attach: Strings


@dataclass(frozen=True, slots=True, kw_only=True)
class ElsewhereTemplate(EntityTemplate):
    resource: Template
    account: Template | None = None
    policy_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PassRoleTemplate(EntityTemplate):
    role: Template
    iam_path: Template
    service: Template
