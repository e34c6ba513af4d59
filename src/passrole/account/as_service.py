"""The capability of whoever plays an AWS service: to assume a role through its trust policy, without credentials.

A service principal never appears on the wire, so this is a function and not an operation of the API; who holds the
store may call it.
"""

from __future__ import annotations

from collections.abc import Mapping

from passrole.account.authorization import common_context, organization_for
from passrole.account.callers import Caller, SessionTerms
from passrole.account.organization_store import find_organization
from passrole.account.policy_layers import policy_layer
from passrole.account.role_store import find_role_by_arn, get_role
from passrole.account.service_error import access_denied, validation_error
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
    with store.writing() as connection:
        ctx = store.context(connection, Caller(principal, service_principal), region=region)
        found = find_role_by_arn(connection, role) if role.startswith("arn:") else get_role(ctx, role)
        if found is None:
            raise access_denied(
                f"User: {service_principal} is not authorized to perform: sts:AssumeRole on resource: {role}"
            )
        for key, value in tags_of(connection, found.entity.id).items():
            context[f"aws:ResourceTag/{key}"] = context[f"iam:ResourceTag/{key}"] = value
        owner = found.entity.account_id
        organization = find_organization(connection)
        request = Request(
            principal=principal,
            action="sts:AssumeRole",
            resource=found.entity.arn,
            resource_account=owner,
            context={**common_context(ctx), **context},
            organization=organization_for(organization, owner),
        )
        trust = policy_layer(PolicyType.TRUST, {f"role/{found.entity.name} trust policy": found.trust_policy})
        rcps = () if organization is None else organization.rcps_over(owner, "sts")
        decision = evaluate(request, PolicyStack(resource=trust, rcps=rcps))
        if not decision.allowed:
            raise access_denied(denial_message(request, decision))
        if seconds > found.max_session_seconds:
            raise validation_error("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
        terms = SessionTerms(request_keys=request_keys or {})
        return open_session(
            ctx, found.entity, name=session_name, seconds=seconds, now=ctx.now, ids=ctx.ids, terms=terms
        )
