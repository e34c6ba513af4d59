"""The answer of kms:ListGrants, as `aws kms list-grants` prints it, as the engine's grants.

Source: <https://docs.aws.amazon.com/kms/latest/APIReference/API_GrantListEntry.html>
"""

from __future__ import annotations

from passrole.account.json_place import JsonPlace
from passrole.engine.stack import KeyGrant


def grants_of(answer: JsonPlace) -> tuple[KeyGrant, ...]:
    """Raises JsonPlaceError for what KMS does not answer."""
    return tuple(_grant(place) for place in answer.items("Grants"))


_CONSTRAINTS = frozenset({"EncryptionContextEquals", "EncryptionContextSubset", "SourceArn"})


def _grant(place: JsonPlace) -> KeyGrant:
    constraints = place.at("Constraints") if place.has("Constraints") else None
    if constraints is not None:
        _check(constraints)

    def pairs(member: str) -> dict[str, str] | None:
        if constraints is None or not constraints.has(member):
            return None
        found = constraints.at(member)
        return {name: found.text(name) for name in found.members()}

    return KeyGrant(
        place.optional_text("GranteeServicePrincipal") or place.text("GranteePrincipal"),
        frozenset(place.texts("Operations")),
        place.optional_text("GrantId"),
        place.optional_text("RetiringServicePrincipal") or place.optional_text("RetiringPrincipal"),
        place.optional_text("IssuingAccount"),
        pairs("EncryptionContextEquals"),
        pairs("EncryptionContextSubset"),
        constraints.optional_text("SourceArn") if constraints is not None else None,
    )


def _check(constraints: JsonPlace) -> None:
    """A limit that is not understood, or has no value, must not be left out: the grant would give more than in KMS."""
    for name in constraints.members():
        limit = constraints.at(name)
        if name not in _CONSTRAINTS:
            raise limit.wrong("is no constraint that passrole knows")
