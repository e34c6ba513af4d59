"""Where in a file something stands, as an ending of a line."""

from __future__ import annotations

from passrole.errors import Span

NO_FILE = "<policy>"
"""The source of a document that came from an account: it has no lines that anyone has seen."""


def place(span: Span | None) -> str:
    return f"  ({span})" if is_seen(span) else ""


def is_seen(span: Span | None) -> bool:
    return span is not None and span.source != NO_FILE
