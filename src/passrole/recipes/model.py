"""A recipe as it was written: typed templates, nothing filled in yet. `docs/recipe-format.md` explains each part."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from passrole.errors import Span
from passrole.recipes.desired import Json, Source
from passrole.recipes.model_documents import Item, PolicyTemplate, SourceReference
from passrole.recipes.model_entities import (
    ElsewhereTemplate,
    InstanceProfileTemplate,
    ManagedPolicyTemplate,
    PassRoleTemplate,
    PrincipalTemplate,
    RoleTemplate,
    UserTemplate,
)
from passrole.recipes.model_workflows import ActorTemplate, Include, StepTemplate, WorkflowTemplate
from passrole.recipes.parameter_types import ParameterType
from passrole.recipes.placeholders import Template
from passrole.recipes.toml_positions import TomlPositions
from passrole.recipes.when import ALWAYS, When

VARIANTS = ("corrected", "documented")


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
class NoteTemplate:
    id: str
    kind: str
    text: Template
    about: Template
    source: SourceReference | None = None
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
    partition_repair: str | None = None
    """The note that explains what the corrected variant makes of that."""
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
