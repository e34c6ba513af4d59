"""Hypothesis strategies for the language of policies: small alphabets, so that random parts meet.

`policies()` makes `Policy` values that `parse_policy` could have made: what it makes prints and parses back.
"""

from __future__ import annotations

from typing import TypeVar

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from passrole.policy.model import (
    ActionElement,
    Condition,
    ConditionOperator,
    Effect,
    Policy,
    PrincipalElement,
    PrincipalEntry,
    PrincipalKind,
    Quantifier,
    ResourceElement,
    Statement,
    Value,
)
from passrole.policy.operators import OPERATORS, OperatorFamily

T = TypeVar("T")

ACCOUNTS = ("111122223333", "444455556666")

ACTIONS = (
    "*",
    "s3:*",
    "s3:Get*",
    "s3:?etObject",
    "s3:GetObject",
    "S3:getobject",
    "s3:PutObject",
    "iam:PassRole",
    "sts:AssumeRole",
)

RESOURCES = (
    "*",
    "arn:aws:s3:::reports",
    "arn:aws:s3:::reports/*",
    "arn:aws:s3:::reports/2026/?.csv",
    "arn:aws:s3:::${aws:username}/*",
    "arn:aws:s3:::reports/${*}",
    "arn:aws:iam::111122223333:role/app",
    "arn:aws:iam::*:role/*",
)

CONDITION_KEYS = (
    "aws:username",
    "aws:UserName",
    "aws:SourceArn",
    "aws:SourceAccount",
    "aws:TagKeys",
    "aws:PrincipalTag/team",
    "aws:PrincipalTag/Team",
    "s3:prefix",
)

CONDITION_VALUES: dict[OperatorFamily, tuple[str, ...]] = {
    OperatorFamily.STRING: ("", "a", "A", "ab", "a*", "a?", "*", "${aws:username}", "${aws:username, 'a'}", "${*}"),
    OperatorFamily.NUMERIC: ("0", "1", "-1", "1.0", "1.50", "10", "1e1", "10abc"),
    OperatorFamily.DATE: ("2026-01-01T00:00:00Z", "2026-01-01", "1767225600", "2026-01-01T01:00:00+01:00", "soon"),
    OperatorFamily.BOOL: ("true", "false", "True"),
    OperatorFamily.BINARY: ("YQ==", "Yg==", "not base 64"),
    OperatorFamily.IP: ("203.0.113.0/24", "203.0.113.7", "0.0.0.0/0", "2001:db8::/32", "2001:db8::1", "nowhere"),
    OperatorFamily.ARN: ("arn:aws:s3:::reports", "arn:aws:s3:::*", "arn:aws:*:*:111122223333:*", "reports"),
    OperatorFamily.NULL: ("true", "false"),
}

PRINCIPALS = {
    PrincipalKind.AWS: (
        "*",
        "111122223333",
        "arn:aws:iam::111122223333:root",
        "arn:aws:iam::111122223333:user/ana",
        "arn:aws:iam::444455556666:role/app",
        "arn:aws:sts::111122223333:assumed-role/app/session",
    ),
    PrincipalKind.SERVICE: ("ec2.amazonaws.com", "vmie.amazonaws.com"),
    PrincipalKind.FEDERATED: ("accounts.google.com", "arn:aws:iam::111122223333:saml-provider/idp"),
    PrincipalKind.CANONICAL_USER: ("0" * 64,),
}


def some_of(texts: tuple[str, ...], *, most: int = 3) -> SearchStrategy[tuple[Value, ...]]:
    """One to `most` values, repetitions included."""
    return st.lists(st.sampled_from(texts).map(Value), min_size=1, max_size=most).map(tuple)


def actions(texts: tuple[str, ...] = ACTIONS) -> SearchStrategy[ActionElement]:
    return st.builds(ActionElement, st.booleans(), some_of(texts))


def resources(texts: tuple[str, ...] = RESOURCES) -> SearchStrategy[ResourceElement]:
    return st.builds(ResourceElement, st.booleans(), some_of(texts))


@st.composite
def principals(draw: st.DrawFn) -> PrincipalElement:
    negated = draw(st.booleans())
    if draw(st.integers(0, 4)) == 0:
        return PrincipalElement(negated, (PrincipalEntry(PrincipalKind.EVERYONE, Value("*")),))
    kinds = draw(st.lists(st.sampled_from(list(PRINCIPALS)), min_size=1, max_size=2, unique=True))
    entries = [PrincipalEntry(kind, value) for kind in kinds for value in draw(some_of(PRINCIPALS[kind]))]
    return PrincipalElement(negated, tuple(entries))


def operators() -> SearchStrategy[ConditionOperator]:
    """Every spelling that the language has: the base names alone more often than with prefix or suffix."""
    quantifiers = st.sampled_from((None, None, *Quantifier))
    return st.sampled_from(list(OPERATORS)).flatmap(
        lambda base: st.builds(
            ConditionOperator,
            st.just(base),
            st.just(False) if base == "Null" else st.booleans(),
            quantifiers,
        )
    )


@st.composite
def conditions(draw: st.DrawFn, keys: tuple[str, ...] = CONDITION_KEYS) -> tuple[Condition, ...]:
    """Conditions as a document lists them: by operator, each key once."""
    found: list[Condition] = []
    for operator in draw(st.lists(operators(), max_size=2, unique=True)):
        values = CONDITION_VALUES[OPERATORS[operator.base].family]
        for key in draw(st.lists(st.sampled_from(keys), min_size=1, max_size=2, unique=True)):
            found.append(Condition(operator, key, draw(some_of(values))))
    return tuple(found)


def statements(
    *,
    with_principals: bool | None = None,
    with_resources: bool | None = True,
    sids: SearchStrategy[str | None] | None = None,
) -> SearchStrategy[Statement]:
    """`None` for `with_…` means sometimes. A session's, boundary's or user's policy has no principals; a trust
    policy has no resources."""
    return st.builds(
        Statement,
        effect=st.sampled_from(Effect),
        actions=actions(),
        resources=_maybe(resources(), with_resources),
        principals=_maybe(principals(), with_principals),
        conditions=conditions(),
        sid=sids if sids is not None else st.sampled_from((None, "", "A", "B")),
    )


def policies(
    *,
    with_principals: bool | None = None,
    with_resources: bool | None = True,
    max_statements: int = 3,
    sids: SearchStrategy[str | None] | None = None,
) -> SearchStrategy[Policy]:
    return st.builds(
        Policy,
        statements=st.lists(
            statements(with_principals=with_principals, with_resources=with_resources, sids=sids),
            min_size=1,
            max_size=max_statements,
        ).map(tuple),
        version=st.sampled_from((None, "2008-10-17", "2012-10-17", "2012-10-17")),
        id=st.sampled_from((None, None, "an id")),
    )


def _maybe(strategy: SearchStrategy[T], present: bool | None) -> SearchStrategy[T | None]:
    if present is None:
        return st.none() | strategy
    return strategy if present else st.none()
