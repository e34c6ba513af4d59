"""The table of condition operators and their spellings."""

from __future__ import annotations

import pytest

from passrole.policy.model import ConditionOperator, Quantifier
from passrole.policy.operators import OPERATORS, OperatorFamily, close_operator, parse_operator

# The operators of the User Guide's page, by its headings.
OF_THE_PAGE = {
    OperatorFamily.STRING: "StringEquals StringNotEquals StringEqualsIgnoreCase StringNotEqualsIgnoreCase StringLike StringNotLike",
    OperatorFamily.NUMERIC: "NumericEquals NumericNotEquals NumericLessThan NumericLessThanEquals NumericGreaterThan NumericGreaterThanEquals",
    OperatorFamily.DATE: "DateEquals DateNotEquals DateLessThan DateLessThanEquals DateGreaterThan DateGreaterThanEquals",
    OperatorFamily.BOOL: "Bool",
    OperatorFamily.BINARY: "BinaryEquals",
    OperatorFamily.IP: "IpAddress NotIpAddress",
    OperatorFamily.ARN: "ArnEquals ArnLike ArnNotEquals ArnNotLike",
    OperatorFamily.NULL: "Null",
}


def test_the_table_has_the_operators_of_the_page_and_no_others() -> None:
    by_family = {family: {name for name, row in OPERATORS.items() if row.family is family} for family in OperatorFamily}
    assert by_family == {family: set(names.split()) for family, names in OF_THE_PAGE.items()}


def test_negated_operators_are_those_with_not_in_their_name() -> None:
    assert {name for name, row in OPERATORS.items() if row.negated} == {name for name in OPERATORS if "Not" in name}


def test_wildcards_belong_to_like_and_to_arns() -> None:
    wild = {name for name, row in OPERATORS.items() if row.wildcards}
    assert wild == {"StringLike", "StringNotLike", "ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike"}


def test_variables_belong_to_strings_and_arns() -> None:
    assert {row.family for row in OPERATORS.values() if row.variables} == {OperatorFamily.STRING, OperatorFamily.ARN}
    assert all(row.variables for row in OPERATORS.values() if row.family in (OperatorFamily.STRING, OperatorFamily.ARN))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("StringEquals", ConditionOperator("StringEquals")),
        ("StringLikeIfExists", ConditionOperator("StringLike", if_exists=True)),
        ("ForAnyValue:StringLike", ConditionOperator("StringLike", False, Quantifier.FOR_ANY_VALUE)),
        ("ForAllValues:ArnLikeIfExists", ConditionOperator("ArnLike", True, Quantifier.FOR_ALL_VALUES)),
        ("BinaryEqualsIfExists", ConditionOperator("BinaryEquals", if_exists=True)),
        ("Null", ConditionOperator("Null")),
        ("ForAnyValue:Null", ConditionOperator("Null", False, Quantifier.FOR_ANY_VALUE)),
    ],
)
def test_spellings(text: str, expected: ConditionOperator) -> None:
    assert parse_operator(text) == expected
    assert str(expected) == text


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("ArnEqual", "ArnEquals"),
        ("stringEquals", "StringEquals"),
        ("StringEqualIfExists", "StringEqualsIfExists"),
        ("ForAnyValues:StringEquals", "ForAnyValue:StringEquals"),
        ("ForAllValue:StringLike", "ForAllValues:StringLike"),
        ("ForAnyValue::StringEqualsIfExists", "ForAnyValue:StringEqualsIfExists"),
        ("IPAddress", "IpAddress"),
        ("DateGreaterThanEqual", "DateGreaterThanEquals"),
        ("NullIfExists", "Null"),
        ("Boolean", None),
        ("StringEqualsIfExistsIfExists", "StringEqualsIfExists"),
        ("", None),
        ("Frobnicate", None),
    ],
)
def test_other_spellings_are_no_operator_and_get_a_suggestion(text: str, meant: str | None) -> None:
    assert parse_operator(text) is None
    assert close_operator(text) == meant


def test_every_spelling_is_parsed_to_what_prints_it() -> None:
    for base in OPERATORS:
        for quantifier in (None, *Quantifier):
            for if_exists in (False, True):
                operator = ConditionOperator(base, if_exists, quantifier)
                wanted = None if base == "Null" and if_exists else operator
                assert parse_operator(str(operator)) == wanted
