"""How a value of the request compares with a value of a policy: one module for each family of condition operators.

Every module turns a policy's value into a test once, so that a request only runs it. A test answers None for a
request value that is not of the family's type.
"""

from __future__ import annotations

from collections.abc import Callable

from passrole.policy.operators import Comparison

Test = Callable[[str], bool | None]


def holds(comparison: Comparison, order: int) -> bool:
    """Whether a comparison holds of two ordered values: `order` is below, at or above 0 as the request's is."""
    match comparison:
        case Comparison.EQUAL:
            return order == 0
        case Comparison.LESS:
            return order < 0
        case Comparison.LESS_OR_EQUAL:
            return order <= 0
        case Comparison.GREATER:
            return order > 0
        case Comparison.GREATER_OR_EQUAL:
            return order >= 0
    raise AssertionError(f"{comparison} orders nothing")
