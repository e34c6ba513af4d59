"""AssumeRole: the role's trust policy and the caller's own policies decide, then a session is made.

Source: STS API Reference, AssumeRole <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>
"""

from __future__ import annotations

from passrole.account.asks import request_tags, resource_tags
from passrole.account.callers import SessionTerms
from passrole.account.context import AccountView, CallContext
from passrole.account.mfa import check_mfa, use_mfa_code
from passrole.account.operation import Ask, operation
from passrole.account.params import Params, Result
from passrole.account.policy_layers import policy_layer
from passrole.account.role_store import Role, find_role_by_arn
from passrole.account.service_error import ServiceError, access_denied, validation_error
from passrole.account.session_terms import chained_tags, packed_percent, requested_policies, requested_tags
from passrole.account.sessions import open_session
from passrole.engine.request import ContextValue, PrincipalType
from passrole.policy.arn import Arn, ArnError
from passrole.policy.model import PolicyType

DEFAULT_SECONDS = 3600
CHAINED_SECONDS = 3600
"""A role assumed with another role's session lasts an hour at most, whatever the role allows."""


def _asks(ctx: CallContext, params: Params, action: str) -> tuple[Ask, ...]:
    role = _role(ctx, params, action)
    calling = _calling(ctx)
    context: dict[str, ContextValue] = {
        **resource_tags(ctx, role.entity),
        **request_tags(ctx, params, None),
        "sts:RoleSessionName": params.text("RoleSessionName"),
    }
    source_identity = params.optional_text("SourceIdentity") or calling.source_identity
    for key, value in (("sts:ExternalId", params.optional_text("ExternalId")), ("sts:SourceIdentity", source_identity)):
        if value is not None:
            context[key] = value
    if params.texts("TransitiveTagKeys"):
        context["sts:TransitiveTagKeys"] = params.texts("TransitiveTagKeys")
    if check_mfa(ctx, params):
        context |= {"aws:MultiFactorAuthPresent": "true", "aws:MultiFactorAuthAge": "0"}
    layer = policy_layer(PolicyType.TRUST, {f"role/{role.entity.name} trust policy": role.trust_policy})
    actions = [action]
    # Tags and a source identity are permissions of their own, in the trust policy as in the caller's; those that a
    # calling session hands on as well.
    # <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html>
    # <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_control-access_monitor.html>
    if params.tags() or calling.transitive_tag_keys:
        actions.append("sts:TagSession")
    if source_identity is not None:
        actions.append("sts:SetSourceIdentity")
    account = role.entity.account_id
    return tuple(Ask(each, role.entity.arn, context, None, layer, account) for each in actions)


def _role(ctx: CallContext, params: Params, action: str) -> Role:
    """Raises AccessDenied for a role that is not there: who may not assume it does not learn that."""
    arn = params.text("RoleArn")
    try:
        Arn.parse(arn)
    except ArnError as error:
        raise validation_error(f"{arn} is invalid") from error
    role = find_role_by_arn(ctx.connection, arn)
    if role is None:
        raise access_denied(
            f"User: {ctx.caller.principal.arn} is not authorized to perform: {action} on resource: {arn}"
        )
    return role


@operation("sts", "AssumeRole", writes=True, asks=_asks)
def assume_role(ctx: CallContext, params: Params) -> Result:
    if ctx.caller.principal.type is PrincipalType.ROOT_USER:
        raise access_denied("Roles may not be assumed by root accounts.")
    if params.has("ProvidedContexts"):
        # They would limit or widen the session in ways that are not understood here.
        raise ServiceError("NotImplemented", "passrole does not implement ProvidedContexts yet; nothing was changed")
    role = _role(ctx, params, "sts:AssumeRole")
    seconds = _seconds(ctx, params, role)
    terms = _terms(ctx, params, ctx.of_account(role.entity.account_id))
    use_mfa_code(ctx, params)
    percent = packed_percent(ctx, terms)
    name = params.text("RoleSessionName")
    made = open_session(ctx, role.entity, name=name, seconds=seconds, now=ctx.now, ids=ctx.ids, terms=terms)
    session = f"arn:{ctx.partition}:sts::{role.entity.account_id}:assumed-role/{role.entity.name}/{name}"
    result: Result = {
        "Credentials": made.shape(),
        "AssumedRoleUser": {"AssumedRoleId": f"{role.entity.id}:{name}", "Arn": session},
    }
    if percent is not None:
        result["PackedPolicySize"] = percent
    if terms.source_identity is not None:
        result["SourceIdentity"] = terms.source_identity
    return result


def _seconds(ctx: CallContext, params: Params, role: Role) -> int:
    seconds = params.number("DurationSeconds") or DEFAULT_SECONDS
    if ctx.caller.is_role_session and seconds > CHAINED_SECONDS:
        raise validation_error(
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining"
        )
    if seconds > role.max_session_seconds:
        raise validation_error("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
    return seconds


def _terms(ctx: CallContext, params: Params, role_account: AccountView) -> SessionTerms:
    # "The policies must exist in the same account as the role."
    policies, arns = requested_policies(ctx, params, role_account)
    calling = _calling(ctx)
    tags, transitive = chained_tags(requested_tags(params), params.texts("TransitiveTagKeys"), calling)
    source_identity = params.optional_text("SourceIdentity")
    if source_identity is not None and source_identity.startswith("aws:"):
        # "This prefix is reserved"; the text is a guess.
        raise validation_error("The source identity must not begin with aws:.")
    if calling.source_identity is not None:
        # "It persists across role chaining and cannot be changed."
        if source_identity not in (None, calling.source_identity):
            raise access_denied("The source identity of the calling session cannot be changed.")
        source_identity = calling.source_identity
    return SessionTerms(policies, arns, tags, transitive, source_identity, ctx.now if check_mfa(ctx, params) else None)


def _calling(ctx: CallContext) -> SessionTerms:
    return ctx.caller.session.terms if ctx.caller.session is not None else SessionTerms()
