"""The condition operators of the policy language, one row each, and the names that policies write for them.

Sources: IAM User Guide, "IAM JSON policy elements: Condition operators"
<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html>
and "Set operators for multivalued context keys"
<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html>.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType

from passrole.policy.model import ConditionOperator, Quantifier


class OperatorFamily(Enum):
    """What an operator compares; the values are the words of AWS's headings."""

    STRING = "string"
    NUMERIC = "numeric"
    DATE = "date"
    BOOL = "boolean"
    BINARY = "binary"
    IP = "IP address"
    ARN = "ARN"
    NULL = "null"


class Comparison(Enum):
    EQUAL = "="
    LESS = "<"
    LESS_OR_EQUAL = "<="
    GREATER = ">"
    GREATER_OR_EQUAL = ">="
    MATCH = "matches"
    """By pattern (strings, ARNs) or by range (IP addresses)."""
    ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class OperatorRow:
    """One operator. `negated` means: the condition holds when no value compares as `comparison` says."""

    name: str
    family: OperatorFamily
    comparison: Comparison
    negated: bool = False
    ignore_case: bool = False
    wildcards: bool = False
    """`*` and `?` in a policy's value are wildcards."""
    variables: bool = False
    """`${…}` in a policy's value is a policy variable (in a document of version 2012-10-17)."""


def _rows() -> tuple[OperatorRow, ...]:
    family, is_ = OperatorFamily, Comparison
    return (
        OperatorRow("StringEquals", family.STRING, is_.EQUAL, variables=True),
        OperatorRow("StringNotEquals", family.STRING, is_.EQUAL, negated=True, variables=True),
        OperatorRow("StringEqualsIgnoreCase", family.STRING, is_.EQUAL, ignore_case=True, variables=True),
        OperatorRow(
            "StringNotEqualsIgnoreCase", family.STRING, is_.EQUAL, negated=True, ignore_case=True, variables=True
        ),
        OperatorRow("StringLike", family.STRING, is_.MATCH, wildcards=True, variables=True),
        OperatorRow("StringNotLike", family.STRING, is_.MATCH, negated=True, wildcards=True, variables=True),
        OperatorRow("NumericEquals", family.NUMERIC, is_.EQUAL),
        OperatorRow("NumericNotEquals", family.NUMERIC, is_.EQUAL, negated=True),
        OperatorRow("NumericLessThan", family.NUMERIC, is_.LESS),
        OperatorRow("NumericLessThanEquals", family.NUMERIC, is_.LESS_OR_EQUAL),
        OperatorRow("NumericGreaterThan", family.NUMERIC, is_.GREATER),
        OperatorRow("NumericGreaterThanEquals", family.NUMERIC, is_.GREATER_OR_EQUAL),
        OperatorRow("DateEquals", family.DATE, is_.EQUAL),
        OperatorRow("DateNotEquals", family.DATE, is_.EQUAL, negated=True),
        OperatorRow("DateLessThan", family.DATE, is_.LESS),
        OperatorRow("DateLessThanEquals", family.DATE, is_.LESS_OR_EQUAL),
        OperatorRow("DateGreaterThan", family.DATE, is_.GREATER),
        OperatorRow("DateGreaterThanEquals", family.DATE, is_.GREATER_OR_EQUAL),
        # AWS's pages disagree: the operators page says that a variable may stand in a Bool value, the page on
        # variables names string and ARN operators only, and so does the Access Analyzer check "Invalid variable
        # for operator". Two against one. A request value `${…}` never equals true or false either way.
        OperatorRow("Bool", family.BOOL, is_.EQUAL, ignore_case=True),
        OperatorRow("BinaryEquals", family.BINARY, is_.EQUAL),
        OperatorRow("IpAddress", family.IP, is_.MATCH),
        OperatorRow("NotIpAddress", family.IP, is_.MATCH, negated=True),
        # "The ArnEquals and ArnLike condition operators behave identically", and so do their negations.
        OperatorRow("ArnEquals", family.ARN, is_.MATCH, wildcards=True, variables=True),
        OperatorRow("ArnLike", family.ARN, is_.MATCH, wildcards=True, variables=True),
        OperatorRow("ArnNotEquals", family.ARN, is_.MATCH, negated=True, wildcards=True, variables=True),
        OperatorRow("ArnNotLike", family.ARN, is_.MATCH, negated=True, wildcards=True, variables=True),
        OperatorRow("Null", family.NULL, is_.ABSENT),
    )


OPERATORS: Mapping[str, OperatorRow] = MappingProxyType({row.name: row for row in _rows()})

_SUFFIX = "IfExists"


def _every_spelling() -> dict[str, ConditionOperator]:
    spellings = {}
    for quantifier in (None, *Quantifier):
        for base in OPERATORS:
            # "You can add IfExists to the end of any condition operator name except the Null condition."
            for if_exists in (False, True) if base != "Null" else (False,):
                operator = ConditionOperator(base, if_exists, quantifier)
                spellings[str(operator)] = operator
    return spellings


# The language has a fixed number of spellings (159), so parsing is a look-up and equal operators are one object.
_SPELLINGS = _every_spelling()


def parse_operator(text: str) -> ConditionOperator | None:
    """The operator that a policy spells so, or None when AWS has none of that name.

    Case matters: IAM answers `stringEquals` with "Invalid Condition type : stringEquals".
    Observed 2024-11 in CreateRole: <https://github.com/ministryofjustice/modernisation-platform-environments/pull/8893>
    """
    return _SPELLINGS.get(text)


def close_operator(text: str) -> str | None:
    """The spelling that `text` was probably meant to be, for a help line: `ArnEqual` gives `ArnEquals`."""
    from difflib import get_close_matches

    if text.casefold() == f"null{_SUFFIX}".casefold():
        return "Null"
    folded = {spelling.casefold(): spelling for spelling in _SPELLINGS}
    wanted = text.casefold().replace(" ", "").replace("::", ":").replace("foranyvalues:", "foranyvalue:")
    wanted = wanted.replace("forallvalue:", "forallvalues:")
    if wanted in folded:
        return folded[wanted]
    matches = get_close_matches(wanted, folded, n=1, cutoff=0.8)
    return folded[matches[0]] if matches else None
