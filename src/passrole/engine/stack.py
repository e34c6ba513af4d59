"""The policies that AWS consults for a request, layer by layer, each known or unknown with a reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from passrole.policy.model import Policy, PolicyType


@dataclass(frozen=True, slots=True)
class AttachedPolicy:
    """A policy and where it is attached; `name` is what a person calls it (an ARN, `role/x inline policy y`)."""

    type: PolicyType
    name: str
    policy: Policy


@dataclass(frozen=True, slots=True)
class Known:
    """A layer whose policies are all here. With `assumption`, they were supposed, not read: answers name it."""

    policies: tuple[AttachedPolicy, ...] = ()
    assumption: str | None = None


@dataclass(frozen=True, slots=True)
class Unknown:
    """A layer that could not be read. What rests on it is answered undecided."""

    reason: str


Layer = Known | Unknown


@dataclass(frozen=True, slots=True)
class KeyGrant:
    """A grant on a KMS key, as kms:ListGrants shows it. A grant only allows.

    `grantee` and `retiring_principal` are ARNs or names of service principals; `operations` are spelled as
    CreateGrant takes them (`Decrypt`, not `kms:Decrypt`). The last three are its constraints.
    """

    grantee: str
    operations: frozenset[str]
    grant_id: str | None = None
    retiring_principal: str | None = None
    issuing_account: str | None = None
    context_equals: Mapping[str, str] | None = None
    context_subset: Mapping[str, str] | None = None
    source_arn: str | None = None


@dataclass(frozen=True, slots=True)
class PolicyStack:
    """Every layer of one request, as `evaluate` combines them.

    `boundary` and `session` are None when the principal has none, which is different from a layer without
    policies. `scps` and `rcps` list one layer a level from the organization's root down to the account (the
    caller's for SCPs, the resource's for RCPs); empty when it is in no organization, or is the management account.
    Who else is exempt the engine knows itself (`verdicts.py`). `resource` holds the resource-based policies of the
    request's resource: the trust policy (with the type TRUST) for sts:AssumeRole, the key policy for kms. `endpoint`
    is None when the request uses no VPC endpoint.

    Beside policies: `grants` are those on the request's KMS key, and `aws_managed_key` says that AWS manages it;
    `restrict_public_buckets` is that setting of S3 Block Public Access, of the bucket or its account.
    """

    identity: Layer = Known()
    resource: Layer = Known()
    boundary: Layer | None = None
    session: Layer | None = None
    scps: tuple[Layer, ...] = ()
    rcps: tuple[Layer, ...] = ()
    endpoint: Layer | None = None
    grants: tuple[KeyGrant, ...] | Unknown = ()
    aws_managed_key: bool = False
    restrict_public_buckets: bool | Unknown = False
