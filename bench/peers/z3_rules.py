"""Plain z3 on rules `cannot ACTION RESOURCE`: patterns as regular expressions, policies without conditions only."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

sys.path.insert(0, sys.argv[1])

import z3

TIMEOUT_MILLISECONDS = 5000


def expression(pattern: str) -> z3.ReRef:
    any_ = z3.AllChar(z3.ReSort(z3.StringSort()))
    parts = [z3.Star(any_) if c == "*" else any_ if c == "?" else z3.Re(c) for c in pattern]
    return parts[0] if len(parts) == 1 else z3.Concat(*parts)


def takes(text: z3.SeqRef, patterns: object) -> z3.BoolRef:
    texts = [patterns] if isinstance(patterns, str) else list(patterns)  # type: ignore[call-overload]
    found = [z3.InRe(text, expression(each)) for each in texts]
    return z3.Or(*found)


def matches(statement: dict[str, object], action: z3.SeqRef, resource: z3.SeqRef) -> z3.BoolRef:
    def lower(patterns: object) -> object:
        return patterns.lower() if isinstance(patterns, str) else [each.lower() for each in patterns]  # type: ignore

    parts = []
    for name, text, change in (("Action", action, lower), ("Resource", resource, lambda each: each)):
        if name in statement:
            parts.append(takes(text, change(statement[name])))
        else:
            parts.append(z3.Not(takes(text, change(statement[f"Not{name}"]))))
    return z3.And(*parts)


answers = []
for question in json.loads(Path(sys.argv[2]).read_text()):
    statements = question["policy"]["Statement"]
    if any("Condition" in each for each in statements):
        answers.append({"proven": None, "milliseconds": 0.0})
        continue
    start = time.process_time()
    action, resource = z3.String("action"), z3.String("resource")
    solver = z3.Solver()
    solver.set("timeout", TIMEOUT_MILLISECONDS)
    solver.add(takes(action, question["action"].lower()), takes(resource, question["resource"]))
    by_effect = {effect: [each for each in statements if each["Effect"] == effect] for effect in ("Allow", "Deny")}
    solver.add(z3.Or(*[matches(each, action, resource) for each in by_effect["Allow"]]))
    solver.add(z3.Not(z3.Or(*[matches(each, action, resource) for each in by_effect["Deny"]])))
    answer = solver.check()
    proven = None if answer == z3.unknown else answer == z3.unsat
    answers.append({"proven": proven, "milliseconds": (time.process_time() - start) * 1000})
print(json.dumps(answers))
