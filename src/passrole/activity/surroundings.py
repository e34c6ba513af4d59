"""What a workflow does not say of its calls: where they come from, when, and what is on the caller and the resource.

A recipe tells the condition keys that a service sends. The others are not absent from the real call, only unknown
here: a Deny that rests on one of them leaves the answer undecided, and does not pass for no Deny.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from passrole.account.asking import Circumstances
from passrole.engine.request import ContextValue

SUPPOSED: Final[Mapping[str, ContextValue]] = MappingProxyType({"aws:SecureTransport": "true"})
"""AWS's services, SDKs and the AWS CLI call over TLS."""

UNTOLD: Final = frozenset(
    {"aws:*", "ec2:ResourceTag/*", "iam:ResourceTag/*", "s3:ExistingObjectTag/*", "secretsmanager:ResourceTag/*"}
    | {"ssm:resourceTag/*"}
)
"""Not known unless the step tells them. Other keys of a service are parameters of the call: told, or absent."""

TOLD_OR_ABSENT: Final = frozenset(
    {"aws:RequestTag/*", "aws:SourceAccount", "aws:SourceArn", "aws:SourceOrgID", "aws:SourceOrgPaths", "aws:TagKeys"}
)
"""What only the call itself can hold, so that a step that has it says so."""


def circumstances(resource_account: str | None) -> Circumstances:
    return Circumstances(unknown_keys=UNTOLD, absent_keys=TOLD_OR_ABSENT, resource_account=resource_account)


def context_of(told: Mapping[str, ContextValue]) -> dict[str, ContextValue]:
    """The keys of a step with what is supposed of every call; what the step tells goes first."""
    given = {key.lower() for key in told}
    return {**{key: value for key, value in SUPPOSED.items() if key.lower() not in given}, **told}
