"""Attach, Detach and ListAttached for users, roles and groups: nine operations, one of each kind."""

from __future__ import annotations

from passrole.account import entities
from passrole.account.asks import on, policy_arn, present_boundary
from passrole.account.context import CallContext
from passrole.account.entities import NAME_PARAMETER, Kind
from passrole.account.managed import find_policy, get_attachable_policy
from passrole.account.operation import operation
from passrole.account.pages import page, page_request, rest_of
from passrole.account.params import Params, Result
from passrole.account.policy_store import attach, attached_arns, attachment_sort_key, detach
from passrole.account.quotas import check_quota
from passrole.account.service_error import no_such_entity
from passrole.account.shapes import attached_policy_shape


def _define(kind: Kind) -> None:
    word = kind.value.capitalize()
    name_parameter = NAME_PARAMETER[kind]

    @operation("iam", f"Attach{word}Policy", writes=True, asks=on(kind, policy_arn, present_boundary))
    def attach_policy(ctx: CallContext, params: Params) -> Result:
        """Attaching again changes nothing."""
        entity = entities.get(ctx, kind, params.text(name_parameter))
        arn = params.text("PolicyArn")
        present = attached_arns(ctx.connection, entity.id)
        # Before the policy is looked at: one that AWS has retired since goes on being attached.
        if arn not in present:
            policy = get_attachable_policy(ctx, arn)
            check_quota(f"PoliciesPer{word}", len(present) + 1, ctx.quotas.attached_policies[kind])
            attach(ctx.connection, entity, policy.arn)
        return {}

    @operation("iam", f"Detach{word}Policy", writes=True, asks=on(kind, policy_arn, present_boundary))
    def detach_policy(ctx: CallContext, params: Params) -> Result:
        entity = entities.get(ctx, kind, params.text(name_parameter))
        arn = params.text("PolicyArn")
        if not detach(ctx.connection, entity, arn):
            find_policy(ctx, arn)  # refuses what is no ARN of a policy
            raise no_such_entity(f"Policy {arn} was not found.")
        return {}

    @operation("iam", f"ListAttached{word}Policies", writes=False, asks=on(kind))
    def list_attached(ctx: CallContext, params: Params) -> Result:
        entity = entities.get(ctx, kind, params.text(name_parameter))
        prefix = params.optional_text("PathPrefix") or "/"
        arns = [arn for arn in attached_arns(ctx.connection, entity.id) if _path(arn).startswith(prefix)]
        request = page_request(params)
        return page(
            request,
            "AttachedPolicies",
            rest_of(request, arns, sort_key=attachment_sort_key),
            sort_key=attachment_sort_key,
            shape=attached_policy_shape,
        )


def _path(arn: str) -> str:
    """The path of a managed policy, out of its ARN."""
    resource = arn.split(":", 5)[5].removeprefix("policy")
    return resource[: resource.rindex("/") + 1]


for _kind in (Kind.USER, Kind.ROLE, Kind.GROUP):
    _define(_kind)
