"""Small worlds: pairs of policies over few words, and all requests that such words can tell apart, or many of them.

What the prover says of a pair is held against what the engine says of each request.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, TypeVar

from passrole.engine.evaluate import evaluate
from passrole.engine.request import ContextValue, Principal, PrincipalType, Request
from passrole.engine.stack import AttachedPolicy, Known, PolicyStack
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
from passrole.prover.compare import Comparison, Relation

T = TypeVar("T")
F = OperatorFamily
NAMING = (PolicyType.RESOURCE, PolicyType.TRUST)

ACTIONS = ("*", "s3:*", "s3:get", "s3:g?t", "s3:Get*", "*:get", "s3:put", "sq*:*")
ASKED_ACTIONS = ("s3:get", "s3:put", "sqs:get", "sqs:put", "s3:getx", "s3:g", "s3:gxt")
TRUST_ACTIONS = ("*", "sts:*", "sts:AssumeRole", "sts:AssumeRole*", "sts:TagSession")
ASKED_OF_ROLES = ("sts:AssumeRole", "sts:AssumeRoleWithWebIdentity", "sts:TagSession")
ROLE = "arn:aws:iam::111122223333:role/x"
_S3 = "arn:aws:s3:::"
RESOURCES = (
    *("*", f"{_S3}a", f"{_S3}a*", f"{_S3}*b", f"{_S3}a?", "arn:aws:s3:*:a", "arn:aws:s*:::a*", "arn:aws:sqs:u*1:1:a"),
    *("arn:aws:sqs:?1:*:a*", f"{_S3}*a*b*"),
)
ASKED_RESOURCES = (
    *("*", f"{_S3}a", f"{_S3}b", f"{_S3}ab", f"{_S3}ax", f"{_S3}xb", f"{_S3}axb", f"{_S3}x", "arn:aws:sqs:u1:1:a"),
    *("arn:aws:sqs:u:1:x1:1:a", f"{_S3}abx", "arn:aws:sqs:x1:1:a", "arn:aws:sx:::ab", "arn:aws:s3:x::a", f"{_S3}x:a"),
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

_ONE, _TWO, _THREE = "111122223333", "444455556666", "777788889999"
ENTRIES = (
    (PrincipalKind.EVERYONE, "*"),
    (PrincipalKind.AWS, "*"),
    (PrincipalKind.AWS, _ONE),
    (PrincipalKind.AWS, f"arn:aws:iam::{_ONE}:root"),
    (PrincipalKind.AWS, _TWO),
    (PrincipalKind.AWS, f"arn:aws:iam::{_ONE}:user/ana"),
    (PrincipalKind.AWS, f"arn:aws:iam::{_ONE}:role/team/app"),
    (PrincipalKind.AWS, f"arn:aws:sts::{_ONE}:assumed-role/app/run"),
    (PrincipalKind.AWS, "AIDAEXAMPLE1234"),
    (PrincipalKind.SERVICE, "ec2.amazonaws.com"),
    (PrincipalKind.FEDERATED, "accounts.google.com"),
)


def _session(account: str, path: str, role: str, session: str) -> Principal:
    arn = f"arn:aws:sts::{account}:assumed-role/{role}/{session}"
    role_arn = f"arn:aws:iam::{account}:role/{path}{role}"
    return Principal(PrincipalType.ROLE_SESSION, arn, account, role_arn, unique_id=f"AROAEXAMPLE:{session}")


CALLERS = (
    Principal(PrincipalType.USER, f"arn:aws:iam::{_ONE}:user/ana", _ONE, unique_id="AIDAEXAMPLEOTHER"),
    Principal(PrincipalType.USER, f"arn:aws:iam::{_ONE}:user/bob", _ONE, unique_id="AIDAEXAMPLE1234"),
    Principal(PrincipalType.USER, f"arn:aws:iam::{_TWO}:user/ana", _TWO, unique_id="AIDAEXAMPLEOTHER"),
    Principal(PrincipalType.USER, f"arn:aws:iam::{_THREE}:user/eve", _THREE, unique_id="AIDAEXAMPLEOTHER"),
    _session(_ONE, "team/", "app", "run"),
    _session(_ONE, "team/", "app", "other"),
    _session(_TWO, "", "app", "run"),
    Principal(PrincipalType.SERVICE, "ec2.amazonaws.com"),
    Principal(PrincipalType.SERVICE, "s3.amazonaws.com"),
    Principal(PrincipalType.ANONYMOUS, "*"),
    Principal(
        PrincipalType.WEB_IDENTITY_SESSION,
        f"arn:aws:sts::{_THREE}:assumed-role/web/run",
        _THREE,
        role_arn=f"arn:aws:iam::{_THREE}:role/web",
        identity_provider="accounts.google.com",
        unique_id="AROAEXAMPLE:run",
    ),
)
USER = CALLERS[0]
CALLER_CONDITIONS = (
    (
        "ArnLike",
        "aws:PrincipalArn",
        (f"arn:aws:iam::{_ONE}:role/*", f"arn:aws:iam::{_ONE}:user/ana", "arn:aws:iam::*:user/*"),
    ),
    ("ArnNotLike", "aws:PrincipalArn", (f"arn:aws:iam::{_ONE}:role/*", f"arn:aws:iam::{_ONE}:role/team/app")),
    ("StringEquals", "aws:PrincipalAccount", (_ONE, _TWO)),
    ("StringNotEquals", "aws:PrincipalAccount", (_ONE, _TWO)),
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


@dataclass(frozen=True)
class World:
    """What the policies of a pair may be about."""

    type: PolicyType = PolicyType.IDENTITY
    keys: tuple[str, ...] = ()
    variables: bool = False


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


def _statement(drawn: Drawn, world: World) -> Statement:
    actions = TRUST_ACTIONS if world.type is PolicyType.TRUST else ACTIONS
    resources = (*RESOURCES, *WITH_VARIABLES) if world.variables else RESOURCES
    principals = None
    if world.type in NAMING:
        entries = tuple(PrincipalEntry(kind, Value(text)) for kind, text in drawn.some(ENTRIES))
        principals = PrincipalElement(world.type is PolicyType.RESOURCE and drawn.chance(2), entries)
    conditions: tuple[Condition, ...] = ()
    if world.keys and drawn.chance(6):
        conditions = tuple(_condition(drawn, world) for _ in range(drawn.one((1, 1, 2))))
    return Statement(
        drawn.one((Effect.ALLOW, Effect.ALLOW, Effect.DENY)),
        ActionElement(drawn.chance(2), tuple(map(Value, drawn.some(actions)))),
        None
        if world.type is PolicyType.TRUST
        else ResourceElement(drawn.chance(2), tuple(map(Value, drawn.some(resources)))),
        principals,
        conditions,
    )


def pair(drawn: Drawn, world: World) -> tuple[Policy, Policy]:
    """Two policies, mostly with statements in common."""
    old = [_statement(drawn, world) for _ in range(drawn.one((1, 2, 3)))]
    new = list(old)
    change = drawn.one(("replace", "replace", "drop", "add", "all"))
    if change == "all":
        new = [_statement(drawn, world) for _ in range(drawn.one((1, 2, 3)))]
    elif change == "add":
        new.append(_statement(drawn, world))
    else:
        place = drawn.one(range(len(new)))
        new[place : place + 1] = [_statement(drawn, world)] if change == "replace" or len(new) == 1 else []
    return Policy(tuple(old), "2012-10-17"), Policy(tuple(new), "2012-10-17")


def requests(world: World, policies: Sequence[Policy], drawn: Drawn, count: int) -> Iterator[Request]:
    """Requests about what the policies name, `count` of them."""
    used = {c.key for policy in policies for statement in policy.statements for c in statement.conditions}
    held = {key: KEYS[key][1] for key in used if key in KEYS}
    if world.variables:
        held |= OF_VARIABLES
    choices = [[(key, None), *((key, value) for value in values)] for key, values in sorted(held.items())]
    trust = world.type is PolicyType.TRUST
    actions, resources = (ASKED_OF_ROLES, (ROLE,)) if trust else (ASKED_ACTIONS, ASKED_RESOURCES)
    everything = len(actions) * len(resources)
    for values in choices:
        everything *= len(values)
    callers = CALLERS if world.type in NAMING else (USER,)
    everything *= len(callers)
    combinations: Iterator[tuple[Any, ...]]
    if everything <= count:
        combinations = product(callers, actions, resources, *choices)
    else:
        combinations = (
            (drawn.one(callers), drawn.one(actions), drawn.one(resources), *(drawn.one(values) for values in choices))
            for _ in range(count)
        )
    for caller, action, resource, *context in combinations:
        if trust and (action == "sts:AssumeRoleWithWebIdentity") != (caller.type is PrincipalType.WEB_IDENTITY_SESSION):
            continue
        given = {key: value for key, value in context if value is not None}
        absent = frozenset(key for key, value in context if value is None)
        yield Request(caller, action, resource, None, given, absent_keys=absent)


_EVERYTHING = Policy(
    (Statement(Effect.ALLOW, ActionElement(False, (Value("*"),)), ResourceElement(False, (Value("*"),))),)
)


def decisions(request: Request, policy: Policy, kind: PolicyType) -> Iterator[bool | None]:
    """Whether it is allowed, None for undecided; where principals are named, by callers with and without permissions."""
    if kind not in NAMING:
        yield _answer(request, PolicyStack(identity=Known((AttachedPolicy(kind, "policy", policy),))))
        return
    resource = Known((AttachedPolicy(kind, "policy", policy),))
    everything = Known((AttachedPolicy(PolicyType.IDENTITY, "everything", _EVERYTHING),))
    elsewhere = Request(
        request.principal, request.action, request.resource, "000000000000", request.context,
        absent_keys=request.absent_keys,
    )  # fmt: skip
    yield _answer(elsewhere, PolicyStack(identity=everything, resource=resource))
    if request.principal.type not in (PrincipalType.SERVICE, PrincipalType.ANONYMOUS):
        yield _answer(request, PolicyStack(resource=resource))


def _answer(request: Request, stack: PolicyStack) -> bool | None:
    decision = evaluate(request, stack)
    return True if decision.allowed else None if decision.undecided_because else False


def disagreement(
    comparison: Comparison, old: Policy, new: Policy, kind: PolicyType, asked: Iterator[Request]
) -> str | None:
    """In words, a request about which the engine contradicts the comparison; None when there is none."""
    for reason in comparison.undecided_because:
        if "does not confirm" in reason:
            return reason
    for witness in (*comparison.gained, *comparison.lost):
        if witness.old.allowed is witness.new.allowed:
            return f"no witness: {witness.request}"
    if comparison.relation is Relation.UNDECIDED:
        return None
    for request in asked:
        for before, after in zip(decisions(request, old, kind), decisions(request, new, kind), strict=True):
            if after and before is False and not comparison.gained:
                return f"allowed by the new one only: {request}"
            if before and after is False and not comparison.lost:
                return f"allowed by the old one only: {request}"
            if before is not after and comparison.relation is Relation.EQUIVALENT:
                return f"answered otherwise: {request}"
            if before and after and comparison.relation is Relation.DISJOINT:
                return f"allowed by both: {request}"
    return None
