"""Numeric operators: integers and decimals, compared as numbers and never as text.

Source: IAM User Guide, "Numeric condition operators"
<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_Numeric>
"""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache

from passrole.engine.compare import Test, holds
from passrole.policy.operators import OperatorRow

# "an integer or decimal value": no exponent, no spaces, digits of ASCII only.
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)")


@lru_cache(maxsize=1024)
def number_of(text: str) -> Decimal | None:
    return Decimal(text) if _NUMBER.fullmatch(text) else None


DIGITS_OF_A_DOUBLE = 15
"""So many decimal digits are the same in a double and exactly."""


def only_exactness_decides(row: OperatorRow, seen_text: str, wanted_text: str) -> bool:
    """Whether numbers would compare otherwise as doubles: "an integer or decimal value" does not say how exactly."""
    if len(seen_text) <= DIGITS_OF_A_DOUBLE and len(wanted_text) <= DIGITS_OF_A_DOUBLE:
        return False
    seen, wanted = number_of(seen_text), number_of(wanted_text)
    if seen is None or wanted is None:
        return False
    exactly, as_doubles = (
        (seen > wanted) - (seen < wanted),
        (float(seen) > float(wanted)) - (float(seen) < float(wanted)),
    )
    return holds(row.comparison, exactly) is not holds(row.comparison, as_doubles)


def number_test(row: OperatorRow, text: str) -> Test | None:
    wanted = number_of(text)
    if wanted is None:
        return None

    def test(seen_text: str) -> bool | None:
        seen = number_of(seen_text)
        return None if seen is None else holds(row.comparison, (seen > wanted) - (seen < wanted))

    return test
