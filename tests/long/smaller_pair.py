"""A smaller pair of policies with the same fault: parts are taken away as long as it stays."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from tests.prover.small_worlds import Layers

from passrole.policy.model import Condition, Policy, Statement


def smallest(old: Layers, new: Layers, still: Callable[[Layers, Layers], bool]) -> tuple[Layers, Layers]:
    """The pair without whatever part can go so that `still` is true of the rest."""
    while True:
        for smaller in _smaller(old, new):
            if still(*smaller):
                old, new = smaller
                break
        else:
            return old, new


def _smaller(old: Layers, new: Layers) -> Iterator[tuple[Layers, Layers]]:
    # What both have in common goes from both.
    for statement in dict.fromkeys(s for layers in (old, new) for one in layers for s in one.policy.statements):
        for other in (None, *_smaller_statements(statement)):
            yield _with(old, statement, other), _with(new, statement, other)
    for place in range(1, len(old)):
        yield old[:place] + old[place + 1 :], new
    for place in range(1, len(new)):
        yield old, new[:place] + new[place + 1 :]


def _with(layers: Layers, statement: Statement, other: Statement | None) -> Layers:
    def changed(policy: Policy) -> Policy:
        swapped = (other if each == statement else each for each in policy.statements)
        return replace(policy, statements=tuple(each for each in swapped if each is not None))

    return tuple(replace(one, policy=changed(one.policy)) for one in layers)


def _smaller_statements(statement: Statement) -> Iterator[Statement]:
    conditions = statement.conditions
    for place, condition in enumerate(conditions):
        yield replace(statement, conditions=conditions[:place] + conditions[place + 1 :])
        for fewer in _fewer_values(condition):
            yield replace(statement, conditions=(*conditions[:place], fewer, *conditions[place + 1 :]))
    patterns = statement.actions.patterns
    for place in range(len(patterns) if len(patterns) > 1 else 0):
        actions = replace(statement.actions, patterns=patterns[:place] + patterns[place + 1 :])
        yield replace(statement, actions=actions)
    if statement.resources is not None and len(statement.resources.patterns) > 1:
        patterns = statement.resources.patterns
        for place in range(len(patterns)):
            resources = replace(statement.resources, patterns=patterns[:place] + patterns[place + 1 :])
            yield replace(statement, resources=resources)


def _fewer_values(condition: Condition) -> Iterator[Condition]:
    for place in range(len(condition.values) if len(condition.values) > 1 else 0):
        yield replace(condition, values=condition.values[:place] + condition.values[place + 1 :])
