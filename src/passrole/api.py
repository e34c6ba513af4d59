"""passrole from Python: policies, as files or values, to a decision with its reason.

    from pathlib import Path
    from passrole.api import decide

    answer = decide(
        "arn:aws:iam::111122223333:role/reports",
        "s3:GetObject",
        "arn:aws:s3:::reports/2026.csv",
        identity_policies=[Path("role.json")],
        resource_policy=Path("bucket.json"),
    )
    print(answer.outcome.value, "because", answer.reason)

What is not given is not there: no boundary, no service control policy, no condition key. Keys that may have any value
are named in `unknown_keys`; an answer that rests on one is undecided, and `answer.depends_on` says what would allow.
For whole accounts there are `read_authorization_details`, `who_can` and `what_can`; for one request after another, or
for layers that could not be read, `evaluate` with a `Request` and a `PolicyStack`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from passrole.account.access import what_can, who_can
from passrole.account.authorization_details_file import read_authorization_details
from passrole.account.unlisted import unlisted
from passrole.engine.decision import Decision, Outcome
from passrole.engine.dependencies import Dependency
from passrole.engine.evaluate import evaluate
from passrole.engine.explain import explain
from passrole.engine.explanation import Explanation
from passrole.engine.principals import principal_from_arn
from passrole.engine.reason import reason_of
from passrole.engine.request import ContextValue, Principal, Request, is_action
from passrole.engine.special_actions import ASSUME_ROLE, ASSUME_ROLE_WITH_IDENTITY
from passrole.engine.stack import AttachedPolicy, Known, Layer, PolicyStack, Unknown
from passrole.engine.wording import denial_message
from passrole.errors import UsageError
from passrole.policy.arn import ACCOUNT_ID, Arn, ArnError, account_in, owner_contradicted
from passrole.policy.model import Policy, PolicyType
from passrole.policy.parse import parse_policy, policy_from_value

__all__ = [
    "Answer",
    "Decision",
    "Dependency",
    "Known",
    "Layer",
    "Outcome",
    "PolicySource",
    "PolicyStack",
    "Principal",
    "Request",
    "Unknown",
    "decide",
    "evaluate",
    "explain",
    "read_authorization_details",
    "unlisted",
    "what_can",
    "who_can",
]

PolicySource = Policy | Path | str | Mapping[str, object]
"""A policy, the file of one, its JSON text, or its parsed JSON."""


_ONE = (Policy, Path, str, Mapping)


@dataclass(frozen=True)
class Answer:
    """A decision, and on demand why. It is neither true nor false by itself: ask for `allowed` or the outcome."""

    request: Request
    stack: PolicyStack
    decision: Decision

    @property
    def outcome(self) -> Outcome:
        return self.decision.outcome

    @property
    def allowed(self) -> bool:
        """Whether it is known that the request is allowed: an undecided one is not."""
        return self.decision.allowed

    @cached_property
    def explanation(self) -> Explanation:
        """Every layer, policy, statement and element, with what it saw and wanted."""
        return explain(self.request, self.stack)

    @property
    def reason(self) -> str:
        """One sentence, with file, line and column where the policies came from files."""
        return reason_of(self.explanation)

    @property
    def depends_on(self) -> tuple[Dependency, ...]:
        """The context keys on which an undecided answer rests, and their values that would allow."""
        return self.explanation.dependencies

    @property
    def aws_message(self) -> str | None:
        """The text of AWS's AccessDenied error; None when the request is allowed or undecided."""
        if self.outcome in (Outcome.ALLOWED, Outcome.UNDECIDED):
            return None
        return denial_message(self.request, self.decision)

    def __bool__(self) -> bool:
        raise TypeError("an answer is not a truth value: use `answer.allowed` or `answer.outcome`")


def decide(
    principal: str | Principal,
    action: str,
    resource: str,
    *,
    identity_policies: Iterable[PolicySource] = (),
    resource_policy: PolicySource | None = None,
    trust_policy: PolicySource | None = None,
    permissions_boundary: PolicySource | None = None,
    session_policy: PolicySource | None = None,
    scps: Iterable[PolicySource | Iterable[PolicySource]] = (),
    rcps: Iterable[PolicySource | Iterable[PolicySource]] = (),
    endpoint_policy: PolicySource | None = None,
    resource_account: str | None = None,
    context: Mapping[str, ContextValue] | None = None,
    unknown_keys: Iterable[str] = (),
) -> Answer:
    """Whether `principal` may do `action` on `resource`, as AWS combines the policies.

    `principal` is an ARN, a service principal or `*`. `scps` and `rcps` hold one item a level, from the organization's
    root down: a policy, or several. `trust_policy` is the role's for sts:AssumeRole; `resource_policy` everything
    else's. Of a resource whose account is neither given nor named by its ARN it is taken that it is the principal's. An
    action is taken as it is written: whether AWS publishes it is not looked up. Raises PrincipalError,
    PolicySyntaxError (with the places of all mistakes), UsageError for what is no action, no resource or no account,
    for an account that is not the one that the ARN names, for a trust policy where none is asked for, and the reverse,
    and OSError.
    """
    if not is_action(action):
        raise UsageError(f"`{action}` is no action", help="write it with its service, such as s3:GetObject")
    _check_resource(resource, resource_account)
    if isinstance(unknown_keys, str):
        raise TypeError("unknown_keys takes several names of keys, and this is one")
    assumes = action.lower() == ASSUME_ROLE or action.lower() in ASSUME_ROLE_WITH_IDENTITY
    if trust_policy is not None and not assumes:
        raise UsageError(f"no trust policy is asked for `{action}`", help="give the resource's own as resource_policy")
    if resource_policy is not None and assumes:
        raise UsageError("a role's own policy is its trust policy", help="give it as trust_policy")
    own = trust_policy if trust_policy is not None else resource_policy
    own_type = PolicyType.RESOURCE if trust_policy is None else PolicyType.TRUST
    if isinstance(identity_policies, _ONE):
        raise TypeError("identity_policies takes a list of policies, and this is one")
    stack = PolicyStack(
        identity=_layer(PolicyType.IDENTITY, identity_policies),
        resource=_layer(own_type, [] if own is None else [own]),
        boundary=_optional(PolicyType.BOUNDARY, permissions_boundary),
        session=_optional(PolicyType.SESSION, session_policy),
        scps=_levels(PolicyType.SCP, scps),
        rcps=_levels(PolicyType.RCP, rcps),
        endpoint=_optional(PolicyType.ENDPOINT, endpoint_policy),
    )
    who = principal if isinstance(principal, Principal) else principal_from_arn(principal)
    owner = resource_account or account_in(resource)
    request = Request(who, action, resource, owner, dict(context or {}), frozenset(unknown_keys))
    return Answer(request, stack, evaluate(request, stack))


def _check_resource(resource: str, owner: str | None) -> None:
    if resource != "*":
        try:
            Arn.parse(resource)
        except ArnError as error:
            raise UsageError(
                f"`{resource}` is neither an ARN nor `*`", help="a resource is like arn:aws:s3:::disk-images/vm.ova"
            ) from error
    if owner is not None and not ACCOUNT_ID.fullmatch(owner):
        raise UsageError(f"`{owner}` is no account ID", help="it is a text of twelve digits, such as 111122223333")
    named = owner_contradicted(resource, owner)
    if named is not None:
        raise UsageError(
            f"`{resource}` is of account {named}, and resource_account says {owner}",
            help="leave resource_account out: an ARN that names an account names the resource's owner",
        )


def _optional(type: PolicyType, source: PolicySource | None) -> Layer | None:  # noqa: A002
    return None if source is None else _layer(type, [source])


def _levels(
    type: PolicyType,  # noqa: A002
    levels: Iterable[PolicySource | Iterable[PolicySource]],
) -> tuple[Known, ...]:
    if isinstance(levels, _ONE):
        raise TypeError("scps and rcps take a list of levels, and this is one policy")
    return tuple(_layer(type, [level] if isinstance(level, _ONE) else level) for level in levels)


def _layer(type: PolicyType, sources: Iterable[PolicySource]) -> Known:  # noqa: A002
    return Known(tuple(_attached(type, source, number) for number, source in enumerate(sources, 1)))


def _attached(type: PolicyType, source: PolicySource, number: int) -> AttachedPolicy:  # noqa: A002
    name = f"{type.value} {number}"
    match source:
        case Policy():
            return AttachedPolicy(type, name, source)
        case Path():
            return AttachedPolicy(type, str(source), parse_policy(source.read_bytes(), str(source)))
        case str():
            return AttachedPolicy(type, name, parse_policy(source, name))
        case _:
            return AttachedPolicy(type, name, policy_from_value(source, name))
