"""Resources named by parameters, written as the resource part of their ARN: `table/{TableName}`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from passrole.activity.bind.inquiry import Inquiry
from passrole.activity.bind.model import Asked, CannotBindError, Why
from passrole.activity.bind.rows import Builder, Named

_MEMBER = re.compile(r"\{(\w+)\}")


def at(service: str, resource: str, *, region: bool = True) -> Named:
    """The ARN with members filled in. Where one member alone is asked for, it may hold the whole ARN instead."""
    members = _MEMBER.findall(resource)

    def named(inquiry: Inquiry) -> str:
        values = {member: inquiry.need(member) for member in members}
        if len(members) == 1 and values[members[0]].startswith("arn:"):
            return whole(inquiry, values[members[0]], service, resource.partition("{")[0])
        return inquiry.arn(service, filled(resource, values), region=region)

    return named


def filled(resource: str, values: dict[str, str]) -> str:
    return _MEMBER.sub(lambda match: values[match[1]], resource)


def whole(inquiry: Inquiry, arn: str, service: str, start: str) -> str:
    """The ARN itself, if it is of the service and of the type whose resource part begins with `start`."""
    parts = arn.split(":", 5)
    if len(parts) != 6 or parts[2] != service or not parts[5].startswith(start):
        raise CannotBindError(
            Why.RESOURCE_NOT_NAMED, f"`{arn}` is not of the type that `{inquiry.call.operation}` is about"
        )
    return arn


def given(member: str, service: str) -> Named:
    """The ARN that a member holds, of any type of the service."""

    def named(inquiry: Inquiry) -> str:
        return whole(inquiry, inquiry.need(member), service, "")

    return named


def first_of(*choices: tuple[str, Named]) -> Named:
    """The first choice whose member is given."""

    def named(inquiry: Inquiry) -> str:
        for member, chosen in choices:
            if inquiry.text(member):
                return chosen(inquiry)
        return choices[-1][1](inquiry)

    return named


def each_of(action: str, member: str, service: str, resource: str, kind: str | None = None) -> Builder:
    """One question for each name in a list; `{}` stands for the name, which may be a whole ARN."""

    def build(inquiry: Inquiry) -> Iterator[Asked]:
        names = inquiry.texts(member)
        if not names:
            raise CannotBindError(Why.RESOURCE_NOT_NAMED, f"the call has no `{member}`, which names what it is about")
        for name in names:
            if name.startswith("arn:"):
                arn = whole(inquiry, name, service, resource.partition("{")[0])
            else:
                arn = inquiry.arn(service, resource.replace("{}", name))
            yield inquiry.ask(action, arn, kind)

    return build


def or_any(member: str, builder: Builder, otherwise: Builder) -> Builder:
    """One builder where a member is given, another where it is not."""

    def build(inquiry: Inquiry) -> Iterator[Asked]:
        yield from (builder if inquiry.call.parameters.get(member) else otherwise)(inquiry)

    return build
