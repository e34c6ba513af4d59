"""What an explicit denial rests on: the statements that deny, and what the request would come to without them.

No Allow outweighs a Deny, so the way out is another request or another statement. Which of both helps shows only once
the denials are out of the way: often the Allow is missing as well.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from passrole.engine.dependencies import Dependency, depends_on
from passrole.engine.evaluate import evaluate
from passrole.engine.explanation import Denial, LayerExplanation, Match, StatementExplanation
from passrole.engine.missing import missing_allows
from passrole.engine.request import Request
from passrole.engine.stack import AttachedPolicy, Known, Layer, PolicyStack
from passrole.policy.model import Effect


def denial_of(request: Request, stack: PolicyStack, layers: Iterable[LayerExplanation]) -> Denial | None:
    """None where no statement denies: a service itself refuses, whatever the policies say."""
    layers = tuple(layers)
    statements = tuple(
        statement
        for layer in layers
        for policy in layer.policies
        for statement in policy.statements
        if statement.effect is Effect.DENY and statement.match is Match.YES
    )
    if not statements:
        return None
    denying: dict[int, set[int]] = {}
    for statement in statements:
        denying.setdefault(id(statement.ref.attached.policy), set()).add(statement.ref.index)
    without = _without(stack, denying)
    then = evaluate(request, without)
    # The layers are those with the denials: an Allow that comes near is the same one.
    missing = missing_allows(request, without, then, layers)
    return Denial(statements, then, missing, _other_values(request, stack, statements))


def _other_values(
    request: Request, stack: PolicyStack, statements: tuple[StatementExplanation, ...]
) -> tuple[Dependency, ...]:
    """What a key of the denying conditions would have to be, so that the request as a whole is allowed.

    Each key by itself, the others being what the request has. Only where no key alone is enough, all together.
    """
    keys = sorted({condition.key.lower() for each in statements for condition in each.ref.statement.conditions})
    alone = tuple(found for key in keys for found in _others_of(request, stack, {key}))
    return alone or _others_of(request, stack, set(keys))


def _others_of(request: Request, stack: PolicyStack, keys: set[str]) -> tuple[Dependency, ...]:
    kept = {key: value for key, value in request.context.items() if key.lower() not in keys}
    absent = frozenset(key for key in request.absent_keys if key.lower() not in keys)
    asked = replace(request, context=kept, absent_keys=absent, unknown_keys=request.unknown_keys | keys)
    return tuple(each for each in depends_on(asked, stack) if each.key.lower() in keys and _tells(each))


def _tells(dependency: Dependency) -> bool:
    return bool(dependency.would_allow) or dependency.others_allow or dependency.absent_allows


def _without(stack: PolicyStack, denying: dict[int, set[int]]) -> PolicyStack:
    def layer(value: Layer) -> Layer:
        if not isinstance(value, Known):
            return value
        return replace(value, policies=tuple(_stripped(attached, denying) for attached in value.policies))

    def optional(value: Layer | None) -> Layer | None:
        return None if value is None else layer(value)

    return replace(
        stack,
        identity=layer(stack.identity),
        resource=layer(stack.resource),
        boundary=optional(stack.boundary),
        session=optional(stack.session),
        scps=tuple(map(layer, stack.scps)),
        rcps=tuple(map(layer, stack.rcps)),
        endpoint=optional(stack.endpoint),
    )


def _stripped(attached: AttachedPolicy, denying: dict[int, set[int]]) -> AttachedPolicy:
    """The policy without those of its statements that deny, by their indexes."""
    indexes = denying.get(id(attached.policy))
    if not indexes:
        return attached
    policy = attached.policy
    kept = tuple(statement for index, statement in enumerate(policy.statements) if index not in indexes)
    return replace(attached, policy=replace(policy, statements=kept))
