"""Trust policies: their principals exist when they are written, and are kept by unique id from then on.

A role that is deleted and made again is another principal: the trust policy that named it shows the old unique id
and trusts nobody there.
Source: IAM User Guide, "AWS JSON policy elements: Principal", IAM role principals
<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html>
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select

from passrole.account import entities
from passrole.account.accounts import is_account_here
from passrole.account.context import CallContext
from passrole.account.documents import checked_document, parsed
from passrole.account.entities import Entity, Kind
from passrole.account.prepared import Prepared, PreparedForMany
from passrole.account.quotas import check_quota
from passrole.account.service_error import ServiceError, malformed_policy
from passrole.account.tables import entities as entities_table
from passrole.account.tables import trust_principals
from passrole.catalog.quotas import policy_size
from passrole.catalog.service_principals import is_service_principal_name
from passrole.policy.arn import ACCOUNT_ID, Arn, ArnError
from passrole.policy.model import PolicyType, PrincipalEntry, PrincipalKind
from passrole.policy.parse import PolicySyntaxError

ALL_PRINCIPALS = select(trust_principals, entities_table.c.arn, entities_table.c.name).outerjoin(
    entities_table, entities_table.c.id == trust_principals.c.principal_id
)
_PRINCIPALS = PreparedForMany(lambda ids: ALL_PRINCIPALS.where(trust_principals.c.role_id.in_(ids)))
_PRINCIPALS_OF_ONE = Prepared(ALL_PRINCIPALS.where(trust_principals.c.role_id == bindparam("id")))
_FORGET_PRINCIPALS = Prepared(delete(trust_principals).where(trust_principals.c.role_id == bindparam("role")))


@dataclass(frozen=True, slots=True)
class TrustPolicy:
    """A checked document, and the unique id of each principal of this account by the text that names it."""

    document: str
    principal_ids: Mapping[str, str]


def checked_trust_policy(ctx: CallContext, document: str) -> TrustPolicy:
    """Raises MalformedPolicyDocument and LimitExceeded."""
    policy = checked_document(document, PolicyType.TRUST, partition=ctx.partition)
    principal_ids: dict[str, str] = {}
    for statement in policy.statements:
        for entry in statement.principals.entries if statement.principals else ():
            found = principal_here(ctx, entry)
            if found is not None:
                principal_ids[entry.value.text] = found.id
    check_quota("ACLSizePerRole", policy_size(document), ctx.quotas.trust_policy_size)
    return TrustPolicy(document, principal_ids)


def found_principals(ctx: CallContext, document: str) -> TrustPolicy:
    """A document that was written elsewhere, with those of its principals that are here; nobody is missed."""
    try:
        policy = parsed(document)
    except PolicySyntaxError:
        return TrustPolicy(document, {})  # Whoever asks about it is told that it is not understood.
    found: dict[str, str] = {}
    for statement in policy.statements:
        for entry in statement.principals.entries if statement.principals else ():
            if entry.kind is PrincipalKind.AWS and entry.value.text.startswith("arn:"):
                try:
                    principal = principal_here(ctx, entry)
                except (ServiceError, ArnError):
                    continue
                if principal is not None:
                    found[entry.value.text] = principal.id
    return TrustPolicy(document, found)


def keep_principals(connection: Connection, role_id: str, trust: TrustPolicy) -> None:
    """Remember whom the role's new trust policy means."""
    _FORGET_PRINCIPALS.write(connection, {"role": role_id})
    add_principals(connection, role_id, trust)


def add_principals(connection: Connection, role_id: str, trust: TrustPolicy) -> None:
    """The same for a role that is new."""
    if trust.principal_ids:
        rows = [
            {"role_id": role_id, "written": written, "principal_id": unique_id}
            for written, unique_id in trust.principal_ids.items()
        ]
        connection.execute(insert(trust_principals), rows)


def shown_trust_policies(connection: Connection, documents: Mapping[str, str]) -> dict[str, str]:
    """Trust policies by role id as they read today.

    The text is the one that was written, unless a principal has since been renamed (its new ARN is shown) or
    deleted (its unique id is shown).
    """
    return shown_documents(documents, _PRINCIPALS.all(connection, list(documents)))


def shown_trust_policy(connection: Connection, role_id: str, document: str) -> str:
    """The same for one role."""
    return shown_documents({role_id: document}, _PRINCIPALS_OF_ONE.all(connection, {"id": role_id}))[role_id]


def shown_documents(documents: Mapping[str, str], rows: Iterable[Any]) -> dict[str, str]:
    """Documents by role id as they read today; `rows` are those of `ALL_PRINCIPALS` for these roles."""
    changed: dict[str, dict[str, str]] = {}
    for row in rows:
        shown = _shown_principal(row.written, row.principal_id, row.arn, row.name)
        if shown != row.written:
            changed.setdefault(row.role_id, {})[row.written] = shown
    return dict(documents) | {role_id: _replaced(documents[role_id], names) for role_id, names in changed.items()}


def _shown_principal(written: str, unique_id: str, arn: str | None, name: str | None) -> str:
    if arn is None or ":assumed-role/" not in written:
        return arn or unique_id
    before, _, role_and_session = written.partition(":assumed-role/")
    return f"{before}:assumed-role/{name}/{role_and_session.rpartition('/')[2]}"


def _replaced(document: str, names: Mapping[str, str]) -> str:
    value = json.loads(document)
    statements = value["Statement"]
    for statement in statements if isinstance(statements, list) else [statements]:
        for element in ("Principal", "NotPrincipal"):
            principals = statement.get(element)
            if isinstance(principals, dict) and "AWS" in principals:
                listed = principals["AWS"]
                shown = [names.get(text, text) for text in (listed if isinstance(listed, list) else [listed])]
                principals["AWS"] = shown if isinstance(listed, list) else shown[0]
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def principal_here(ctx: CallContext, entry: PrincipalEntry) -> Entity | None:
    """The user or role that an entry names, in whichever account of this file; None for what is not kept here.

    The grammar has checked the form. Accounts that are not in this file are taken as given, and so are their users and
    roles: nobody here can look them up. So are identity providers, which are not kept yet.
    Raises ServiceError (MalformedPolicyDocument) for one that is not there.
    """
    text = entry.value.text
    # AWS knows its services by name, and publishes no list: the form is all that can be checked.
    is_service = is_service_principal_name(text) or text.endswith(".amazon.com")
    if entry.kind is PrincipalKind.SERVICE and not is_service:
        raise _invalid(entry)
    if entry.kind is not PrincipalKind.AWS or text == "*" or ACCOUNT_ID.fullmatch(text):
        return None
    arn = Arn.parse(text)
    kind, _, rest = arn.resource.partition("/")
    if kind in ("root", "federated-user") or not is_account_here(ctx, arn.account):
        return None
    if kind == "assumed-role":
        role_name = rest.partition("/")[0]
        found = entities.find(ctx.of_account(arn.account), Kind.ROLE, role_name)
        is_there = found is not None and found.name == role_name
    else:
        found = entities.find_by_arn(ctx.connection, text)
        is_there = found is not None
    if not is_there:
        raise _invalid(entry)
    return found


def _invalid(entry: PrincipalEntry) -> ServiceError:
    return malformed_policy(f'Invalid principal in policy: "{entry.kind.value.upper()}":"{entry.value.text}"')
