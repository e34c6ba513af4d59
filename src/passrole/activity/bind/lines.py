"""Rows of a table written as one line each: every type of resource that a call is about, and which parameter names it.

`instance=InstanceId subnet=?Options.SubnetIds +volume`, where each word is one type of the Service Authorization
Reference (spaces in its name written as `_`):

- `kind=Path` names it, and the call is refused without it; `kind=?Path` may name it.
- `*=Path` holds names of several types, which the names themselves tell (`vpc-…`, `eni-…`).
- `kind<Path` names what leads to it (an association, an attachment, a public address); the stored state tells which
  resource of the type stands behind it, asked as `state.stands_for("…:kind/NAME")`. With `<?` it may have none.
- `+kind` is made by the call, `+kind=Path` under a name that the call gives, `+kind?Path` only if it has a parameter.
- `kind` alone is any of the type: for reading, or where AWS names one that the call does not.

Source: <https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html>
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final

from passrole.activity.bind.inquiry import Inquiry
from passrole.activity.bind.model import Asked, CannotBindError, Why
from passrole.activity.bind.named import whole
from passrole.activity.bind.parameter_paths import texts_at
from passrole.activity.bind.rows import Builder, Row, both, nothing
from passrole.activity.bind.state import Known, NotKnown
from passrole.activity.bind.tags_of_made import AskedAbout, ask_tagging

_WORD: Final = re.compile(r"(?P<made>\+)?(?P<kind>[A-Za-z0-9*_-]+)(?:(?P<sign>=\?|=|<\?|<|\?)(?P<path>[A-Za-z0-9.]+))?")


class How(Enum):
    """How a part of a line is named, by its signs."""

    NAMED = "="
    MAY_BE_NAMED = "=?"
    BEHIND = "<"
    MAY_BE_BEHIND = "<?"
    ANY = ""
    MADE = "+"
    MADE_AS_NAMED = "+="
    MADE_IF_GIVEN = "+?"


_MADE: Final = (How.MADE, How.MADE_AS_NAMED, How.MADE_IF_GIVEN)


@dataclass(frozen=True, slots=True)
class Part:
    """One word of a line; `kind` is `*` where the name tells it, and `path` empty where nothing is named."""

    kind: str
    how: How
    path: str


@dataclass(frozen=True, slots=True)
class Naming:
    """How a service names things. `arn` makes the ARN of a resource by its type and name, `of_name` finds the type too
    (raising CannotBindError). For the tags that a call gives to what it makes, `tags` is the action that is asked on
    it, or `tagging` asks by itself."""

    prefix: str
    arn: Callable[[Inquiry, str, str], str]
    source: str
    of_name: Callable[[Inquiry, str], tuple[str, str]] | None = None
    tagging: Builder = nothing
    tags: str | None = None

    def rows(self, lines: Mapping[str, str], actions: Mapping[str, str] | None = None) -> dict[str, Row]:
        """A row for each operation; `actions` has the actions that do not bear the operation's name."""
        named = actions or {}
        return {
            name: Row(both(self.asking(f"{self.prefix}:{named.get(name, name)}", line), self.tagging), self.source)
            for name, line in lines.items()
        }

    def asking(self, action: str, line: str) -> Builder:
        """The questions of one line; `*` where every part may be missing and is."""
        parts = parts_of(line)

        def build(inquiry: Inquiry) -> Iterator[Asked]:
            asked: list[AskedAbout] = []
            for part in parts:
                for arn, kind in self._named(part, inquiry):
                    asked.append((arn, kind, part.how in _MADE))
                    yield inquiry.ask(action, arn, kind, new=part.how in _MADE)
            if not asked:
                yield inquiry.ask(action, "*")
            if self.tags:
                yield from ask_tagging(inquiry, self.tags, None, asked)

        return build

    def _named(self, part: Part, inquiry: Inquiry) -> Iterator[tuple[str, str]]:
        """The ARNs and types that a part of the call is about. Raises CannotBindError."""
        if part.how in (How.MADE, How.ANY):
            yield self.arn(inquiry, part.kind, "*"), part.kind
            return
        values = texts_at(inquiry.call.parameters, part.path)
        if not values and part.how in (How.NAMED, How.MADE_AS_NAMED):
            reason = f"the call has no `{part.path}`, which names what it is about"
            raise CannotBindError(Why.RESOURCE_NOT_NAMED, reason)
        if part.how is How.MADE_IF_GIVEN:
            if values:
                yield self.arn(inquiry, part.kind, "*"), part.kind
            return
        for value in values:
            if part.how in (How.BEHIND, How.MAY_BE_BEHIND):
                yield from self._behind(inquiry, part, value)
            elif part.kind == "*" and self.of_name is not None:
                yield self.of_name(inquiry, value)
            else:
                yield self._of_kind(inquiry, part.kind, value), part.kind

    def _of_kind(self, inquiry: Inquiry, kind: str, value: str) -> str:
        """A whole ARN must be of the type."""
        if not value.startswith("arn:"):
            return self.arn(inquiry, kind, value)
        parts = self.arn(inquiry, kind, "").split(":", 5)
        return whole(inquiry, value, parts[2], parts[5])

    def _behind(self, inquiry: Inquiry, part: Part, value: str) -> Iterator[tuple[str, str]]:
        """What is not there has nothing behind it: then any of the type is asked about, or none where there need be."""
        answer = inquiry.state.stands_for(self.arn(inquiry, part.kind, value))
        if isinstance(answer, NotKnown):
            raise CannotBindError(Why.NOT_KNOWN, f"the {part.kind} of `{value}` is not known: {answer.reason}")
        if isinstance(answer, Known):
            yield answer.value, part.kind
        elif part.how is How.BEHIND:
            yield self.arn(inquiry, part.kind, "*"), part.kind


def parts_of(line: str) -> tuple[Part, ...]:
    """Raises ValueError for a word that is none."""
    return tuple(_part(word) for word in line.split())


def _part(word: str) -> Part:
    match = _WORD.fullmatch(word)
    if match is None:
        raise ValueError(f"`{word}` is no part of a row")
    how = How(f"{match['made'] or ''}{match['sign'] or ''}")
    return Part(match["kind"].replace("_", " "), how, match["path"] or "")


def reference_arn(prefix: str) -> Callable[[Inquiry, str, str], str]:
    """ARNs as the Service Authorization Reference writes them, for types with one placeholder of their own."""

    def arn(inquiry: Inquiry, kind: str, name: str) -> str:
        from passrole.catalog.actions import get_resource_type

        found = get_resource_type(prefix, kind)
        if found is None:
            raise CannotBindError(Why.RESOURCE_NOT_NAMED, f"AWS publishes no type `{kind}` of `{prefix}`")
        call = inquiry.call
        known = {"${Partition}": call.partition, "${Region}": call.region, "${Account}": call.account}
        text = found.arn_format
        for placeholder, value in known.items():
            text = text.replace(placeholder, value)
        return re.sub(r"\$\{[^}]*\}|\*", lambda _: name, text)

    return arn
