"""A recipe as it was written: typed templates, nothing filled in yet. `docs/recipe-format.md` explains each part."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from passrole.errors import Span
from passrole.policy.model import PolicyType
from passrole.recipes.desired import Json, Source
from passrole.recipes.parameter_types import ParameterType
from passrole.recipes.placeholders import Template
from passrole.recipes.toml_positions import KeyPath, TomlPositions
from passrole.recipes.when import ALWAYS, When
from passrole.recipes.workflow import StepKind

VARIANTS = ("corrected", "documented")


@dataclass(frozen=True, slots=True)
class Item:
    """One element of a list, and when it is there."""

    value: Template
    when: When = ALWAYS


@dataclass(frozen=True, slots=True)
class Strings:
    """A list of strings; `single` where the recipe wrote one string without a list around it.

    `when` is of the whole: a condition key or a context key that is there only sometimes.
    """

    items: tuple[Item, ...]
    single: bool = False
    when: When = ALWAYS


@dataclass(frozen=True, slots=True)
class SourceReference:
    """A page of the recipe's `[sources]`, with the anchor of a section or without."""

    source_id: str
    anchor: str | None = None


@dataclass(frozen=True, slots=True)
class RecipeSource:
    """A page. `read` says when, or in which state, it was read."""

    source: Source
    read: str | None = None


@dataclass(frozen=True, slots=True)
class RetirementTemplate:
    """The end of a service: `on` is an ISO date."""

    on: str
    successor: str
    message: str
    source: SourceReference | None = None


@dataclass(frozen=True, slots=True)
class Parameter:
    """What a reader chooses. `default` is a template; it may name built-in values and parameters above this one."""

    name: str
    type: ParameterType
    description: str
    required: bool = False
    required_when: When | None = None
    applies_when: When = ALWAYS
    default: Template | bool | int | tuple[Template, ...] | None = None
    is_list: bool = False
    choices: tuple[str, ...] = ()
    pattern: str | None = None
    max_length: int | None = None
    example: str | None = None
    source: SourceReference | None = None
    inventory: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StatementTemplate:
    id: str
    effect: str
    reason: Template
    source: SourceReference
    actions: Strings
    resources: Strings | None = None
    principals: Mapping[str, Strings] | None = None
    """By kind (`Service`, `AWS`, …); `*` alone stands for everyone."""
    conditions: Mapping[str, Mapping[Template, Strings]] = field(default_factory=dict)
    """Operator to condition key to values; a key may hold a placeholder (`dms:rep-tag/{{key}}`)."""
    not_action: bool = False
    not_resource: bool = False
    sid: Template | None = None
    when: When = ALWAYS
    keep: Template | None = None
    keep_actions: Mapping[str, Template] = field(default_factory=dict)
    repairs: tuple[str, ...] = ()
    inventory: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PolicyTemplate:
    id: str
    type: PolicyType
    title: Template
    statements: tuple[StatementTemplate, ...]
    inventory: tuple[str, ...] = ()


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
    repairs: tuple[str, ...] = ()
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


@dataclass(frozen=True, slots=True)
class NoteTemplate:
    id: str
    kind: str
    text: Template
    about: Template
    source: SourceReference | None = None
    when: When = ALWAYS
    inventory: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ActorTemplate:
    """Exactly one of `principal`, `user`, `role`, `service` and `outside` is not None."""

    name: str
    principal: Template | None = None
    or_policies: tuple[str, ...] = ()
    user: Template | None = None
    role: Template | None = None
    session_name: Template | None = None
    service: Template | None = None
    outside: Template | None = None
    for_each: str | None = None


@dataclass(frozen=True, slots=True)
class StepTemplate:
    path: KeyPath
    kind: StepKind
    actor: str
    action: str
    resources: Strings
    role: Template | None = None
    context: Mapping[str, Strings] = field(default_factory=dict)
    evidence: str = "inferred"
    why: Template | None = None
    on_deny: tuple[str, ...] = ()
    only_if: str | None = None
    denial_tolerated: bool = False
    when: When = ALWAYS


@dataclass(frozen=True, slots=True)
class Include:
    """The steps of a fragment stand here."""

    path: KeyPath
    fragment_id: str
    when: When = ALWAYS


@dataclass(frozen=True, slots=True)
class WorkflowTemplate:
    id: str
    title: Template
    steps: tuple[StepTemplate | Include, ...]
    path: KeyPath = ()
    source: SourceReference | None = None
    notes: tuple[Item, ...] = ()
    for_each: str | None = None
    when: When = ALWAYS
    inventory: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Recipe:
    """One set-up. `file` is where it was read, for messages; `built_in` whether passrole brings it."""

    name: str
    title: str
    service: str
    summary: str
    file: str
    positions: TomlPositions = field(repr=False, compare=False)
    built_in: bool = False
    sources: Mapping[str, RecipeSource] = field(default_factory=dict)
    retired: RetirementTemplate | None = None
    documented_partition: str | None = None
    """Where the source page prints ARNs of one partition only: the documented variant's policies keep it."""
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    values: Mapping[str, tuple[Item, ...]] = field(default_factory=dict)
    """Values that follow from others: of each, the first item whose condition holds."""
    demo: Mapping[str, Json] = field(default_factory=dict)
    policies: Mapping[str, PolicyTemplate] = field(default_factory=dict)
    users: tuple[UserTemplate, ...] = ()
    roles: tuple[RoleTemplate, ...] = ()
    managed_policies: tuple[ManagedPolicyTemplate, ...] = ()
    instance_profiles: tuple[InstanceProfileTemplate, ...] = ()
    principals: tuple[PrincipalTemplate, ...] = ()
    elsewhere: tuple[ElsewhereTemplate, ...] = ()
    pass_role: tuple[PassRoleTemplate, ...] = ()
    notes: tuple[NoteTemplate, ...] = ()
    actors: Mapping[str, ActorTemplate] = field(default_factory=dict)
    fragments: Mapping[str, tuple[StepTemplate | Include, ...]] = field(default_factory=dict)
    workflows: tuple[WorkflowTemplate, ...] = ()

    def span_of(self, *path: str | int) -> Span:
        """Where a key stands in the recipe's file; the nearest place for a key that is not written."""
        return self.positions.of(path)

    def url_of(self, reference: SourceReference) -> Source:
        page = self.sources[reference.source_id].source
        if reference.anchor is None:
            return page
        return Source(page.title, f"{page.url.partition('#')[0]}#{reference.anchor}")
