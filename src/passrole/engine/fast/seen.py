"""The request context as compiled conditions read it: spellings of keys are folded once for each set of keys.

Requests of one caller bring the same keys again and again, so what a `Shape` says is kept by the names alone.
Values are never kept here.
"""

from __future__ import annotations

from collections.abc import Mapping

from passrole.engine.context import Context, Seen
from passrole.engine.global_keys import MULTIVALUED
from passrole.engine.request import ContextValue
from passrole.engine.truth import Doubt

Shape = Mapping[str, str]
"""From a condition key in lower case to the spelling in which the request has it."""

Implied = Mapping[str, ContextValue | Doubt]
"""What a request has without bringing it, by key in lower case; its own keys come before."""

MAX_SHAPES = 2048

_shapes: dict[tuple[str, ...], Shape | None] = {}


def shape_of(context: Mapping[str, ContextValue]) -> Shape | None:
    """None when a key is there in two spellings: which of two values counts, is for `evaluate` to say."""
    names = tuple(context)
    try:
        return _shapes[names]
    except KeyError:
        pass
    folded = {str(name).lower(): name for name in names}
    shape = folded if len(folded) == len(names) else None
    if len(_shapes) >= MAX_SHAPES:
        # Names of tags may be chosen by strangers. Starting over costs less than keeping an order.
        _shapes.clear()
    _shapes[names] = shape
    return shape


class SeenContext(Context):
    """The same view as `Context`, for the conditions that have no shorter way."""

    __slots__ = ("_implied", "_raw", "_shape")

    def __init__(self, shape: Shape, raw: Mapping[str, ContextValue], implied: Implied) -> None:
        self._shape = shape
        self._raw = raw
        self._implied = implied

    def get(self, key: str) -> Seen:
        name = self._shape.get(key)
        if name is None:
            return self._implied.get(key)
        value = self._raw[name]
        return (value,) if key in MULTIVALUED and isinstance(value, str) else value


NOTHING_SEEN = SeenContext({}, {}, {})


def is_plain(value: object) -> bool:
    """Whether a value is of the types that a request should bring; `Context` makes the best of the others."""
    return value.__class__ is str or (value.__class__ is tuple and all(item.__class__ is str for item in value))


def is_unknown(key: str, shape: Shape, implied: Implied) -> bool:
    """Whether a key (in lower case) is not known, for a reason that is the same in every request of a circumstance."""
    return key not in shape and type(implied.get(key)) is Doubt and key != _TOLD_BY_RESOURCE


_TOLD_BY_RESOURCE = "aws:resourceaccount"
"""The one implied key whose reason for not being known names the request's resource."""
