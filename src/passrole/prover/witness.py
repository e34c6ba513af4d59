"""From a point of the search to a request that AWS could receive, and what the engine says of it on both sides."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

from passrole.engine.decision import Decision, Outcome
from passrole.engine.principals import PrincipalError, principal_from_arn
from passrole.engine.request import Principal, PrincipalType, Request
from passrole.engine.stack import AttachedPolicy, Known, PolicyStack
from passrole.policy.model import (
    ActionElement,
    Effect,
    Policy,
    PolicyType,
    PrincipalElement,
    PrincipalEntry,
    PrincipalKind,
    ResourceElement,
    Statement,
    Value,
)
from passrole.prover.action_groups import TRUST_ACTIONS
from passrole.prover.points import Point
from passrole.prover.sides import EVERYTHING
from passrole.prover.spelling import Spelling

ACCOUNT = "111122223333"
USER = Principal(PrincipalType.USER, f"arn:aws:iam::{ACCOUNT}:user/ana", ACCOUNT, unique_id="AIDAEXAMPLE0000000000")
SESSION = Principal(
    PrincipalType.ROLE_SESSION,
    f"arn:aws:sts::{ACCOUNT}:assumed-role/app/session",
    ACCOUNT,
    role_arn=f"arn:aws:iam::{ACCOUNT}:role/app",
    unique_id="AROAEXAMPLE0000000000:session",
)


@dataclass(frozen=True, slots=True)
class Witness:
    """A request that one side allows and the other does not; the engine was asked about both."""

    request: Request
    old: Decision
    new: Decision


def request_of(point: Point, spelling: Spelling) -> Request:
    """The request, from an IAM principal that can have its keys."""
    given = {spelling.key(key): value for key, value in point.keys.items() if value is not None}
    absent = frozenset(spelling.key(key) for key, value in point.keys.items() if value is None)
    caller = point.caller.principal if point.caller else _caller(point)
    owner = None
    if point.caller is not None and point.caller.backed and caller.account is not None:
        # Of another account, so that both its own policies and the resource's must allow.
        owner = next(account for account in ("123456789012", "210987654321") if account != caller.account)
    # Else no owner is told, so that one account's policies decide.
    return Request(caller, spelling.action(point.action.lower()), point.resource, owner, given, absent_keys=absent)


def plainer(resource: str) -> str:
    """The ARN with a region and an account that people know, where it has the first that a search comes to."""
    parts = resource.split(":", 5)
    if len(parts) == 6:
        parts[3] = "us-east-1" if parts[3] == "x" else parts[3]
        parts[4] = ACCOUNT if parts[4] == "0" * 12 else parts[4]
    return ":".join(parts)


def _caller(point: Point) -> Principal:
    arn = point.keys.get("aws:principalarn")
    if isinstance(arn, str):
        try:
            return replace(principal_from_arn(arn), unique_id=None)
        except PrincipalError:
            return USER
    name = point.keys.get("aws:username")
    if isinstance(name, str) and name and not set("*?:") & set(name):
        return replace(USER, arn=f"arn:aws:iam::{ACCOUNT}:user/{name}")
    if "aws:username" in point.keys and name is None:
        return SESSION
    return USER


@lru_cache(maxsize=64)
def _granting(type: PolicyType, account: str) -> Known:  # noqa: A002
    """A resource-based policy that leaves the decision to the account's identity-based ones; `*`: that allows all."""
    kind = PrincipalKind.EVERYONE if account == "*" else PrincipalKind.AWS
    everyone = PrincipalElement(False, (PrincipalEntry(kind, Value(account)),))
    everything = None if type is PolicyType.TRUST else ResourceElement(False, (Value("*"),))
    allow = Statement(Effect.ALLOW, ActionElement(False, (Value("*"),)), everything, everyone)
    return Known((AttachedPolicy(type, "a policy that leaves it to the caller's account", Policy((allow,))),))


def surrounded(stack: PolicyStack, request: Request, *, type: PolicyType, backed: bool) -> PolicyStack:  # noqa: A002
    """The stack with all that is not compared: policies that leave the decision to those that are."""
    service, _, name = request.action.lower().partition(":")
    assumes = service == "sts" and any(action.lower() == f"sts:{name}" for action in TRUST_ACTIONS)
    kind = PolicyType.TRUST if assumes else PolicyType.RESOURCE
    if type in (PolicyType.RCP, PolicyType.ENDPOINT):
        return replace(stack, resource=_granting(kind, "*"), session=_session(request))
    if type in (PolicyType.RESOURCE, PolicyType.TRUST):
        stack = replace(stack, session=_session(request))
        return stack if backed else replace(stack, identity=Known())
    if service not in ("sts", "kms"):
        return stack
    return replace(stack, resource=_granting(kind, request.principal.account or ACCOUNT))


def _session(request: Request) -> Known | None:
    """Without a session policy the session of a federated user may do next to nothing."""
    return EVERYTHING if request.principal.type is PrincipalType.FEDERATED_SESSION else None


def is_denied(decision: Decision) -> bool:
    return decision.outcome in (Outcome.EXPLICIT_DENY, Outcome.IMPLICIT_DENY)
