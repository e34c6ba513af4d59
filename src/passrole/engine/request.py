"""What is asked of IAM: one principal, one action, one resource, and the request context."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

ContextValue = str | tuple[str, ...]
"""One value, or the values of a multivalued key (a tuple, also when it holds one value or none)."""

_ACTION = re.compile(r"[A-Za-z0-9-]+:[A-Za-z0-9-]+")


class PrincipalType(Enum):
    ROOT_USER = "root user"
    USER = "IAM user"
    ROLE_SESSION = "role session"
    FEDERATED_SESSION = "federated user session"
    WEB_IDENTITY_SESSION = "web identity session"
    SAML_SESSION = "SAML session"
    SERVICE = "service principal"
    SERVICE_LINKED_ROLE_SESSION = "service-linked role session"
    ANONYMOUS = "anonymous"


@dataclass(frozen=True, slots=True)
class Principal:
    """Who makes a request.

    `arn` is the ARN that AWS shows for the caller: `…:user/path/name`, `…:assumed-role/name/session`,
    `…:federated-user/name`, `…:root`; for a service principal its name (`vmie.amazonaws.com`); `*` for anonymous.
    `role_arn` is the role of a session with its path (aws:PrincipalArn).
    """

    type: PrincipalType
    arn: str
    account: str | None = None
    role_arn: str | None = None
    federating_user_arn: str | None = None
    identity_provider: str | None = None
    """For web identity and SAML sessions: the Federated principal that vouched (an ARN or a domain)."""
    unique_id: str | None = None
    """AIDA… of a user, AROA… of a session's role; for a session also `AROA…:session`, as aws:userid writes it."""


@dataclass(frozen=True, slots=True)
class Organization:
    """An organization of AWS Organizations, as far as the asker knows it.

    `members` are its accounts by id, each with its path as aws:PrincipalOrgPaths writes it
    (`o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/`), or None where that is not known. The management account is one of them.
    """

    management_account: str | None = None
    id: str | None = None
    members: Mapping[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Request:
    """One authorization question. `action` is `service:Name`; `resource` a concrete ARN or `*`.

    `resource_account` is the account that owns the resource; None when it is not known to differ from the
    caller's. `context` maps condition keys in any spelling of case to values. Keys that AWS fills from the principal
    (aws:PrincipalArn, aws:username, …: `principals.implied_context`) and from this request (`implied_keys`) need not
    be given. Every other key is absent, but for `unknown_keys`: the asker could not determine them, so that they are
    neither present nor absent. A name there that ends in `/*` (`aws:ResourceTag/*`) or `:*` (`aws:*`) stands for every
    key that begins so, and `*` for every key at all, if it is neither given nor follows from the request and if such a
    caller can have it; `absent_keys`, named alike, are excepted.

    `called_via` are the services through which the call came, first to last, each with the caller's own credentials (a
    forward access session).
    """

    principal: Principal
    action: str
    resource: str
    resource_account: str | None = None
    context: Mapping[str, ContextValue] = field(default_factory=dict)
    unknown_keys: frozenset[str] = frozenset()
    absent_keys: frozenset[str] = frozenset()
    called_via: tuple[str, ...] = ()
    organization: Organization | None = None


def is_action(text: str) -> bool:
    """Whether a request could be for it: `service:Name` as AWS writes actions, whether or not it publishes this one.

    The engine does not look: a policy that allows `*` would allow any text.
    """
    return _ACTION.fullmatch(text) is not None
