"""Short ways to write requests and stacks in tests; documents are parsed like any other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from passrole.engine.principals import principal_from_arn
from passrole.engine.request import ContextValue, Principal, Request
from passrole.engine.stack import AttachedPolicy, Known, Layer
from passrole.policy.model import Policy, PolicyType
from passrole.policy.parse import policy_from_value

ACCOUNT, OTHER = "111122223333", "444455556666"
ANA = f"arn:aws:iam::{ACCOUNT}:user/ana"
APP = f"arn:aws:iam::{ACCOUNT}:role/app"
RUN = f"arn:aws:sts::{ACCOUNT}:assumed-role/app/run"
REPORT = "arn:aws:s3:::reports/a.csv"
ALLOW_ALL = {"Effect": "Allow", "Action": "*", "Resource": "*"}
DENY_ALL = {"Effect": "Deny", "Action": "*", "Resource": "*"}


def document(*statements: Mapping[str, object], version: str | None = "2012-10-17") -> Policy:
    value: dict[str, object] = {"Statement": list(statements)}
    return policy_from_value(value if version is None else {"Version": version, **value})


def layer(
    kind: PolicyType,
    *statements: Mapping[str, object],
    version: str | None = "2012-10-17",
    assumption: str | None = None,
) -> Known:
    """One policy with these statements; without any, a layer without policies."""
    if not statements:
        return Known(assumption=assumption)
    return Known((AttachedPolicy(kind, f"a {kind.value}", document(*statements, version=version)),), assumption)


def identity(*statements: Mapping[str, object], assumption: str | None = None) -> Known:
    return layer(PolicyType.IDENTITY, *statements, assumption=assumption)


def bucket(*statements: Mapping[str, object], assumption: str | None = None) -> Known:
    return layer(PolicyType.RESOURCE, *statements, assumption=assumption)


def trust(*statements: Mapping[str, object]) -> Known:
    return layer(PolicyType.TRUST, *statements)


def scps(*levels: Iterable[Mapping[str, object]]) -> tuple[Layer, ...]:
    return tuple(layer(PolicyType.SCP, *statements) for statements in levels)


def ask(
    action: str = "s3:GetObject",
    resource: str = REPORT,
    *,
    who: str | Principal = ANA,
    owner: str | None = ACCOUNT,
    context: Mapping[str, ContextValue] | None = None,
    unknown: Iterable[str] = (),
) -> Request:
    principal = principal_from_arn(who) if isinstance(who, str) else who
    return Request(principal, action, resource, owner, context or {}, frozenset(unknown))
