"""The state of one parse: the findings so far, and where each node stands in the text."""

from __future__ import annotations

from collections.abc import Iterable

from passrole.errors import Diagnostic, Span
from passrole.policy.json_nodes import (
    JsonArray,
    JsonMember,
    JsonNumber,
    JsonObject,
    JsonString,
    JsonText,
    JsonValue,
    JsonWord,
)
from passrole.policy.json_words import MAX_FINDINGS
from passrole.policy.model import Value

GRAMMAR_PAGE = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html"

SYNTAX = "Syntax errors in policy."
"""IAM's whole answer to most mistakes of structure, as recorded in moto's tests against AWS."""


class Reading:
    __slots__ = ("_positions", "diagnostics", "source")

    def __init__(self, source: str, json: JsonText) -> None:
        self.source = source
        self.diagnostics = list(json.diagnostics)
        self._positions = json.positions

    def span(self, node: JsonValue) -> Span | None:
        return self._positions.span(node.start, node.end) if self._positions else None

    def span_between(self, first: JsonValue, last: JsonValue) -> Span | None:
        return self._positions.span(first.start, last.end) if self._positions else None

    def add(
        self,
        code: str,
        message: str,
        node: JsonValue,
        *,
        at_start: bool = False,
        cause: str | None = None,
        help: str | None = None,  # noqa: A002
        see: str = GRAMMAR_PAGE,
        aws_message: str | None = SYNTAX,
    ) -> None:
        """Record a finding about `node`, or about its opening bracket only (`at_start`)."""
        if len(self.diagnostics) >= MAX_FINDINGS:
            return
        span = None
        if self._positions is not None:
            span = self._positions.span(node.start, node.start + 1 if at_start else node.end)
        self.diagnostics.append(
            Diagnostic(code, message, span=span, cause=cause, help=help, see=see, aws_message=aws_message)
        )

    def in_order(self) -> tuple[Diagnostic, ...]:
        """The findings in the order of the text."""
        return tuple(sorted(self.diagnostics, key=_place))

    def text_of(self, member: JsonMember | None, name: str) -> str | None:
        """The value of an element that is one string."""
        if member is None:
            return None
        if isinstance(member.value, JsonString):
            return member.value.value
        self.add(
            "P0120",
            f"`{name}` is {kind_of(member.value)}, not a string",
            member.value,
            help=f'write "{name}": "…"',
        )
        return None

    def texts_of(self, node: JsonValue, name: str, *, empty_aws_message: str = SYNTAX) -> tuple[Value, ...]:
        """The values of an element that is a string or a list of strings, at least one."""
        if isinstance(node, JsonArray):
            if not node.items:
                self.empty_list(node, name, empty_aws_message)
            items = node.items
        else:
            items = (node,)
        values = []
        positions = self._positions
        for item in items:
            if isinstance(item, JsonString):
                values.append(Value(item.value, positions.span(item.start, item.end) if positions else None))
            else:
                place = "a value of " if item is not node else ""
                self.add(
                    "P0120",
                    f"{place}`{name}` is {kind_of(item)}, not a string",
                    item,
                    help=f'write "{name}": "…" or "{name}": [ "…", "…" ]',
                )
        return tuple(values)

    def empty_list(self, node: JsonValue, name: str, aws_message: str | None = SYNTAX) -> None:
        """Record that a list or object that must hold something is empty."""
        # Read as "nothing", a Not… element with an empty list would match everything.
        self.add(
            "P0126",
            f"`{name}` is empty",
            node,
            cause="AWS does not define what it would match: nothing, or everything",
            help=f"add a value to `{name}`, or remove it",
            aws_message=aws_message,
        )


def _place(diagnostic: Diagnostic) -> tuple[int, int]:
    return (diagnostic.span.line, diagnostic.span.column) if diagnostic.span else (0, 0)


def kind_of(node: JsonValue) -> str:
    """What a node is, in words for a message."""
    match node:
        case JsonString():
            return "a string"
        case JsonNumber():
            return "a number"
        case JsonWord(text="null"):
            return "null"
        case JsonWord():
            return "a boolean"
        case JsonArray():
            return "a list"
        case JsonObject():
            return "an object"


def close_name(name: str, known: Iterable[str]) -> str | None:
    """The known name that `name` was probably meant to be: another case first, then a near miss."""
    from difflib import get_close_matches

    folded = {candidate.casefold(): candidate for candidate in known}
    wanted = name.casefold()
    if wanted in folded:
        return folded[wanted]
    matches = get_close_matches(wanted, folded, n=1, cutoff=0.7)
    return folded[matches[0]] if matches else None
