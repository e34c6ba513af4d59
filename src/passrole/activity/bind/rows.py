"""The rows of a service's table: what builds the questions of an operation, and the page of AWS that says so."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from passrole.activity.bind.inquiry import Inquiry
from passrole.activity.bind.model import Asked, Refused

Builder: TypeAlias = Callable[[Inquiry], Iterator[Asked]]
Named: TypeAlias = Callable[[Inquiry], str]
"""The ARN that a call's parameters name; raises CannotBindError."""


@dataclass(frozen=True, slots=True)
class Row:
    build: Builder
    source: str


Table: TypeAlias = Mapping[str, Row | Refused]
"""By operation. A refusal stands for an operation that IAM's policies do not decide, or that is not understood."""


def reference(title: str) -> str:
    """The page of the Service Authorization Reference: `amazons3`, `awskeymanagementservice`."""
    return f"https://docs.aws.amazon.com/service-authorization/latest/reference/list_{title}.html"


def on(action: str, named: Named, kind: str | None = None) -> Builder:
    """One question about the resource that the parameters name."""

    def build(inquiry: Inquiry) -> Iterator[Asked]:
        yield inquiry.ask(action, named(inquiry), kind)

    return build


def making(action: str, named: Named, kind: str, tagging: str, tags: str) -> Builder:
    """The question about what the call makes and names; with tags, that about tagging it."""

    def build(inquiry: Inquiry) -> Iterator[Asked]:
        yield inquiry.ask(action, named(inquiry), kind, new=True)
        if inquiry.call.parameters.get(tags):
            yield inquiry.ask(tagging, named(inquiry), kind, new=True)

    return build


def anywhere(action: str) -> Builder:
    """One question about no resource in particular."""

    def build(inquiry: Inquiry) -> Iterator[Asked]:
        yield inquiry.ask(action, "*")

    return build


def nothing(_inquiry: Inquiry) -> Iterator[Asked]:
    """For what needs no permission."""
    return iter(())


def both(*builders: Builder) -> Builder:
    """The questions of several builders, in order."""

    def build(inquiry: Inquiry) -> Iterator[Asked]:
        for each in builders:
            yield from each(inquiry)

    return build


def alike(prefix: str, names: Iterable[str], named: Named, source: str, kind: str | None = None) -> dict[str, Row]:
    """Rows for operations that ask the action of their own name on the same resource."""
    return {name: Row(on(f"{prefix}:{name}", named, kind), source) for name in names}


def without_resource(prefix: str, names: Iterable[str], source: str) -> dict[str, Row]:
    """Rows for operations that ask the action of their own name on `*`."""
    return {name: Row(anywhere(f"{prefix}:{name}"), source) for name in names}
