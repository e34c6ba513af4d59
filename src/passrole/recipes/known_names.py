"""Whether a name that a recipe file uses is one that it declares; the parts of `references.py` share this."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from passrole.policy.model import PolicyType
from passrole.recipes.codes import REFERENCE
from passrole.recipes.model import Recipe
from passrole.recipes.model_documents import Item, SourceReference
from passrole.recipes.problems import did_you_mean, listed
from passrole.recipes.toml_positions import KeyPath
from passrole.recipes.toml_tables import Table


@dataclass(frozen=True, slots=True)
class KnownNames:
    """A recipe with the file it was read from, to which findings are added."""

    document: Table
    recipe: Recipe

    def add(self, code: str, path: KeyPath, message: str, help_text: str | None = None) -> None:
        self.document.add(code, message, *path, help_text=help_text)

    def must_know(self, kind: str, name: str, known: Iterable[str], path: KeyPath) -> bool:
        """Whether `name` is known, with a finding when it is not (unless it is empty: that is told as a shape)."""
        names = list(known)
        if name in names or not name:
            return name in names
        help_text = did_you_mean(name, names) or (f"there is {listed(names, 'and')}" if names else None)
        self.add(REFERENCE, path, f"there is no {kind} `{name}`", help_text)
        return False

    def check_source(self, source: SourceReference | None, path: KeyPath) -> None:
        if source is not None:
            self.must_know("source", source.source_id, self.recipe.sources, path)

    def check_repairs(self, repairs: tuple[Item, ...], path: KeyPath) -> None:
        for item in repairs:
            self.must_know("note", str(item.value), (one.id for one in self.recipe.notes), (*path, "repairs"))

    def check_document(self, policy_id: str, type_: PolicyType, path: KeyPath) -> None:
        if self.must_know("policy", policy_id, self.recipe.policies, path):
            actual = self.recipe.policies[policy_id].type
            if actual is not type_:
                self.add(REFERENCE, path, f"`{policy_id}` is of type {actual.value}: type {type_.value} is needed here")

    def check_loop(self, parameter_name: str | None, path: KeyPath) -> None:
        if parameter_name is not None:
            lists = [one.name for one in self.recipe.parameters.values() if one.is_list]
            self.must_know("list parameter", parameter_name, lists, (*path, "for_each"))
