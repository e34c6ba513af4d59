"""What the compiler takes. All the rest is answered by `evaluate`, only slower.

The types of a question may learn to say more than these modules know of. A field that is not listed here and has not
its default value is such a thing, so that a new meaning is never passed over.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import MISSING, Field, fields
from typing import Any

from passrole.engine.request import Request
from passrole.engine.stack import AttachedPolicy, Known, Layer, PolicyStack, Unknown

_KNOWN: dict[type, frozenset[str]] = {
    PolicyStack: frozenset(
        (
            "identity",
            "resource",
            "boundary",
            "session",
            "scps",
            "rcps",
            "endpoint",
            "grants",
            "aws_managed_key",
            "restrict_public_buckets",
        )
    ),
    Known: frozenset(("policies", "assumption")),
    AttachedPolicy: frozenset(("type", "name", "policy")),
    Request: frozenset(
        (
            "principal",
            "action",
            "resource",
            "resource_account",
            "context",
            "unknown_keys",
            "absent_keys",
            "called_via",
            "organization",
        )
    ),
}
# Not here: Principal and Unknown. Whatever they say is the same for all requests of a plan, and `evaluate` reads it.

_FURTHER: dict[type, tuple[Field[Any], ...]] = {
    kind: tuple(field for field in fields(kind) if field.name not in known) for kind, known in _KNOWN.items()
}

REQUESTS_MAY_SAY_MORE = bool(_FURTHER[Request])


def says_more(value: PolicyStack | Known | AttachedPolicy | Request) -> bool:
    """Whether a field that is not known here holds anything but its default."""
    for field in _FURTHER[type(value)]:
        default = field.default
        if default is MISSING and field.default_factory is not MISSING:
            default = field.default_factory()
        if getattr(value, field.name) != default:
            return True
    return False


def layers_of(stack: PolicyStack) -> Iterator[Layer]:
    """Every layer that there is, in no order that means anything."""
    yield stack.identity
    yield stack.resource
    yield from stack.scps
    yield from stack.rcps
    for layer in (stack.boundary, stack.session, stack.endpoint):
        if layer is not None:
            yield layer


def is_taken(stack: PolicyStack) -> bool:
    return type(stack) is PolicyStack and not says_more(stack) and all(_is_taken(layer) for layer in layers_of(stack))


def _is_taken(layer: Layer) -> bool:
    if type(layer) is Unknown:
        return True
    if type(layer) is not Known or (_FURTHER[Known] and says_more(layer)):
        return False
    further = _FURTHER[AttachedPolicy]
    return all(
        type(attached) is AttachedPolicy and not (further and says_more(attached)) for attached in layer.policies
    )
