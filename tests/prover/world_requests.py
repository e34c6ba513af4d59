"""All requests about a pair of policies in a universe that is small enough for it, and what the engine says of each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import product
from typing import Any

from tests.prover.small_worlds import KEYS, NAMING, OF_VARIABLES, ONE, THREE, TWO, Drawn, Layers, World

from passrole.engine.evaluate import evaluate
from passrole.engine.fast.compiled_stack import compile_stack
from passrole.engine.request import Principal, PrincipalType, Request
from passrole.engine.stack import AttachedPolicy, Known, PolicyStack
from passrole.policy.model import ActionElement, Effect, Policy, PolicyType, ResourceElement, Statement, Value
from passrole.prover.compare import Comparison, Relation

_S3 = "arn:aws:s3:::"
ASKED_ACTIONS = ("s3:get", "s3:put", "sqs:get", "sqs:put", "s3:getx", "s3:g", "s3:gxt")
ASKED_OF_ROLES = ("sts:AssumeRole", "sts:AssumeRoleWithWebIdentity", "sts:TagSession")
ROLE = "arn:aws:iam::111122223333:role/x"
ASKED_RESOURCES = (
    *("*", f"{_S3}a", f"{_S3}b", f"{_S3}ab", f"{_S3}ax", f"{_S3}xb", f"{_S3}axb", f"{_S3}x", "arn:aws:sqs:u1:1:a"),
    *("arn:aws:sqs:u:1:x1:1:a", f"{_S3}abx", "arn:aws:sqs:x1:1:a", "arn:aws:sx:::ab", "arn:aws:s3:x::a", f"{_S3}x:a"),
)


def _session(account: str, path: str, role: str, session: str) -> Principal:
    arn = f"arn:aws:sts::{account}:assumed-role/{role}/{session}"
    role_arn = f"arn:aws:iam::{account}:role/{path}{role}"
    return Principal(PrincipalType.ROLE_SESSION, arn, account, role_arn, unique_id=f"AROAEXAMPLE:{session}")


CALLERS = (
    Principal(PrincipalType.USER, f"arn:aws:iam::{ONE}:user/ana", ONE, unique_id="AIDAEXAMPLEOTHER"),
    Principal(PrincipalType.USER, f"arn:aws:iam::{ONE}:user/bob", ONE, unique_id="AIDAEXAMPLE1234"),
    Principal(PrincipalType.USER, f"arn:aws:iam::{TWO}:user/ana", TWO, unique_id="AIDAEXAMPLEOTHER"),
    Principal(PrincipalType.USER, f"arn:aws:iam::{THREE}:user/eve", THREE, unique_id="AIDAEXAMPLEOTHER"),
    _session(ONE, "team/", "app", "run"),
    _session(ONE, "team/", "app", "other"),
    _session(TWO, "", "app", "run"),
    Principal(PrincipalType.SERVICE, "ec2.amazonaws.com"),
    Principal(PrincipalType.SERVICE, "s3.amazonaws.com"),
    Principal(PrincipalType.ANONYMOUS, "*"),
    Principal(
        PrincipalType.WEB_IDENTITY_SESSION,
        f"arn:aws:sts::{THREE}:assumed-role/web/run",
        THREE,
        role_arn=f"arn:aws:iam::{THREE}:role/web",
        identity_provider="accounts.google.com",
        unique_id="AROAEXAMPLE:run",
    ),
)
USER = CALLERS[0]

_EVERYTHING = Policy(
    (Statement(Effect.ALLOW, ActionElement(False, (Value("*"),)), ResourceElement(False, (Value("*"),))),)
)
_FREE = Known((AttachedPolicy(PolicyType.IDENTITY, "everything", _EVERYTHING),))


def requests(world: World, policies: Sequence[Layers], drawn: Drawn, count: int) -> list[Request]:
    """All requests of a universe: all that the words of a world can tell apart, less what is too much for `count`."""
    used = {c.key for each in policies for one in each for s in one.policy.statements for c in s.conditions}
    held = {key: KEYS[key][1] for key in used if key in KEYS}
    if world.variables:
        held |= OF_VARIABLES
    trust = world.type is PolicyType.TRUST
    choices: list[list[Any]] = [
        list(CALLERS if world.type in NAMING else (USER,)),
        list(ASKED_OF_ROLES if trust else ASKED_ACTIONS),
        [ROLE] if trust else list(ASKED_RESOURCES),
        *([(key, None), *((key, value) for value in values)] for key, values in sorted(held.items())),
    ]
    while _combinations(choices) > count:
        longest = max(choices, key=len)
        longest.remove(drawn.one(longest))
    callers, actions, resources, *values = choices
    found: list[Request] = []
    for context in product(*values):
        given = {key: value for key, value in context if value is not None}
        absent = frozenset(key for key, value in context if value is None)
        for caller, action, resource in product(callers, actions, resources):
            if trust and (action == ASKED_OF_ROLES[1]) != (caller.type is PrincipalType.WEB_IDENTITY_SESSION):
                continue
            found.append(Request(caller, action, resource, None, given, absent_keys=absent))
    return found


def _combinations(choices: Sequence[Sequence[Any]]) -> int:
    found = 1
    for each in choices:
        found *= len(each)
    return found


def stack_of(layers: Layers) -> PolicyStack:
    """What is no layer allows everything."""
    known = {each.type: Known((each,)) for each in layers}
    return PolicyStack(
        identity=known.get(PolicyType.IDENTITY, _FREE),
        boundary=known.get(PolicyType.BOUNDARY),
        session=known.get(PolicyType.SESSION),
        scps=tuple(Known((each,)) for each in layers if each.type is PolicyType.SCP),
    )


def decisions(asked: Sequence[Request], layers: Layers) -> Iterator[tuple[bool | None, ...]]:
    """Of each request whether it is allowed, None for undecided; where principals are named, by callers with and
    without permissions of their own."""
    if layers[0].type not in NAMING:
        compiled = compile_stack(stack_of(layers))
        for request in asked:
            decision = compiled.decide(request)
            yield (True if decision.allowed else None if decision.undecided_because else False,)
        return
    resource = Known(layers)
    for request in asked:
        found = [_answer(replace(request, resource_account="000000000000"), PolicyStack(_FREE, resource=resource))]
        if request.principal.type not in (PrincipalType.SERVICE, PrincipalType.ANONYMOUS):
            found.append(_answer(request, PolicyStack(resource=resource)))
        yield tuple(found)


def _answer(request: Request, stack: PolicyStack) -> bool | None:
    decision = evaluate(request, stack)
    return True if decision.allowed else None if decision.undecided_because else False


def disagreement(comparison: Comparison, old: Layers, new: Layers, asked: Sequence[Request]) -> str | None:
    """In words, a request about which the engine contradicts the comparison; None when there is none."""
    for reason in comparison.undecided_because:
        if "does not confirm" in reason:
            return reason
    for witness in (*comparison.gained, *comparison.lost):
        if witness.old.allowed is witness.new.allowed:
            return f"no witness: {witness.request}"
    if old[0].type not in NAMING:
        for witnesses, having, lacking in ((comparison.gained, new, old), (comparison.lost, old, new)):
            for one in witnesses:
                # These two services ask their resources' policies, too.
                if not one.request.action.lower().startswith(("sts:", "kms:")) and (
                    _answer(one.request, stack_of(having)) is not True
                    or _answer(one.request, stack_of(lacking)) is not False
                ):
                    return f"no witness without what stands beside it: {one.request}"
    if comparison.relation in (Relation.UNDECIDED, Relation.INCOMPARABLE):
        # That the two differ both ways is said by the witnesses.
        return None
    for request, befores, afters in zip(asked, decisions(asked, old), decisions(asked, new), strict=True):
        for before, after in zip(befores, afters, strict=True):
            if after and before is False and not comparison.gained:
                return f"allowed by the new one only: {request}"
            if before and after is False and not comparison.lost:
                return f"allowed by the old one only: {request}"
            if before is not after and comparison.relation is Relation.EQUIVALENT:
                return f"answered otherwise: {request}"
            if before and after and comparison.relation is Relation.DISJOINT:
                return f"allowed by both: {request}"
    return None
