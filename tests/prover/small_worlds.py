"""Small worlds: random pairs of policies, and of stacks of policies, over few words. `world_requests` asks about them."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from passrole.engine.request import ContextValue
from passrole.engine.stack import AttachedPolicy
from passrole.policy.model import (
    ActionElement,
    Condition,
    ConditionOperator,
    Effect,
    Policy,
    PolicyType,
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
F = OperatorFamily
NAMING = (PolicyType.RESOURCE, PolicyType.TRUST)

ACTIONS = ("*", "s3:*", "s3:get", "s3:g?t", "s3:Get*", "*:get", "s3:put", "sq*:*")
TRUST_ACTIONS = ("*", "sts:*", "sts:AssumeRole", "sts:AssumeRole*", "sts:TagSession")
_S3 = "arn:aws:s3:::"
RESOURCES = (
    *("*", f"{_S3}a", f"{_S3}a*", f"{_S3}*b", f"{_S3}a?", "arn:aws:s3:*:a", "arn:aws:s*:::a*", "arn:aws:sqs:u*1:1:a"),
    *("arn:aws:sqs:?1:*:a*", f"{_S3}*a*b*"),
)
WITH_VARIABLES = (
    *(f"{_S3}${{aws:username}}", f"{_S3}a${{aws:username}}", f"{_S3}${{aws:username}}*"),
    *(f"{_S3}${{aws:username, 'a'}}b", f"{_S3}${{aws:PrincipalTag/p}}/${{aws:username}}"),
)
VALUES: dict[OperatorFamily, tuple[str, ...]] = {
    F.STRING: ("a", "A", "b", "a*", "*b", "a?", "*", ""),
    F.NUMERIC: ("1", "2", "1.5", "01", "x"),
    F.DATE: ("2026-01-01T00:00:00Z", "2026-01-01T00:00:01Z", "soon"),
    F.BOOL: ("true", "false", "maybe"),
    F.BINARY: ("YQ==", "Yg==", "!"),
    F.IP: ("10.0.0.0/8", "10.1.0.0/16", "10.1.2.3", "2001:db8::/32", "10.0.0.0/40"),
    F.ARN: (f"{_S3}a", f"{_S3}*", "arn:*:s3:::a*", "arn:aws:s3:?:*:a", "*"),
    F.NULL: ("true", "false", "hm"),
}
VARIABLE_VALUES = (
    "${aws:username}",
    "a${aws:username}",
    "${aws:username}*",
    "${aws:username, 'a'}",
    "${aws:PrincipalTag/p}",
)
_TEXTS = ("a", "A", "b", "ab", "axb", "x", "", "1", "true", "YQ==", "10.1.2.3", f"{_S3}a")
_ARNS = (f"{_S3}a", f"{_S3}ab", f"{_S3}x", "arn:x:s3:::a", "arn:x:s3:::b", "arn:aws:sqs:::a", "arn:aws:s3:x:x:a")
_SETS: tuple[tuple[str, ...], ...] = (
    *((), ("a",), ("b",), ("x",), ("",), ("ab",), ("a", "b"), ("a", "x"), ("b", "x"), ("a", "b", "x"), ("", "a")),
)
KEYS: dict[str, tuple[OperatorFamily, tuple[ContextValue, ...]]] = {
    "aws:RequestTag/t": (F.STRING, _TEXTS),
    "aws:ResourceTag/u": (F.STRING, _TEXTS),
    "aws:TagKeys": (F.STRING, _SETS),
    "aws:SourceIp": (F.IP, ("10.2.0.0", "10.1.0.0", "10.1.2.3", "11.0.0.0", "2001:db8::", "::1")),
    "aws:CurrentTime": (
        F.DATE,
        (
            *("2026-01-01T00:00:00Z", "2026-01-01T00:00:01Z", "2025-01-01T00:00:00Z", "2027-01-01T00:00:00Z"),
            "2026-01-01T00:00:00.5Z",
        ),
    ),
    "s3:max-keys": (F.NUMERIC, ("1", "2", "1.5", "0", "3", "1.7")),
    "aws:SecureTransport": (F.BOOL, ("true", "false")),
    "aws:SourceArn": (F.ARN, _ARNS),
}
OF_VARIABLES: dict[str, tuple[ContextValue, ...]] = {
    "aws:username": ("a", "b", "x", "ab", "axb"),
    "aws:PrincipalTag/p": ("a", "b", "x", "xb"),
}

ONE, TWO, THREE = "111122223333", "444455556666", "777788889999"
ENTRIES = (
    (PrincipalKind.EVERYONE, "*"),
    (PrincipalKind.AWS, "*"),
    (PrincipalKind.AWS, ONE),
    (PrincipalKind.AWS, f"arn:aws:iam::{ONE}:root"),
    (PrincipalKind.AWS, TWO),
    (PrincipalKind.AWS, f"arn:aws:iam::{ONE}:user/ana"),
    (PrincipalKind.AWS, f"arn:aws:iam::{ONE}:role/team/app"),
    (PrincipalKind.AWS, f"arn:aws:sts::{ONE}:assumed-role/app/run"),
    (PrincipalKind.AWS, "AIDAEXAMPLE1234"),
    (PrincipalKind.SERVICE, "ec2.amazonaws.com"),
    (PrincipalKind.FEDERATED, "accounts.google.com"),
)


CALLER_CONDITIONS = (
    (
        "ArnLike",
        "aws:PrincipalArn",
        (f"arn:aws:iam::{ONE}:role/*", f"arn:aws:iam::{ONE}:user/ana", "arn:aws:iam::*:user/*"),
    ),
    ("ArnNotLike", "aws:PrincipalArn", (f"arn:aws:iam::{ONE}:role/*", f"arn:aws:iam::{ONE}:role/team/app")),
    ("StringEquals", "aws:PrincipalAccount", (ONE, TWO)),
    ("StringNotEquals", "aws:PrincipalAccount", (ONE, TWO)),
    ("Bool", "aws:PrincipalIsAWSService", ("true", "false")),
)


class Drawn:
    """Where choices come from: a random generator or hypothesis."""

    def __init__(self, choose: Callable[[Sequence[Any]], Any]) -> None:
        self._choose = choose

    @classmethod
    def by(cls, generator: random.Random) -> Drawn:
        return cls(generator.choice)

    def one(self, values: Sequence[T]) -> T:
        found: T = self._choose(values)
        return found

    def chance(self, of_ten: int) -> bool:
        return self.one(range(10)) >= 10 - of_ten

    def some(self, values: Sequence[T]) -> tuple[T, ...]:
        return tuple(dict.fromkeys(self.one(values) for _ in range(self.one((1, 1, 2)))))


Layers = tuple[AttachedPolicy, ...]
"""Policies that must all allow; one by itself, or one for each layer of a stack."""


@dataclass(frozen=True)
class World:
    """What the policies of a pair may be about."""

    type: PolicyType = PolicyType.IDENTITY
    keys: tuple[str, ...] = ()
    variables: bool = False
    stack: bool = False
    """Of several layers: identity-based, boundary, session, two levels of service control policies."""


def _condition(drawn: Drawn, world: World) -> Condition:
    if world.type in NAMING and drawn.chance(4):
        operator, key, texts = drawn.one(CALLER_CONDITIONS)
        return Condition(ConditionOperator(operator, drawn.chance(2)), key, tuple(map(Value, drawn.some(texts))))
    key = drawn.one(world.keys)
    family = drawn.one((KEYS[key][0], KEYS[key][0], KEYS[key][0], F.NULL)) if key in KEYS else F.STRING
    if drawn.chance(1):
        family = drawn.one(list(F))
    base = drawn.one([row.name for row in OPERATORS.values() if row.family is family])
    quantifier = None
    if (key == "aws:TagKeys" and family is not F.NULL and drawn.chance(9)) or drawn.chance(1):
        quantifier = drawn.one(list(Quantifier))
    texts = VALUES[family]
    if world.variables and family is F.STRING:
        texts = (*texts, *VARIABLE_VALUES)
    operator_ = ConditionOperator(base, family is not F.NULL and drawn.chance(2), quantifier)
    return Condition(operator_, key, tuple(map(Value, drawn.some(texts))))


def _statement(drawn: Drawn, world: World, kind: PolicyType) -> Statement:
    actions = TRUST_ACTIONS if kind is PolicyType.TRUST else ACTIONS
    resources = (*RESOURCES, *WITH_VARIABLES) if world.variables else RESOURCES
    principals = None
    if kind in NAMING:
        entries = tuple(PrincipalEntry(of, Value(text)) for of, text in drawn.some(ENTRIES))
        principals = PrincipalElement(kind is PolicyType.RESOURCE and drawn.chance(2), entries)
    conditions: tuple[Condition, ...] = ()
    if world.keys and drawn.chance(6):
        conditions = tuple(_condition(drawn, world) for _ in range(drawn.one((1, 1, 2))))
    return Statement(
        drawn.one((Effect.ALLOW, Effect.ALLOW, Effect.DENY)),
        ActionElement(drawn.chance(2), tuple(map(Value, drawn.some(actions)))),
        None
        if kind is PolicyType.TRUST
        else ResourceElement(drawn.chance(2), tuple(map(Value, drawn.some(resources)))),
        principals,
        conditions,
    )


def pair(drawn: Drawn, world: World) -> tuple[Layers, Layers]:
    """Two policies or two stacks, mostly with statements in common."""
    old = [_policy(drawn, world, kind) for kind in _layers(drawn, world)]
    new = list(old)
    place = drawn.one(range(len(new)))
    if world.stack and len(new) > 1 and drawn.chance(2):
        # A layer that is gone.
        del new[place]
    else:
        new[place] = _changed(drawn, world, new[place])
    return (tuple(old), tuple(new)) if drawn.chance(5) else (tuple(new), tuple(old))


def _layers(drawn: Drawn, world: World) -> tuple[PolicyType, ...]:
    if not world.stack:
        return (world.type,)
    limits = (PolicyType.BOUNDARY, PolicyType.SESSION, PolicyType.SCP, PolicyType.SCP)
    return (PolicyType.IDENTITY, *(kind for kind in limits if drawn.chance(5)))


def _policy(drawn: Drawn, world: World, kind: PolicyType) -> AttachedPolicy:
    statements = tuple(_statement(drawn, world, kind) for _ in range(drawn.one((1, 2, 3))))
    return _attached(drawn, kind, statements)


def _attached(drawn: Drawn, kind: PolicyType, statements: tuple[Statement, ...]) -> AttachedPolicy:
    # In a document of the older version policy variables are plain text.
    version = "2008-10-17" if drawn.chance(1) else "2012-10-17"
    return AttachedPolicy(kind, kind.value, Policy(statements, version))


def _changed(drawn: Drawn, world: World, before: AttachedPolicy) -> AttachedPolicy:
    statements = list(before.policy.statements)
    change = drawn.one(("replace", "replace", "drop", "add", "all"))
    if change == "all":
        return _policy(drawn, world, before.type)
    another = _statement(drawn, world, before.type)
    if change == "add":
        statements.append(another)
    else:
        place = drawn.one(range(len(statements)))
        statements[place : place + 1] = [another] if change == "replace" or len(statements) == 1 else []
    if drawn.chance(9):
        return AttachedPolicy(before.type, before.name, Policy(tuple(statements), before.policy.version))
    return _attached(drawn, before.type, tuple(statements))


MANY_KEYS = ("aws:RequestTag/t", "aws:TagKeys", "aws:SourceIp", "aws:CurrentTime", "s3:max-keys", "aws:SecureTransport")
WORLDS = {
    "actions and resources": World(),
    "one condition key": World(keys=("aws:RequestTag/t",)),
    "several values": World(keys=("aws:TagKeys",)),
    "addresses": World(keys=("aws:SourceIp",)),
    "dates": World(keys=("aws:CurrentTime",)),
    "numbers": World(keys=("s3:max-keys",)),
    "flags": World(keys=("aws:SecureTransport",)),
    "ARNs": World(keys=("aws:SourceArn",)),
    "two keys": World(keys=("aws:RequestTag/t", "aws:ResourceTag/u")),
    "many keys": World(keys=MANY_KEYS),
    "policy variables": World(keys=("aws:RequestTag/t",), variables=True),
    "principals": World(PolicyType.RESOURCE, keys=("aws:RequestTag/t",)),
    "trust": World(PolicyType.TRUST, keys=("aws:RequestTag/t",)),
    "stacks": World(stack=True),
    "stacks with keys": World(keys=("aws:RequestTag/t", "aws:SourceIp"), stack=True),
    "stacks with policy variables": World(keys=("aws:RequestTag/t",), variables=True, stack=True),
}
