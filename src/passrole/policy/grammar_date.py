"""Dates in conditions: IAM refuses a document whose date it cannot read, before anything else about it.

Source: answers recorded in moto's tests against AWS, which are looser than the W3C note that the User Guide names.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from passrole.errors import Diagnostic
from passrole.policy.model import Condition
from passrole.policy.operators import OPERATORS, OperatorFamily

_EPOCH = re.compile(r"[0-9]+", re.ASCII)
_LAST_EPOCH = 2**63 - 1
_ISO = re.compile(
    r"(?P<year>-?[0-9]{1,9})(?:-(?P<month>[0-9]{1,2})(?:-(?P<day>[0-9]{1,2}))?)?"
    r"(?:[tT](?:(?P<hour>[0-9]{1,2})(?::(?P<minute>[0-9]{1,2})(?::(?P<second>[0-9]{1,2})(?:\.[0-9]{1,9})?)?)?)?"
    r"(?:[zZ]|[+-](?P<offset>[0-9]{2})(?::(?P<offset_minute>[0-9]{2}))?)?)?",
    re.ASCII,
)
_BOUNDS = {
    "year": (-292275054, 292278993),
    "month": (1, 12),
    "day": (1, 31),
    "hour": (0, 23),
    "minute": (0, 59),
    "second": (0, 59),
    "offset": (0, 23),
    "offset_minute": (0, 59),
}


def date_findings(conditions: Iterable[Condition]) -> Iterator[Diagnostic]:
    for condition in conditions:
        if OPERATORS[condition.operator.base].family is not OperatorFamily.DATE:
            continue
        for value in condition.values:
            if not _is_date(value.text):
                yield Diagnostic(
                    "P0157",
                    f"`{value.text}` is not a date",
                    span=value.span,
                    cause=f"`{condition.operator}` compares with ISO 8601 dates or seconds since 1970",
                    help="write a date like 2030-12-31T23:59:59Z",
                    see=(
                        "https://docs.aws.amazon.com/IAM/latest/UserGuide/"
                        "reference_policies_elements_condition_operators.html#Conditions_Date"
                    ),
                    aws_message="The policy failed legacy parsing",
                )


def _is_date(text: str) -> bool:
    if _EPOCH.fullmatch(text):
        return len(text) <= len(str(_LAST_EPOCH)) and int(text) <= _LAST_EPOCH
    match = _ISO.fullmatch(text)
    if match is None:
        return False
    return all(low <= int(match[part]) <= high for part, (low, high) in _BOUNDS.items() if match[part] is not None)
