"""What the JSON reader says about mistakes: one method for each finding, its cause and what to write instead."""

from __future__ import annotations

from collections.abc import Callable

from passrole.errors import Diagnostic, Span

MAX_DEPTH = 64
"""Levels of brackets. A policy needs six; the bound keeps hostile documents from exhausting the stack."""

MAX_FINDINGS = 100
"""A file that is no JSON at all would otherwise give a finding for every word of it."""

RFC = "https://www.rfc-editor.org/rfc/rfc8259"
AWS_INVALID_JSON = "This policy contains invalid Json"

WORD_HELP = {
    "none": "write null, or leave the element out",
    "nil": "write null, or leave the element out",
    "undefined": "leave the element out",
    "true": "write true",
    "false": "write false",
    "yes": "write true",
    "no": "write false",
    "nan": "JSON has no NaN; leave the element out",
    "infinity": "JSON has no Infinity; leave the element out",
}

_CLOSING_QUOTES = {
    "\u201c": '\u201d\u201c"',
    "\u201d": '\u201d\u201c"',
    "\u201e": '\u201c\u201d"',
    "\u00ab": "\u00bb",
    "\u2018": "\u2019\u2018'",
    "\u2019": "\u2019\u2018'",
    "'": "'",
    "`": "`",
}


def closing_quote_of(character: str) -> str | None:
    """The characters that may end a string begun by this one; None when it is no kind of foreign quote."""
    return _CLOSING_QUOTES.get(character)


def describe_character(text: str, place: int) -> str:
    """A character for a message: itself in backticks, or its code point where it cannot be seen."""
    if place >= len(text):
        return "the end of the document"
    character = text[place]
    if character.isprintable() and not character.isspace():
        return f"`{character}`"
    return f"the character U+{ord(character):04X}"


class BrokenOffError(Exception):
    """Nothing after this place is worth reading; the finding that says so is recorded."""


class Findings:
    """The diagnostics of one reading, in the order of the text."""

    __slots__ = ("diagnostics", "span")

    def __init__(self, span: Callable[[int, int], Span]) -> None:
        self.diagnostics: list[Diagnostic] = []
        self.span = span

    def add(
        self,
        code: str,
        message: str,
        start: int,
        end: int,
        *,
        cause: str | None = None,
        help: str | None = None,  # noqa: A002
    ) -> None:
        self.diagnostics.append(
            Diagnostic(
                code=code,
                message=message,
                span=self.span(start, end),
                cause=cause,
                help=help,
                see=RFC,
                aws_message=AWS_INVALID_JSON,
            )
        )
        if len(self.diagnostics) >= MAX_FINDINGS:
            raise BrokenOffError

    def syntax(
        self,
        message: str,
        start: int,
        end: int,
        *,
        cause: str | None = None,
        help: str | None = None,  # noqa: A002
    ) -> None:
        self.add("P0103", message, start, end, cause=cause, help=help)

    def wrong_quotes(self, quote: str, start: int, end: int) -> None:
        if quote in "'`":
            self.add(
                "P0102",
                f"the string is in `{quote}` quotes",
                start,
                end,
                cause="a JSON string stands in double quotes",
                help='write the string in plain double quotes: "…"',
            )
            return
        self.add(
            "P0102",
            f"the string is in typographic quotes (`{quote}`)",
            start,
            end,
            cause="a word processor or a web page has replaced the plain double quotes",
            help=f'replace every {quote} and its partner by the plain double quote "',
        )

    def trailing_comma(self, comma: int, closing: str) -> None:
        self.add(
            "P0104",
            f"a comma stands before `{closing}`",
            comma,
            comma + 1,
            cause="JSON has commas between elements only",
            help="remove the comma",
        )

    def comment(self, start: int, end: int) -> None:
        self.add(
            "P0105",
            "a comment stands in the document",
            start,
            end,
            cause="JSON has no comments, and IAM refuses a document with one",
            help="remove the comment; a statement's Sid can say what it is for",
        )

    def duplicate_key(self, key: str, start: int, end: int, first: int) -> None:
        where = self.span(first, first)
        self.add(
            "P0108",
            f"the key `{key}` stands twice in one object",
            start,
            end,
            cause=f"it stands first in line {where.line}, column {where.column}; readers differ in which they keep",
            help="put both values in one list under one key, or remove one of the two",
        )

    def bad_number(self, number: str, start: int, end: int) -> None:
        self.add(
            "P0111",
            f"`{number}` is not a JSON number",
            start,
            end,
            cause="a JSON number has no leading zero or plus sign, and digits on both sides of its point",
            help=f'write "{number}" if it is a text, as an account ID is',
        )

    def strange_space(self, text: str, place: int) -> None:
        self.syntax(
            f"{describe_character(text, place)} is no white space of JSON",
            place,
            place + 1,
            cause="it came with text copied from a web page or a word processor",
            help="replace it by a plain space",
        )

    def bad_character(self, text: str, place: int) -> None:
        self.add(
            "P0110",
            f"a string holds {describe_character(text, place)}",
            place,
            place + 1,
            cause="control characters and halves of surrogate pairs cannot stand in a JSON string",
            help="remove the character; a tab is written \\t",
        )

    def bad_escape(self, escape: str, start: int, end: int) -> None:
        self.add(
            "P0110",
            f"`{escape}` is not an escape of JSON",
            start,
            end,
            cause='after a backslash JSON has one of " \\ / b f n r t, or u and four hexadecimal digits',
            help="write \\\\ for a backslash",
        )

    def lone_surrogate(self, escape: str, start: int, end: int) -> None:
        self.add(
            "P0110",
            f"`{escape}` is half of a surrogate pair",
            start,
            end,
            cause="it stands for no character alone, and cannot be sent as UTF-8",
            help="write the character itself, or both halves",
        )
