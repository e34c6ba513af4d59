"""Put and Delete of the permissions boundary of users and roles: four operations.

Source: IAM User Guide, "Permissions boundaries for IAM entities"
<https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html>
"""

from __future__ import annotations

from passrole.account import entities
from passrole.account.asks import on, present_boundary, requested_boundary
from passrole.account.context import CallContext
from passrole.account.entities import NAME_PARAMETER, Kind
from passrole.account.managed import get_boundary_policy
from passrole.account.operation import operation
from passrole.account.params import Params, Result
from passrole.account.service_error import no_such_entity


def _define(kind: Kind) -> None:
    word = kind.value.capitalize()
    name_parameter = NAME_PARAMETER[kind]

    @operation("iam", f"Put{word}PermissionsBoundary", writes=True, asks=on(kind, requested_boundary))
    def put(ctx: CallContext, params: Params) -> Result:
        entity = entities.get(ctx, kind, params.text(name_parameter))
        boundary = get_boundary_policy(ctx, params.text("PermissionsBoundary"))
        entities.set_boundary(ctx.connection, entity, boundary.arn)
        return {}

    @operation("iam", f"Delete{word}PermissionsBoundary", writes=True, asks=on(kind, present_boundary))
    def delete(ctx: CallContext, params: Params) -> Result:
        entity = entities.get(ctx, kind, params.text(name_parameter))
        if entity.boundary_arn is None:
            # The text is a guess; that IAM refuses is in the API's list of errors.
            raise no_such_entity(f"{word} {entity.name} does not have a permissions boundary.")
        entities.set_boundary(ctx.connection, entity, None)
        return {}


for _kind in (Kind.USER, Kind.ROLE):
    _define(_kind)
