"""Plain z3 on rules `cannot ACTION RESOURCE`: patterns as regular expressions, policies without conditions only."""

from __future__ import annotations

import sys
from typing import Any

sys.path.insert(0, sys.argv[1])

import z3
from each_apart import answer_all


def expression(pattern: str) -> z3.ReRef:
    any_ = z3.AllChar(z3.ReSort(z3.StringSort()))
    parts = [z3.Star(any_) if c == "*" else any_ if c == "?" else z3.Re(c) for c in pattern]
    return parts[0] if len(parts) == 1 else z3.Concat(*parts)


def takes(text: z3.SeqRef, patterns: str | list[str], *, lower: bool) -> z3.BoolRef:
    texts = [patterns] if isinstance(patterns, str) else patterns
    return z3.Or(*[z3.InRe(text, expression(each.lower() if lower else each)) for each in texts])


def matches(statement: dict[str, Any], action: z3.SeqRef, resource: z3.SeqRef) -> z3.BoolRef:
    parts = []
    for name, text, lower in (("Action", action, True), ("Resource", resource, False)):
        if name in statement:
            parts.append(takes(text, statement[name], lower=lower))
        else:
            parts.append(z3.Not(takes(text, statement[f"Not{name}"], lower=lower)))
    return z3.And(*parts)


def answer(question: dict[str, Any]) -> bool | None:
    statements = question["policy"]["Statement"]
    if any("Condition" in each for each in statements):
        return None
    action, resource = z3.String("action"), z3.String("resource")
    solver = z3.Solver()
    solver.add(takes(action, question["action"], lower=True), takes(resource, question["resource"], lower=False))
    by_effect = {effect: [each for each in statements if each["Effect"] == effect] for effect in ("Allow", "Deny")}
    solver.add(z3.Or(*[matches(each, action, resource) for each in by_effect["Allow"]]))
    solver.add(z3.Not(z3.Or(*[matches(each, action, resource) for each in by_effect["Deny"]])))
    found = solver.check()
    return None if found == z3.unknown else found == z3.unsat


answer_all(sys.argv[2], answer)
