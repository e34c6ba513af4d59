"""Account aliases, GetAccountSummary, SetSecurityTokenServicePreferences."""

from __future__ import annotations

from sqlalchemy import delete, func, insert, select

from passrole.account import entities
from passrole.account.account_settings import set_sts_token_version, sts_token_version
from passrole.account.asks import account_wide
from passrole.account.context import CallContext
from passrole.account.entities import Kind
from passrole.account.mfa_store import count_assigned
from passrole.account.operation import operation
from passrole.account.pages import page, page_request, rest_of
from passrole.account.params import Params, Result
from passrole.account.quotas import quotas_by_name
from passrole.account.service_error import entity_already_exists, no_such_entity
from passrole.account.tables import account_aliases, policy_versions
from passrole.account.tables import entities as entities_table
from passrole.catalog.quotas import ACCOUNT_SUMMARY_QUOTAS


@operation("iam", "CreateAccountAlias", writes=True, asks=account_wide)
def create_account_alias(ctx: CallContext, params: Params) -> Result:
    """An account has one alias: a new one takes the place of the old one. No two accounts have the same."""
    alias = params.text("AccountAlias")
    if ctx.connection.execute(select(account_aliases).where(account_aliases.c.alias == alias)).first() is not None:
        raise entity_already_exists(f"The account alias {alias} already exists.")
    ctx.connection.execute(delete(account_aliases).where(account_aliases.c.account_id == ctx.account_id))
    ctx.connection.execute(insert(account_aliases).values(alias=alias, account_id=ctx.account_id))
    return {}


@operation("iam", "ListAccountAliases", writes=False, asks=account_wide)
def list_account_aliases(ctx: CallContext, params: Params) -> Result:
    request = page_request(params)
    return page(request, "AccountAliases", rest_of(request, _aliases(ctx), sort_key=str), sort_key=str)


@operation("iam", "DeleteAccountAlias", writes=True, asks=account_wide)
def delete_account_alias(ctx: CallContext, params: Params) -> Result:
    alias = params.text("AccountAlias")
    own = (account_aliases.c.alias == alias, account_aliases.c.account_id == ctx.account_id)
    if not ctx.connection.execute(delete(account_aliases).where(*own)).rowcount:
        raise no_such_entity(f"The account alias {alias} cannot be found.")
    return {}


@operation("iam", "GetAccountSummary", writes=False, asks=account_wide)
def get_account_summary(ctx: CallContext, _params: Params) -> Result:
    """Counts and quotas. What this account does not keep (providers, certificates, root's credentials) counts zero."""
    counts = {
        "Users": entities.count(ctx, Kind.USER),
        "Groups": entities.count(ctx, Kind.GROUP),
        "Roles": entities.count(ctx, Kind.ROLE),
        "Policies": entities.count(ctx, Kind.POLICY),
        "InstanceProfiles": entities.count(ctx, Kind.INSTANCE_PROFILE),
        "PolicyVersionsInUse": _count_policy_versions(ctx),
        "Providers": 0,
        "ServerCertificates": 0,
        "MFADevices": entities.count(ctx, Kind.MFA_DEVICE),
        "MFADevicesInUse": count_assigned(ctx),
        "AccountMFAEnabled": 0,
        "AccountAccessKeysPresent": 0,
        "AccountSigningCertificatesPresent": 0,
        "AccountPasswordPresent": 0,
        "GlobalEndpointTokenVersion": sts_token_version(ctx),
    }
    allowed = {name: quota.value for name, quota in ACCOUNT_SUMMARY_QUOTAS.items()}
    allowed |= quotas_by_name(ctx.quotas)
    return {"SummaryMap": counts | allowed}


@operation("iam", "SetSecurityTokenServicePreferences", writes=True, asks=account_wide)
def set_security_token_service_preferences(ctx: CallContext, params: Params) -> Result:
    """Both versions of a token work here, in every Region."""
    set_sts_token_version(ctx, 2 if params.text("GlobalEndpointTokenVersion") == "v2Token" else 1)
    return {}


def _aliases(ctx: CallContext) -> list[str]:
    statement = select(account_aliases.c.alias).where(account_aliases.c.account_id == ctx.account_id)
    return list(ctx.connection.execute(statement).scalars())


def _count_policy_versions(ctx: CallContext) -> int:
    statement = (
        select(func.count())
        .select_from(policy_versions)
        .join(entities_table, entities_table.c.id == policy_versions.c.policy_id)
        .where(entities_table.c.account_id == ctx.account_id)
    )
    return ctx.connection.execute(statement).scalar_one()
