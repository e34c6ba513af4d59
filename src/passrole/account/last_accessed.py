"""Reports of when services were last used, made of the log of decisions and kept as they were at their time.

Source: IAM API Reference, GenerateServiceLastAccessedDetails
<https://docs.aws.amazon.com/IAM/latest/APIReference/API_GenerateServiceLastAccessedDetails.html>
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import insert, select

from passrole.account.context import CallContext
from passrole.account.documents import parsed
from passrole.account.entities import Entity, Kind
from passrole.account.managed import default_document, get_policy
from passrole.account.membership import members_after
from passrole.account.policy_store import users_of_policy
from passrole.account.service_access import services_of
from passrole.account.simulation.source_policy import policies_of
from passrole.account.tables import last_accessed_jobs
from passrole.policy.model import Policy
from passrole.policy.parse import PolicySyntaxError


@dataclass(frozen=True, slots=True)
class Used:
    """An action that an entity asked for last at `at` (seconds since 1970), allowed or not."""

    action: str
    at: int
    region: str

    @property
    def service(self) -> str:
        return self.action.partition(":")[0]


@dataclass(frozen=True, slots=True)
class Accessor:
    """A user or role as it was when the report was made; `uses` latest first."""

    arn: str
    name: str
    id: str
    kind: str
    path: str
    uses: tuple[Used, ...]

    def last_use_of(self, service: str) -> Used | None:
        return next((used for used in self.uses if used.service == service), None)


@dataclass(frozen=True, slots=True)
class Report:
    """`services` are those that the policies let somebody use; `made_at` in seconds since 1970."""

    made_at: int
    by_action: bool
    services: tuple[str, ...]
    accessors: tuple[Accessor, ...]


def report_of(ctx: CallContext, entity: Entity, *, by_action: bool) -> Report:
    """About a user, role or group: a group's users are who used its permissions."""
    accessors = members_after(ctx.connection, entity, after=None, limit=None) if entity.kind is Kind.GROUP else [entity]
    documents = (source.document for source in policies_of(ctx, entity))
    return Report(ctx.now, by_action, services_of(_understood(documents)), _accessors(ctx, accessors))


def report_of_policy(ctx: CallContext, arn: str, *, by_action: bool) -> Report:
    """About a managed policy: who has it attached, itself or through a group. Raises NoSuchEntity."""
    policy = get_policy(ctx, arn)
    accessors: dict[str, Entity] = {}
    for holder in users_of_policy(ctx, arn, usage="PermissionsPolicy"):
        is_group = holder.kind is Kind.GROUP
        members = members_after(ctx.connection, holder, after=None, limit=None) if is_group else [holder]
        accessors |= {member.id: member for member in members}
    services = services_of(_understood([default_document(ctx, policy)]))
    return Report(ctx.now, by_action, services, _accessors(ctx, list(accessors.values())))


def keep_report(ctx: CallContext, report: Report) -> str:
    """The id of the job under which its caller finds it again."""
    job_id = ctx.ids.uuid()
    ctx.connection.execute(
        insert(last_accessed_jobs).values(
            id=job_id,
            account_id=ctx.account_id,
            asked_by=_caller_id(ctx),
            created_at=report.made_at,
            report=json.dumps(asdict(report)),
        )
    )
    return job_id


def find_report(ctx: CallContext, job_id: str) -> Report | None:
    """A report that this caller asked for."""
    own = (
        last_accessed_jobs.c.id == job_id,
        last_accessed_jobs.c.account_id == ctx.account_id,
        last_accessed_jobs.c.asked_by == _caller_id(ctx),
    )
    text = ctx.connection.execute(select(last_accessed_jobs.c.report).where(*own)).scalar()
    if text is None:
        return None
    value = json.loads(text)
    accessors = tuple(
        Accessor(**{**one, "uses": tuple(Used(**used) for used in one["uses"])}) for one in value["accessors"]
    )
    return Report(value["made_at"], value["by_action"], tuple(value["services"]), accessors)


def _accessors(ctx: CallContext, found: Sequence[Entity]) -> tuple[Accessor, ...]:
    uses: dict[str, list[Used]] = {}
    if ctx.decisions is not None:
        for use in ctx.decisions.uses_of([entity.id for entity in found]):
            uses.setdefault(use.entity_id, []).append(Used(use.action, use.used_at, use.region))
    return tuple(
        Accessor(
            entity.arn, entity.name, entity.id, entity.kind.value.upper(), entity.path, tuple(uses.get(entity.id, ()))
        )
        for entity in found
    )


def _understood(documents: Iterable[str]) -> Iterable[Policy]:
    for document in documents:
        try:
            yield parsed(document)
        except PolicySyntaxError:
            # A policy that is not understood grants nothing here.
            continue


def _caller_id(ctx: CallContext) -> str:
    return ctx.caller.entity.id if ctx.caller.entity is not None else ctx.caller.user_id
