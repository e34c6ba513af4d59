"""Tags that a call gives to what it makes: the action that AWS asks for them besides, and on what it is asked.

Source: the dependent actions and the tables "API operations" of the Service Authorization Reference, a page a service:
<https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html>
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TypeAlias

from passrole.activity.bind.inquiry import Inquiry
from passrole.activity.bind.model import Asked
from passrole.activity.bind.operations import Kind, Operation, plain
from passrole.catalog.actions import AccessLevel, Action, get_resource_type, resource_types_of

_TAGS = re.compile(r"(Tag|AddTags|CreateTags)")

# What AWS asks when a call gives tags to what it makes, where the reference's dependent actions do not say so.
_TAGGING_ACTIONS = {
    "cloudwatch": "cloudwatch:TagResource",
    "dms": "dms:AddTagsToResource",
    "dynamodb": "dynamodb:TagResource",
    "lambda": "lambda:TagResource",
    "license-manager": "license-manager:TagResource",
    "logs": "logs:TagResource",
    "organizations": "organizations:TagResource",
    "redshift": "redshift:CreateTags",
    "ssm": "ssm:AddTagsToResource",
}

AskedAbout: TypeAlias = tuple[str, str, bool]
"""An ARN, its type, and whether the call makes it."""


def tagging_action(action: Action, operation: Operation, reads: bool) -> str | None:
    """Of the service's actions that this one depends on, that which tags; AWS asks it when there are tags."""
    if reads or Kind.TAGS not in operation.members.values() or AccessLevel.TAGGING in action.access_levels:
        return None
    own = [name.partition(":") for name in action.dependent_actions if name.startswith(f"{action.service}:")]
    found = next((f"{service}:{name}" for service, _, name in own if _TAGS.match(name)), None)
    return found or _TAGGING_ACTIONS.get(action.service)


def made_type(operation: Operation) -> str | None:
    """The type of the service whose name ends that of the operation: `CreateClusterSnapshot` makes a `snapshot`."""
    noun = plain(operation.name)
    kinds = [each.name for each in resource_types_of(operation.prefix or "") if noun.endswith(plain(each.name))]
    return max(kinds, key=len, default=None)


def ask_tagging(inquiry: Inquiry, action: str, makes: str | None, asked: Sequence[AskedAbout]) -> Iterator[Asked]:
    """The question about the tags of a call that gives some."""
    if not _gives_tags(inquiry):
        return
    for arn, kind, made in _to_tag(inquiry, action, makes, asked):
        yield inquiry.ask(action, arn, kind, new=made)


def _to_tag(
    inquiry: Inquiry, action: str, makes: str | None, asked: Sequence[AskedAbout]
) -> list[tuple[str, str | None, bool]]:
    """What gets the tags of the call: the resource that its name says it makes, known or yet to be named."""
    made = [(arn, new) for arn, kind, new in asked if kind == makes or (makes is None and new)]
    if made:
        return [(arn, None, new) for arn, new in made]
    if makes is None:
        return [(arn, None, new) for arn, _, new in asked] or [("*", None, False)]
    return [(any_of_type(inquiry, action, makes), makes, True)]


def any_of_type(inquiry: Inquiry, action: str, kind: str) -> str:
    """The ARN of a resource of a type with `*` for what is its own."""
    found = get_resource_type(action.partition(":")[0], kind)
    text = found.arn_format if found else "*"
    call = inquiry.call
    for place, value in (("${Partition}", call.partition), ("${Region}", call.region), ("${Account}", call.account)):
        text = text.replace(place, value)
    return re.sub(r"\$\{[^}]*\}", "*", text)


def _gives_tags(inquiry: Inquiry) -> bool:
    members = inquiry.operation.members
    return any(kind is Kind.TAGS and inquiry.call.parameters.get(name) for name, kind in members.items())
