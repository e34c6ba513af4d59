"""The callers from outside that a resource's policies name: services, other accounts, identity providers, everyone."""

from __future__ import annotations

from collections.abc import Iterator

from passrole.account.snapshot import AccountSnapshot
from passrole.engine.principals import PrincipalError, principal_from_arn
from passrole.engine.request import Principal, PrincipalType
from passrole.engine.special_actions import ASSUME_ROLE_WITH_IDENTITY
from passrole.engine.stack import Layer, Unknown
from passrole.policy.arn import ACCOUNT_ID
from passrole.policy.model import Effect, PrincipalEntry, PrincipalKind

_OF_PROVIDERS = (PrincipalType.WEB_IDENTITY_SESSION, PrincipalType.SAML_SESSION)


def principals_named_in(layer: Layer, snapshot: AccountSnapshot, action: str) -> tuple[Principal, ...]:
    """Each once, in the order of the policies; none of the snapshot's own account, whose principals are all asked.

    Of another account that is named as a whole only the root user is asked for (`unlisted` tells of the others). `*` is
    the anonymous caller, but for AWS STS, which no one calls without credentials; a provider's token serves to assume a
    role only.
    """
    found: dict[Principal, None] = {}
    for entry in _entries(layer):
        principal = _principal(entry, snapshot)
        if principal is None or (principal.account == snapshot.account_id and principal.type not in _OF_PROVIDERS):
            continue
        if principal.type in _OF_PROVIDERS and action.lower() not in ASSUME_ROLE_WITH_IDENTITY:
            continue
        if principal.type is PrincipalType.ANONYMOUS and action.lower().startswith("sts:"):
            continue
        found[principal] = None
    return tuple(found)


def _entries(layer: Layer) -> Iterator[PrincipalEntry]:
    for attached in () if isinstance(layer, Unknown) else layer.policies:
        for statement in attached.policy.statements:
            if statement.effect is Effect.ALLOW and statement.principals and not statement.principals.negated:
                yield from statement.principals.entries


def _principal(entry: PrincipalEntry, snapshot: AccountSnapshot) -> Principal | None:
    text = entry.value.text
    if entry.kind is PrincipalKind.SERVICE:
        return Principal(PrincipalType.SERVICE, text)
    if ACCOUNT_ID.fullmatch(text):
        text = f"arn:{snapshot.partition}:iam::{text}:root"
    try:
        return principal_from_arn(text)
    except PrincipalError:
        # A unique ID, a canonical user ID or what is no principal at all: nobody who could be asked for.
        return None
