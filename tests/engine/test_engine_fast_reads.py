"""What a plan keeps of a decision is safe only as long as `evaluate` reads of a request what these tests list.

A compiled stack finds out which statements apply and takes the rest from an earlier decision. Whoever lets `evaluate`
look at a resource or a context in one more place finds a failing test here, and teaches `engine/fast` the same.
"""

from __future__ import annotations

import ast
from pathlib import Path

from passrole.engine import protected, special_actions
from passrole.engine.fast.plan import TRAITS, has_traits

ENGINE = Path(protected.__file__).parent

ONLY_WHICH_STATEMENTS_APPLY = {
    # The elements of statements: what `Plan` asks itself.
    ("statements", "Asked.of", "cls(request, action, request.resource, Context(request), caller)"),
    ("statements", "resource_truth", "prepared.truth(asked.resource, asked.context)"),
    ("statements", "_settled", "condition_truth(condition, asked.context)"),
    # A situation asks `Context` for what a request has without bringing it; `seen.SeenContext` adds what it brings.
    ("context", "Context.__init__", "request.context.items"),
}
TRAITS_OF_THE_RESOURCE = {
    ("protected", "why_protected", "part in asked.resource"),
    ("special_actions", "asks_trust_policy", "':role/' in asked.resource"),
    ("special_actions", "assumes_linked_role", "_LINKED_ROLE in asked.resource"),
    ("special_actions", "asks_no_resource_policy", "_OF_ALIAS in asked.resource"),
    ("special_actions", "asks_key_policy", "_OF_ALIAS not in asked.resource"),
    ("special_actions", "asks_key_policy", "asked.resource.startswith"),
    ("special_actions", "asks_key_policy", "':key/' not in asked.resource"),
}
# The reason of a doubt. Doubts about a condition key are always for `evaluate`.
REASONS = {("implied_keys", "_add_owner", "{request.resource}")}
# Decisions about KMS keys with grants are never kept.
GRANTS = {
    ("grants", "_context_fits", "asked.request.context.items"),
    ("grants", "_unless_unknown", "asked.context.may_hold_more"),
    ("grants", "_source_fits", "asked.context.get"),
    ("grants", "_child_fits", "asked.context.get"),
}


def modules_of_evaluate() -> dict[str, ast.Module]:
    """The engine's modules that `evaluate` reaches by imports, parsed."""
    found: dict[str, ast.Module] = {}
    wanted = ["evaluate"]
    while wanted:
        name = wanted.pop()
        path = ENGINE / f"{name}.py"
        if name in found or not path.exists():
            continue
        found[name] = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(found[name]):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("passrole.engine."):
                wanted.append((node.module or "").removeprefix("passrole.engine."))
    return found


def reads(tree: ast.Module) -> set[tuple[str, str]]:
    """Function and expression, for each `.resource` and `.context` of something named request or asked."""
    found: set[tuple[str, str]] = set()

    def visit(node: ast.AST, parent: ast.AST, path: tuple[str, ...]) -> None:
        if isinstance(node, ast.Attribute) and node.attr in ("resource", "context"):
            owner = ast.unparse(node.value)
            if owner in ("request", "asked", "asked.request", "self.request"):
                text = ast.unparse(parent)
                found.add((".".join(path), text.removeprefix("f'").removesuffix("'") if "{" in text else text))
        inner = (*path, node.name) if isinstance(node, (ast.FunctionDef, ast.ClassDef)) else path
        for child in ast.iter_child_nodes(node):
            visit(child, node, inner)

    visit(tree, tree, ())
    return found


def test_every_read_of_a_resource_or_context_is_known() -> None:
    found = {(name, *read) for name, tree in modules_of_evaluate().items() for read in reads(tree)}
    known = ONLY_WHICH_STATEMENTS_APPLY | TRAITS_OF_THE_RESOURCE | REASONS | GRANTS
    assert found == known


def test_traits_are_those_that_are_read() -> None:
    assert {special_actions._OF_ALIAS, special_actions._LINKED_ROLE} <= set(TRAITS)
    assert {part for _, part, _ in protected._TABLE} <= set(TRAITS)
    assert all(has_traits(action) for actions, _, _ in protected._TABLE for action in actions)


def test_actions_whose_resource_is_read_have_traits() -> None:
    assert all(map(has_traits, special_actions.ASSUME_ROLE_WITH_IDENTITY | special_actions._WITH_ASSUME_ROLE))
    assert has_traits(special_actions.ASSUME_ROLE)
    assert has_traits("kms:decrypt")


def test_modules_are_found() -> None:
    assert {"verdicts", "layers", "statements", "special_actions", "context"} <= set(modules_of_evaluate())
