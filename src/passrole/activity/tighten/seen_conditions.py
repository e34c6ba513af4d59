"""Values that requests had for a condition key, and the condition that holds for these values and no others."""

from __future__ import annotations

from collections.abc import Sequence

from passrole.activity.tighten.literal import literal_value
from passrole.engine.principals import implied_context
from passrole.engine.request import Request
from passrole.errors import UsageError
from passrole.policy.operators import OperatorFamily
from passrole.policy.printing import Json
from passrole.prover.key_kinds import FAMILY, holds, holds_several

_OPERATORS = {
    OperatorFamily.NUMERIC: "NumericEquals",
    OperatorFamily.DATE: "DateEquals",
    OperatorFamily.BOOL: "Bool",
    OperatorFamily.IP: "IpAddress",
}


def check_key(key: str) -> None:
    """Raises UsageError for what is no condition key, and for one that holds several values at once."""
    if ":" not in key or set(key) & set("*? "):
        raise UsageError(f"`{key}` is no condition key", help="write it as --condition aws:SourceIp")
    if holds_several(key.lower()):
        raise UsageError(
            f"`{key}` holds several values in one request, and no condition can be made of those that were seen",
            help="leave it out, and write the condition by hand",
        )


def value_seen(request: Request, key: str) -> str | None:
    """The one value of `key`, in whatever spelling; None where the request has no such key. Raises UsageError."""
    wanted = key.lower()
    for name, value in (*request.context.items(), *implied_context(request.principal).items()):
        if name.lower() == wanted:
            if isinstance(value, tuple):
                raise UsageError(
                    f"`{key}` holds several values in one request", help="leave it out, and write the condition by hand"
                )
            return value if isinstance(value, str) else None
    return None


def condition_for(values: Sequence[tuple[str, tuple[str, ...]]]) -> dict[str, Json]:
    """The Condition element of keys, each with the values that it may have."""
    element: dict[str, dict[str, Json]] = {}
    for key, texts in values:
        family = FAMILY.get(holds(key.lower()))
        operator = "StringEquals" if family is None else _OPERATORS[family]
        written = [literal_value(text) if family is None else text for text in texts]
        element.setdefault(operator, {})[key] = written[0] if len(written) == 1 else [*written]
    return {operator: dict(block) for operator, block in element.items()}
