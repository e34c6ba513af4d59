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


_EXACT = frozenset({"ec2"})
"""Services of which the reference lists the keys of each type anew for each action: what it does not list there, a
request does not have. Elsewhere the keys of a type hold for every action on it."""


@dataclass(frozen=True, slots=True)
class DocumentedKeys:
    """`resource_tags` are what stands before a tag's key: `aws:ResourceTag`, `ec2:ResourceTag`, `dms:es-tag`.

    `of_action` and `of_resource` are the remaining keys of the one and the other; one with a part of the user's choice
    is written `kms:EncryptionContext:*`.
    """

    request_tags: bool
    resource_tags: tuple[str, ...]
    of_action: tuple[str, ...]
    of_resource: tuple[str, ...]


@cache
def documented_keys(action: str, resource_type: str | None) -> DocumentedKeys:
    """Those of the action itself and of one type of resource; of all its types where none is told."""
    facts = get_action(action)
    if facts is None:
        return DocumentedKeys(True, ("aws:ResourceTag",), (), ())
    of_action = [_pattern(name) for name in facts.condition_keys]
    of_resource: list[str] = []
    for each in facts.resources:
        if resource_type is None or each.name == resource_type:
            found = get_resource_type(facts.service, each.name)
            names = each.condition_keys
            if found and not (names and facts.service in _EXACT):
                names = (*names, *found.condition_keys)
            of_resource += [_pattern(name) for name in names if name not in facts.condition_keys]
    keys = of_action + of_resource
    tags = [key for key in keys if _is_resource_tag(key)]
    requests = {"aws:requesttag/*", "aws:tagkeys"}
    done = {*tags, *(key for key in keys if key.lower() in requests)}
    return DocumentedKeys(
        any(key.lower() in requests for key in keys),
        tuple(dict.fromkeys(key[:-2] for key in tags)),
        tuple(dict.fromkeys(key for key in of_action if key not in done)),
        tuple(dict.fromkeys(key for key in of_resource if key not in done)),
    )


def _pattern(name: str) -> str:
    shortened = _OWN_PART.sub("", name)
    return name if shortened == name else f"{shortened}*"


def _is_resource_tag(key: str) -> bool:
    start = key.partition(":")[2].lower()
    return start == "resourcetag/*" or start.endswith("-tag/*")
