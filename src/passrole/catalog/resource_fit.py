"""Whether an ARN is of a resource type that an action works on: an object where a bucket is meant is seldom wanted.

Source: https://docs.aws.amazon.com/service-authorization/latest/reference/reference.html
"""

from __future__ import annotations

import re

from passrole.catalog.actions import get_action, get_resource_type

_PLACEHOLDER = re.compile(r"(\$\{[^}]*\}|\*)")
_WITHOUT_SLASH = frozenset({"${BucketName}"})
"""Elsewhere a name may hold a path, and the reference does not tell which."""


def formats_that_fit_not(action: str, resource: str) -> tuple[str, ...]:
    """The ARN formats of the action, if `resource` is of none of them; empty where it fits or nothing is known.

    `*` fits where no type of resource is required; an action that takes none works on `*` alone.
    """
    facts = get_action(action)
    if facts is None:
        return ()
    if not facts.resources:
        return () if resource == "*" else ("*",)
    types = [get_resource_type(facts.service, each.name) for each in facts.resources]
    formats = tuple(dict.fromkeys(each.arn_format for each in types if each is not None))
    if len(types) != len(facts.resources) or None in types:
        return ()
    if resource == "*":
        return formats if all(each.required for each in facts.resources) else ()
    return () if any(_fits(each, resource) for each in formats) else formats


def _fits(arn_format: str, resource: str) -> bool:
    pieces = _PLACEHOLDER.split(arn_format)
    pattern = "".join(
        ("[^/]*" if piece in _WITHOUT_SLASH else ".*") if number % 2 else re.escape(piece)
        for number, piece in enumerate(pieces)
    )
    return re.fullmatch(pattern, resource, re.DOTALL) is not None
