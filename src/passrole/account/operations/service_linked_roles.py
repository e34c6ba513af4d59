"""CreateServiceLinkedRole, DeleteServiceLinkedRole, GetServiceLinkedRoleDeletionStatus.

Source: IAM User Guide, "Create a service-linked role"
<https://docs.aws.amazon.com/IAM/latest/UserGuide/create-service-linked-role.html>
"""

from __future__ import annotations

import json
import re

from sqlalchemy import insert, select

from passrole.account import entities
from passrole.account.asks import on
from passrole.account.context import CallContext
from passrole.account.entities import UNIQUE_ID_PREFIX, Entity, Kind
from passrole.account.operation import Ask, operation
from passrole.account.params import Params, Result
from passrole.account.policy_store import attach
from passrole.account.quotas import QUOTA_NAMES, check_quota
from passrole.account.role_store import DEFAULT_MAX_SESSION_SECONDS, add_role
from passrole.account.service_error import invalid_input, no_such_entity
from passrole.account.shapes import described, role_shape
from passrole.account.tables import deletion_tasks
from passrole.account.trust import TrustPolicy
from passrole.catalog.service_linked_roles import ServiceLinkedRole, find_service_linked_role

_TASK = re.compile(r"task(/aws-service-role/[\w+=,.@-]+/)([\w+=,.@-]+)/[0-9a-f-]{36}", re.ASCII)


def _known(params: Params) -> ServiceLinkedRole:
    """Raises InvalidInput for a service whose role is not known here; AWS may know it (the text is ours)."""
    service = params.text("AWSServiceName")
    found = find_service_linked_role(service)
    if found is None:
        raise invalid_input(f"passrole knows no service-linked role of {service}.")
    return found


def _name(role: ServiceLinkedRole, params: Params) -> str:
    suffix = params.optional_text("CustomSuffix")
    return role.role_name if suffix is None else f"{role.role_name}_{suffix}"


def _asks_to_create(ctx: CallContext, params: Params, action: str) -> tuple[Ask, ...]:
    role = _known(params)
    arn = ctx.arn(Kind.ROLE, role.path, _name(role, params))
    return (Ask(action, arn, {"iam:AWSServiceName": role.service}),)


@operation("iam", "CreateServiceLinkedRole", writes=True, asks=_asks_to_create)
def create_service_linked_role(ctx: CallContext, params: Params) -> Result:
    linked = _known(params)
    name = _name(linked, params)
    if params.has("CustomSuffix") and not linked.suffix_allowed:
        raise invalid_input(f"Custom suffix is not allowed for {linked.service}")
    if entities.find(ctx, Kind.ROLE, name) is not None:
        raise invalid_input(f"Service role name {name} has been taken in this account, please try a different suffix.")
    check_quota(QUOTA_NAMES[Kind.ROLE], entities.count(ctx, Kind.ROLE) + 1, ctx.quotas.entities[Kind.ROLE])
    entity = Entity(
        ctx.ids.unique_id(UNIQUE_ID_PREFIX[Kind.ROLE]),
        Kind.ROLE,
        name,
        linked.path,
        ctx.arn(Kind.ROLE, linked.path, name),
        ctx.now,
        params.optional_text("Description") or None,
    )
    trust = TrustPolicy(_trust_policy(linked.service), {})
    role = add_role(ctx.connection, entity, trust, max_session_seconds=DEFAULT_MAX_SESSION_SECONDS)
    attach(ctx.connection, entity, f"arn:{ctx.partition}:iam::aws:policy/aws-service-role/{linked.policy_name}")
    return {"Role": role_shape(role) | described(entity)}


def _trust_policy(service: str) -> str:
    """As AWS's answers have it."""
    statement = {"Action": ["sts:AssumeRole"], "Effect": "Allow", "Principal": {"Service": [service]}}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]}, separators=(",", ":"))


@operation("iam", "DeleteServiceLinkedRole", writes=True, asks=on(Kind.ROLE))
def delete_service_linked_role(ctx: CallContext, params: Params) -> Result:
    """The role is gone at once: nothing here uses it. At AWS the linked service is asked first."""
    role = entities.get(ctx, Kind.ROLE, params.text("RoleName"))
    if not role.path.startswith("/aws-service-role/"):
        # The text is a guess.
        raise invalid_input(f"The role {role.name} is not a service-linked role.")
    task_id = f"task{role.path}{role.name}/{ctx.ids.uuid()}"
    values = {"id": task_id, "account_id": ctx.account_id, "created_at": ctx.now}
    ctx.connection.execute(insert(deletion_tasks).values(**values))
    entities.remove(ctx.connection, role)
    return {"DeletionTaskId": task_id}


def _asks_about_task(ctx: CallContext, params: Params, action: str) -> tuple[Ask, ...]:
    found = _TASK.fullmatch(params.text("DeletionTaskId"))
    if found is None:
        # The code is in the API's list; the text is a guess.
        raise invalid_input("The deletion task ID is not valid.")
    return (Ask(action, ctx.arn(Kind.ROLE, found[1], found[2])),)


@operation("iam", "GetServiceLinkedRoleDeletionStatus", writes=False, asks=_asks_about_task)
def get_service_linked_role_deletion_status(ctx: CallContext, params: Params) -> Result:
    task_id = params.text("DeletionTaskId")
    own = (deletion_tasks.c.id == task_id, deletion_tasks.c.account_id == ctx.account_id)
    if ctx.connection.execute(select(deletion_tasks.c.id).where(*own)).first() is None:
        raise no_such_entity(f"The deletion task {task_id} cannot be found.")
    return {"Status": "SUCCEEDED"}
