"""AssumeRole: the role's trust policy and the caller's own policies decide, then a session is made.

Source: STS API Reference, AssumeRole <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from passrole.account.asks import request_tags, resource_tags
from passrole.account.callers import SessionTerms
from passrole.account.context import AccountView, CallContext
from passrole.account.documents import checked_document
from passrole.account.managed import find_policy
from passrole.account.operation import Ask, operation
from passrole.account.operations.caller_identity import no_such_mfa_device
from passrole.account.params import Params, Result
from passrole.account.policy_layers import policy_layer
from passrole.account.role_store import Role, find_role_by_arn
from passrole.account.service_error import ServiceError, access_denied, malformed_policy, validation_error
from passrole.account.sessions import open_session
from passrole.engine.request import ContextValue, PrincipalType
from passrole.policy.arn import Arn, ArnError
from passrole.policy.model import PolicyType

DEFAULT_SECONDS = 3600
CHAINED_SECONDS = 3600
"""A role assumed with another role's session lasts an hour at most, whatever the role allows."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """The condition keys that a request for a session adds."""

    context: dict[str, ContextValue]
    with_tags: bool
    with_source_identity: bool


def _asked(params: Params) -> _Asked:
    context: dict[str, ContextValue] = {"sts:RoleSessionName": params.text("RoleSessionName")}
    for key, name in (("sts:ExternalId", "ExternalId"), ("sts:SourceIdentity", "SourceIdentity")):
        value = params.optional_text(name)
        if value is not None:
            context[key] = value
    if params.texts("TransitiveTagKeys"):
        context["sts:TransitiveTagKeys"] = params.texts("TransitiveTagKeys")
    return _Asked(context, bool(params.tags()), params.has("SourceIdentity"))


def _asks(ctx: CallContext, params: Params, action: str) -> tuple[Ask, ...]:
    role = _role(ctx, params, action)
    asked = _asked(params)
    context = {**resource_tags(ctx, role.entity), **request_tags(ctx, params, None), **asked.context}
    layer = policy_layer(PolicyType.TRUST, {f"role/{role.entity.name} trust policy": role.trust_policy})
    actions = [action]
    # Tags and a source identity are permissions of their own, in the trust policy as in the caller's.
    # <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html>
    if asked.with_tags:
        actions.append("sts:TagSession")
    if asked.with_source_identity:
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
    if params.has("SerialNumber") or params.has("TokenCode"):
        raise no_such_mfa_device()
    role = _role(ctx, params, "sts:AssumeRole")
    seconds = _seconds(ctx, params, role)
    terms = _terms(ctx, params, ctx.of_account(role.entity.account_id))
    name = params.text("RoleSessionName")
    made = open_session(ctx, role.entity, name=name, seconds=seconds, now=ctx.now, ids=ctx.ids, terms=terms)
    session = f"arn:{ctx.partition}:sts::{role.entity.account_id}:assumed-role/{role.entity.name}/{name}"
    result: Result = {
        "Credentials": made.shape(),
        "AssumedRoleUser": {"AssumedRoleId": f"{role.entity.id}:{name}", "Arn": session},
    }
    if terms.policies or terms.policy_arns or terms.tags:
        result["PackedPolicySize"] = _packed_percent(ctx, terms)
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
    document = params.optional_text("Policy")
    if document is not None:
        checked_document(document, PolicyType.SESSION, partition=ctx.partition)
    arns = tuple(record.text("arn") for record in params.records("PolicyArns") if record.has("arn"))
    if len(arns) > ctx.quotas.session_policy_arns:
        raise validation_error(
            f"1 validation error detected: Value at 'policyArns' failed to satisfy constraint: Member must have length "
            f"less than or equal to {ctx.quotas.session_policy_arns}"
        )
    for arn in arns:
        # "The policies must exist in the same account as the role."
        if find_policy(role_account, arn) is None:
            # The code and the text are a guess; that STS refuses is on the page.
            raise malformed_policy(f"Policy {arn} does not exist or is not attachable.")
    calling = ctx.caller.session.terms if ctx.caller.session is not None else SessionTerms()
    tags, transitive = _tags(params, calling)
    source_identity = params.optional_text("SourceIdentity")
    if calling.source_identity is not None:
        # "It persists across role chaining and cannot be changed."
        if source_identity not in (None, calling.source_identity):
            raise access_denied("The source identity of the calling session cannot be changed.")
        source_identity = calling.source_identity
    terms = SessionTerms(() if document is None else (document,), arns, tags, transitive, source_identity)
    percent = _packed_percent(ctx, terms)
    if percent > 100:
        raise ServiceError(
            "PackedPolicyTooLarge",
            f"Packed policy consumes {percent}% of allotted space, please use smaller policy.",
        )
    return terms


def _tags(params: Params, calling: SessionTerms) -> tuple[dict[str, str], tuple[str, ...]]:
    """Session tags and transitive keys, with those that the calling session hands on.

    Source: IAM User Guide, "Pass session tags in AWS STS", chaining roles with session tags.
    """
    tags = params.tags()
    keys = [record.text("Key").lower() for record in params.records("Tags")]
    if len(set(keys)) < len(keys):
        raise _invalid_tags("Duplicate tag keys found. Please note that Tag keys are case insensitive.")
    transitive = params.texts("TransitiveTagKeys")
    if not {key.lower() for key in transitive} <= set(keys):
        raise _invalid_tags("The specified transitive tag key must be included in the requested tags.")
    inherited = {key.lower() for key in calling.transitive_tag_keys}
    if inherited & set(keys):
        raise _invalid_tags(
            "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from "
            "the calling session."
        )
    handed_on = {key: value for key, value in calling.tags.items() if key.lower() in inherited}
    return {**handed_on, **tags}, (*calling.transitive_tag_keys, *transitive)


def _packed_percent(ctx: CallContext, terms: SessionTerms) -> int:
    """How full the session's allowance is. AWS packs in a way of its own; here plain characters are counted."""
    characters = sum(map(len, (*terms.policies, *terms.policy_arns)))
    return math.ceil(100 * characters / ctx.quotas.session_policy_size)


def _invalid_tags(message: str) -> ServiceError:
    return ServiceError("InvalidParameterValue", message)
