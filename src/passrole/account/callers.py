"""Who calls: the credential that signed a request, and the user or role session that it stands for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from sqlalchemy import Connection, bindparam, select

from passrole.account import entities
from passrole.account.entities import Entity, Kind
from passrole.account.prepared import Prepared, Row
from passrole.account.tables import access_keys, sessions
from passrole.account.tables import entities as entities_table
from passrole.account.tables import tags as tags_table
from passrole.engine.request import ContextValue, Principal, PrincipalType

KEPT_CREDENTIALS = 256
_OWNER = (*entities_table.c, tags_table.c.key.label("tag_key"), tags_table.c.value.label("tag_value"))
# Every request asks one of them: the key or session, with the user or role whose it is and a row for each of its tags.
_KEY = Prepared(
    select(access_keys.c.secret, access_keys.c.status, *_OWNER)
    .join(entities_table, entities_table.c.id == access_keys.c.user_id)
    .outerjoin(tags_table, tags_table.c.entity_id == entities_table.c.id)
    .where(access_keys.c.id == bindparam("id"))
    .order_by(tags_table.c.key)
)
_SESSION = Prepared(
    select(
        sessions.c.secret,
        sessions.c.token,
        sessions.c.issued_at,
        sessions.c.expires_at,
        sessions.c.terms,
        sessions.c.name.label("session_name"),
        *_OWNER,
    )
    .join(entities_table, entities_table.c.id == sessions.c.issuer_id)
    .outerjoin(tags_table, tags_table.c.entity_id == entities_table.c.id)
    .where(sessions.c.access_key_id == bindparam("id"))
    .order_by(tags_table.c.key)
)


@dataclass(frozen=True, slots=True)
class SessionTerms:
    """What a session was made with, beside its credentials. Tags and keys keep the spelling they were sent in."""

    policies: tuple[str, ...] = ()
    """Inline session policies, as text."""
    policy_arns: tuple[str, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)
    transitive_tag_keys: tuple[str, ...] = ()
    source_identity: str | None = None
    mfa_at: int | None = None
    """When the caller gave a code of an MFA device, in seconds since 1970."""
    federated_name: str | None = None
    """Of a federated user's session (GetFederationToken)."""
    request_keys: Mapping[str, str] = field(default_factory=dict)
    """Condition keys of every request with these credentials, such as those of an instance's."""

    def to_text(self) -> str:
        return json.dumps(
            {
                "policies": self.policies,
                "policy_arns": self.policy_arns,
                "tags": dict(self.tags),
                "transitive_tag_keys": self.transitive_tag_keys,
                "source_identity": self.source_identity,
                "mfa_at": self.mfa_at,
                "federated_name": self.federated_name,
                "request_keys": dict(self.request_keys),
            }
        )

    @classmethod
    def from_text(cls, text: str) -> SessionTerms:
        value = json.loads(text)
        return cls(
            policies=tuple(value["policies"]),
            policy_arns=tuple(value["policy_arns"]),
            tags=value["tags"],
            transitive_tag_keys=tuple(value["transitive_tag_keys"]),
            source_identity=value["source_identity"],
            mfa_at=value.get("mfa_at"),
            federated_name=value.get("federated_name"),
            request_keys=value.get("request_keys", {}),
        )


@dataclass(frozen=True, slots=True)
class Session:
    """`name` is the role session name; None for the session of a user (GetSessionToken, or GetFederationToken, whose
    `terms` name the federated user). Times as in `clock`."""

    issued_at: int
    expires_at: int
    name: str | None
    terms: SessionTerms


@dataclass(frozen=True, slots=True)
class Caller:
    """`user_id` is aws:userid: a user's unique id, or a role's with the session name after a colon.

    `entity` is the user or role as it is now; None for a service. `tags` are the caller's principal tags.
    """

    principal: Principal
    user_id: str
    entity: Entity | None = None
    session: Session | None = None
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def user_name(self) -> str | None:
        """None for a federated user, which is not the user who federated it."""
        if self.entity is None or self.entity.kind is not Kind.USER or self.is_federated:
            return None
        return self.entity.name

    @property
    def is_federated(self) -> bool:
        return self.principal.type is PrincipalType.FEDERATED_SESSION

    @property
    def is_role_session(self) -> bool:
        return self.session is not None and self.session.name is not None


@dataclass(frozen=True, slots=True)
class Credential:
    """A key that can sign requests. `token` must accompany a temporary one; `expires_at` as in `clock`."""

    access_key_id: str
    secret: str = field(repr=False)
    token: str | None = field(repr=False)
    active: bool
    expires_at: int | None
    caller: Caller


def find_credential(connection: Connection, access_key_id: str) -> Credential | None:
    """The credential with this access key id, active or not, expired or not; None when there is none."""
    rows = _KEY.all(connection, {"id": access_key_id})
    if rows:
        return _of_key(access_key_id, tuple(rows))
    rows = _SESSION.all(connection, {"id": access_key_id})
    return _of_session(access_key_id, tuple(rows)) if rows else None


# What follows from rows alone is made once for the same rows: they are read for each request all the same.
@lru_cache(maxsize=KEPT_CREDENTIALS)
def _of_key(access_key_id: str, rows: tuple[Row, ...]) -> Credential:
    row = rows[0]
    caller = user_caller(entities.entity_of(row), _tags_in(rows))
    return Credential(access_key_id, row.secret, None, row.status == "Active", None, caller)


@lru_cache(maxsize=KEPT_CREDENTIALS)
def _of_session(access_key_id: str, rows: tuple[Row, ...]) -> Credential:
    row = rows[0]
    session = Session(row.issued_at, row.expires_at, row.session_name, SessionTerms.from_text(row.terms))
    caller = session_caller(entities.entity_of(row), _tags_in(rows), session)
    return Credential(access_key_id, row.secret, row.token, True, row.expires_at, caller)


def _tags_in(rows: tuple[Row, ...]) -> dict[str, str]:
    return {row.tag_key: row.tag_value for row in rows if row.tag_key is not None}


def user_caller(user: Entity, tags: Mapping[str, str], session: Session | None = None) -> Caller:
    principal = Principal(PrincipalType.USER, user.arn, account=user.account_id, unique_id=user.id)
    return Caller(principal, user.id, user, session, tags)


def session_caller(issuer: Entity, tags: Mapping[str, str], session: Session) -> Caller:
    """`tags` are the issuer's own."""
    if session.terms.federated_name is not None:
        return _federated_caller(issuer, tags, session, session.terms.federated_name)
    if session.name is None:
        return user_caller(issuer, tags, session)
    partition, account = issuer.arn.split(":", 2)[1], issuer.account_id
    user_id = f"{issuer.id}:{session.name}"
    principal = Principal(
        PrincipalType.ROLE_SESSION,
        f"arn:{partition}:sts::{account}:assumed-role/{issuer.name}/{session.name}",
        account=account,
        role_arn=issuer.arn,
        unique_id=user_id,
    )
    return Caller(principal, user_id, issuer, session, _tags_of_session(tags, session))


def _federated_caller(user: Entity, tags: Mapping[str, str], session: Session, name: str) -> Caller:
    partition, account = user.arn.split(":", 2)[1], user.account_id
    user_id = f"{account}:{name}"
    principal = Principal(
        PrincipalType.FEDERATED_SESSION,
        f"arn:{partition}:sts::{account}:federated-user/{name}",
        account=account,
        federating_user_arn=user.arn,
        unique_id=user_id,
    )
    return Caller(principal, user_id, user, session, _tags_of_session(tags, session))


def _tags_of_session(tags: Mapping[str, str], session: Session) -> dict[str, str]:
    """A session tag replaces the issuer's tag of the same key, in whatever case."""
    passed = {key.lower() for key in session.terms.tags}
    kept = {key: value for key, value in tags.items() if key.lower() not in passed}
    return kept | dict(session.terms.tags)


def caller_context(caller: Caller, now: int) -> dict[str, ContextValue]:
    """The condition keys that follow from the caller's tags and session; the engine adds what the principal tells.

    Source: IAM User Guide, "AWS global condition context keys"
    <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html>
    """
    context: dict[str, ContextValue] = {f"aws:PrincipalTag/{key}": value for key, value in caller.tags.items()}
    if caller.session is not None:
        # Long-term keys leave these out.
        mfa_at = caller.session.terms.mfa_at
        context["aws:MultiFactorAuthPresent"] = "false" if mfa_at is None else "true"
        if mfa_at is not None:
            context["aws:MultiFactorAuthAge"] = str(max(0, now - mfa_at))
        context["aws:TokenIssueTime"] = str(caller.session.issued_at)
        if caller.session.terms.source_identity is not None:
            context["aws:SourceIdentity"] = caller.session.terms.source_identity
        context.update(caller.session.terms.request_keys)
    return context
