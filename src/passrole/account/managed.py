"""Managed policies, the account's own and AWS's, behind one face.

Source: IAM User Guide, "Managed policies and inline policies"
<https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-vs-inline.html>
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from sqlalchemy import Connection, func, select

from passrole.account import entities
from passrole.account.clock import moment
from passrole.account.context import AccountView
from passrole.account.entities import Entity, Kind
from passrole.account.service_error import ServiceError, no_such_entity, validation_error
from passrole.account.tables import attachments, policies, policy_versions
from passrole.account.tables import entities as entities_table
from passrole.catalog.managed_policies import AwsManagedPolicy, get_managed_policy, list_managed_policies

_POLICY_ARN = re.compile(r"arn:[a-z-]+:iam::(aws|\d{12}):policy/[\x21-\x7e]+")

_OF_ENDED_SERVICES = frozenset({"ServerMigrationServiceRole"})
"""Policies that went with their service, and that the set-up of it attaches. Here both can still be had: whoever
replays AWS Server Migration Service finds what its page takes for granted."""


@dataclass(frozen=True, slots=True)
class PolicyVersion:
    """`created_at` is None for a version of AWS's whose date is not known."""

    version_id: str
    created_at: datetime | None
    is_default: bool
    document: str


@dataclass(frozen=True, slots=True)
class ManagedPolicy:
    """`entity` is the row of a policy of this account, `aws` the one of AWS's catalogue; exactly one is there."""

    arn: str
    name: str
    path: str
    policy_id: str
    description: str | None
    created_at: datetime
    updated_at: datetime
    default_version_id: str
    attachable: bool
    entity: Entity | None = None
    aws: AwsManagedPolicy | None = None

    @property
    def sort_key(self) -> str:
        """Unique in an account: a policy of its own may have the name of one of AWS's."""
        return f"{entities.name_key(self.name)}\n{'aws' if self.aws else 'own'}"


def find_policy(view: AccountView, arn: str) -> ManagedPolicy | None:
    """One of AWS's or of this account, and no other. Raises ValidationError for a text that is no ARN of a policy."""
    if not _POLICY_ARN.fullmatch(arn):
        raise validation_error("Invalid ARN:  Could not be parsed!")
    if arn.startswith(f"arn:{view.partition}:iam::aws:"):
        found = get_managed_policy(arn, view.partition)
        return None if found is None else aws_policy(found)
    entity = entities.find_by_arn(view.connection, arn)
    if entity is None or entity.kind is not Kind.POLICY or entity.account_id != view.account_id:
        return None
    return own_policies(view.connection, [entity])[0]


def get_policy(view: AccountView, arn: str) -> ManagedPolicy:
    """Raises NoSuchEntity in the words of GetPolicy."""
    policy = find_policy(view, arn)
    if policy is None:
        raise no_such_entity(f"Policy {arn} was not found.")
    return policy


def get_attachable_policy(view: AccountView, arn: str) -> ManagedPolicy:
    """Raises NoSuchEntity and PolicyNotAttachable in the words of AttachRolePolicy."""
    policy = find_policy(view, arn)
    if policy is None or not policy.attachable:
        raise no_such_entity(f"Policy {arn} does not exist or is not attachable.")
    _refuse_policy_of_linked_role(policy)
    return policy


def get_boundary_policy(view: AccountView, arn: str) -> ManagedPolicy:
    """Raises NoSuchEntity in the words of PutRolePermissionsBoundary, whose errors PolicyNotAttachable is among."""
    policy = find_policy(view, arn)
    if policy is None or not policy.attachable:
        raise no_such_entity(f"Scope ARN: {arn} does not exist or is not attachable.")
    _refuse_policy_of_linked_role(policy)
    return policy


def _refuse_policy_of_linked_role(policy: ManagedPolicy) -> None:
    """ "AWS service role policies can only be attached to the service-linked role for that service." """
    if policy.aws is not None and policy.aws.is_service_linked_role_policy:
        raise ServiceError("PolicyNotAttachable", "Cannot attach a Service Role Policy to a Customer Role.")


def versions_of(view: AccountView, policy: ManagedPolicy) -> list[PolicyVersion]:
    """Newest first, as IAM lists them."""
    if policy.aws is not None:
        return [
            PolicyVersion(version.version_id, version.create_date, version.is_default, version.document)
            for version in reversed(policy.aws.versions)
        ]
    rows = view.connection.execute(
        select(policy_versions)
        .where(policy_versions.c.policy_id == policy.policy_id)
        .order_by(policy_versions.c.number.desc())
    )
    return [
        PolicyVersion(
            f"v{row.number}",
            moment(row.created_at),
            f"v{row.number}" == policy.default_version_id,
            row.document,
        )
        for row in rows
    ]


def default_document(view: AccountView, policy: ManagedPolicy) -> str:
    if policy.aws is not None:
        return policy.aws.default_version.document
    return next(version.document for version in versions_of(view, policy) if version.is_default)


def own_policies(connection: Connection, found: Sequence[Entity]) -> list[ManagedPolicy]:
    rows = connection.execute(select(policies).where(policies.c.policy_id.in_([entity.id for entity in found])))
    details = {row.policy_id: row for row in rows}
    return [
        ManagedPolicy(
            arn=entity.arn,
            name=entity.name,
            path=entity.path,
            policy_id=entity.id,
            description=entity.description,
            created_at=moment(entity.created_at),
            updated_at=moment(details[entity.id].updated_at),
            default_version_id=f"v{details[entity.id].default_version}",
            attachable=True,
            entity=entity,
        )
        for entity in found
        if entity.kind is Kind.POLICY
    ]


def aws_policies(partition: str, *, used: Collection[str]) -> list[ManagedPolicy]:
    """AWS's policies as a list shows them: a retired one only where its ARN is still in use."""
    return [policy for policy in _all_of_aws(partition) if policy.attachable or policy.arn in used]


@lru_cache(maxsize=8)
def _all_of_aws(partition: str) -> tuple[ManagedPolicy, ...]:
    return tuple(aws_policy(policy) for policy in list_managed_policies(partition, include_deprecated=True))


def aws_policy(found: AwsManagedPolicy) -> ManagedPolicy:
    return ManagedPolicy(
        arn=found.arn,
        name=found.name,
        path=found.path,
        policy_id=found.policy_id,
        description=found.description,
        created_at=found.create_date,
        updated_at=found.update_date,
        default_version_id=found.default_version_id,
        attachable=not found.deprecated or found.name in _OF_ENDED_SERVICES,
        aws=found,
    )


def attachment_counts(view: AccountView) -> dict[str, int]:
    """Attachments in the account by policy ARN."""
    rows = view.connection.execute(
        select(attachments.c.policy_arn, func.count())
        .join(entities_table, entities_table.c.id == attachments.c.entity_id)
        .where(entities_table.c.account_id == view.account_id)
        .group_by(attachments.c.policy_arn)
    )
    return {row[0]: row[1] for row in rows}


def boundary_counts(view: AccountView) -> dict[str, int]:
    """Users and roles of the account by the ARN of the managed policy that is their permissions boundary."""
    rows = view.connection.execute(
        select(entities_table.c.boundary_arn, func.count())
        .where(entities_table.c.account_id == view.account_id, entities_table.c.boundary_arn.is_not(None))
        .group_by(entities_table.c.boundary_arn)
    )
    return {row[0]: row[1] for row in rows}
