"""Condition operators: one table for each family; sources are named in the engine's modules."""

from __future__ import annotations

import pytest
from tests.engine.engine_builders import ask

from passrole.engine.conditions import LITERAL_TESTS, PATTERN_TESTS, condition_truth, prepare_condition
from passrole.engine.context import Context
from passrole.engine.request import ContextValue
from passrole.engine.truth import Doubt, Truth
from passrole.policy.model import Condition, Value
from passrole.policy.operators import OPERATORS, OperatorFamily, parse_operator

ABSENT = object()
KNOWN_DOUBT, NOT_UNDERSTOOD = "not known", "not understood"


def _answer(operator: str, wanted: object, seen: object, *, key: str = "x:key", **more: ContextValue) -> object:
    parsed = parse_operator(operator)
    assert parsed is not None
    values = tuple(Value(text) for text in (wanted if isinstance(wanted, tuple) else (wanted,)))
    context: dict[str, ContextValue] = {name.replace("_", ":"): value for name, value in more.items()}
    if seen is not ABSENT:
        context[key] = seen
    prepared = prepare_condition(Condition(parsed, key, values), variables=True)
    truth: Truth = condition_truth(prepared, Context(ask(context=context)))
    if isinstance(truth, Doubt):
        return KNOWN_DOUBT if truth.understood else NOT_UNDERSTOOD
    return truth


def test_every_operator_has_its_test() -> None:
    """The table of operators is iterated, so that a new row without a part in the engine is found."""
    for row in OPERATORS.values():
        assert row.family in LITERAL_TESTS or row.family in PATTERN_TESTS or row.family is OperatorFamily.NULL
        assert row.variables == (row.family in PATTERN_TESTS)


@pytest.mark.parametrize("name", [name for name in OPERATORS if name != "Null"])
def test_missing_key(name: str) -> None:
    """False, or true for a negated operator; IfExists and ForAllValues make it true, ForAnyValue false."""
    assert _answer(name, "1", ABSENT) is OPERATORS[name].negated
    assert _answer(f"{name}IfExists", "1", ABSENT) is True
    assert _answer(f"ForAllValues:{name}", "1", ABSENT) is True
    assert _answer(f"ForAnyValue:{name}", "1", ABSENT) is False


@pytest.mark.parametrize(
    ("operator", "wanted", "seen", "expected"),
    [
        ("StringEquals", "a", "a", True),
        ("StringEquals", "a", "A", False),
        ("StringEquals", ("a", "b"), "b", True),
        ("StringNotEquals", ("a", "b"), "b", False),
        ("StringNotEquals", ("a", "b"), "c", True),
        ("StringEquals", "a*", "a*", True),
        ("StringEquals", "a*", "ab", False),
        ("StringEqualsIgnoreCase", "aB", "Ab", True),
        ("StringEqualsIgnoreCase", "ss", "ß", False),
        ("StringNotEqualsIgnoreCase", "a", "A", False),
        ("StringLike", "", "", True),
        ("StringLike", "", "a", False),
        ("StringLike", "a*", "a\nb", True),
        ("StringNotLike", "a*", "ab", False),
        ("NumericEquals", "10", "10.0", True),
        ("NumericEquals", "0.1", "0.10000000000000000000000000002", NOT_UNDERSTOOD),
        ("NumericNotEquals", "0.1", "0.10000000000000000000000000002", NOT_UNDERSTOOD),
        ("NumericGreaterThan", "9007199254740992", "9007199254740993", NOT_UNDERSTOOD),
        ("NumericGreaterThanEquals", "9007199254740992", "9007199254740993", True),
        ("NumericLessThan", "10", "9007199254740993", False),
        ("NumericEquals", "1" + "0" * 400, "2" + "0" * 400, NOT_UNDERSTOOD),
        ("NumericLessThan", "-1", "-2", True),
        ("NumericLessThanEquals", "9", "10", False),
        ("NumericGreaterThan", "9", "10", True),
        ("NumericGreaterThanEquals", "10", "10", True),
        ("NumericEquals", "10", "10abc", False),
        ("NumericEquals", "10", " 10", False),
        ("NumericEquals", "10", "１０", False),
        ("NumericNotEquals", "10", "10abc", NOT_UNDERSTOOD),
        ("NumericEquals", "abc", "10", NOT_UNDERSTOOD),
        ("NumericEquals", "1e1", "10", NOT_UNDERSTOOD),
        ("NumericEquals", ("abc", "10"), "10", True),
        ("NumericNotEquals", ("abc", "9"), "10", NOT_UNDERSTOOD),
        ("DateEquals", "2020-01-01T00:00:00Z", "2020-01-01T01:00:00+01:00", True),
        ("DateEquals", "2020-01-01T00:00:00Z", "2019-12-31T19:30:00-04:30", True),
        ("DateEquals", "2020-01-01T00:00:00.250Z", "2020-01-01T00:00:00.25Z", True),
        ("DateLessThan", "2020-01-01T00:00:00.3Z", "2020-01-01T00:00:00.25Z", True),
        ("DateEquals", "2020-01-01", "1577836800", True),
        ("DateEquals", "2020-01", "2020-01-01T00:00Z", True),
        ("DateGreaterThan", "2020", "1577836801", True),
        ("DateLessThan", "1970-01-01T00:00:00Z", "-1", True),
        ("DateLessThan", "1700000000", "2020-01-01T00:00:00Z", True),
        ("DateGreaterThan", "2020-01-01", "1700000000000", False),
        ("DateEquals", "2020-02-30", "2020-02-30", NOT_UNDERSTOOD),
        ("DateEquals", "2020-01-01T00:00:00", "2020-01-01", NOT_UNDERSTOOD),
        ("DateNotEquals", "2020-01-01", "yesterday", NOT_UNDERSTOOD),
        ("DateEquals", "0001-01-01T00:00:00+23:59", "0001-01-01T00:00:00+23:59", True),
        ("DateEquals", "0000-01-01", "0000-01-01", NOT_UNDERSTOOD),
        ("DateGreaterThan", "9999-12-31T23:59:60Z", "253402300799", False),
        ("Bool", "true", "True", True),
        ("Bool", "FALSE", "true", False),
        ("Bool", "true", "yes", False),
        ("Bool", "maybe", "true", NOT_UNDERSTOOD),
        ("BinaryEquals", "QQ==", "QQ==", True),
        ("BinaryEquals", "QQ==", "Qg==", False),
        ("BinaryEquals", "no base64", "QQ==", NOT_UNDERSTOOD),
        ("IpAddress", "10.0.0.1", "10.0.0.1", True),
        ("IpAddress", "10.1.2.3/8", "10.9.9.9", True),
        ("IpAddress", "0.0.0.0/0", "203.0.113.9", True),
        ("IpAddress", "0.0.0.0/0", "2001:db8::1", False),
        ("IpAddress", "0.0.0.0/0", "::1", False),
        ("IpAddress", "::/0", "2001:db8::1", True),
        ("IpAddress", "::/0", "10.0.0.1", False),
        ("IpAddress", "2001:DB8::1", "2001:db8:0:0::1", True),
        ("IpAddress", ("10.0.0.0/8", "2001:db8::/32"), "2001:db8:1::1", True),
        ("IpAddress", "10.0.0.0/33", "10.0.0.1", NOT_UNDERSTOOD),
        ("IpAddress", "10.0.0.0/255.0.0.0", "10.0.0.1", NOT_UNDERSTOOD),
        ("IpAddress", "10.0.0.0/", "10.0.0.1", NOT_UNDERSTOOD),
        ("IpAddress", "10.0.0.0/8", "010.0.0.1", False),
        ("IpAddress", "fe80::/10", "fe80::1%eth0", False),
        ("NotIpAddress", "10.0.0.0/8", "2001:db8::1", True),
        ("NotIpAddress", "10.0.0.0/8", "example.com", NOT_UNDERSTOOD),
        ("ArnEquals", "arn:aws:sns:*:1:t-?", "arn:aws:sns:eu-west-1:1:t-1", True),
        ("ArnLike", "arn:aws:s:*:1:f/*", "arn:aws:s:r:9:store/abc:1:f/d", False),
        ("ArnLike", "arn:aws:logs:r:1:log-group:*:s", "arn:aws:logs:r:1:log-group:g:log-stream:s", True),
        ("ArnLike", "arn:aws:s3:::b", "b", False),
        ("ArnNotLike", "arn:aws:s3:::b", "b", NOT_UNDERSTOOD),
        ("ArnLike", "*", "arn:aws:s3:::b", NOT_UNDERSTOOD),
        ("ArnNotEquals", "arn:aws:s3:::b", "arn:aws:s3:::c", True),
        ("Null", "true", ABSENT, True),
        ("Null", "false", ABSENT, False),
        ("Null", "false", "x", True),
        ("Null", "True", "x", False),
        ("Null", "true", (), True),
        ("Null", "false", "", NOT_UNDERSTOOD),
        ("Null", "perhaps", "x", NOT_UNDERSTOOD),
        ("ForAllValues:Null", "true", ABSENT, NOT_UNDERSTOOD),
    ],
)
def test_one_value(operator: str, wanted: object, seen: object, expected: object) -> None:
    assert _answer(operator, wanted, seen) == expected


@pytest.mark.parametrize(
    ("operator", "wanted", "seen", "expected"),
    [
        ("ForAllValues:StringEquals", ("a", "b"), ("a", "b", "a"), True),
        ("ForAllValues:StringEquals", "a", ("a", "b"), False),
        ("ForAllValues:StringEquals", "a", (), True),
        ("ForAllValues:StringNotEquals", "a", ("b", "c"), True),
        ("ForAllValues:StringNotEquals", "a", ("a", "b"), False),
        ("ForAnyValue:StringEquals", "a", ("a", "b"), True),
        ("ForAnyValue:StringEquals", "a", (), False),
        ("ForAnyValue:StringNotEquals", "a", ("a", "b"), True),
        ("ForAnyValue:StringNotEquals", ("a", "b"), ("a", "b"), False),
        ("ForAllValues:StringEqualsIfExists", "a", ("a", "b"), False),
        ("ForAllValues:StringLike", "a*", "ab", True),
        ("ForAllValues:NumericLessThan", "5", ("1", "junk"), False),
        # An empty string as an empty set is disputed: it may take away, never add.
        ("ForAllValues:StringEquals", "a", ("",), NOT_UNDERSTOOD),
        ("ForAllValues:StringLike", "*", ("",), True),
        ("ForAnyValue:StringLike", "*", ("",), NOT_UNDERSTOOD),
        ("ForAnyValue:StringEquals", "a", ("",), False),
        ("StringEquals", "a", ("a",), NOT_UNDERSTOOD),
    ],
)
def test_several_values(operator: str, wanted: object, seen: object, expected: object) -> None:
    assert _answer(operator, wanted, seen) == expected


@pytest.mark.parametrize(
    ("operator", "wanted", "seen", "expected"),
    [
        ("StringEquals", "${aws:username}", "ana", True),
        ("StringEquals", "${AWS:UserName}!", "ana!", True),
        ("StringNotEquals", "${x:none}", "ana", True),
        ("StringEquals", "${x:none}", "ana", False),
        ("StringEquals", ("${x:none}", "ana"), "ana", True),
        ("StringEquals", "${x:none, 'de}fault'}", "de}fault", True),
        ("StringEquals", "${x:none, ''}a", "a", True),
        ("StringEquals", "${x:none,'a'}", "a", NOT_UNDERSTOOD),
        ("StringEquals", "${aws:username, 'x'}", "ana", True),
        ("StringEquals", "${*}${?}${$}", "*?$", True),
        ("StringLike", "a${*}", "a*", True),
        ("StringLike", "a${*}", "ab", False),
        ("StringLike", "${x:star}", "anything", False),
        ("StringLike", "${x:star}", "*", True),
        ("StringLike", "${x:nested}", "${aws:username}", True),
        ("StringLike", "${x:list}", "a", NOT_UNDERSTOOD),
        ("StringEquals", "${aws:username", "ana", NOT_UNDERSTOOD),
        ("StringEquals", "${username}", "ana", NOT_UNDERSTOOD),
        ("StringEquals", "${ aws:username }", "ana", NOT_UNDERSTOOD),
        ("StringEquals", "$aws:username{}", "$aws:username{}", True),
        ("StringEquals", "${aws:userid}", "AIDA", KNOWN_DOUBT),
        ("ArnEquals", "${x:arn}", "arn:aws:s3:::b", True),
        ("ArnLike", "arn:aws:s3:::${aws:username}/*", "arn:aws:s3:::ana/b", True),
        ("NumericEquals", "${x:five}", "5", NOT_UNDERSTOOD),
        ("Bool", "${x:true}", "true", NOT_UNDERSTOOD),
    ],
)
def test_policy_variables(operator: str, wanted: object, seen: object, expected: object) -> None:
    more: dict[str, ContextValue] = {
        "x_star": "*",
        "x_nested": "${aws:username}",
        "x_list": ("a",),
        "x_arn": "arn:aws:s3:::b",
        "x_five": "5",
        "x_true": "true",
    }
    assert _answer(operator, wanted, seen, **more) == expected


def test_variables_are_literal_before_version_2012() -> None:
    parsed = parse_operator("StringEquals")
    assert parsed is not None
    prepared = prepare_condition(Condition(parsed, "x:key", (Value("${aws:username}"),)), variables=False)
    assert condition_truth(prepared, Context(ask(context={"x:key": "${aws:username}"}))) is True


def test_an_unknown_key_is_neither_present_nor_absent() -> None:
    parsed = parse_operator("Null")
    assert parsed is not None
    covered = {"X:Key": {"x:key"}, "x:key/*": {"x:KEY/a"}, "x:*": {"x:key", "x:KEY/a"}, "y:*": set()}
    for unknown, keys in covered.items():
        context = Context(ask(unknown=[unknown], context={"x:other": "1"}))
        for key, expected in (("x:key", "x:key" in keys), ("x:KEY/a", "x:KEY/a" in keys), ("x:other", False)):
            prepared = prepare_condition(Condition(parsed, key, (Value("true"),)), variables=True)
            assert isinstance(condition_truth(prepared, context), Doubt) is expected


def test_a_key_that_is_there_twice_is_ambiguous() -> None:
    twice = Context(ask(context={"aws:ResourceTag/a": "1", "aws:ResourceTag/A": "2"}))
    assert isinstance(twice.get("aws:resourcetag/a"), Doubt)
    assert Context(ask(context={"x:K": "1", "X:k": "1"})).get("x:k") == "1"
