"""Actors, fragments and workflows as a recipe writes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from passrole.recipes.model_documents import Item, SourceReference, Strings
from passrole.recipes.placeholders import Template
from passrole.recipes.toml_positions import KeyPath
from passrole.recipes.when import ALWAYS, When
from passrole.recipes.workflow import StepKind


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
