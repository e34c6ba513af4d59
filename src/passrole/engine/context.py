"""The request context as conditions and variables see it: one look-up by lower-case key.

Three sources, the first that speaks wins: what the asker says is not known, what the request's context holds, what
the principal implies (`principals.implied_context`). This is the only place where they meet.
"""

from __future__ import annotations

from passrole.engine.principals import implied_context
from passrole.engine.request import ContextValue, Request
from passrole.engine.truth import Doubt, unknown


class Context:
    """INVARIANT: keys are lower case from here on. "Condition key names are not case-sensitive."""

    __slots__ = ("_unknown", "_unknown_prefixes", "_values")

    def __init__(self, request: Request) -> None:
        self._values: dict[str, ContextValue | Doubt] = implied_context(request.principal)
        self._unknown = {key.lower(): key for key in request.unknown_keys}
        self._unknown_prefixes = tuple(key[:-1] for key in self._unknown if key.endswith("/*"))
        given: set[str] = set()
        for key, raw in request.context.items():
            lower = str(key).lower()
            value = _value(key, raw)
            # "If you use two tags that differ in case only, the key matches both": which one is not said.
            if lower in given and self._values[lower] != value:
                value = unknown(f"condition key `{key}` is in the request twice, with different values")
            given.add(lower)
            self._values[lower] = value

    def get(self, key: str) -> ContextValue | Doubt | None:
        """The value or values of a key (in lower case), None when it is absent, a doubt when it is not known."""
        if key in self._unknown or (self._unknown_prefixes and key.startswith(self._unknown_prefixes)):
            return unknown(f"the value of condition key `{self._unknown.get(key, key)}` is not known")
        return self._values.get(key)


def _value(key: object, raw: object) -> ContextValue | Doubt:
    """What the type says already for callers that are type-checked; others get a doubt and no exception."""
    if isinstance(raw, str):
        return raw
    if isinstance(raw, bool):
        return "true" if raw else "false"
    if isinstance(raw, int):
        return str(raw)
    if isinstance(raw, (list, tuple)) and all(isinstance(item, str) for item in raw):
        return tuple(raw)
    return unknown(f"condition key `{key}` has a value of a type that AWS does not have")
