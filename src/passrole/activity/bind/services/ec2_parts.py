"""Rows of EC2 written as one line each: every type of resource that a call is about, and which parameter names it.

`instance=InstanceId subnet=?Options.SubnetIds +volume`, where each word is one type:

- `kind=Path` names it, and the call is refused without it; `kind=?Path` may name it.
- `*=Path` holds ids of several types, which their beginnings tell (`vpc-…`, `eni-…`).
- `kind<Path` names what hangs between two things (an association, an attachment, a rule, a public address); the stored
  state tells which resource of the type stands behind it, asked as `state.stands_for("…:kind/ID")`. With `<?` it may
  have none of that type.
- `+kind` is made by the call, `+kind=Path` under a name that the call gives, `+kind?Path` only if it has a parameter.

Source: <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html>
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final

from passrole.activity.bind.inquiry import Inquiry
from passrole.activity.bind.model import Asked, CannotBindError, Why
from passrole.activity.bind.parameter_paths import texts_at
from passrole.activity.bind.rows import Builder, Row, both, reference
from passrole.activity.bind.services.ec2_ids import ec2_arn, resource_of_id
from passrole.activity.bind.services.ec2_tags import create_tags
from passrole.activity.bind.state import Known, NotKnown

_WORD: Final = re.compile(r"(?P<made>\+)?(?P<kind>[a-z0-9*-]+)(?:(?P<sign>=\?|=|<\?|<|\?)(?P<path>[A-Za-z0-9.]+))?")
PAGE: Final = reference("amazonec2")


class _How(Enum):
    NAMED = "="
    MAY_BE_NAMED = "=?"
    BEHIND = "<"
    MAY_BE_BEHIND = "<?"
    MADE = "+"
    MADE_AS_NAMED = "+="
    MADE_IF_GIVEN = "+?"


@dataclass(frozen=True, slots=True)
class Part:
    """One word of a row; `kind` is `*` where the id tells it, and `path` empty where nothing is named."""

    kind: str
    how: _How
    path: str


def parts_of(line: str) -> tuple[Part, ...]:
    """Raises ValueError for a word that is none."""
    return tuple(_part(word) for word in line.split())


def _part(word: str) -> Part:
    match = _WORD.fullmatch(word)
    if match is None:
        raise ValueError(f"`{word}` is no part of a row")
    return Part(match["kind"], _How(f"{match['made'] or ''}{match['sign'] or ''}"), match["path"] or "")


def rows(lines: Mapping[str, str], source: str = PAGE) -> dict[str, Row]:
    """A row for each operation of a table of lines; tags that a call gives to what it makes are asked besides."""
    return {name: Row(both(asking(f"ec2:{name}", line), create_tags), source) for name, line in lines.items()}


def asking(action: str, line: str) -> Builder:
    """The questions of one line, each resource once; `*` where every part may be missing and is."""
    parts = parts_of(line)

    def build(inquiry: Inquiry) -> Iterator[Asked]:
        asked = 0
        for part in parts:
            for arn, kind in _named(part, inquiry):
                asked += 1
                yield inquiry.ask(action, arn, kind, new=part.how in _MADE)
        if not asked:
            yield inquiry.ask(action, "*")

    return build


_MADE: Final = (_How.MADE, _How.MADE_AS_NAMED, _How.MADE_IF_GIVEN)


def _named(part: Part, inquiry: Inquiry) -> Iterator[tuple[str, str]]:
    """The ARNs and types that a part of the call is about. Raises CannotBindError."""
    if part.how is _How.MADE:
        yield ec2_arn(inquiry, part.kind, "*"), part.kind
        return
    values = texts_at(inquiry.call.parameters, part.path)
    if not values and part.how in (_How.NAMED, _How.MADE_AS_NAMED):
        reason = f"the call has no `{part.path}`, which names what it is about"
        raise CannotBindError(Why.RESOURCE_NOT_NAMED, reason)
    if part.how is _How.MADE_IF_GIVEN:
        if values:
            yield ec2_arn(inquiry, part.kind, "*"), part.kind
        return
    for value in values:
        if part.how in (_How.BEHIND, _How.MAY_BE_BEHIND):
            yield from _behind(inquiry, part, value)
        elif part.kind == "*":
            yield resource_of_id(inquiry, value)
        else:
            yield _of_kind(inquiry, part.kind, value), part.kind


def _of_kind(inquiry: Inquiry, kind: str, value: str) -> str:
    if value.startswith("arn:"):
        if not value.split(":", 5)[-1].startswith(f"{kind}/"):
            raise CannotBindError(Why.RESOURCE_NOT_NAMED, f"`{value}` is not the ARN of a resource of type `{kind}`")
        return value
    return ec2_arn(inquiry, kind, value)


def _behind(inquiry: Inquiry, part: Part, value: str) -> Iterator[tuple[str, str]]:
    """What is not there has nothing behind it: all resources of the type are asked about, or none if there need be."""
    link = ec2_arn(inquiry, part.kind, value)
    answer = inquiry.state.stands_for(link)
    if isinstance(answer, NotKnown):
        raise CannotBindError(Why.NOT_KNOWN, f"the {part.kind} of `{value}` is not known: {answer.reason}")
    if isinstance(answer, Known):
        yield answer.value, part.kind
    elif part.how is _How.BEHIND:
        yield ec2_arn(inquiry, part.kind, "*"), part.kind
