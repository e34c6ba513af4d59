"""The request context as conditions and variables see it: one look-up by lower-case key.

Sources, the first that speaks wins: what the asker says is not known, what the request's context holds, what the
asker says is absent, what the principal and the request imply (`principals.implied_context`, `implied_keys`). This is
the only place where they meet.
"""

from __future__ import annotations

from collections.abc import Mapping

from passrole.engine.global_keys import MULTIVALUED, SPELLING, cannot_have
from passrole.engine.implied_keys import implied_keys
from passrole.engine.principals import implied_context
from passrole.engine.request import ContextValue, Request
from passrole.engine.truth import Doubt, Either, unknown
from passrole.engine.unowned_actions import KEYS_OF_OWNER, is_unowned

Seen = ContextValue | Doubt | None
"""The value or values of a key, None when it is absent, a doubt when it is not known."""


class Context:
    """INVARIANT: keys are lower case from here on. "Condition key names are not case-sensitive."""

    __slots__ = (
        "_absent",
        "_absent_prefixes",
        "_kind",
        "_unknown",
        "_unknown_prefixes",
        "_unowned",
        "_values",
        "doubted",
    )

    def __init__(self, request: Request) -> None:
        self._kind = request.principal.type
        self._unowned = is_unowned(request.action.lower())
        self._values: dict[str, ContextValue | Doubt] = {
            **implied_context(request.principal),
            **implied_keys(request),
        }
        self._unknown = {key.lower(): key for key in request.unknown_keys}
        self._unknown_prefixes = _prefixes(self._unknown)
        self._absent = {key.lower() for key in request.absent_keys}
        self._absent_prefixes = _prefixes(request.absent_keys)
        self.doubted: set[str] = set()
        """The keys, in lower case, that were asked for and are not known."""
        for key in self._absent:
            self._values.pop(key, None)
        given: set[str] = set()
        for key, raw in request.context.items():
            lower = str(key).lower()
            value = _value(key, raw)
            if lower in MULTIVALUED and isinstance(value, str):
                value = (value,)
            self._values[lower] = _either(key, self._values[lower], value) if lower in given else value
            given.add(lower)

    def get(self, key: str) -> Seen:
        """What the request holds under a key in lower case."""
        value = self._values.get(key)
        if key in self._unknown or (value is None and self._unknown_prefixes and self._may_be_there(key)):
            name = self._unknown.get(key) or SPELLING.get(key, key)
            value = unknown(f"the value of condition key `{name}` is not known")
        if isinstance(value, Doubt):
            self.doubted.add(key)
        return value

    def may_hold_more(self, prefix: str) -> bool:
        """Whether keys of which nothing is known may begin so (in lower case)."""
        if any(key.startswith(prefix) for key in self._unknown):
            return True
        return prefix.startswith(self._unknown_prefixes) and not prefix.startswith(self._absent_prefixes)

    def _may_be_there(self, key: str) -> bool:
        """Whether a key that is neither given nor implied is among those of which nothing is known."""
        if not key.startswith(self._unknown_prefixes):
            return False
        if self._unowned and key in KEYS_OF_OWNER:
            return False
        return not (key in self._absent or key.startswith(self._absent_prefixes) or cannot_have(self._kind, key))


class Assuming(Context):
    """A context in which some keys hold what is assumed of them: a value, or None for absent."""

    __slots__ = ("_assumed",)

    def __init__(self, request: Request, assumed: Mapping[str, ContextValue | None]) -> None:
        super().__init__(request)
        self._assumed = assumed

    def get(self, key: str) -> Seen:
        return self._assumed[key] if key in self._assumed else super().get(key)


def _prefixes(keys: Mapping[str, object] | frozenset[str]) -> tuple[str, ...]:
    """What `aws:ResourceTag/*`, `aws:*` and `*` stand for."""
    return tuple(key[:-1].lower() for key in keys if key == "*" or key.endswith(("/*", ":*")))


def _either(key: str, first: ContextValue | Doubt, second: ContextValue | Doubt) -> ContextValue | Doubt:
    """Of two tags whose keys differ in case only the condition key matches both; which value counts is not said."""
    if first == second:
        return first
    values = {
        value: None for each in (first, second) for value in (each.values if isinstance(each, Either) else (each,))
    }
    plain = tuple(value for value in values if not isinstance(value, Doubt))
    reason = f"condition key `{key}` is in the request twice, with different values"
    return Either((reason,), values=plain) if len(plain) == len(values) else unknown(reason)


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
