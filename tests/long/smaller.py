"""A disagreement made small: whatever can be left out of a question with the disagreement still there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields, replace
from typing import Any, TypeVar

from tests.long.random_questions import Question

from passrole.engine.request import Request
from passrole.engine.stack import AttachedPolicy, Known, Layer, PolicyStack
from passrole.policy.model import Policy, Statement

Item = TypeVar("Item")


def smallest(question: Question, still_wrong: Callable[[Question], bool]) -> Question:
    """Left out greedily, one thing at a time, until nothing more can be."""
    while True:
        for candidate in _smaller_questions(question):
            if still_wrong(candidate):
                question = candidate
                break
        else:
            return question


def _smaller_questions(question: Question) -> Iterator[Question]:
    for stack in _smaller_stacks(question.stack):
        yield Question(question.request, stack)
    for request in _smaller_requests(question.request):
        yield Question(request, question.stack)


def _without_one(items: Sequence[Item]) -> Iterator[tuple[Item, ...]]:
    for place in range(len(items)):
        yield (*items[:place], *items[place + 1 :])


def _smaller_requests(request: Request) -> Iterator[Request]:
    if request.organization is not None:
        yield replace(request, organization=None)
    if request.called_via:
        yield replace(request, called_via=())
    for key in sorted(request.unknown_keys):
        yield replace(request, unknown_keys=request.unknown_keys - {key})
    for key in sorted(request.absent_keys):
        yield replace(request, absent_keys=request.absent_keys - {key})
    for key in request.context:
        yield replace(request, context={name: value for name, value in request.context.items() if name != key})


def _smaller_stacks(stack: PolicyStack) -> Iterator[PolicyStack]:
    plain = PolicyStack()
    for field in fields(PolicyStack):
        # The layers differ in name only, so the names are data here.
        value: Any = getattr(stack, field.name)
        least: Any = getattr(plain, field.name)
        others: Any = {other.name: getattr(stack, other.name) for other in fields(PolicyStack)}
        if value == least:
            continue
        yield PolicyStack(**{**others, field.name: least})
        for smaller in _smaller_parts(value):
            yield PolicyStack(**{**others, field.name: smaller})


def _smaller_parts(part: object) -> Iterator[object]:
    """Of a layer, of levels of layers, or of grants."""
    if isinstance(part, Known):
        yield from _smaller_layers(part)
    elif isinstance(part, tuple):
        yield from _without_one(part)
        for place, layer in enumerate(part):
            for smaller in _smaller_layers(layer) if isinstance(layer, Known) else ():
                yield (*part[:place], smaller, *part[place + 1 :])


def _smaller_layers(layer: Known) -> Iterator[Layer]:
    for place, attached in enumerate(layer.policies):
        rest = layer.policies[:place], layer.policies[place + 1 :]
        yield Known((*rest[0], *rest[1]))
        for policy in _smaller_policies(attached.policy):
            yield Known((*rest[0], AttachedPolicy(attached.type, attached.name, policy), *rest[1]))


def _smaller_policies(policy: Policy) -> Iterator[Policy]:
    for place, statement in enumerate(policy.statements):
        rest = policy.statements[:place], policy.statements[place + 1 :]
        if len(policy.statements) > 1:
            yield replace(policy, statements=(*rest[0], *rest[1]))
        for smaller in _smaller_statements(statement):
            yield replace(policy, statements=(*rest[0], smaller, *rest[1]))


def _smaller_statements(statement: Statement) -> Iterator[Statement]:
    actions, resources, principals = statement.actions, statement.resources, statement.principals
    for patterns in _fewer(actions.patterns):
        yield replace(statement, actions=replace(actions, patterns=patterns))
    if resources is not None:
        for patterns in _fewer(resources.patterns):
            yield replace(statement, resources=replace(resources, patterns=patterns))
    if principals is not None:
        for entries in _fewer(principals.entries):
            yield replace(statement, principals=replace(principals, entries=entries))
    for place, condition in enumerate(statement.conditions):
        rest = statement.conditions[:place], statement.conditions[place + 1 :]
        yield replace(statement, conditions=(*rest[0], *rest[1]))
        for values in _fewer(condition.values):
            yield replace(statement, conditions=(*rest[0], replace(condition, values=values), *rest[1]))


def _fewer(items: Sequence[Item]) -> Iterator[tuple[Item, ...]]:
    """One less, but at least one."""
    return _without_one(items) if len(items) > 1 else iter(())
