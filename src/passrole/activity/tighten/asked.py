"""Which decisions need an identity-based policy, which need none, and which no such policy can allow."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from passrole.account.decided import Decided
from passrole.engine.decision import Decision, Outcome, StatementRef
from passrole.engine.evaluate import evaluate
from passrole.engine.request import Principal, PrincipalType
from passrole.engine.stack import AttachedPolicy, Known
from passrole.policy.model import PolicyType
from passrole.policy.parse import policy_from_value

_EVERYTHING = Known(
    (
        AttachedPolicy(
            PolicyType.IDENTITY,
            "everything",
            policy_from_value({"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}),
        ),
    )
)


@dataclass(frozen=True, slots=True)
class Impossible:
    """A decision that stays as it is whatever the identity-based policies say, and what decides it then."""

    decided: Decided
    then: Decision


@dataclass(frozen=True, slots=True)
class Sorted:
    """`needed` are those that only an identity-based policy allows; `free` need none: another policy, or none at all.

    `denied_by` are statements of the identity-based policies that denied some of `needed`: they must go, too.
    """

    needed: tuple[Decided, ...]
    free: tuple[Decided, ...]
    impossible: tuple[Impossible, ...]
    denied_by: tuple[StatementRef, ...]


def sort_decisions(decisions: Iterable[Decided]) -> Sorted:
    needed: list[Decided] = []
    free: list[Decided] = []
    impossible: list[Impossible] = []
    denied_by: dict[StatementRef, None] = {}
    for each in decisions:
        if evaluate(each.request, replace(each.stack, identity=Known())).allowed:
            free.append(each)
            continue
        then = evaluate(each.request, replace(each.stack, identity=_EVERYTHING))
        if not then.allowed:
            impossible.append(Impossible(each, then))
            continue
        needed.append(each)
        if each.decision.outcome is Outcome.EXPLICIT_DENY:
            denied_by.update(dict.fromkeys(each.decision.determining))
    return Sorted(tuple(needed), tuple(free), tuple(impossible), tuple(denied_by))


def owner_of_policies(principal: Principal) -> str | None:
    """The ARN of the user or role whose identity-based policies decide; None where there are none, as for root."""
    match principal.type:
        case PrincipalType.USER:
            return principal.arn
        case PrincipalType.FEDERATED_SESSION:
            return principal.federating_user_arn
        case PrincipalType.ROOT_USER | PrincipalType.SERVICE | PrincipalType.ANONYMOUS:
            return None
        case _:
            return principal.role_arn
