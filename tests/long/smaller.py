"""A disagreement made small: whatever can be left out of a question with the disagreement still there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields, is_dataclass, replace

from tests.long.random_questions import Question

from passrole.engine.request import Request
from passrole.engine.stack import AttachedPolicy, Known, Layer, PolicyStack
from passrole.policy.model import Policy, PrincipalElement, Statement


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


def _without_one(items: Sequence[object]) -> Iterator[tuple[object, ...]]:
    for place in range(len(items)):
        yield (*items[:place], *items[place + 1 :])


def _smaller_requests(request: Request) -> Iterator[Request]:
    if request.organization is not None:
        yield replace(request, organization=None)
    if request.called_via:
        yield replace(request, called_via=())
    for name in ("unknown_keys", "absent_keys"):
        for key in sorted(getattr(request, name)):
            yield replace(request, **{name: getattr(request, name) - {key}})
    for key in request.context:
        yield replace(request, context={name: value for name, value in request.context.items() if name != key})


def _smaller_stacks(stack: PolicyStack) -> Iterator[PolicyStack]:
    plain = PolicyStack()
    for field in fields(PolicyStack):
        value, least = getattr(stack, field.name), getattr(plain, field.name)
        if value == least:
            continue
        yield replace(stack, **{field.name: least})
        if isinstance(value, tuple):
            for fewer in _without_one(value):
                yield replace(stack, **{field.name: fewer})
            for place, layer in enumerate(value):
                for smaller in _smaller_layers(layer) if isinstance(layer, Known) else ():
                    yield replace(stack, **{field.name: (*value[:place], smaller, *value[place + 1 :])})
        elif isinstance(value, Known):
            for smaller in _smaller_layers(value):
                yield replace(stack, **{field.name: smaller})


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
    for name in ("actions", "resources", "principals"):
        element = getattr(statement, name)
        if not is_dataclass(element):
            continue
        part = "entries" if isinstance(element, PrincipalElement) else "patterns"
        for fewer in _without_one(getattr(element, part)):
            if fewer:
                yield replace(statement, **{name: replace(element, **{part: fewer})})
    for place, condition in enumerate(statement.conditions):
        rest = statement.conditions[:place], statement.conditions[place + 1 :]
        yield replace(statement, conditions=(*rest[0], *rest[1]))
        for fewer in _without_one(condition.values):
            if fewer:
                yield replace(statement, conditions=(*rest[0], replace(condition, values=fewer), *rest[1]))
