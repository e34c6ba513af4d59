"""Tags that EC2 puts on what a call makes, for which ec2:CreateTags is asked, and on what is there already.

Source: <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/supported-iam-actions-tagging.html>
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from passrole.activity.bind.inquiry import Inquiry
from passrole.activity.bind.model import Asked, CannotBindError, Why
from passrole.activity.bind.parameter_paths import found_at
from passrole.activity.bind.rows import Builder, Row, Table
from passrole.activity.bind.services.ec2_ids import ec2_arn, resource_of_id
from passrole.activity.bind.tags import request_tag_keys, specified_tags, tags_in

_TAGGING: Final = "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/supported-iam-actions-tagging.html"


def create_tags(inquiry: Inquiry) -> Iterator[Asked]:
    """ec2:CreateTags on each type of what a call makes and tags, with ec2:CreateAction."""
    yield from create_tags_of(inquiry, inquiry.call.parameters.get("TagSpecifications"))


def create_tags_at(path: str) -> Builder:
    """The same for tags that stand deeper in the parameters."""

    def build(inquiry: Inquiry) -> Iterator[Asked]:
        yield from create_tags_of(inquiry, found_at(inquiry.call.parameters, path))

    return build


def create_tags_of(inquiry: Inquiry, specifications: object) -> Iterator[Asked]:
    """One question for each type, with the tags of all specifications of the type."""
    kinds = dict.fromkeys(str(each.get("ResourceType")) for each in specified(specifications))
    for kind in kinds:
        tags = request_tag_keys(specified_tags(specifications, kind))
        if tags:
            arn = ec2_arn(inquiry, kind, "*")
            action = {"ec2:CreateAction": inquiry.call.operation}
            yield inquiry.ask("ec2:CreateTags", arn, kind, action, requested=tags, new=True)


def specified(value: object) -> tuple[Mapping[str, object], ...]:
    """The structures of a list."""
    return tuple(each for each in value if isinstance(each, Mapping)) if isinstance(value, (list, tuple)) else ()


def _tag(action: str) -> Builder:
    """Every resource of the list; ec2:CreateAction is for tags that come with another call."""

    def build(inquiry: Inquiry) -> Iterator[Asked]:
        tags = request_tag_keys(tags_in(inquiry.call.parameters.get("Tags")))
        if not inquiry.texts("Resources"):
            raise CannotBindError(Why.RESOURCE_NOT_NAMED, "the call has no `Resources`, which name what is tagged")
        for identifier in inquiry.texts("Resources"):
            arn, kind = resource_of_id(inquiry, identifier)
            yield inquiry.ask(f"ec2:{action}", arn, kind, absent=("ec2:CreateAction",), requested=tags)

    return build


TABLE: Table = {name: Row(_tag(name), _TAGGING) for name in ("CreateTags", "DeleteTags")}
