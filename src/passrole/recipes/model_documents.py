"""Lists with conditions, and policy documents made of them, as a recipe writes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from passrole.policy.model import PolicyType
from passrole.recipes.placeholders import Template
from passrole.recipes.when import ALWAYS, When


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
    repairs: tuple[Item, ...] = ()
    inventory: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PolicyTemplate:
    id: str
    type: PolicyType
    title: Template
    statements: tuple[StatementTemplate, ...]
    inventory: tuple[str, ...] = ()
