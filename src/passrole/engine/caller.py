"""The caller of a request as the Principal element sees it: a principal, taken apart once."""

from __future__ import annotations

from dataclasses import dataclass

from passrole.engine.principals import ROLE_SESSIONS, account_of, role_id_of, role_name_of, session_name_of
from passrole.engine.request import Principal, PrincipalType


@dataclass(frozen=True, slots=True)
class Caller:
    """A principal, taken apart once for each request."""

    principal: Principal
    type: PrincipalType
    arn: str
    account: str | None
    role_name: str | None
    role_id: str | None
    session_is_known: bool
    has_boundary: bool
    has_token: bool
    """Whether the caller calls with a token of an identity provider, and with no credentials of AWS."""

    @classmethod
    def of(cls, principal: Principal, *, has_boundary: bool, has_token: bool = False) -> Caller:
        session_is_known = principal.type not in ROLE_SESSIONS or session_name_of(principal) is not None
        return cls(
            principal,
            principal.type,
            principal.arn,
            account_of(principal),
            role_name_of(principal) if principal.type in ROLE_SESSIONS else None,
            role_id_of(principal),
            session_is_known,
            has_boundary,
            has_token,
        )
