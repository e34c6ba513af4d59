"""The capability of whoever plays an AWS service: to assume a role through its trust policy, without credentials.

A service principal never appears on the wire, so this is a function and not an operation of the API; who holds the
store may call it.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field

from passrole.account.authorization import common_context, organization_for
from passrole.account.callers import Caller, SessionTerms
from passrole.account.context import CallContext
from passrole.account.decided import Decided
from passrole.account.decision_log.recorded_call import RecordedCall
from passrole.account.organization_store import find_organization
from passrole.account.policy_layers import policy_layer
from passrole.account.role_store import Role, find_role_by_arn, get_role
from passrole.account.service_error import ServiceError, access_denied, validation_error
from passrole.account.sessions import SessionCredentials, open_session
from passrole.account.store import AccountStore
from passrole.account.tag_store import tags_of
from passrole.engine.evaluate import evaluate
from passrole.engine.request import ContextValue, Principal, PrincipalType, Request
from passrole.engine.stack import PolicyStack
from passrole.engine.wording import denial_message
from passrole.policy.model import PolicyType


def assume_as_service(
    store: AccountStore,
    service_principal: str,
    role: str,
    *,
    session_name: str,
    source_arn: str | None = None,
    source_account: str | None = None,
    external_id: str | None = None,
    seconds: int = 3600,
    region: str = "us-east-1",
    request_keys: Mapping[str, str] | None = None,
) -> SessionCredentials:
    """Credentials of a session of `role` (a name or an ARN) for `service_principal` (`vmie.amazonaws.com`).

    `source_arn` and `source_account` become aws:SourceArn and aws:SourceAccount: what the service acts for.
    `request_keys` are condition keys of every request that is made with the credentials.
    Raises ServiceError: AccessDenied when the trust policy does not let the service in, NoSuchEntity, ValidationError.
    """
    principal = Principal(PrincipalType.SERVICE, service_principal)
    context: dict[str, ContextValue] = {"sts:RoleSessionName": session_name}
    for key, value in (
        ("aws:SourceArn", source_arn),
        ("aws:SourceAccount", source_account),
        ("sts:ExternalId", external_id),
    ):
        if value is not None:
            context[key] = value
    assumed = _Assumed(principal, region, _parameters(role, session_name, external_id, seconds))
    try:
        with store.writing() as connection:
            ctx = store.context(connection, Caller(principal, service_principal), region=region)
            made = _assume(
                ctx, assumed, role, context, session_name, seconds, SessionTerms(request_keys=request_keys or {})
            )
        assumed.output = {"Credentials": made.shape()}
        return made
    except ServiceError as error:
        assumed.error = error.code, error.message
        raise
    finally:
        store.decisions.record(_recorded(assumed, store))


@dataclass(slots=True)
class _Assumed:
    """How far the call has come: what the log takes."""

    principal: Principal
    region: str
    parameters: dict[str, object]
    account_id: str | None = None
    decided: list[Decided] = field(default_factory=list)
    output: dict[str, object] | None = None
    error: tuple[str, str] | None = None


def _assume(
    ctx: CallContext,
    assumed: _Assumed,
    role: str,
    context: dict[str, ContextValue],
    session_name: str,
    seconds: int,
    terms: SessionTerms,
) -> SessionCredentials:
    connection = ctx.connection
    found = find_role_by_arn(connection, role) if role.startswith("arn:") else get_role(ctx, role)
    if found is None:
        raise access_denied(
            f"User: {assumed.principal.arn} is not authorized to perform: sts:AssumeRole on resource: {role}"
        )
    assumed.account_id = found.entity.account_id
    assumed.parameters["RoleArn"] = found.entity.arn
    decided = decide_assumption(ctx, assumed.principal, found, context)
    assumed.decided.append(decided)
    if not decided.decision.allowed:
        raise access_denied(denial_message(decided.request, decided.decision))
    if seconds > found.max_session_seconds:
        raise validation_error("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
    return open_session(ctx, found.entity, name=session_name, seconds=seconds, now=ctx.now, ids=ctx.ids, terms=terms)


def decide_assumption(
    ctx: CallContext, principal: Principal, role: Role, context: Mapping[str, ContextValue]
) -> Decided:
    """Whether a service principal may assume a role: what its trust policy and the organization say."""
    entity = role.entity
    tags = {
        f"{prefix}:ResourceTag/{key}": value
        for key, value in tags_of(ctx.connection, entity.id).items()
        for prefix in ("aws", "iam")
    }
    organization = find_organization(ctx.connection)
    request = Request(
        principal=principal,
        action="sts:AssumeRole",
        resource=entity.arn,
        resource_account=entity.account_id,
        context={**common_context(ctx), **tags, **context},
        organization=organization_for(organization, entity.account_id),
    )
    trust = policy_layer(PolicyType.TRUST, {f"role/{entity.name} trust policy": role.trust_policy})
    rcps = () if organization is None else organization.rcps_over(entity.account_id, "sts")
    stack = PolicyStack(resource=trust, rcps=rcps)
    return Decided(request, evaluate(request, stack), stack)


def _parameters(role: str, session_name: str, external_id: str | None, seconds: int) -> dict[str, object]:
    given: dict[str, object] = {"RoleArn": role, "RoleSessionName": session_name, "DurationSeconds": seconds}
    return given if external_id is None else given | {"ExternalId": external_id}


def _recorded(assumed: _Assumed, store: AccountStore) -> RecordedCall:
    """As CloudTrail has the calls of services: their name stands for address and client, and no key is shown."""
    name = assumed.principal.arn
    return RecordedCall(
        event_id=str(uuid.uuid4()),
        request_id=str(uuid.uuid4()),
        now=store.clock(),
        service="sts",
        operation="AssumeRole",
        writes=True,
        region=assumed.region,
        caller=Caller(assumed.principal, name),
        access_key_id="",
        parameters=assumed.parameters,
        output=assumed.output,
        error=assumed.error,
        decided=tuple(assumed.decided),
        source_ip=name,
        user_agent=name,
        account_id=assumed.account_id or store.account_id,
    )
