"""A new entity from the parameters of its Create operation: quota, path, boundary, unique id."""

from __future__ import annotations

from passrole.account import entities
from passrole.account.context import CallContext
from passrole.account.entities import NAME_PARAMETER, UNIQUE_ID_PREFIX, Entity, Kind
from passrole.account.managed import get_boundary_policy
from passrole.account.params import Params
from passrole.account.quotas import QUOTA_NAMES, check_quota
from passrole.account.service_error import invalid_input

RESERVED_PATHS = ("/aws-service-role/", "/aws-reserved/")
"""Paths under which only AWS's own services make roles."""


def new_entity(ctx: CallContext, params: Params, kind: Kind) -> Entity:
    """The entity as it will be; the caller adds it. Raises EntityAlreadyExists, LimitExceeded, NoSuchEntity."""
    name = params.text(NAME_PARAMETER[kind])
    path = params.optional_text("Path") or "/"
    if path.startswith(RESERVED_PATHS):
        # The text is a guess: AWS's page says only that these paths are reserved.
        raise invalid_input(f"The path {path} is reserved for AWS services.")
    if entities.find(ctx, kind, name) is not None:
        raise entities.already_exists(kind, name)
    check_quota(QUOTA_NAMES[kind], entities.count(ctx, kind) + 1, ctx.quotas.entities[kind])
    boundary = params.optional_text("PermissionsBoundary")
    return Entity(
        id=ctx.ids.unique_id(UNIQUE_ID_PREFIX[kind]),
        kind=kind,
        name=name,
        path=path,
        arn=ctx.arn(kind, path, name),
        created_at=ctx.now,
        description=params.optional_text("Description") or None,
        boundary_arn=None if boundary is None else get_boundary_policy(ctx, boundary).arn,
    )
