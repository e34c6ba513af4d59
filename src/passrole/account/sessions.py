"""Temporary credentials: made for a role or a user, kept with the terms they were given on."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import delete, insert

from passrole.account.callers import SessionTerms
from passrole.account.clock import moment
from passrole.account.context import AccountView
from passrole.account.entities import Entity
from passrole.account.ids import Ids
from passrole.account.params import Result
from passrole.account.tables import sessions

KEPT_AFTER_EXPIRY_SECONDS = 24 * 3600
"""So long a session that has ended is still known, and its use answered with ExpiredToken."""


@dataclass(frozen=True, slots=True)
class SessionCredentials:
    """`expires_at` is in seconds since 1970."""

    access_key_id: str
    secret: str = field(repr=False)
    token: str = field(repr=False)
    expires_at: int

    def shape(self) -> Result:
        """The member `Credentials` of STS's answers."""
        return {
            "AccessKeyId": self.access_key_id,
            "SecretAccessKey": self.secret,
            "SessionToken": self.token,
            "Expiration": moment(self.expires_at),
        }


def open_session(
    view: AccountView,
    issuer: Entity,
    *,
    name: str | None,
    seconds: int,
    now: int,
    ids: Ids,
    terms: SessionTerms | None = None,
) -> SessionCredentials:
    """`name` is the role session name; None for a user's own session. It is of its issuer's account."""
    view.connection.execute(delete(sessions).where(sessions.c.expires_at < now - KEPT_AFTER_EXPIRY_SECONDS))
    made = SessionCredentials(
        access_key_id=ids.access_key_id("ASIA", issuer.account_id),
        secret=ids.secret(),
        token=ids.session_token(),
        expires_at=now + seconds,
    )
    view.connection.execute(
        insert(sessions).values(
            access_key_id=made.access_key_id,
            issuer_id=issuer.id,
            name=name,
            secret=made.secret,
            token=made.token,
            issued_at=now,
            expires_at=made.expires_at,
            terms=(terms or SessionTerms()).to_text(),
        )
    )
    return made
