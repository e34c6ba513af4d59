"""Date operators: a moment is a W3C form of ISO 8601 or a number of seconds since 1970, and the two compare.

Sources: IAM User Guide, "Date condition operators"
<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_Date>
and W3C, "Date and Time Formats" <https://www.w3.org/TR/NOTE-datetime>.
"""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date
from functools import lru_cache

from passrole.engine.compare import Test, holds
from passrole.policy.operators import OperatorRow

Moment = tuple[int, str]
"""Whole seconds since 1970 (rounded down), and the digits of the fraction without trailing zeros."""

# W3C's profile: a time has an offset. What has none, AWS's pages leave open, so it is no moment here.
_ISO = re.compile(
    r"(?P<year>[0-9]{4})(?:-(?P<month>[0-9]{2})(?:-(?P<day>[0-9]{2})"
    r"(?:T(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?:\.(?P<fraction>[0-9]+))?)?"
    r"(?:Z|(?P<sign>[+-])(?P<offset_hour>[0-9]{2}):(?P<offset_minute>[0-9]{2})))?)?)?"
)
_EPOCH = re.compile(r"-?[0-9]{1,12}")
# The last second of the year 9999. What is larger is a count of milliseconds, which AWS does not take.
_LAST_SECOND = 253_402_300_799
_EPOCH_DAY = date(1970, 1, 1).toordinal()


@lru_cache(maxsize=1024)
def moment_of(text: str) -> Moment | None:
    """None when the text is no moment. Four digits are a year, the first of the two forms that AWS names."""
    found = _ISO.fullmatch(text)
    if found is not None:
        return _iso_moment(found)
    if _EPOCH.fullmatch(text):
        seconds = int(text)
        return (seconds, "") if abs(seconds) <= _LAST_SECOND else None
    return None


def _iso_moment(found: re.Match[str]) -> Moment | None:
    year, month, day = int(found["year"]), int(found["month"] or 1), int(found["day"] or 1)
    hour, minute, second = int(found["hour"] or 0), int(found["minute"] or 0), int(found["second"] or 0)
    offset_hour, offset_minute = int(found["offset_hour"] or 0), int(found["offset_minute"] or 0)
    if year < 1 or not 1 <= month <= 12 or not 1 <= day <= monthrange(year, month)[1]:
        return None
    # A leap second is written 60; it is the first of the next minute.
    if hour > 23 or minute > 59 or second > 60 or offset_hour > 23 or offset_minute > 59:
        return None
    days = date(year, month, day).toordinal() - _EPOCH_DAY
    offset = (offset_hour * 60 + offset_minute) * (-60 if found["sign"] == "-" else 60)
    seconds = days * 86_400 + hour * 3_600 + minute * 60 + second - offset
    return seconds, (found["fraction"] or "").rstrip("0")


def date_test(row: OperatorRow, text: str) -> Test | None:
    wanted = moment_of(text)
    if wanted is None:
        return None

    def test(seen_text: str) -> bool | None:
        seen = moment_of(seen_text)
        return None if seen is None else holds(row.comparison, (seen > wanted) - (seen < wanted))

    return test
