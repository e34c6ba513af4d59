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


def number_test(row: OperatorRow, text: str) -> Test | None:
    wanted = number_of(text)
    if wanted is None:
        return None

    def test(seen_text: str) -> bool | None:
        seen = number_of(seen_text)
        return None if seen is None else holds(row.comparison, (seen > wanted) - (seen < wanted))

    return test
