"""The condition keys that AWS documents for an action on a type of resource, sorted by where their values come from.

Source: <https://docs.aws.amazon.com/service-authorization/latest/reference/reference.html>
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from passrole.catalog.actions import get_action, get_resource_type

_OWN_PART = re.compile(r"\$\{.*|<.*|(?<=/)tag-key$")
"""The part of a key that its user chooses, in the three ways the reference writes it."""


@dataclass(frozen=True, slots=True)
class DocumentedKeys:
    """`resource_tags` are what stands before a tag's key: `aws:ResourceTag`, `ec2:ResourceTag`, `dms:es-tag`.

    `others` are the remaining keys; one with a part of the user's choice as `kms:EncryptionContext:*`.
    """

    request_tags: bool
    resource_tags: tuple[str, ...]
    others: tuple[str, ...]


@cache
def documented_keys(action: str, resource_type: str | None) -> DocumentedKeys:
    """Those of the action itself and of one type of resource; of all its types where none is told."""
    facts = get_action(action)
    if facts is None:
        return DocumentedKeys(True, ("aws:ResourceTag",), ())
    names = dict.fromkeys(facts.condition_keys)
    for each in facts.resources:
        if resource_type is None or each.name == resource_type:
            names.update(dict.fromkeys(each.condition_keys))
            found = get_resource_type(facts.service, each.name)
            names.update(dict.fromkeys(found.condition_keys if found else ()))
    keys = [_pattern(name) for name in names]
    tags = [key for key in keys if _is_resource_tag(key)]
    requests = {"aws:requesttag/*", "aws:tagkeys"}
    return DocumentedKeys(
        any(key.lower() in requests for key in keys),
        tuple(dict.fromkeys(key[:-2] for key in tags)),
        tuple(dict.fromkeys(key for key in keys if key not in tags and key.lower() not in requests)),
    )


def _pattern(name: str) -> str:
    shortened = _OWN_PART.sub("", name)
    return name if shortened == name else f"{shortened}*"


def _is_resource_tag(key: str) -> bool:
    start = key.partition(":")[2].lower()
    return start == "resourcetag/*" or start.endswith("-tag/*")
