"""Failures and findings as a person reads them: what, where, why, and what to type next."""

from __future__ import annotations

from collections.abc import Callable

import click

from passrole.errors import Diagnostic, PassroleError, Severity

SourceReader = Callable[[str], str | None]
"""A source's name to its text, or None when there is none to quote."""

LONGEST = 300

_COLORS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.NOTE: "blue"}


def failure_text(error: PassroleError, read_source: SourceReader | None = None) -> str:
    """The failure, its findings with the line they stand in, and the next step."""
    word = click.style("error", fg="red", bold=True)
    lines = [f"{word}{f'[{error.code}]' if error.code else ''}: {one_line(error.message)}"]
    lines += [f"  caused by: {one_line(cause)}" for cause in error.causes]
    for diagnostic in error.diagnostics:
        lines += diagnostic_lines(diagnostic, read_source or read_file)
    if error.help:
        lines.append(f"  {click.style('help', bold=True)}: {one_line(error.help)}")
    if error.see:
        lines.append(f"  see: {error.see}")
    return "\n".join(lines)


def diagnostic_lines(diagnostic: Diagnostic, read_source: SourceReader) -> list[str]:
    """One finding with its place, the line it stands in and carets under the words meant."""
    word = click.style(diagnostic.severity.value, fg=_COLORS[diagnostic.severity], bold=True)
    lines = [f"{word}[{diagnostic.code}]: {one_line(diagnostic.message)}"]
    span = diagnostic.span
    if span:
        lines.append(f"  --> {span}")
        text = read_source(span.source)
        source_lines = text.splitlines() if text else []
        if span.line <= len(source_lines):
            line = source_lines[span.line - 1].replace("\t", " ")
            gutter = len(str(span.line))
            end = span.end_column if span.end_line == span.line else len(line) + 1
            carets = "^" * max(1, min(end, len(line) + 1) - span.column)
            start = max(0, span.column - 60) if len(line) > 160 else 0
            lines.append(f"{' ' * gutter} |")
            lines.append(f"{span.line} | {line[start : start + 160]}")
            label = f" {diagnostic.label}" if diagnostic.label else ""
            lines.append(f"{' ' * gutter} | {' ' * (span.column - 1 - start)}{carets[:100]}{label}")
    for name, value in (("cause", diagnostic.cause), ("help", diagnostic.help), ("see", diagnostic.see)):
        if value:
            lines.append(f"   = {name}: {one_line(value)}")
    if diagnostic.aws_message:
        lines.append(f"   = AWS says: {diagnostic.aws_message}")
    return lines


def one_line(text: str) -> str:
    """A part of a message on one line of bearable length, whatever a user has put between the backticks."""
    text = text.replace("\r", "\\r").replace("\n", "\\n")
    if len(text) <= LONGEST:
        return text
    return f"{text[: LONGEST // 2]}[… {len(text) - LONGEST} characters …]{text[-LONGEST // 2 :]}"


def read_file(source: str) -> str | None:
    """The text of a source that is a file of this machine."""
    try:
        with open(source, encoding="utf-8") as file:
            return file.read()
    except (OSError, ValueError):
        return None
